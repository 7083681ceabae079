"""The rig: what stands outside the pen and knows the truth. Its numbers never come from the firmware."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean

from pen_sim import edges as signals
from pen_sim import faults
from pen_sim.machine import Machine
from pen_sim.plant.track import Stroke
from pen_sim.virtual import VirtualPen

_CURRENT_EVERY_NS = 1_931_000  # not a round number, so that no stroke rate keeps step with it


@dataclass(frozen=True)
class Truth:
    """Strokes that really happened: count, rate in Hz from first to last peak, depths and penetrations in um."""

    strokes: int
    rate_hz: float
    depth_min_um: float
    depth_mean_um: float
    depth_max_um: float
    penetration_min_um: float
    penetration_mean_um: float
    penetration_max_um: float
    current_mean_ma: float
    current_max_ma: float


class Rig:
    """A rig around a pen in virtual time. Times are seconds since the pen was switched on."""

    machine: VirtualPen

    def __init__(self, machine: VirtualPen) -> None:
        self.machine = machine
        self._since = 0
        self._current_ma: list[tuple[int, float]] = []
        self._watching = False

    def powered(self) -> bool:
        """The driver's enable, at the driver."""
        return self.machine.gate

    def inject(self, name: str) -> None:
        """Makes a named fault happen now. Raises ValueError for a name that is none, or not for this target."""
        faults.inject(self.machine, name)

    def repair(self, name: str) -> None:
        """Takes a named fault away again; raises as `inject`."""
        faults.repair(self.machine, name)

    def schedule(self, text: str) -> None:
        """Injects "NAME@seconds" from now, or "NAME@0.80mm" when the tip next passes that depth; raises as `inject`."""
        faults.schedule(self.machine, text)

    def now_s(self) -> float:
        """Virtual time."""
        return self.machine.now_ns / 1e9

    def mark(self) -> None:
        """What was before this moment no longer counts in `strokes`, `truth` and `current`; the current is noted from now."""
        self._since = len(self.machine.plant.truth)
        self._current_ma.clear()
        self.machine.plant.peak_ma = 0.0
        if not self._watching:
            self._watching = True
            self._note_current()

    def _note_current(self) -> None:
        machine = self.machine
        machine.settle()
        self._current_ma.append((machine.now_ns, machine.plant.current_ma(machine.now_ns)))
        machine.at(machine.now_ns + _CURRENT_EVERY_NS, self._note_current)

    def current(self) -> list[tuple[float, float]]:
        """(seconds, mA) of the drive's true current since the mark, every 1.931 ms."""
        return [(t_ns / 1e9, current_ma) for t_ns, current_ma in self._current_ma]

    def truth(self) -> Truth:
        """What really happened since the mark; all 0 without a stroke. The current counts while strokes were made."""
        strokes = self.strokes()
        if not strokes:
            return Truth(0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        depths = [stroke.peak_um for stroke in strokes]
        into = [stroke.penetration_um for stroke in strokes]
        first_ns, last_ns = strokes[0].start_ns, strokes[-1].start_ns
        currents = [ma for t_ns, ma in self._current_ma if first_ns <= t_ns <= strokes[-1].end_ns] or [0.0]
        return Truth(
            strokes=len(strokes),
            rate_hz=(len(strokes) - 1) * 1e9 / (last_ns - first_ns) if len(strokes) > 1 else 0.0,
            depth_min_um=min(depths),
            depth_mean_um=fmean(depths),
            depth_max_um=max(depths),
            penetration_min_um=min(into),
            penetration_mean_um=fmean(into),
            penetration_max_um=max(into),
            current_mean_ma=fmean(currents),
            current_max_ma=self.machine.plant.peak_ma,
        )

    def strokes(self) -> list[Stroke]:
        """Every finished stroke since the mark, as the plant knows it."""
        return self.machine.plant.truth[self._since :]

    def tip_um(self) -> float:
        """Where the tip is."""
        return self.machine.plant.tip_um(self.machine.now_ns)

    def max_tip_um(self) -> float:
        """The deepest the tip has ever been."""
        return self.machine.plant.max_tip_um

    def edges(self, signal: str) -> list[tuple[float, int]]:
        """(seconds, level) of each edge of a signal: step, dir, enable, carrier, gate, home, cartridge, trigger, ..."""
        return [(t_ns / 1e9, level) for t_ns, level in self.machine.edges.of(signals.SIGNALS.index(signal))]


class SimRig(Rig):
    """A rig around a simulated pen."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)

"""The rig around a virtual pen. It stands outside the pen: nothing here comes from the firmware."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from pathlib import Path

from hil_tests.rig import Place
from pen_sim import faults, vcd
from pen_sim.plant.track import Stroke
from pen_sim.rig import Rig as VirtualRig
from pen_sim.rig import Truth

_LOOK_NS = 37_000  # not a part of the scan's period, so that faults come at every phase of it
_LONGEST_NS = 4_000_000_000  # four strokes at the lowest rate
_PEAK_UM = 8.0  # short of the set depth: the drive's last step leads nearer than this
_BRAKE_UM = 100.0  # before the peak: still at full speed, with the ramp ahead
_SETTLED_NS = 5_000_000  # from the last step but one of the way back to the middle of a rest


class VirtualBenchRig:
    """Implements hil_tests.rig.Rig; `power_cycle` is the target's, which owns the machine."""

    def __init__(self, rig: VirtualRig, power_cycle: Callable[[], None]) -> None:
        self.power_cycle = power_cycle
        self.move_to(rig)

    def move_to(self, rig: VirtualRig) -> None:
        """From now on about this pen."""
        self.machine = rig.machine
        self._rig = rig
        self._clearance_um = float(rig.machine.board.CLEARANCE_UM)
        self.mark = self._rig.mark
        self.inject = self._rig.inject
        self.repair = self._rig.repair
        self.powered = self._rig.powered

    def strokes(self) -> list[Stroke]:
        """Every finished stroke since the mark."""
        return self._rig.strokes()

    def truth(self) -> Truth:
        """The strokes since the mark, summed up."""
        return self._rig.truth()

    def tip_um(self) -> float:
        """Where the tip is."""
        return self._rig.tip_um()

    def max_tip_um(self) -> float:
        """The deepest it has ever been."""
        return self._rig.max_tip_um()

    def course(self, since_s: float = 0.0) -> list[tuple[float, float]]:
        """The tip's course, from where it is at `since_s`."""
        curve = self.machine.plant.curve
        first = max(bisect_left(curve.t_ns, round(since_s * 1e9)) - 1, 0)
        points = zip(curve.t_ns[first:], curve.um[first:], strict=True)
        return [(max(t_ns / 1e9, since_s), um) for t_ns, um in points]

    def run_to(self, place: Place, depth_um: float) -> None:
        """First to a rest, so that the same stroke is met whatever came before; then to the place."""
        self._until(lambda um: um > depth_um - _PEAK_UM)
        self._until(lambda um: um < _PEAK_UM - self._clearance_um)
        if place == "out":
            self._until(lambda um: um > depth_um / 2)
        elif place == "brake":
            self._until(lambda um: um > depth_um - _BRAKE_UM)
        elif place == "rest":
            self.machine.run_until(self.machine.now_ns + _SETTLED_NS)
        else:
            self._until(lambda um: um > depth_um - _PEAK_UM)
        if place == "return":
            self._until(lambda um: um < depth_um / 2)

    def _until(self, there: Callable[[float], bool]) -> None:
        machine = self.machine
        end_ns = machine.now_ns + _LONGEST_NS
        while not there(self.tip_um()):
            if machine.now_ns > end_ns:
                raise AssertionError("the tip does not come to where the test wants it")
            machine.run_until(machine.now_ns + _LOOK_NS)

    def edges(self, signal: str, since_s: float = 0.0) -> list[tuple[float, int]]:
        """(seconds, level) of a signal's edges."""
        return [(at_s, level) for at_s, level in self._rig.edges(signal) if at_s >= since_s]

    def trace_hash(self) -> str:
        """One seed and one script, one hash."""
        return self.machine.trace_hash()

    def lacks(self, name: str) -> str:
        """Why this target cannot have that fault; "" if it can."""
        lacks = faults.TABLE[name].lacks
        return lacks.get(self.machine.insides.target) or lacks.get(self.machine.board.DRIVE, "")

    def trigger(self, held: bool) -> None:
        """Somebody presses the trigger, or lets go."""
        self.machine.plant.trigger_held = held

    def estop(self, pressed: bool) -> None:
        """Somebody presses the emergency stop, or pulls it out again."""
        self.machine.plant.estop_pressed = pressed

    def cartridge(self, seated: bool) -> None:
        """Somebody takes the cartridge out, or puts it in."""
        self.machine.plant.cartridge_seated = seated

    def link(self, open_: bool) -> None:
        """A host opens or closes the console."""
        self.machine.connect(open_)

    def save_waves(self, folder: Path) -> list[Path]:
        """Every edge and the tip's course, for PulseView and GTKWave."""
        path = folder / "pen.vcd"
        with path.open("w", encoding="ascii") as file:
            vcd.write(file, self.machine)
        return [path]

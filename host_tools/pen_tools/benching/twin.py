"""`pen bench twin`: one script on both targets, and what can be told from outside about each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pen_sim.edges import GATE
from pen_tools import targets
from pen_tools.benching import drives
from pen_tools.benching.faultruns import STEPS_ALONE
from pen_tools.benching.forks import in_copies
from pen_tools.benching.progress import Bars
from pen_tools.benching.stage import DEPTH_MM, ZONE
from pen_tools.benching.strokes import Course
from pen_tools.client import PenClient
from pen_tools.errors import LinkLost
from pen_tools.links import SimLink

if TYPE_CHECKING:
    from pen_sim.rig import Rig

KINDS = targets.VIRTUAL
FAULTS = (
    "estop", "driver_fault", "over_current", "supply_high", "tip_sensor_short", "tip_sensor_frozen", "stall",
    "generator_hang", "foreground_hang", "cartridge_out", "supply_low", "over_temperature",
)  # fmt: skip
RATE_HZ = 20.0
_CHANGED = "DEPT 0.8"  # in the middle of the strokes
_CHANGED_PLACE = 0.3  # of the period: on the way out, not where the next stroke is ordered
_HOMED_AFTER_S, _RUN_AFTER_S = 1.0, 1.5  # after ARM
_PLACES = (0.14, 0.29, 0.53)  # of the period: on the way out, near the peak, on the way back
_PULSE_PLACES = (0.02, 0.055, 0.08)  # the same of a tip that is thrown
_STROKES_BEFORE = 2
_FIRST_S, _SLICE_S = 0.2, 0.000_1
_WAIT_S, _STEP_S, _REST_S = 0.4, 0.002, 0.15
_PLACED_S = 0.5  # the lease is as much longer as a stop takes to be set for another depth

Log = list[tuple[int, str, str]]


@dataclass(frozen=True)
class Run:
    """What came of the script. `peaks_um`: the tip's own, by stroke; `log`: ms since ARM, event and detail."""

    made: list[Course]
    peaks_um: list[float]
    curve: list[tuple[int, float]]  # ns since the first step, um
    log: Log
    identity: str  # as *IDN? says it


@dataclass(frozen=True)
class FaultRun:
    """The fault that was latched, and how long after its injection the drive was off, in us; None if it was not."""

    code: int
    off_us: float | None


@dataclass(frozen=True)
class Twin:
    """Both targets' runs by kind, and their faults by kind, name and place."""

    board: str
    seed: int
    runs: dict[str, Run]
    faults: dict[str, dict[tuple[str, float], FaultRun]]


class _Pen:
    """A pen of either kind, idle and set up."""

    def __init__(self, switch_on: Callable[[str], Rig], kind: str) -> None:
        self.rig = switch_on(kind)
        self.machine = self.rig.machine
        self.client = PenClient(SimLink(self.machine))
        self.identity = self.client.open()
        self.client.wait_for("IDLE")
        for line in (f"ZONE {ZONE}", "RATE 10", f"DEPT {DEPTH_MM}", f"RATE {RATE_HZ}"):
            self.client.command(line)

    def arm_and_run(self, seconds: float) -> int:
        """ARM now, RUN at a fixed time after it; returns when the latter was sent, in ns."""
        began_ns = self.machine.now_ns
        self.machine.send(b"ARM\n")
        self.machine.run_for(_HOMED_AFTER_S)  # unasked: answers take the chip's foreground time
        self.machine.receive()
        self.client.wait_for("READY")
        self.client.raise_for_fault()
        self.machine.run_until(began_ns + round(_RUN_AFTER_S * 1e9))
        sent_ns = self.machine.now_ns
        self.machine.send(f"RUN {seconds:.3f}\n".encode())
        return sent_ns


def compare(switch_on: Callable[[str], Rig], board: str, seed: int, seconds: float, bars: Bars) -> Twin:
    """Everything on both targets. `switch_on` makes a pen of that kind that has just got its power."""
    with bars.part(f"{seconds:g} s of strokes on each"):
        found = in_copies(
            [partial(_run, switch_on, kind, seconds) for kind in KINDS], lambda n: bars.done(n, len(KINDS))
        )
    with bars.part("faults on each"):
        faults = {kind: _faults(switch_on, kind, bars) for kind in KINDS}
    return Twin(board, seed, dict(zip(KINDS, found, strict=True)), faults)


def _run(switch_on: Callable[[str], Rig], kind: str, seconds: float) -> Run:
    pen = _Pen(switch_on, kind)
    pen.rig.mark()
    sent_ns = pen.arm_and_run(seconds)
    machine = pen.machine
    machine.run_until(sent_ns + round((seconds / 2 + _CHANGED_PLACE / RATE_HZ) * 1e9))
    machine.send(_CHANGED.encode() + b"\n")
    machine.run_until(sent_ns + round((seconds + _PLACED_S + _REST_S) * 1e9))
    machine.receive()
    pen.client.command("DIS")
    pen.client.wait_for("IDLE")
    made = [drives.ends(machine.board, course) for course in drives.made(machine, sent_ns)]
    first_ns = made[0].first_ns if made else sent_ns
    return Run(
        made,
        [stroke.peak_um for stroke in pen.rig.strokes()],
        [(t_ns - first_ns, um) for t_ns, um in machine.plant.curve if t_ns >= sent_ns],
        _log(pen.client),
        pen.identity,
    )


def _log(client: PenClient) -> Log:
    """From ARM on."""
    events = client.log().events
    armed = next(k for k, event in enumerate(events) if event[1] == "ARM")
    zero_ms = events[armed][0]
    return [(at_ms - zero_ms, event, detail) for at_ms, event, detail in events[armed:]]


def _faults(switch_on: Callable[[str], Rig], kind: str, bars: Bars) -> dict[tuple[str, float], FaultRun]:
    """At the same places of the same stroke."""
    pen = _Pen(switch_on, kind)
    pen.arm_and_run(10.0)
    first_ns = _first_step(pen) + round(_STROKES_BEFORE * 1e9 / RATE_HZ)
    strikes = drives.strikes(pen.machine.board)
    names = [name for name in FAULTS if not (strikes and name in STEPS_ALONE)]
    keys = [(name, place) for name in names for place in (_PULSE_PLACES if strikes else _PLACES)]
    jobs = [partial(_inject, pen, first_ns, name, place) for name, place in keys]
    return dict(zip(keys, in_copies(jobs, lambda count: bars.done(count, len(jobs))), strict=True))


def _first_step(pen: _Pen) -> int:
    """When the first stroke's first step was made. Raises LinkLost if none comes."""
    before = len(drives.first_edges(pen.machine))
    end_ns = pen.machine.now_ns + round(_FIRST_S * 1e9)
    while pen.machine.now_ns < end_ns:
        pen.machine.run_for(_SLICE_S)
        made = drives.first_edges(pen.machine)
        if len(made) > before:
            return made[before]
    raise LinkLost("the pen makes no strokes", "read LOG? and FAUL?")


def _inject(pen: _Pen, first_ns: int, name: str, place: float) -> FaultRun:
    """In a copy of the process."""
    machine = pen.machine
    machine.run_until(first_ns + round(place / RATE_HZ * 1e9))
    injected_ns = machine.now_ns
    pen.rig.inject(name)
    end_ns = injected_ns + round(_WAIT_S * 1e9)
    while machine.gate and machine.now_ns < end_ns:
        machine.run_for(_STEP_S)
    off = [t_ns for t_ns, level in machine.edges.of(GATE) if not level and t_ns >= injected_ns]
    pen.rig.repair(name)
    machine.run_for(_REST_S)
    machine.receive()
    pen.client.open()
    return FaultRun(pen.client.fault().code, (off[0] - injected_ns) / 1_000 if off else None)

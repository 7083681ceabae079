"""Faults of every kind that the scan sees while the pen is armed, each at several places of a stroke."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from pen_sim.edges import GATE
from pen_tools.benching import drives, seen
from pen_tools.benching.forks import in_copies
from pen_tools.benching.plan import Planned
from pen_tools.benching.pulses import PlannedPulse
from pen_tools.benching.scanwatch import ScanWatch
from pen_tools.benching.stage import Stage
from pen_tools.errors import LinkLost

PLACES = (0.06, 0.23, 0.41, 0.58, 0.83)  # of the way from a stroke's first step to its last
_SCAN_PLACES_US = (0, 37, 61, 83, 19)  # and of the scan's period
_WAIT_S = 0.3  # for the drive to go off: two strokes, or a heartbeat
_STEP_S = 0.002
_SETTLE_S = 0.02  # in which the rows after a fault, and the strokes' end, are made


Done = Callable[[int, int], None]


@dataclass(frozen=True)
class Case:
    """A fault by its name in the table; `rule` says from when on it can be seen. `cuts`: the drive must go off at once.

    `places`: of the stroke; a fault that is seen only by its effect in a stroke may need an early one.
    """

    name: str
    rule: seen.Rule
    cuts: bool = True
    places: tuple[float, ...] = PLACES


@dataclass(frozen=True)
class Outcome:
    """What came of an injected fault, in microseconds from when it can be seen; `off_us` is None if the drive stayed on.

    Below 0: the firmware knew before it had to. `still_us`: to the last step away from retracted, 0 if none came.
    `scan_us`: the longest scan from the injection to the end.
    """

    name: str
    place: float
    code: int
    expected: tuple[int, ...]
    off_us: float | None
    still_us: float
    cuts: bool
    scan_us: int

    @property
    def named(self) -> bool:
        """The pen gave it the right name."""
        return self.code in self.expected


STROKING = (
    Case("estop", seen.after("_SCANS_ESTOP")),
    Case("driver_fault", seen.after("_SCANS_DRIVER")),
    Case("tip_sensor_open", seen.after("_SCANS_TIP")),
    Case("tip_sensor_short", seen.after("_SCANS_TIP")),
    Case("tip_sensor_offset", seen.at_once),
    Case("tip_sensor_frozen", seen.apart_frozen),
    Case("over_current", seen.after("_SCANS_CURRENT")),
    Case("supply_high", seen.after("_SCANS_SUPPLY_HIGH")),
    Case("stall", seen.apart),
    Case("dir_reversed", seen.apart),
    Case("scan_late", seen.late_scan),
    Case("scan_long", seen.long_scan),
    Case("foreground_hang", seen.no_beat),
    Case("generator_hang", seen.no_step),
    Case("over_temperature", seen.after("_SCANS_TEMPERATURE"), cuts=False),
    Case("supply_low", seen.after("_SCANS_SUPPLY_LOW"), cuts=False),
    Case("cartridge_out", seen.after("_SCANS_CARTRIDGE"), cuts=False),
    Case("link_lost", seen.after("_SCANS_LINK"), cuts=False),
    Case("generator_starved", seen.at_once, cuts=False),
    Case("clock_slow", seen.at_once, cuts=False),
)
AT_CAP = (Case("carriage_slip", seen.over_cap, places=(0.30, 0.38, 0.42, 0.45, 0.50)),)
READY = (Case("home_stuck_open", seen.at_once), Case("estop", seen.after("_SCANS_ESTOP")))


# By what they do to steps, or to a tip that follows them: seen in another way where it is thrown, or after some strokes.
STEPS_ALONE = (
    "tip_sensor_offset",
    "tip_sensor_frozen",
    "stall",
    "dir_reversed",
    "generator_hang",
    "generator_starved",
    "clock_slow",
)


def stroking(stage: Stage, done: Done, every: int = 1) -> list[Outcome]:
    """Of a pen that makes strokes. `done` gets how many are done, of how many; only every so manieth is done at all."""
    cases = STROKING
    if drives.strikes(stage.machine.board):
        cases = tuple(case for case in STROKING if case.name not in STEPS_ALONE)
    return _run(stage, cases, done, every)


def at_cap(stage: Stage, done: Done, every: int = 1) -> list[Outcome]:
    """Of a pen whose strokes go as deep as the zone allows."""
    return _run(stage, AT_CAP, done, every)


def ready(stage: Stage, done: Done, every: int = 1) -> list[Outcome]:
    """Of a pen that is armed and waits."""
    cases = READY[1:] if drives.strikes(stage.machine.board) else READY  # its home switch is not looked at at rest
    return _run(stage, cases, done, every)


def _run(stage: Stage, cases: Sequence[Case], done: Done, every: int) -> list[Outcome]:
    rate_dhz = round(stage.rate_hz * 10)
    depth_um = round(float(stage.pen.query("DEPT?")) * 1_000)
    planned = drives.plan(stage.machine.board, depth_um, rate_dhz)
    out_us = drives.out_us(stage.machine.board, depth_um, rate_dhz)
    out_us += stage.machine.board.DWELL_MARGIN_US
    watch = ScanWatch(stage.machine)
    if stage.running:
        stage.to_stroke(3)
    jobs = [
        partial(_inject, stage, watch, planned, out_us, case, number)
        for case in cases
        for number in range(len(case.places))
    ][::every]
    return in_copies(jobs, lambda count: done(count, len(jobs)))


def _inject(
    stage: Stage, watch: ScanWatch, planned: Planned | PlannedPulse, out_us: int, case: Case, number: int
) -> Outcome:
    """In a copy of the process: everything from here on is of no consequence."""
    machine = stage.machine
    began_ns = stage.first_ns if stage.running else machine.now_ns
    place_us = case.places[number] * drives.travel_us(planned) + _SCAN_PLACES_US[number]
    watch.on = True
    machine.run_until(began_ns + round(place_us * 1_000))
    injected_ns = machine.now_ns
    stage.rig.inject(case.name)
    _wait_for_off(stage)
    machine.run_for(_SETTLE_S)
    off = [t_ns for t_ns, level in machine.edges.of(GATE) if not level and t_ns >= injected_ns]
    off_ns = off[0] if off else machine.now_ns
    seen_ns = case.rule(seen.Moment(machine, watch, planned, out_us, began_ns, injected_ns, off_ns))
    away = drives.away(machine, injected_ns)
    return Outcome(
        case.name,
        case.places[number],
        _code(stage, case.name),
        _expected(case.name),
        (off_ns - seen_ns) / 1_000 if off else None,
        max([0, *(t_ns - seen_ns for t_ns in away)]) / 1_000,
        case.cuts,
        max(length for t_ns, length in zip(watch.times_ns, watch.lengths_us, strict=True) if t_ns > injected_ns),
    )


def _wait_for_off(stage: Stage) -> None:
    machine = stage.machine
    end_ns = machine.now_ns + round(_WAIT_S * 1e9)
    while machine.gate and machine.now_ns < end_ns:
        machine.run_for(_STEP_S)


def _code(stage: Stage, name: str) -> int:
    """What the pen says it was; 0 if it says nothing."""
    stage.rig.repair(name)
    try:
        stage.quiet()
        return stage.pen.fault().code
    except LinkLost:
        return 0


def _expected(name: str) -> tuple[int, ...]:
    from pen_sim.faults import TABLE

    return TABLE[name].expected

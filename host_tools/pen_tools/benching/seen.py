"""From when on a fault can be seen: the moment from which the time to the drive's end is counted.

Each rule answers in nanoseconds of the chip's clock, from the truth about pins and plant; where it needs to know how many
scans the firmware waits, that is the number in its source, and what it costs is taken off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pen_sim.edges import DIR
from pen_sim.loader import pure
from pen_tools.benching.constants import constants
from pen_tools.benching.plan import Planned
from pen_tools.benching.pulses import PlannedPulse
from pen_tools.benching.scanwatch import FAST_US
from pen_tools.benching.stage import ZONE
from pen_tools.benching.strokes import Step, steps

if TYPE_CHECKING:
    from pen_sim.chip.machine import ChipMachine
    from pen_tools.benching.scanwatch import ScanWatch

_US = 1_000
_NOISE_UM = 6  # the tip sensor's, and of a reading a step old: within this of a limit a fault may be seen, or not
_OVER_NOISE_UM = 2


@dataclass(frozen=True)
class Moment:
    """A fault that has happened: `stroke_ns` is the first step of the stroke it came in."""

    machine: ChipMachine
    watch: ScanWatch
    planned: Planned | PlannedPulse
    out_us: int
    stroke_ns: int
    injected_ns: int
    off_ns: int

    @property
    def board(self) -> Any:
        """The board's numbers."""
        return self.machine.board


Rule = Callable[[Moment], int]


def at_once(moment: Moment) -> int:
    """The very next scan sees it."""
    return moment.injected_ns


def after(counter: str) -> Rule:
    """So many bad scans are needed, one after the other: all but the first take a period."""
    scans = constants("pen.guard_signals")[counter]
    return lambda moment: moment.injected_ns + (scans - 1) * FAST_US * _US


def late_scan(moment: Moment) -> int:
    """The scan that comes too late, and knows it."""
    longest_ns = (FAST_US + constants("pen.limits")["_LATE_US"]) * _US
    for before, now in pairwise(moment.watch.times_ns):
        if now >= moment.injected_ns and now - before > longest_ns:
            return now
    return moment.injected_ns


def long_scan(moment: Moment) -> int:
    """The scan that finds that the one before it took too long."""
    longest_us = constants("pen.limits")["_LONG_US"]
    for t_ns, length_us in zip(moment.watch.times_ns, moment.watch.lengths_us, strict=True):
        if t_ns >= moment.injected_ns and length_us > longest_us:
            return t_ns
    return moment.injected_ns


def no_beat(moment: Moment) -> int:
    """The foreground's last sign of life, and the time that the next one may take."""
    limit_us = constants("pen.limits")["_HEARTBEAT_US"]
    return moment.watch.beats_ns[-1] + limit_us * _US


def no_step(moment: Moment) -> int:
    """The tip stays out for longer than a stroke takes; behind the face a stroke may take two periods."""
    face: int = -(-moment.board.CLEARANCE_UM // moment.board.STEP_UM) + 1  # the first step beyond it
    made = [step for step in steps(moment.machine.edges, moment.stroke_ns) if step.outward]
    if len(made) < face:
        return moment.stroke_ns + 2 * moment.planned.period_us * _US
    return made[face - 1].t_ns + moment.out_us * _US


def over_cap(moment: Moment) -> int:
    """The tip itself is beyond what the cap allows, and than noise can hide; if it never was, as far as noise can make it look so."""
    most_um = pure("pen.zones").TABLE[ZONE][1] + moment.board.OVER_DEPTH_UM
    curve: Iterable[tuple[int, float]] = moment.machine.plant.curve
    for beyond_um in (most_um + _OVER_NOISE_UM, most_um - _OVER_NOISE_UM):
        for t_ns, um in curve:
            if t_ns >= moment.injected_ns and um > beyond_um:
                return t_ns
    return moment.injected_ns


def apart(moment: Moment) -> int:
    """Tip and count are further apart than the board allows in that direction, and than noise can hide."""
    return _apart(moment, lambda tip_um: tip_um)


def apart_frozen(moment: Moment) -> int:
    """The same, where the sensor goes on saying what it said last."""
    board: Any = moment.board
    volts = 3.3 * moment.machine.plant.tip_sensor.last_sum / 16_380
    said_um = board.TIP_UM_AT_0V + volts * board.TIP_UM_PER_V
    return _apart(moment, lambda _tip_um: said_um)


def _apart(moment: Moment, reading: Callable[[float], float]) -> int:
    """The first moment at which it is surely seen; if the drive was off by then, the first at which it may have been."""
    far = [(t_ns, beyond_um) for t_ns, beyond_um in _distances(moment, reading) if beyond_um > -_NOISE_UM]
    surely = [t_ns for t_ns, beyond_um in far if beyond_um > _NOISE_UM]
    if surely and surely[0] < moment.off_ns:
        return surely[0]
    return far[0][0] if far else moment.off_ns


def _distances(moment: Moment, reading: Callable[[float], float]) -> Iterator[tuple[int, float]]:
    """(ns, um beyond the limit) from the injection on, at every step, turn of the direction and move of the tip."""
    board: Any = moment.board
    machine = moment.machine
    made = {step.t_ns: step for step in steps(machine.edges, moment.stroke_ns)}
    turns, tip = dict(machine.edges.of(DIR)), dict(machine.plant.curve)
    counted, tip_um, outward = -board.CLEARANCE_UM, -float(board.CLEARANCE_UM), True
    for t_ns in sorted({*made, *turns, *tip}):
        if t_ns < moment.stroke_ns:
            continue
        outward = turns.get(t_ns, outward) == 1
        counted += _counts(made.get(t_ns), board.STEP_UM)
        tip_um = tip.get(t_ns, tip_um)
        deeper_um = reading(tip_um) - counted
        if t_ns >= moment.injected_ns:
            yield (
                t_ns,
                max(deeper_um - (board.DEEPER_UM if outward else board.MISMATCH_UM), -deeper_um - board.MISMATCH_UM),
            )


def _counts(step: Step | None, step_um: int) -> int:
    if step is None:
        return 0
    return step_um if step.outward else -step_um

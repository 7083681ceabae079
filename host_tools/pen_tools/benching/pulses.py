"""From edges on the coil's pins to strokes, and how far the edges are from what their pulses' words say.

A pulse is full current for whole microseconds, and then chops of a length that the board says. How long the first part is the
pen has learnt; how long a pulse may be in all, its drive says. Times are in nanoseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import ModuleType
from typing import Any

from pen_sim.edges import COIL, COIL_LOW, Edges
from pen_sim.loader import pure
from pen_tools.benching.plan import Comparison, NotPlanned
from pen_tools.benching.strokes import Course

_words: Any = pure("pen.pulses")


@dataclass(frozen=True)
class PlannedPulse:
    """A stroke: the least and the most that its pulse may last, all of it at the longest, and from pulse to pulse."""

    on_us: tuple[int, int]
    travel_us: int
    period_us: int


def plan(board: ModuleType, depth_um: int, rate_dhz: int) -> PlannedPulse:
    """As the firmware plans it for the strongest coil and for the weakest. Raises ValueError if the drive cannot make it."""
    drive: Any = pure("pen.solenoid").Drive(board)
    drive._drive_mv = board.SUPPLY_STRONG_MV
    stroke = drive.plan(depth_um, rate_dhz)
    on_us = [drive.pull_in_us(depth_um) + board.HOLD_US]
    drive._drive_mv = drive._least_mv(depth_um)
    on_us.append(drive.pull_in_us(depth_um) + board.HOLD_US)
    return PlannedPulse((on_us[0], on_us[1]), on_us[1] + drive.back_us(depth_um), stroke.period_us)


def pulses(edges: Edges, since_ns: int = 0) -> list[Course]:
    """Every whole pulse that began from then on: `out_ns` are the high side's edges on, `back_ns` those off."""
    lows = [(t_ns, level) for t_ns, level in edges.of(COIL_LOW) if t_ns >= since_ns]
    highs = edges.of(COIL)
    made: list[Course] = []
    at = 0
    for (begin_ns, on), (end_ns, off) in pairwise(lows):
        if not on or off:
            continue
        while highs[at][0] < begin_ns:
            at += 1
        first = at
        while at < len(highs) and highs[at][0] <= end_ns:
            at += 1
        inside = highs[first:at]
        made.append(
            Course(
                tuple(t_ns for t_ns, level in inside if level),
                tuple(t_ns for t_ns, level in inside if not level),
            )
        )
    return made


def compare(made: Sequence[Course], plans: Sequence[PlannedPulse], board: ModuleType) -> Comparison:
    """Compares strokes that follow each other; their periods with that one of the plans which is nearest.

    Raises NotPlanned for a pulse of another length than the drive has for any of them.
    """
    found = Comparison()
    for course in made:
        _compare_edges(found, course, plans, board)
    for before, after in pairwise(made):
        period_ns = after.first_ns - before.first_ns
        planned_ns = min((each.period_us * 1_000 for each in plans), key=lambda ns: abs(ns - period_ns))
        found.period_ns.append(period_ns - planned_ns)
        found.rate_percent.append(100 * (planned_ns / period_ns - 1))
    return found


def _compare_edges(found: Comparison, course: Course, plans: Sequence[PlannedPulse], board: ModuleType) -> None:
    first_ns = course.first_ns
    on_us = round((course.back_ns[-1] - first_ns) / 1_000)
    least, most = min(each.on_us[0] for each in plans), max(each.on_us[1] for each in plans)
    if not least <= on_us <= most or not course.whole:
        where = f"at {first_ns / 1e9:.4f} s"
        raise NotPlanned(
            f"a pulse of {on_us} us {where} was not ordered, but of {least} to {most} us", "see the picture"
        )
    at_us = round((course.back_ns[0] - first_ns) / 1_000)
    errors = [course.back_ns[0] - first_ns - at_us * 1_000]
    for on_ns, off_ns in zip(course.out_ns[1:], course.back_ns[1:], strict=True):
        at_us += _words.CHOP_OFF_US
        errors.append(on_ns - first_ns - at_us * 1_000)
        at_us += board.CHOP_ON_US
        errors.append(off_ns - first_ns - at_us * 1_000)
    found.strokes += 1
    found.edge_ns += errors
    found.gap_ns += [after - before for before, after in pairwise([0, *errors])]

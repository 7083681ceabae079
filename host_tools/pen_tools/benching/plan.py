"""What the planner promises for a stroke, and how far the edges on the pins are from it.

The plan is computed here, by the firmware's own planner; where the edges are, the pins say.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from types import ModuleType
from typing import Any

from pen_sim.loader import pure
from pen_tools.benching.strokes import Course
from pen_tools.errors import PenError

_INTERVAL = 0xF_FFFF  # the low bits of a word [firmware/pen/stepper.py]
_STEPS = 0x7FF


class NotPlanned(PenError):
    """The pen made a stroke that nobody asked for."""

    exit_code = 1


@dataclass(frozen=True)
class Planned:
    """A stroke: steps one way, microseconds of every step after the first one, and from first step to first step."""

    steps: int
    offsets_us: tuple[int, ...]
    period_us: int


def plan(board: ModuleType, depth_um: int, rate_dhz: int) -> Planned:
    """As the firmware plans it. Raises ValueError if this drive cannot make it."""
    stroke_module: Any = pure("pen.stepper")
    stroke = stroke_module.Stroke(stroke_module.Drive(board), depth_um, rate_dhz)
    words = array("I", [0] * pure("pen.steps").SLOT_WORDS)
    count = stroke.write(words)
    waits = [wait for word in words[:count] for wait in [word & _INTERVAL] * ((word >> 20 & _STEPS) + 1)]
    return Planned(stroke.steps, tuple(accumulate(waits[1:], initial=0)), stroke.period_us)


@dataclass
class Comparison:
    """Distances from the plan, in nanoseconds: `edge_ns` of each step from its place in its stroke, `gap_ns` from the step
    before it, `period_ns` of each stroke's first step from that of the stroke before."""

    edge_ns: list[int] = field(default_factory=list[int])
    gap_ns: list[int] = field(default_factory=list[int])
    period_ns: list[int] = field(default_factory=list[int])
    rate_percent: list[float] = field(default_factory=list[float])
    strokes: int = 0

    def add(self, other: Comparison) -> None:
        """Takes in what another one found."""
        self.edge_ns += other.edge_ns
        self.gap_ns += other.gap_ns
        self.period_ns += other.period_ns
        self.rate_percent += other.rate_percent
        self.strokes += other.strokes


def compare(made: Sequence[Course], plans: Sequence[Planned]) -> Comparison:
    """Compares strokes that follow each other with the plans that were in force.

    The number of its steps says which plan a stroke is of; of two plans that differ in the rate alone, the nearer one.
    Raises NotPlanned for a stroke that no plan has.
    """
    found = Comparison()
    for course in made:
        _compare_edges(found, course, plans)
    for before, after in pairwise(made):
        period_ns = after.first_ns - before.first_ns
        planned_ns = min((each.period_us * 1_000 for each in _of(plans, after)), key=lambda ns: abs(ns - period_ns))
        found.period_ns.append(period_ns - planned_ns)
        found.rate_percent.append(100 * (planned_ns / period_ns - 1))
    return found


def _of(plans: Sequence[Planned], course: Course) -> list[Planned]:
    fitting = [each for each in plans if each.steps == len(course.out_ns) == len(course.back_ns)]
    if not fitting:
        way = f"{len(course.out_ns)} steps out and {len(course.back_ns)} back"
        raise NotPlanned(f"a stroke of {way} at {course.first_ns / 1e9:.4f} s was not ordered", "see the picture")
    return fitting


def _compare_edges(found: Comparison, course: Course, plans: Sequence[Planned]) -> None:
    offsets_us = _of(plans, course)[0].offsets_us
    errors = [
        t_ns - course.first_ns - us * 1_000
        for t_ns, us in zip((*course.out_ns, *course.back_ns), offsets_us, strict=True)
    ]
    found.strokes += 1
    found.edge_ns += errors[1:]
    found.gap_ns += [after - before for before, after in pairwise(errors)]

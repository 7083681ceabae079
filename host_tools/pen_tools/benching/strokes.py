"""From edges on the step and direction pins to strokes: which steps were made when, and which way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pen_sim.edges import DIR, STEP, Edges


@dataclass(frozen=True)
class Step:
    """A rising edge of STEP, and which way DIR pointed then."""

    t_ns: int
    outward: bool


@dataclass(frozen=True)
class Course:
    """The steps of one stroke: all that lead out, then all that lead back. Times are in nanoseconds."""

    out_ns: tuple[int, ...]
    back_ns: tuple[int, ...]

    @property
    def first_ns(self) -> int:
        """When its first step was made."""
        return self.out_ns[0]

    @property
    def whole(self) -> bool:
        """It went back all the way."""
        return len(self.out_ns) == len(self.back_ns)


def steps(edges: Edges, since_ns: int = 0) -> list[Step]:
    """Every step from then on, in the order of time."""
    found: list[Step] = []
    turns = [*edges.of(DIR), (1 << 62, 0)]
    at, outward = 0, False
    for t_ns, _ in edges.of(STEP):
        while turns[at][0] < t_ns:  # what is turned at a step itself is for the next one
            outward = turns[at][1] == 1
            at += 1
        if t_ns >= since_ns:
            found.append(Step(t_ns, outward))
    return found


def courses(found: Iterable[Step]) -> list[Course]:
    """The strokes that these steps make; steps back before the first step out belong to none."""
    made: list[Course] = []
    out: list[int] = []
    back: list[int] = []
    for step in found:
        if step.outward and back:
            if out:
                made.append(Course(tuple(out), tuple(back)))
            out, back = [], []
        (out if step.outward else back).append(step.t_ns)
    if out:
        made.append(Course(tuple(out), tuple(back)))
    return made

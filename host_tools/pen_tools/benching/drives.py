"""What of the bench's is a drive's own: which edges are its strokes, and what is planned for them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pen_sim.edges import COIL_LOW, STEP
from pen_sim.loader import pure
from pen_tools.benching import plan as stepping
from pen_tools.benching import pulses
from pen_tools.benching.plan import Comparison, Planned
from pen_tools.benching.pulses import PlannedPulse
from pen_tools.benching.strokes import Course, courses, steps

if TYPE_CHECKING:
    from pen_sim.virtual import VirtualPen

FASTEST_DHZ = (
    1_200  # of the bench's strokes: a solenoid's greatest rate falls with its supply, and a run at it would end
)
_BOUNCE_UM = 100  # off the seat; 40 are seen


def strikes(board: ModuleType) -> bool:
    """It throws its tip by pulses of a coil; else it leads it by steps."""
    return board.DRIVE == "solenoid"


def first_edges(pen: VirtualPen) -> list[int]:
    """Among these times in ns are those at which strokes begin."""
    signal = COIL_LOW if strikes(pen.board) else STEP
    return [t_ns for t_ns, level in pen.edges.of(signal) if level]


def made(pen: VirtualPen, since_ns: int) -> list[Course]:
    """Strokes from then on, also one that was cut."""
    return pulses.pulses(pen.edges, since_ns) if strikes(pen.board) else courses(steps(pen.edges, since_ns))


def ends(board: ModuleType, course: Course) -> Course:
    """What two targets must have the same of a stroke: every step; of a pulse, which each has learnt, beginning and end."""
    return Course(course.out_ns[:1], course.back_ns[-1:]) if strikes(board) else course


def away(pen: VirtualPen, since_ns: int) -> list[int]:
    """When something went outward from then on, in ns: a step, or the tip itself, which flies on when the coil is off.

    What bounces off the seat is none.
    """
    if not strikes(pen.board):
        return [step.t_ns for step in steps(pen.edges, since_ns) if step.outward]
    seat_um = _BOUNCE_UM - pen.board.CLEARANCE_UM
    course = pairwise(pen.plant.curve)
    return [t_ns for (_, before_um), (t_ns, um) in course if t_ns >= since_ns and um > max(before_um, seat_um)]


def plan(board: ModuleType, depth_um: int, rate_dhz: int) -> Planned | PlannedPulse:
    """As the firmware plans it. Raises ValueError if this drive cannot make it."""
    return pulses.plan(board, depth_um, rate_dhz) if strikes(board) else stepping.plan(board, depth_um, rate_dhz)


def travel_us(planned: Planned | PlannedPulse) -> int:
    """From its first edge to its end."""
    return planned.travel_us if isinstance(planned, PlannedPulse) else planned.offsets_us[-1]


def out_us(board: ModuleType, depth_um: int, rate_dhz: int) -> int:
    """How long the tip is out at most."""
    drive: Any = pure("pen.drive").make(board)
    planned = plan(board, depth_um, rate_dhz)
    return planned.travel_us if isinstance(planned, PlannedPulse) else drive.plan(depth_um, rate_dhz).out_us()


def compare(board: ModuleType, strokes: Sequence[Course], plans: Sequence[Planned | PlannedPulse]) -> Comparison:
    """See plan.compare and pulses.compare."""
    if strikes(board):
        return pulses.compare(strokes, [each for each in plans if isinstance(each, PlannedPulse)], board)
    return stepping.compare(strokes, [each for each in plans if isinstance(each, Planned)])

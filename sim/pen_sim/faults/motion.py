"""Faults of steps, carriage and needles."""

from pen_sim.faults.fault import Fault, nothing, plant
from pen_sim.virtual import VirtualPen

SUBJECT = "steps and carriage"

_EXTRA_STEP_NS = 500_000  # 2,000 steps/s: what a motor at rest can follow, by the bench stepper's pull-in rate
_ALL = 1 << 30  # steps: more than a pen makes


def _jam(pen: VirtualPen) -> None:
    pen.settle()
    pen.plant.jam(True)


def _free(pen: VirtualPen) -> None:
    pen.settle()
    pen.plant.jam(False)


def _lose(pen: VirtualPen, count: int, *, inward_only: bool) -> None:
    pen.settle()
    pen.plant.lose_inward_only = inward_only
    pen.plant.steps_to_lose = count


def _lose_none(pen: VirtualPen) -> None:
    _lose(pen, 0, inward_only=False)


def _extra_steps(pen: VirtualPen) -> None:
    """As pulses that only the driver sees: the rotor follows its field if it can."""

    def step() -> None:
        pen.settle()
        pen.plant.step(pen.now_ns)

    for number in range(4):
        pen.at(pen.now_ns + number * _EXTRA_STEP_NS, step)


def _slip(pen: VirtualPen, um: float) -> None:
    pen.settle()
    pen.plant.slip_um(um, pen.now_ns)


FAULTS = (
    # 108: a tip that stands reads the same three times by chance in 9 of 10,000 mismatches, which is how it is known [guard_motion].
    Fault("stall", (103, 102, 106, 108), "the carriage jams and does not move any more", _jam, _free, holds=True),
    Fault(
        # What a return has lost, the tip is beyond the count in the next stroke: at the cap beyond it.
        "steps_lost", (103, 102, 101, 106, 108), "the driver swallows the next four steps, whichever way they go",
        lambda pen: _lose(pen, 4, inward_only=False), _lose_none, passes=True,
    ),
    Fault(
        "steps_lost_inward", (103, 102, 101, 106, 108), "the driver swallows four steps of a return",
        lambda pen: _lose(pen, 4, inward_only=True), _lose_none, passes=True,
    ),
    Fault(
        "step_wire_open", (103, 102, 106, 108), "the driver gets no step any more: STEP's wire is broken",
        lambda pen: _lose(pen, _ALL, inward_only=False), _lose_none,
    ),
    Fault("steps_extra", (102, 103, 101, 106), "the driver makes four steps that nobody sent, whichever way it goes", _extra_steps, nothing, moves=True),
    Fault(
        "dir_reversed", (106, 102, 103, 101), "the wires of DIR or of a winding are swapped",
        *plant("reversed_dir", True, False),
    ),
    Fault("dir_stuck_outward", (106, 102, 103, 101), "DIR is shorted high: every step goes outward", *plant("stuck_dir", True, None)),
    Fault("dir_stuck_inward", (106, 102, 103), "DIR's wire is broken: every step goes inward", *plant("stuck_dir", False, None)),
    # On the way back a tip that has slipped outward is one that has not followed.
    Fault("carriage_slip", (101, 102, 103), "the carriage slips 16 um outward on its screw", lambda pen: _slip(pen, 16.0), nothing, moves=True),
    Fault("carriage_slip_inward", (102, 103, 106), "the carriage slips 50 um inward on its screw", lambda pen: _slip(pen, -50.0), nothing, moves=True),
    Fault("needles_worn", (103, 102), "the needles are worn from now on", *plant("needles", "worn", "sharp"), passes=True, needles="worn"),
    Fault("needles_blunt", (103, 102), "the needles are blunt from now on", *plant("needles", "blunt", "sharp"), passes=True, needles="blunt"),
)  # fmt: skip

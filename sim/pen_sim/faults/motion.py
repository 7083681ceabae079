"""Faults of steps, carriage and needles. The steps of a solenoid's pen are its stop's, and made while it homes or is placed."""

from pen_sim.faults.fault import SOLENOID, STEPPER, Fault, nothing, plant
from pen_sim.virtual import VirtualPen

SUBJECT = "steps and carriage"

# What a motor at rest can follow: 2,000 steps/s, by the bench stepper's pull-in rate; a solenoid's stop homes at 800.
_EXTRA_STEP_NS = {STEPPER: 500_000, SOLENOID: 1_250_000}
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
        pen.at(pen.now_ns + number * _EXTRA_STEP_NS[pen.board.DRIVE], step)


def slip(pen: VirtualPen, um: float) -> None:
    """What the screw carries slips on it, outward if positive."""
    pen.settle()
    pen.plant.slip_um(um, pen.now_ns)


# The stop stays where it is between homings, so that strokes show none of these; homing looks for its switch.
_HOMING_ONLY = {SOLENOID: {"expected": (106,), "homing_only": True}}
_NO_SCREW = {SOLENOID: "nothing but the stop is on a screw: stop_slip, stop_slip_inward"}

FAULTS = (
    # 108: a tip that stands reads the same three times by chance in 9 of 10,000 mismatches, which is how it is known [guard_motion].
    Fault(
        "stall", (103, 102, 106, 108), "the carriage jams and does not move any more", _jam, _free, holds=True,
        differs={SOLENOID: {"expected": (103, 102, 104, 106)}},
    ),
    Fault(
        # What a return has lost, the tip is beyond the count in the next stroke: at the cap beyond it.
        "steps_lost", (103, 102, 101, 106, 108), "the driver swallows the next four steps, whichever way they go",
        lambda pen: _lose(pen, 4, inward_only=False), _lose_none, passes=True,
        differs={SOLENOID: {"expected": (106, 103)}},  # a stop that is set too shallow is seen in its strokes
    ),
    Fault(
        "steps_lost_inward", (103, 102, 101, 106, 108), "the driver swallows the next four steps inward",
        lambda pen: _lose(pen, 4, inward_only=True), _lose_none, passes=True,
        differs={SOLENOID: {"expected": (106,)}},
    ),
    Fault(
        "step_wire_open", (103, 102, 106, 108), "the driver gets no step any more: STEP's wire is broken",
        lambda pen: _lose(pen, _ALL, inward_only=False), _lose_none,
        differs={SOLENOID: {"expected": (106, 103), "homing_only": True}},  # 103: while the stop was on its way to the depth
    ),
    Fault(
        "steps_extra", (102, 103, 101, 106), "the driver makes four steps that nobody sent, whichever way it goes",
        _extra_steps, nothing, moves=True, differs={SOLENOID: {"expected": (103, 101, 102, 106), "passes": True}},
    ),
    Fault(
        "dir_reversed", (106, 102, 103, 101), "the wires of DIR or of a winding are swapped",
        *plant("reversed_dir", True, False), differs=_HOMING_ONLY,
    ),
    Fault(
        "dir_stuck_outward", (106, 102, 103, 101), "DIR is shorted high: every step goes outward",
        *plant("stuck_dir", True, None), differs=_HOMING_ONLY,
    ),
    Fault(
        "dir_stuck_inward", (106, 102, 103), "DIR's wire is broken: every step goes inward",
        *plant("stuck_dir", False, None), differs=_HOMING_ONLY,
    ),
    # On the way back a tip that has slipped outward is one that has not followed.
    Fault(
        "carriage_slip", (101, 102, 103), "the carriage slips 16 um outward on its screw",
        lambda pen: slip(pen, 16.0), nothing, moves=True, lacks=_NO_SCREW,
    ),
    Fault(
        "carriage_slip_inward", (102, 103, 106), "the carriage slips 50 um inward on its screw",
        lambda pen: slip(pen, -50.0), nothing, moves=True, lacks=_NO_SCREW,
    ),
    Fault("needles_worn", (103, 102), "the needles are worn from now on", *plant("needles", "worn", "sharp"), passes=True, needles="worn"),
    Fault("needles_blunt", (103, 102), "the needles are blunt from now on", *plant("needles", "blunt", "sharp"), passes=True, needles="blunt"),
)  # fmt: skip

"""Faults of home switch, cartridge, trigger and emergency stop."""

from random import Random

from pen_sim.faults.fault import Fault, nothing, plant
from pen_sim.faults.seen import lasting
from pen_sim.virtual import VirtualPen

SUBJECT = "switches"

_BOUNCES = 20
_BOUNCE_NS = (200_000, 2_000_000)  # shorter than the 5 ms that make a press


def _bounce(pen: VirtualPen) -> None:
    """Closed and open in turn, and at last as it was."""
    pen.settle()
    held = pen.plant.trigger_held
    random = Random(f"{pen.seed}/trigger_bounces/{pen.now_ns}")
    at_ns = pen.now_ns
    for number in range(_BOUNCES):
        pen.at(at_ns, lambda closed=held != (number % 2 == 0): _hold(pen, closed))
        at_ns += random.randrange(*_BOUNCE_NS)
    pen.at(at_ns, lambda: _hold(pen, held))


def _hold(pen: VirtualPen, closed: bool) -> None:
    pen.settle()
    pen.plant.trigger_held = closed


FAULTS = (
    Fault("home_stuck_open", (106,), "the home switch never closes", *plant("home_stuck", False, None), homing_only=True),
    Fault("home_stuck_closed", (106,), "the home switch never opens", *plant("home_stuck", True, None), homing_only=True),
    Fault(
        "cartridge_out", (116,), "the cartridge leaves its seat", *plant("cartridge_seated", False, True),
        seen_s=lasting(0.002), stands=True, retracts=True,
    ),
    Fault("trigger_held", (117,), "somebody holds the trigger", *plant("trigger_held", True, False), passes=True),
    Fault("trigger_stuck", (117, 114, 115), "the trigger's contact is welded", *plant("trigger_held", True, False), passes=True),
    Fault("trigger_bounces", (), "the trigger's contact chatters for 20 ms", _bounce, nothing),
    Fault(
        "estop", (118,), "somebody presses the emergency stop", *plant("estop_pressed", True, False),
        seen_s=lasting(0.000_3), stands=True,
    ),
)  # fmt: skip

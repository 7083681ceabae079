"""What the suite holds a pen to. Where a number comes from stands behind it: [design] and [safety] are the project's own."""

from types import ModuleType

from pen_sim.faults import SOLENOID

DEPTH_UM = 30.0  # depth measured or true, against set [design] section 6
RATE_PART = 0.001  # stroke rate, as a part of the set rate [design] section 6
ORDER_S = (
    0.020  # the same from an order that the foreground has to read, STOP or DIS; an order is no emergency [judgement]
)
BEYOND_CAP_UM = 20.0  # the tip beyond the zone's cap, whatever goes wrong [design] section 6
STOP_S = 0.005  # from `!` or the trigger's release to the last motion away from retracted [design] section 6
LEASE_MOST_S = 60.0  # of a console run [safety] SR-11
TRACE_BEFORE_S = 0.136  # of 0.1376: a row comes a scan or two late
TRACE_AFTER_S = 0.050  # and from after it [design] section 6
TRACE_HZ = 2_000.0  # rows a second, at least [design] section 6

RETRACTED_UM = -200.0  # needles this far behind the face touch nothing: two thirds of the clearance [judgement]
AT_HOME_UM = 25.0  # of the retracted position, held by the drive: two steps and the sensor's tolerance [judgement]
SPRING_BACK_S = 0.100  # from the cut to needles behind the face: the spring takes some 10 ms from 2 mm [bench]
ONE_STEP_UM = 10.0  # what a rotor may give way while it settles, and no motion outward [board]
_BOUNCE_UM = 200.0  # off the seat: 4 % of the 6 mJ that the spring gives on the longest way are 1.2 N over that [board]


def turned_off_um(board: ModuleType) -> float:
    """How far from retracted the tip may be when a drive that has retracted goes off: one that is thrown bounces off its seat."""
    return _BOUNCE_UM if board.DRIVE == SOLENOID else AT_HOME_UM


def placed_s(board: ModuleType) -> float:
    """How long a change of depth may take before its strokes come: a stop goes in, over its switch, and out again."""
    if board.DRIVE != SOLENOID:
        return 0.0
    way_steps = (board.DEPTH_MAX_UM + board.CLEARANCE_UM) / board.STEP_UM
    return 2 * way_steps / board.HOMING_STEPS_PER_S

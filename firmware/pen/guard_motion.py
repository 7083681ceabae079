"""What the scan does about motion now and then: homing, disagreement, a stroke's start. See scan.py.

Each check answers 0, a fault to cut for, or minus a fault to retract for.

They run inside the timer interrupt: integers only, no allocation, no exception, no call that can wait. Written for viper;
the same source also runs under CPython. Constants are copies of image.py and faults.py, compared by a test.
"""

import micropython
from micropython import const

_TICKS_MASK = const(0x3FFF_FFFF)
_IN_NOW_US = const(0)
_IN_MOTION = const(7)
_LI_MISMATCH_UM = const(80)
_LI_CLEARANCE_UM = const(91)
_OR_PERIOD_US = const(101)
_OR_RATE_SLACK_US = const(103)
_OR_MOVE_UNTIL = const(118)
_ST_COUNTED_UM = const(17)
_ST_MEASURED_UM = const(18)
_ST_TIP_SAME = const(22)
_ST_AGREED_COUNTED_UM = const(23)
_ST_AGREED_MEASURED_UM = const(24)
_ST_START_US = const(29)
_ST_SLOT = const(41)
_ST_QUEUED = const(30)
_ST_RATE_US = const(44)
_ST_RATE_COUNT = const(45)
_ST_FIRST_US = const(46)
_ST_STARTED = const(47)
_ST_INNERMOST_UM = const(70)
_MO_MOVING = const(1)
_UNTIL_HOME_OPEN = const(2)
_POSITION_MISMATCH = const(102)
_STALL = const(103)
_RATE = const(105)
_HOME = const(106)
_SENSOR_FROZEN = const(108)

_SAME_SCANS = const(3)  # chance of as many equal readings at standstill, where it is a stall: 9 in 10,000
_FROZEN_SCANS = const(50)  # slow moves: two and a half steps without a change
_RATE_STROKES = const(64)  # longest window of the rate check
_RATE_GRAIN_US = const(300)  # a start is seen up to a scan late, at either end of the window


@micropython.viper
def watch_homing(p: ptr32) -> int:  # [SR-03]
    """No move of homing leads outward in front of half the clearance, whatever it was ordered to do."""
    measured = p[_ST_MEASURED_UM]
    if p[_IN_MOTION] & _MO_MOVING and p[_ST_TIP_SAME] >= _FROZEN_SCANS:
        return _SENSOR_FROZEN
    if measured < p[_ST_INNERMOST_UM]:
        p[_ST_INNERMOST_UM] = measured
    if measured <= 0 - (p[_LI_CLEARANCE_UM] >> 1):
        return 0
    if p[_OR_MOVE_UNTIL] == _UNTIL_HOME_OPEN or measured > p[_ST_INNERMOST_UM] + p[_LI_MISMATCH_UM]:
        return _HOME
    return 0


@micropython.viper
def name_mismatch(p: ptr32) -> int:  # [SR-04]
    """What kind of disagreement: a reading that does not change, a tip that does not follow, or neither."""
    if p[_ST_TIP_SAME] >= _SAME_SCANS:
        return _SENSOR_FROZEN
    if p[_ST_MEASURED_UM] + p[_LI_CLEARANCE_UM] + p[_LI_MISMATCH_UM] < 0:
        return _POSITION_MISMATCH  # behind retracted: no tip that has stayed behind
    stepped = p[_ST_COUNTED_UM] - p[_ST_AGREED_COUNTED_UM]
    followed = p[_ST_MEASURED_UM] - p[_ST_AGREED_MEASURED_UM]
    if stepped < 0:
        stepped = 0 - stepped
    if followed < 0:
        followed = 0 - followed
    if 2 * followed < stepped:
        return _STALL  # [SR-16]
    return _POSITION_MISMATCH


@micropython.viper
def stroke_starts(p: ptr32) -> int:  # [SR-16]
    """Compares the starts of a window of strokes with the set period."""
    now = p[_IN_NOW_US]
    slot = p[_ST_QUEUED] & 1
    count = p[_ST_RATE_COUNT] + 1
    if p[_ST_STARTED] == 0:
        p[_ST_FIRST_US] = now
    p[_ST_STARTED] += 1
    p[_ST_START_US] = now
    fresh = slot != p[_ST_SLOT] or p[_ST_STARTED] == 1
    p[_ST_SLOT] = slot
    p[_ST_RATE_COUNT] = count
    wrong = 0
    if not fresh:
        error = ((now - p[_ST_RATE_US]) & _TICKS_MASK) - count * p[_OR_PERIOD_US + slot]
        if error < 0:
            error = 0 - error
        if error > count * p[_OR_RATE_SLACK_US + slot] + _RATE_GRAIN_US:
            wrong = 0 - _RATE
    if fresh or count >= _RATE_STROKES:
        p[_ST_RATE_US] = now
        p[_ST_RATE_COUNT] = 0
    return wrong

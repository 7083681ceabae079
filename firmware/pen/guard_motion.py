"""The scan's checks of motion. Each answers 0, a fault to cut for, or minus a fault to retract for.

They run inside the timer interrupt: integers only, no allocation, no exception, no call that can wait. Written for viper;
the same source also runs under CPython. Constants are copies of image.py and faults.py, compared by a test.
"""

import micropython
from micropython import const

_TICKS_MASK = const(0x3FFF_FFFF)
_IN_NOW_US = const(0)
_IN_TIP_RAW = const(2)
_IN_SWITCHES = const(6)
_IN_MOTION = const(7)
_LI_CAP_UM = const(20)
_LI_OVER_UM = const(21)
_LI_DEEPER_UM = const(22)
_LI_MISMATCH_UM = const(23)
_LI_REST_MISMATCH_UM = const(24)
_LI_TIP_MIN_RAW = const(27)
_LI_TIP_MAX_RAW = const(28)
_LI_CLEARANCE_UM = const(34)
_OR_PERIOD_US = const(54)
_OR_RATE_SLACK_US = const(56)
_OR_OUT_US = const(58)
_OR_MOVE_UNTIL = const(65)
_ST_PHASE = const(80)
_ST_COUNTED_UM = const(87)
_ST_MEASURED_UM = const(88)
_ST_TIP_SAME = const(94)
_ST_AGREED_COUNTED_UM = const(95)
_ST_AGREED_MEASURED_UM = const(96)
_ST_STILL_US = const(98)
_ST_OUT = const(99)
_ST_OUT_US = const(100)
_ST_AWAY = const(101)
_ST_START_US = const(102)
_ST_SLOT = const(103)
_ST_QUEUED = const(104)
_ST_PEAK_UM = const(105)
_ST_LAST_PEAK_UM = const(106)
_ST_STROKES = const(107)
_ST_RATE_US = const(108)
_ST_RATE_COUNT = const(109)
_ST_FIRST_US = const(110)
_ST_STARTED = const(111)
_ST_TRIGGER = const(112)
_ST_INNERMOST_UM = const(135)
_SW_HOME = const(1)
_MO_MOVING = const(1)
_MO_OUTWARD = const(4)
_PHASE_HOMING = const(1)
_PHASE_HOLD = const(2)
_PHASE_STROKING = const(3)
_UNTIL_HOME_OPEN = const(2)
_OVER_DEPTH = const(101)
_POSITION_MISMATCH = const(102)
_STALL = const(103)
_DWELL = const(104)
_RATE = const(105)
_HOME = const(106)
_SENSOR_FROZEN = const(108)
_TRIGGER_STUCK = const(117)

_AGREE_UM = const(12)  # a step and the sensor's noise: closer than this, tip and count are one
_STILL_US = const(2_000)  # the carriage has settled after this
_SAME_SCANS = const(4)  # chance of as many equal readings at standstill: 5 in 100,000
_FROZEN_SCANS = const(50)  # slow moves: two and a half steps without a change
_OUT_UM = const(20)  # measured beyond the face, above the sensor's noise
_RATE_STROKES = const(64)  # longest window of the rate check
_RATE_GRAIN_US = const(300)  # a start is seen up to a scan late, at either end of the window


@micropython.viper
def watch_position(image) -> int:
    """Count and tip against the cap, and against each other; home switch at rest."""
    p = ptr32(image)
    counted = p[_ST_COUNTED_UM]
    measured = p[_ST_MEASURED_UM]
    raw = p[_IN_TIP_RAW]
    blind = 0
    if raw < p[_LI_TIP_MIN_RAW] or raw > p[_LI_TIP_MAX_RAW]:
        blind = 1  # no position at all: SENSOR_RANGE's business
    if p[_ST_PHASE] == _PHASE_HOMING:
        if p[_ST_TRIGGER]:
            return _TRIGGER_STUCK
        if blind:
            return 0
        return int(_watch_homing(image))
    over = p[_LI_CAP_UM] + p[_LI_OVER_UM]
    if counted > over:
        return _OVER_DEPTH
    if blind:
        return 0  # the count goes on bounding the tip
    if measured > over:
        return _OVER_DEPTH
    apart = measured - counted
    motion = p[_IN_MOTION]
    rest = 0
    if motion & _MO_MOVING == 0 and ((p[_IN_NOW_US] - p[_ST_STILL_US]) & _TICKS_MASK) > _STILL_US:
        rest = 1
        if p[_ST_PHASE] == _PHASE_HOLD and p[_IN_SWITCHES] & _SW_HOME == 0:
            return _HOME
    if apart < _AGREE_UM and apart > 0 - _AGREE_UM:
        p[_ST_AGREED_COUNTED_UM] = counted
        p[_ST_AGREED_MEASURED_UM] = measured
        return 0
    deeper = p[_LI_MISMATCH_UM]
    if motion & _MO_OUTWARD:
        deeper = p[_LI_DEEPER_UM]
    shallower = 0 - p[_LI_MISMATCH_UM]
    if rest:
        deeper = p[_LI_REST_MISMATCH_UM]
        shallower = 0 - deeper
    if apart > deeper or apart < shallower:
        return int(_name_mismatch(image))
    return 0


@micropython.viper
def _watch_homing(image) -> int:
    """No move of homing leads outward in front of half the clearance, whatever it was ordered to do."""
    p = ptr32(image)
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
def _name_mismatch(image) -> int:
    """What kind of disagreement: a reading that does not change, a tip that does not follow, or neither."""
    p = ptr32(image)
    if p[_ST_TIP_SAME] >= _SAME_SCANS:
        return _SENSOR_FROZEN
    stepped = p[_ST_COUNTED_UM] - p[_ST_AGREED_COUNTED_UM]
    followed = p[_ST_MEASURED_UM] - p[_ST_AGREED_MEASURED_UM]
    if stepped < 0:
        stepped = 0 - stepped
    if followed < 0:
        followed = 0 - followed
    if 2 * followed < stepped:
        return _STALL
    return _POSITION_MISMATCH


@micropython.viper
def watch_stroke(image) -> int:
    """Time of a stroke and of it beyond the face; start, peak and end of each stroke; its rate."""
    p = ptr32(image)
    if p[_ST_PHASE] == _PHASE_HOMING:
        return 0
    if p[_ST_PHASE] >= _PHASE_STROKING:
        longest = p[_OR_PERIOD_US + p[_ST_SLOT]] + p[_OR_PERIOD_US + p[_ST_QUEUED]]
        if ((p[_IN_NOW_US] - p[_ST_START_US]) & _TICKS_MASK) > longest:
            return _DWELL  # behind the face, or before the first step: a generator that makes no more steps
    counted = p[_ST_COUNTED_UM]
    measured = p[_ST_MEASURED_UM]
    raw = p[_IN_TIP_RAW]
    if raw < p[_LI_TIP_MIN_RAW] or raw > p[_LI_TIP_MAX_RAW]:
        measured = counted  # no position at all, see above
    if counted > 0 or measured > _OUT_UM:
        if measured > p[_ST_PEAK_UM]:
            p[_ST_PEAK_UM] = measured
        if p[_ST_OUT] == 0:
            p[_ST_OUT] = 1
            p[_ST_OUT_US] = p[_IN_NOW_US]
        elif ((p[_IN_NOW_US] - p[_ST_OUT_US]) & _TICKS_MASK) > p[_OR_OUT_US + p[_ST_SLOT]]:
            return _DWELL
    else:
        p[_ST_OUT] = 0
    if counted + p[_LI_CLEARANCE_UM] > 0:
        if p[_ST_AWAY] == 0:
            p[_ST_AWAY] = 1
            return int(_stroke_starts(image))
    elif p[_ST_AWAY]:
        p[_ST_AWAY] = 0
        if p[_ST_PEAK_UM] > 0:
            p[_ST_LAST_PEAK_UM] = p[_ST_PEAK_UM]
            p[_ST_STROKES] = (p[_ST_STROKES] + 1) & _TICKS_MASK
        p[_ST_PEAK_UM] = 0
    return 0


@micropython.viper
def _stroke_starts(image) -> int:
    """Compares the starts of a window of strokes with the set period."""
    p = ptr32(image)
    now = p[_IN_NOW_US]
    slot = p[_ST_QUEUED]
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

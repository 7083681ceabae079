"""The scan: called by the HAL's timer between latching the inputs and applying the outputs, every 100 us when armed.

It runs inside the timer interrupt: integers only, no allocation, no exception, no call that can wait. Written for viper;
the same source also runs under CPython. Constants are copies of image.py and faults.py, compared by a test.
"""

import micropython
from micropython import const

from pen.guard_motion import watch_position, watch_stroke
from pen.guard_signals import watch_signals, watch_time
from pen.phases import advance, latch

_IN_NOW_US = const(0)
_IN_STEPS = const(1)
_IN_TIP_RAW = const(2)
_IN_CURRENT_RAW = const(3)
_IN_SWITCHES = const(6)
_LI_TIP_OFFSET_UM = const(25)
_LI_TIP_GAIN = const(26)
_LI_STEP_UM = const(33)
_LI_CLEARANCE_UM = const(34)
_LI_TRACE_EVERY = const(35)
_LI_TRACE_ROWS = const(36)
_OR_ORIGIN = const(50)
_OR_RAISE = const(66)
_ST_PHASE = const(80)
_ST_FAULT = const(81)
_ST_COUNTED_UM = const(87)
_ST_MEASURED_UM = const(88)
_ST_PRIMED = const(89)
_ST_TIP_LAST = const(93)
_ST_TIP_SAME = const(94)
_ST_STILL_US = const(98)
_ST_TRIGGER = const(112)
_ST_TRIGGER_COUNT = const(113)
_ST_TRACE_AT = const(120)
_ST_TRACE_SKIP = const(121)
_ST_TRACE_LEFT = const(122)
_OU_ENABLE = const(136)
_OU_FEED = const(137)
_OU_MOTION = const(138)
_SW_TRIGGER = const(4)
_PHASE_OFF = const(0)
_MOVE_NONE = const(0)
_TRACE_WORDS = const(6)

_TRIGGER_PRESS = const(50)  # 5 ms of closed contact is a press, however it bounces
_TRIGGER_RELEASE = const(10)  # an open contact counts ten times: 0.5 ms is a release
_SAME_MOST = const(1_000)  # where the count of equal readings stops


@micropython.viper
def check(image, trace):
    """One scan. `image`: see image.py; `trace`: ring of LI_TRACE_ROWS rows."""
    p = ptr32(image)
    p[_OU_MOTION] = _MOVE_NONE
    _sense(image)
    fault = 0
    if p[_ST_PHASE] == _PHASE_OFF:
        p[_ST_PRIMED] = 0
    else:
        fault = int(watch_time(image))
        if fault == 0:
            fault = int(watch_signals(image))
        if fault <= 0:
            worse = int(watch_position(image))
            if worse == 0:
                worse = int(watch_stroke(image))
            if worse and (fault == 0 or worse > 0):
                fault = worse
    if fault == 0:
        fault = p[_OR_RAISE]
    if fault:
        latch(image, fault)
    advance(image)
    if p[_ST_TRACE_LEFT]:
        skip = p[_ST_TRACE_SKIP] - 1
        if skip <= 0:
            skip = p[_LI_TRACE_EVERY]
            _record(image, trace)
        p[_ST_TRACE_SKIP] = skip


@micropython.viper
def _sense(image):
    """Turns raw inputs into positions and a debounced trigger."""
    p = ptr32(image)
    counted = (p[_IN_STEPS] - p[_OR_ORIGIN]) * p[_LI_STEP_UM] - p[_LI_CLEARANCE_UM]
    if counted != p[_ST_COUNTED_UM]:
        p[_ST_COUNTED_UM] = counted
        p[_ST_STILL_US] = p[_IN_NOW_US]
    raw = p[_IN_TIP_RAW]
    if raw != p[_ST_TIP_LAST]:
        p[_ST_TIP_LAST] = raw
        p[_ST_TIP_SAME] = 0
    elif p[_ST_TIP_SAME] < _SAME_MOST:
        p[_ST_TIP_SAME] += 1
    p[_ST_MEASURED_UM] = p[_LI_TIP_OFFSET_UM] + ((raw * p[_LI_TIP_GAIN]) >> 16)
    count = p[_ST_TRIGGER_COUNT]
    if p[_IN_SWITCHES] & _SW_TRIGGER:
        if count < _TRIGGER_PRESS:
            count += 1
            p[_ST_TRIGGER_COUNT] = count
            if count == _TRIGGER_PRESS:
                p[_ST_TRIGGER] = 1
    elif count:
        count -= _TRIGGER_RELEASE
        if count <= 0:
            count = 0
            p[_ST_TRIGGER] = 0
        p[_ST_TRIGGER_COUNT] = count


@micropython.viper
def _record(image, trace):
    """Writes one row of the trace ring, and freezes the ring when the rows after a fault are used up."""
    p = ptr32(image)
    t = ptr32(trace)
    row = p[_ST_TRACE_AT]
    at = row * _TRACE_WORDS
    t[at] = p[_IN_NOW_US]
    t[at + 1] = p[_ST_COUNTED_UM]
    t[at + 2] = p[_ST_MEASURED_UM]
    t[at + 3] = p[_IN_CURRENT_RAW]
    t[at + 4] = (p[_OU_ENABLE] << 15) | (p[_OU_FEED] << 14) | (p[_OU_MOTION] << 8) | p[_IN_SWITCHES]
    t[at + 5] = (p[_ST_FAULT] << 8) | p[_ST_PHASE]
    row += 1
    if row >= p[_LI_TRACE_ROWS]:
        row = 0
    p[_ST_TRACE_AT] = row
    if p[_ST_TRACE_LEFT] > 0:
        p[_ST_TRACE_LEFT] -= 1

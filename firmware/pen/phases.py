"""The scan's phase machine: it alone decides on enable, dead-man and motion, and it latches the first fault.

It runs inside the timer interrupt: integers only, no allocation, no exception, no call that can wait. Written for viper;
the same source also runs under CPython. Constants are copies of image.py and faults.py, compared by a test.
"""

import micropython
from micropython import const

_TICKS_MASK = const(0x3FFF_FFFF)
_IN_NOW_US = const(0)
_IN_CURRENT_RAW = const(3)
_IN_SWITCHES = const(6)
_IN_MOTION = const(7)
_LI_CAP_UM = const(20)
_LI_TRACE_AFTER = const(37)
_LI_LEAD_US = const(38)
_LI_LEAD_REST_US = const(39)
_OR_MODE = const(49)
_OR_SLOT = const(51)
_OR_PEAK_UM = const(52)
_OR_PERIOD_US = const(54)
_OR_LEASE_SEQ = const(60)
_OR_LEASE_START_US = const(61)
_OR_LEASE_US = const(62)
_OR_STOP_SEQ = const(63)
_OR_MOVE_SEQ = const(64)
_OR_MOVE_UNTIL = const(65)
_OR_CLEAR_SEQ = const(67)
_OR_TRAVEL_US = const(68)
_ST_PHASE = const(80)
_ST_FAULT = const(81)
_ST_FAULT_US = const(82)
_ST_FAULT_COUNTED_UM = const(83)
_ST_FAULT_MEASURED_UM = const(84)
_ST_FAULT_CURRENT_RAW = const(85)
_ST_FAULT_SWITCHES = const(86)
_ST_COUNTED_UM = const(87)
_ST_MEASURED_UM = const(88)
_ST_OUT = const(99)
_ST_AWAY = const(101)
_ST_START_US = const(102)
_ST_SLOT = const(103)
_ST_QUEUED = const(104)
_ST_PEAK_UM = const(105)
_ST_LAST_PEAK_UM = const(106)
_ST_STROKES = const(107)
_ST_RATE_COUNT = const(109)
_ST_STARTED = const(111)
_ST_TRIGGER = const(112)
_ST_TRIGGER_COUNT = const(113)
_ST_TRIGGER_READY = const(114)
_ST_BY_TRIGGER = const(115)
_ST_LEASE_SEQ = const(116)
_ST_STOP_SEQ = const(117)
_ST_MOVE_SEQ = const(118)
_ST_CLEAR_SEQ = const(119)
_ST_TRACE_LEFT = const(122)
_ST_ENDING = const(134)
_ST_INNERMOST_UM = const(135)
_ST_STOPPED = const(136)
_ST_STOPPED_SEQ = const(137)
_OU_ENABLE = const(138)
_OU_FEED = const(139)
_OU_MOTION = const(140)
_OU_SLOT = const(141)
_OU_NEXT = const(142)
_OU_LEAD_US = const(143)
_SW_HOME = const(1)
_SW_STOP = const(128)
_MO_MOVING = const(1)
_MO_OPEN = const(2)
_MODE_OFF = const(0)
_MODE_HOME = const(1)
_MODE_HOLD = const(2)
_PHASE_OFF = const(0)
_PHASE_HOMING = const(1)
_PHASE_HOLD = const(2)
_PHASE_STROKING = const(3)
_PHASE_RETRACT = const(4)
_MOVE_START = const(1)
_MOVE_TURN = const(2)
_MOVE_HALT = const(3)
_UNTIL_HOME_CLOSED = const(1)
_UNTIL_HOME_OPEN = const(2)
_QUEUE_UNDERRUN = const(124)


@micropython.viper
def latch(image, fault: int):
    """First cause wins and keeps its snapshot; the reaction follows whichever fault is the worse."""
    p = ptr32(image)
    cut = 1
    if fault < 0:
        fault = 0 - fault
        cut = 0
    p[_ST_CLEAR_SEQ] = p[_OR_CLEAR_SEQ]  # a clear ordered before was not for this fault
    if p[_ST_FAULT] == 0:
        p[_ST_FAULT] = fault
        p[_ST_FAULT_US] = p[_IN_NOW_US]
        p[_ST_FAULT_COUNTED_UM] = p[_ST_COUNTED_UM]
        p[_ST_FAULT_MEASURED_UM] = p[_ST_MEASURED_UM]
        p[_ST_FAULT_CURRENT_RAW] = p[_IN_CURRENT_RAW]
        p[_ST_FAULT_SWITCHES] = p[_IN_SWITCHES]
        p[_ST_TRACE_LEFT] = p[_LI_TRACE_AFTER]
    phase = p[_ST_PHASE]
    if cut == 0 and phase == _PHASE_STROKING:
        p[_OU_MOTION] = _MOVE_TURN
        p[_ST_PHASE] = _PHASE_RETRACT
    elif cut or phase != _PHASE_RETRACT:
        p[_OU_MOTION] = _MOVE_HALT
        p[_ST_PHASE] = _PHASE_OFF


@micropython.viper
def advance(image):
    """Lets the present phase act, then sets enable and dead-man by the phase it leads to. Long on purpose, see scan.py."""
    p = ptr32(image)
    phase = p[_ST_PHASE]
    motion = p[_IN_MOTION]
    now = p[_IN_NOW_US]
    # A stop byte stops here, and nothing starts again until the foreground, which may be busy, has read it too.
    if p[_IN_SWITCHES] & _SW_STOP:
        p[_ST_STOPPED] = 1
        p[_ST_STOPPED_SEQ] = p[_OR_STOP_SEQ]
    elif p[_OR_STOP_SEQ] != p[_ST_STOPPED_SEQ]:
        p[_ST_STOPPED] = 0
    starts = 0
    follows = 0
    ask = 0
    at_us = now
    if phase == _PHASE_OFF:
        _off(image)
    elif phase == _PHASE_STROKING:
        released = p[_ST_BY_TRIGGER] and p[_ST_TRIGGER] == 0
        if p[_ST_STOP_SEQ] != p[_OR_STOP_SEQ] or p[_ST_STOPPED] or p[_OR_MODE] != _MODE_HOLD or released:
            p[_ST_STOP_SEQ] = p[_OR_STOP_SEQ]
            p[_ST_LEASE_SEQ] = p[_OR_LEASE_SEQ]
            p[_ST_TRIGGER_READY] = 0
            p[_OU_MOTION] = _MOVE_TURN
            p[_ST_PHASE] = _PHASE_RETRACT
        elif motion & _MO_OPEN:
            p[_ST_ENDING] = 1
            at_us = (p[_ST_START_US] + p[_OR_PERIOD_US + p[_ST_SLOT]]) & _TICKS_MASK
            ask = 1
            follows = 1
        elif motion & _MO_MOVING == 0:
            p[_ST_PHASE] = _PHASE_HOLD
            if p[_ST_ENDING] == 0:
                p[_ST_PHASE] = _PHASE_STROKING
                latch(image, 0 - _QUEUE_UNDERRUN)
    elif phase == _PHASE_HOLD:
        p[_ST_STOP_SEQ] = p[_OR_STOP_SEQ]
        if p[_ST_TRIGGER_COUNT] == 0:
            p[_ST_TRIGGER_READY] = 1
        if p[_ST_STOPPED]:
            p[_ST_TRIGGER_READY] = 0
        if p[_OR_MODE] != _MODE_HOLD:
            p[_ST_PHASE] = _PHASE_OFF
        else:
            ask = 1
    elif phase == _PHASE_RETRACT:
        if motion & _MO_MOVING == 0:
            p[_ST_PHASE] = _PHASE_HOLD
            if p[_ST_FAULT] or p[_OR_MODE] != _MODE_HOLD:
                p[_ST_PHASE] = _PHASE_OFF
    else:
        starts = int(_homing(image))

    # May a stroke start at `at_us`: under a lease (1) or the trigger (2)? A lease once over stays over.
    if ask:
        why = 0
        if p[_ST_LEASE_SEQ] != p[_OR_LEASE_SEQ]:
            if p[_ST_STOPPED] or ((at_us - p[_OR_LEASE_START_US]) & _TICKS_MASK) >= p[_OR_LEASE_US]:
                p[_ST_LEASE_SEQ] = p[_OR_LEASE_SEQ]
            else:
                why = 1
        if why == 0 and p[_ST_TRIGGER] and p[_ST_TRIGGER_READY]:
            why = 2
        if why and follows == 0:
            p[_ST_BY_TRIGGER] = why - 1
            p[_ST_STARTED] = 0
            p[_ST_START_US] = now  # until the first step: a generator that makes none is noticed
            p[_ST_RATE_COUNT] = 0
        elif why == 2:
            p[_ST_BY_TRIGGER] = 1  # the lease is over, the trigger goes on: from here its release counts
        if why:
            starts = 1

    # A start, unless the slot leads beyond the cap or a fault is latched: then nothing moves. The wait before it makes up
    # for the stroke under way, which may be another one, so that from first step to first step it is the new period,
    # unless the rest would be too short.
    if starts:
        slot = p[_OR_SLOT] & 1
        lead = p[_LI_LEAD_US]
        if follows:
            lead = p[_OR_PERIOD_US + slot] - p[_OR_TRAVEL_US + p[_ST_SLOT]]
            if lead < p[_LI_LEAD_REST_US]:
                lead = p[_LI_LEAD_REST_US]
        if p[_OR_PEAK_UM + slot] <= p[_LI_CAP_UM] and p[_ST_FAULT] == 0:
            p[_ST_QUEUED] = slot
            p[_ST_ENDING] = 0
            p[_OU_SLOT] = slot
            p[_OU_NEXT] = follows
            p[_OU_LEAD_US] = lead
            p[_OU_MOTION] = _MOVE_START
            if phase == _PHASE_HOLD:
                p[_ST_PHASE] = _PHASE_STROKING

    powered = 0
    if p[_ST_PHASE] != _PHASE_OFF:
        powered = 1
    p[_OU_ENABLE] = powered
    p[_OU_FEED] = powered


@micropython.viper
def _off(image):
    """Drive off: events of the past are spent, a clear is obeyed, and only an order to home leads on."""
    p = ptr32(image)
    p[_ST_LEASE_SEQ] = p[_OR_LEASE_SEQ]
    p[_ST_STOP_SEQ] = p[_OR_STOP_SEQ]
    p[_ST_TRIGGER_READY] = 0
    p[_ST_OUT] = 0
    p[_ST_AWAY] = 0
    if p[_ST_PEAK_UM] > 0:  # a stroke that was cut is a stroke given
        p[_ST_LAST_PEAK_UM] = p[_ST_PEAK_UM]
        p[_ST_STROKES] = (p[_ST_STROKES] + 1) & _TICKS_MASK
    p[_ST_PEAK_UM] = 0
    if p[_ST_CLEAR_SEQ] != p[_OR_CLEAR_SEQ]:
        p[_ST_CLEAR_SEQ] = p[_OR_CLEAR_SEQ]
        p[_ST_FAULT] = 0
        p[_ST_TRACE_LEFT] = -1
    if p[_OR_MODE] == _MODE_OFF:
        p[_ST_STOPPED] = 0  # nothing to stop; the foreground may have read the stop byte before a scan saw it
    if p[_OR_MODE] != _MODE_HOME:
        p[_ST_MOVE_SEQ] = p[_OR_MOVE_SEQ]
    elif p[_ST_FAULT] == 0:
        p[_ST_PHASE] = _PHASE_HOMING


@micropython.viper
def _homing(image) -> int:
    """Stops each single move at its switch; 1 if the foreground has ordered the next one."""
    p = ptr32(image)
    if p[_OR_MODE] == _MODE_OFF:
        p[_OU_MOTION] = _MOVE_HALT
        p[_ST_PHASE] = _PHASE_OFF
    elif p[_ST_STOPPED]:
        p[_OU_MOTION] = _MOVE_HALT
    elif p[_IN_MOTION] & _MO_MOVING:
        home = p[_IN_SWITCHES] & _SW_HOME
        until = p[_OR_MOVE_UNTIL]
        if (until == _UNTIL_HOME_CLOSED and home) or (until == _UNTIL_HOME_OPEN and home == 0):
            p[_OU_MOTION] = _MOVE_HALT
    elif p[_ST_MOVE_SEQ] != p[_OR_MOVE_SEQ]:
        p[_ST_MOVE_SEQ] = p[_OR_MOVE_SEQ]
        p[_ST_INNERMOST_UM] = p[_ST_MEASURED_UM]
        return 1
    elif p[_OR_MODE] == _MODE_HOLD:
        p[_ST_PHASE] = _PHASE_HOLD
    return 0

"""The scan's phase machine: it decides on enable, dead-man and motion, unless a fault does.

It runs inside the timer interrupt: integers only, no allocation, no exception, no call that can wait. Written for viper;
the same source also runs under CPython. Constants are copies of image.py and faults.py, compared by a test.
"""

import micropython
from micropython import const

_TICKS_MASK = const(0x3FFF_FFFF)
_IN_NOW_US = const(0)
_IN_SWITCHES = const(6)
_IN_MOTION = const(7)
_LI_CAP_UM = const(77)
_LI_LEAD_US = const(95)
_LI_LEAD_REST_US = const(96)
_OR_MODE = const(113)
_OR_SLOT = const(114)
_OR_PEAK_UM = const(99)
_OR_PERIOD_US = const(101)
_OR_LEASE_SEQ = const(115)
_OR_LEASE_START_US = const(110)
_OR_LEASE_US = const(111)
_OR_STOP_SEQ = const(116)
_OR_MOVE_SEQ = const(117)
_OR_MOVE_UNTIL = const(118)
_OR_CLEAR_SEQ = const(120)
_OR_TRAVEL_US = const(107)
_ST_PHASE = const(16)
_ST_FAULT = const(32)
_ST_MEASURED_UM = const(18)
_ST_OUT = const(26)
_ST_AWAY = const(27)
_ST_START_US = const(29)
_ST_SLOT = const(41)
_ST_QUEUED = const(30)
_ST_PEAK_UM = const(28)
_ST_LAST_PEAK_UM = const(42)
_ST_STROKES = const(43)
_ST_RATE_COUNT = const(45)
_ST_STARTED = const(47)
_ST_TRIGGER = const(48)
_ST_TRIGGER_COUNT = const(49)
_ST_TRIGGER_READY = const(50)
_ST_BY_TRIGGER = const(51)
_ST_LEASE_SEQ = const(52)
_ST_STOP_SEQ = const(53)
_ST_MOVE_SEQ = const(54)
_ST_CLEAR_SEQ = const(55)
_ST_TRACE_LEFT = const(57)
_ST_ENDING = const(69)
_ST_INNERMOST_UM = const(70)
_ST_STOPPED = const(71)
_ST_STOPPED_SEQ = const(72)
_ST_PROOF = const(122)
_ST_PROOF_US = const(123)
_OU_ENABLE = const(9)
_OU_FEED = const(10)
_OU_MOTION = const(11)
_OU_SLOT = const(12)
_OU_NEXT = const(13)
_OU_LEAD_US = const(14)
_SW_HOME = const(1)
_SW_STOP = const(128)
_MO_MOVING = const(1)
_MO_OPEN = const(2)
_MODE_OFF = const(0)
_MODE_HOME = const(1)
_MODE_HOLD = const(2)
_MODE_PROVE = const(3)
_PHASE_OFF = const(0)
_PHASE_HOMING = const(1)
_PHASE_HOLD = const(2)
_PHASE_STROKING = const(3)
_PHASE_RETRACT = const(4)
_MOVE_START = const(1)
_MOVE_TURN = const(2)
_MOVE_HALT = const(3)
_PROOF_NONE = const(0)
_PROOF_BEGUN = const(1)
_PROOF_DONE = const(3)
_UNTIL_HOME_CLOSED = const(1)
_UNTIL_HOME_OPEN = const(2)
_STARVED = const(2)  # of ST_ENDING


@micropython.viper
def advance(p: ptr32):
    """Lets the present phase act, then sets enable and dead-man by the phase it leads to. Long on purpose, see scan.py."""
    phase = p[_ST_PHASE]
    motion = p[_IN_MOTION]
    now = p[_IN_NOW_US]
    # A stop byte stops here, and nothing starts again until the foreground, which may be busy, has read it too.
    if p[_IN_SWITCHES] & _SW_STOP:
        p[_ST_STOPPED] = 1
        p[_ST_STOPPED_SEQ] = p[_OR_STOP_SEQ]  # [SR-12]
    elif p[_OR_STOP_SEQ] != p[_ST_STOPPED_SEQ]:
        p[_ST_STOPPED] = 0
    starts = 0
    follows = 0
    ask = 0
    at_us = now
    if phase == _PHASE_OFF:
        # Events of the past are spent, a clear is obeyed, and only an order to home leads on.
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
        mode = p[_OR_MODE]
        if mode == _MODE_PROVE:
            if p[_ST_PROOF] == _PROOF_NONE and not p[_ST_FAULT]:
                p[_ST_PROOF] = _PROOF_BEGUN
                p[_ST_PROOF_US] = now
                p[_ST_PHASE] = _PHASE_HOMING
        elif mode != _MODE_HOME:
            p[_ST_PROOF] = _PROOF_NONE
            p[_ST_MOVE_SEQ] = p[_OR_MOVE_SEQ]
        elif not p[_ST_FAULT]:
            p[_ST_PHASE] = _PHASE_HOMING
    elif phase == _PHASE_STROKING:
        released = p[_ST_BY_TRIGGER] and p[_ST_TRIGGER] == 0  # [SR-12]
        if p[_ST_STOP_SEQ] != p[_OR_STOP_SEQ] or p[_ST_STOPPED] or p[_OR_MODE] != _MODE_HOLD or released:
            p[_ST_STOP_SEQ] = p[_OR_STOP_SEQ]
            p[_ST_LEASE_SEQ] = p[_OR_LEASE_SEQ]
            p[_ST_TRIGGER_READY] = 0
            p[_OU_MOTION] = _MOVE_TURN  # [SR-07]
            p[_ST_PHASE] = _PHASE_RETRACT
        elif motion & _MO_OPEN:
            p[_ST_ENDING] = 1
            at_us = (p[_ST_START_US] + p[_OR_PERIOD_US + (p[_ST_SLOT] & 1)]) & _TICKS_MASK
            ask = 1
            follows = 1
        elif motion & _MO_MOVING == 0:
            if p[_ST_ENDING] == 0:
                p[_ST_ENDING] = _STARVED
            else:
                p[_ST_PHASE] = _PHASE_HOLD
    elif phase == _PHASE_HOLD:
        p[_ST_STOP_SEQ] = p[_OR_STOP_SEQ]
        if p[_ST_TRIGGER_COUNT] == 0:
            p[_ST_TRIGGER_READY] = 1
        if p[_ST_STOPPED]:
            p[_ST_TRIGGER_READY] = 0
        if p[_OR_MODE] == _MODE_HOME:
            p[_ST_PHASE] = _PHASE_HOMING  # the drive is placed anew, and then goes on
        elif p[_OR_MODE] != _MODE_HOLD:
            p[_ST_PHASE] = _PHASE_OFF
        elif motion & _MO_MOVING == 0:
            ask = 1
    elif phase == _PHASE_RETRACT:
        if motion & _MO_MOVING == 0:
            p[_ST_PHASE] = _PHASE_HOLD
            if p[_ST_FAULT] or p[_OR_MODE] != _MODE_HOLD:
                p[_ST_PHASE] = _PHASE_OFF
    elif p[_OR_MODE] == _MODE_OFF:
        # Homing: each single move stops at its switch, and then the foreground orders the next.
        p[_OU_MOTION] = _MOVE_HALT
        p[_ST_PHASE] = _PHASE_OFF
    elif p[_OR_MODE] == _MODE_PROVE:
        if p[_ST_PROOF] == _PROOF_DONE:
            p[_ST_PHASE] = _PHASE_OFF
    elif p[_ST_STOPPED]:
        p[_OU_MOTION] = _MOVE_HALT
    elif motion & _MO_MOVING:
        home = p[_IN_SWITCHES] & _SW_HOME
        until = p[_OR_MOVE_UNTIL]
        if (until == _UNTIL_HOME_CLOSED and home) or (until == _UNTIL_HOME_OPEN and not home):
            p[_OU_MOTION] = _MOVE_HALT
    elif p[_ST_MOVE_SEQ] != p[_OR_MOVE_SEQ]:
        p[_ST_MOVE_SEQ] = p[_OR_MOVE_SEQ]
        p[_ST_INNERMOST_UM] = p[_ST_MEASURED_UM]
        starts = 1
    elif p[_OR_MODE] == _MODE_HOLD:
        p[_ST_PHASE] = _PHASE_HOLD

    # May a stroke start at `at_us`: under a lease (1) or the trigger (2)? A lease once over stays over.
    if ask:
        why = 0
        if p[_ST_LEASE_SEQ] != p[_OR_LEASE_SEQ]:
            if p[_ST_STOPPED] or ((at_us - p[_OR_LEASE_START_US]) & _TICKS_MASK) >= p[_OR_LEASE_US]:  # [SR-11]
                p[_ST_LEASE_SEQ] = p[_OR_LEASE_SEQ]
            else:
                why = 1
        if why == 0 and p[_ST_TRIGGER] and p[_ST_TRIGGER_READY]:  # [SR-10]
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
            lead = p[_OR_PERIOD_US + slot] - p[_OR_TRAVEL_US + (p[_ST_SLOT] & 1)]
            if lead < p[_LI_LEAD_REST_US]:
                lead = p[_LI_LEAD_REST_US]
        if p[_OR_PEAK_UM + slot] <= p[_LI_CAP_UM] and p[_ST_FAULT] == 0:  # [SR-02]
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
    if p[_ST_PHASE] == _PHASE_HOMING and p[_OR_MODE] == _MODE_PROVE:
        powered = 0  # the dead-man starves: that is what is to be proven
    p[_OU_FEED] = powered

"""The scan: called by the HAL's timer between latching the inputs and applying the outputs, every 100 us when armed.

It runs inside the timer interrupt: integers only, no allocation, no exception, no call that can wait. Written for viper;
the same source also runs under CPython. Constants are copies of image.py and faults.py, compared by a test.

`check` is long on purpose: a call costs as much as twenty comparisons [decision 0003]. What happens seldom is a function.
"""

import micropython
from micropython import const

from pen.guard_motion import name_mismatch, stroke_starts, watch_homing
from pen.guard_power import limit_differs, prove, watch_off
from pen.guard_signals import begin_counts, suspect
from pen.phases import advance

_IN_NOW_US = const(0)
_IN_STEPS = const(1)
_IN_TIP_RAW = const(2)
_IN_CURRENT_RAW = const(3)
_IN_SUPPLY_RAW = const(4)
_IN_TEMPERATURE_RAW = const(5)
_IN_SWITCHES = const(6)
_IN_MOTION = const(7)
_IN_SCAN_US = const(8)
_LI_PERIOD_US = const(73)
_LI_TRACE_AFTER = const(94)
_LI_LATE_US = const(74)
_LI_LONG_US = const(75)
_LI_HEARTBEAT_US = const(76)
_LI_CAP_UM = const(77)
_LI_OVER_UM = const(78)
_LI_DEEPER_UM = const(79)
_LI_MISMATCH_UM = const(80)
_LI_REST_MISMATCH_UM = const(81)
_LI_TIP_OFFSET_UM = const(82)
_LI_TIP_GAIN = const(83)
_LI_TIP_MIN_RAW = const(84)
_LI_TIP_MAX_RAW = const(85)
_LI_CURRENT_MAX_RAW = const(86)
_LI_SUPPLY_MIN_RAW = const(87)
_LI_SUPPLY_MAX_RAW = const(88)
_LI_TEMPERATURE_MIN_RAW = const(89)
_LI_STEP_UM = const(90)
_LI_FOLLOW_US = const(97)
_LI_HOME_AT_REST = const(98)
_LI_CLEARANCE_UM = const(91)
_LI_TRACE_EVERY = const(92)
_LI_TRACE_ROWS = const(93)
_OR_HEARTBEAT = const(112)
_OR_MODE = const(113)
_OR_ORIGIN = const(109)
_OR_PEAK_UM = const(99)
_OR_PERIOD_US = const(101)
_OR_OUT_US = const(105)
_OR_LEASE_SEQ = const(115)
_OR_STOP_SEQ = const(116)
_OR_MOVE_UNTIL = const(118)
_OR_RAISE = const(119)
_ST_PHASE = const(16)
_ST_ENDING = const(69)
_ST_FAULT = const(32)
_ST_FAULT_US = const(33)
_ST_FAULT_COUNTED_UM = const(34)
_ST_FAULT_MEASURED_UM = const(35)
_ST_FAULT_CURRENT_RAW = const(36)
_ST_FAULT_SWITCHES = const(37)
_ST_COUNTED_UM = const(17)
_ST_MEASURED_UM = const(18)
_ST_PRIMED = const(38)
_ST_LAST_PEAK_UM = const(42)
_ST_STROKES = const(43)
_ST_CLEAR_SEQ = const(55)
_OR_CLEAR_SEQ = const(120)
_ST_LAST_US = const(19)
_ST_BEAT = const(39)
_ST_BEAT_US = const(20)
_ST_TIP_LAST = const(21)
_ST_TIP_SAME = const(22)
_ST_AGREED_COUNTED_UM = const(23)
_ST_AGREED_MEASURED_UM = const(24)
_ST_STILL_US = const(25)
_ST_OUT = const(26)
_ST_OUT_US = const(40)
_ST_AWAY = const(27)
_ST_START_US = const(29)
_ST_SLOT = const(41)
_ST_QUEUED = const(30)
_ST_PEAK_UM = const(28)
_ST_TRIGGER = const(48)
_ST_TRIGGER_COUNT = const(49)
_ST_TRIGGER_READY = const(50)
_ST_BY_TRIGGER = const(51)
_ST_LEASE_SEQ = const(52)
_ST_STOP_SEQ = const(53)
_ST_TRACE_AT = const(56)
_ST_TRACE_SKIP = const(31)
_ST_TRACE_LEFT = const(57)
_ST_CURRENT_PEAK_RAW = const(58)
_ST_SUSPECT = const(59)
_ST_FOLLOWED_US = const(126)
_ST_SHORT = const(127)
_ST_STOPPED = const(71)
_ST_SENSE_COUNT = const(121)
_ST_LIMIT_AT = const(124)
_ST_LIMIT_BAD = const(125)
_LIMITS_FIRST = const(73)
_LIMITS_COUNT = const(39)
_LIMITS_COPY = const(128)
_OU_ENABLE = const(9)
_OU_FEED = const(10)
_OU_MOTION = const(11)
_SW_TRIGGER = const(4)
_PHASE_OFF = const(0)
_MOVE_NONE = const(0)
_MOVE_TURN = const(2)
_MOVE_HALT = const(3)
_TRIGGER_PRESS = const(50)  # 5 ms of closed contact is a press, however it bounces
_TRIGGER_RELEASE = const(10)  # an open contact counts ten times: 0.5 ms is a release
_ROW_WAITS = const(1)  # scan: rows stay within 500 us
_SAME_MOST = const(1_000)  # where the count of equal readings stops
_TICKS_MASK = const(0x3FFF_FFFF)
_SW_CARTRIDGE = const(2)
_SW_ESTOP = const(8)
_SW_ENABLE_SENSE = const(32)
_SW_DRIVER_FAULT = const(16)
_SW_LINK = const(64)
_PHASE_STROKING = const(3)
_PHASE_RETRACT = const(4)
_HEARTBEAT = const(119)
_SCAN_LATE = const(120)
_SCAN_LONG = const(121)
_SW_HOME = const(1)
_MO_MOVING = const(1)
_MO_OUTWARD = const(4)
_PHASE_HOMING = const(1)
_PHASE_HOLD = const(2)
_OVER_DEPTH = const(101)
_STALL = const(103)
_DWELL = const(104)
_HOME = const(106)
_MEMORY = const(127)
_TRIGGER_STUCK = const(117)
_QUEUE_UNDERRUN = const(124)
_STARVED = const(2)  # of ST_ENDING
_AGREE_UM = const(12)  # a step and the sensor's noise: closer than this, tip and count are one
_BEYOND_UM = const(4)  # on the way back the tip goes on outward, beyond the stroke's peak [docs/safety.md]
_STILL_US = const(2_000)  # the carriage has settled after this
_OUT_UM = const(20)  # measured beyond the face, above the sensor's noise
_SW_STOP = const(128)
_SHORT_STROKES = const(8)  # in a row: skin may change under the pen, and what the drive learns takes three to be made
_FREE = const(3)  # moving, and the next stroke can be ordered
_MODE_HOME = const(1)
_MODE_HOLD = const(2)
_MODE_PROVE = const(3)
_POWERED = const(34)  # closed while the drive is on: the cartridge, and the enable read back
_ROWS_MOST = const(472)  # that any trace has, whatever became of the words that say where
_UNTIL_HOME_CLOSED = const(1)
_UNTIL_HOME_OPEN = const(2)
_TRACE_WORDS = const(6)


@micropython.viper
def check(p: ptr32, trace):
    """One scan. `p`: the image, see image.py; `trace`: ring of LI_TRACE_ROWS rows."""
    p[_OU_MOTION] = _MOVE_NONE
    now = p[_IN_NOW_US]
    phase = p[_ST_PHASE]
    motion = p[_IN_MOTION]
    switches = p[_IN_SWITCHES]

    # Positions, counted and measured.
    counted = (p[_IN_STEPS] - p[_OR_ORIGIN]) * p[_LI_STEP_UM] - p[_LI_CLEARANCE_UM]
    if p[_LI_FOLLOW_US] and not motion & _MO_OUTWARD:
        counted = 0 - p[_LI_CLEARANCE_UM]  # the count is where the tip is sent, and nothing sends it
    if counted != p[_ST_COUNTED_UM]:
        p[_ST_COUNTED_UM] = counted
        p[_ST_STILL_US] = now
    raw = p[_IN_TIP_RAW]
    if raw != p[_ST_TIP_LAST]:
        p[_ST_TIP_LAST] = raw
        p[_ST_TIP_SAME] = 0
    elif p[_ST_TIP_SAME] < _SAME_MOST:
        p[_ST_TIP_SAME] = p[_ST_TIP_SAME] + 1
    measured = p[_LI_TIP_OFFSET_UM] + ((raw * p[_LI_TIP_GAIN]) >> 16)
    p[_ST_MEASURED_UM] = measured
    blind = 0  # the reading is no position at all: SENSOR_RANGE's business, and the count goes on bounding the tip
    if raw < p[_LI_TIP_MIN_RAW] or raw > p[_LI_TIP_MAX_RAW]:
        blind = 1

    # The trigger, debounced.
    count = p[_ST_TRIGGER_COUNT]
    if switches & _SW_TRIGGER:
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
    elif p[_ST_TRIGGER]:
        p[_ST_TRIGGER] = 0  # by a bit that flipped: no contact has closed

    usual = 1
    began = 0
    odd = 0
    fault = 0  # or one to cut for, or minus one to retract for
    if phase == _PHASE_OFF:
        p[_ST_PRIMED] = 0
        if switches & _SW_ENABLE_SENSE or p[_ST_SENSE_COUNT]:
            fault = int(watch_off(p))
    else:
        # Time: the scan's period and length, the foreground's heartbeat. The first scan after OFF begins every count anew.
        since = (now - p[_ST_LAST_US]) & _TICKS_MASK
        if p[_OR_HEARTBEAT] != p[_ST_BEAT]:
            p[_ST_BEAT] = p[_OR_HEARTBEAT]
            p[_ST_BEAT_US] = now
        if not p[_ST_PRIMED]:
            p[_ST_PRIMED] = 1
            p[_ST_BEAT_US] = now
            usual = 0
            if p[_ST_SUSPECT]:  # else they are 0
                begin_counts(p)
        elif since > p[_LI_PERIOD_US] + p[_LI_LATE_US]:
            fault = _SCAN_LATE  # [SR-14]
        elif p[_IN_SCAN_US] > p[_LI_LONG_US]:
            fault = _SCAN_LONG  # [SR-14]
        elif ((now - p[_ST_BEAT_US]) & _TICKS_MASK) > p[_LI_HEARTBEAT_US]:
            fault = _HEARTBEAT  # [SR-14]

        # Switches and voltages. Which of them, and for how long, is a question for when one is odd.
        current = p[_IN_CURRENT_RAW]
        if current > p[_ST_CURRENT_PEAK_RAW]:
            p[_ST_CURRENT_PEAK_RAW] = current
        supply = p[_IN_SUPPLY_RAW]
        odd = (switches ^ _POWERED) & (_POWERED | _SW_ESTOP | _SW_DRIVER_FAULT)
        if not switches & _SW_LINK and phase == _PHASE_STROKING and not p[_ST_BY_TRIGGER]:
            odd |= _SW_LINK
        if blind:
            odd |= 256
        if current > p[_LI_CURRENT_MAX_RAW]:
            odd |= 512
        if supply < p[_LI_SUPPLY_MIN_RAW]:
            odd |= 1024
        if supply > p[_LI_SUPPLY_MAX_RAW]:
            odd |= 2048
        if p[_IN_TEMPERATURE_RAW] < p[_LI_TEMPERATURE_MIN_RAW]:
            odd |= 4096
        if (odd or p[_ST_SUSPECT]) and not fault:
            # A scan in which a stroke begins is not counted, and not taken for one without it: it has that to look at.
            if p[_ST_AWAY] or phase != _PHASE_STROKING or counted + p[_LI_CLEARANCE_UM] <= 0:
                p[_ST_SUSPECT] = odd | (p[_ST_SUSPECT] & 8191) << 13
                fault = int(suspect(p))
        elif not odd:
            # One limit a scan against its copy: each of them every few milliseconds, unless something else is to be counted.
            at = p[_ST_LIMIT_AT]
            if at < 0 or at >= _LIMITS_COUNT:
                at = 0
            if p[_LIMITS_FIRST + at] ^ p[_LIMITS_COPY + at] == -1:
                p[_ST_LIMIT_AT] = at + 1
                if p[_ST_LIMIT_BAD]:
                    p[_ST_LIMIT_BAD] = 0
            elif not fault:
                fault = int(limit_differs(p))  # [SR-23]

        # Count and tip against the cap, and against each other; the home switch at rest; a stroke's time.
        worse = 0
        if fault <= 0 and phase == _PHASE_HOMING:
            if p[_ST_TRIGGER] and not p[_ST_TRIGGER_READY]:
                worse = _TRIGGER_STUCK  # [SR-10]
            elif p[_OR_MODE] == _MODE_PROVE:
                worse = int(prove(p))  # [SR-15]
            elif not blind:
                worse = int(watch_homing(p))
        elif fault <= 0:
            over = p[_LI_CAP_UM] + p[_LI_OVER_UM]
            rest = 0
            if not motion & _MO_MOVING and ((now - p[_ST_STILL_US]) & _TICKS_MASK) > _STILL_US:
                rest = 1
            apart = measured - counted
            peak = p[_ST_PEAK_UM]
            if (phase == _PHASE_HOLD and motion & _MO_MOVING) or phase > _PHASE_RETRACT or phase < _PHASE_OFF:
                worse = _MEMORY  # no scan has led here
            elif counted > over or (measured > over and not blind):
                worse = _OVER_DEPTH  # [SR-03]
            elif blind:
                measured = counted
            elif rest and phase == _PHASE_HOLD and switches & _SW_HOME != p[_LI_HOME_AT_REST]:
                worse = _HOME  # [SR-05]
            elif apart < _AGREE_UM and apart > 0 - _AGREE_UM:
                p[_ST_AGREED_COUNTED_UM] = counted
                p[_ST_AGREED_MEASURED_UM] = measured
            else:
                deeper = p[_LI_MISMATCH_UM]
                if motion & _MO_OUTWARD:
                    deeper = p[_LI_DEEPER_UM]
                elif motion & _MO_MOVING and not p[_LI_FOLLOW_US]:
                    if peak > 0 and measured > peak + _BEYOND_UM:
                        deeper = 0  # [SR-03]
                    peak = measured  # which is no peak: the count is on its way back
                shallower = 0 - p[_LI_MISMATCH_UM]
                if rest:
                    deeper = p[_LI_REST_MISMATCH_UM]
                    shallower = 0 - deeper
                if apart > deeper or apart < shallower:  # [SR-04]
                    # None while the tip is on its way to where a pulse sent it, unless it is where that way does not lead.
                    since = (now - p[_ST_STILL_US]) & _TICKS_MASK
                    if since < p[_LI_FOLLOW_US]:
                        deepest = counted
                        if not motion & _MO_OUTWARD:
                            deepest = p[_OR_PEAK_UM + (p[_ST_SLOT] & 1)]
                        elif deepest - peak > (deepest + p[_LI_CLEARANCE_UM]) >> 3:
                            p[_ST_FOLLOWED_US] = since  # for the first time: later it may bounce
                        back = measured + p[_LI_CLEARANCE_UM] + p[_LI_MISMATCH_UM]
                        if measured <= deepest + p[_LI_DEEPER_UM] and back >= 0:
                            since = -1
                    if since >= 0:
                        worse = int(name_mismatch(p))
            if phase >= _PHASE_STROKING and not worse:
                longest = p[_OR_PERIOD_US + (p[_ST_SLOT] & 1)] + p[_OR_PERIOD_US + (p[_ST_QUEUED] & 1)]
                if ((now - p[_ST_START_US]) & _TICKS_MASK) > longest:
                    worse = _DWELL  # behind the face, or before the first step: a generator that makes no more steps
                elif p[_ST_ENDING] == _STARVED:
                    worse = 0 - _QUEUE_UNDERRUN
            if not worse:
                if counted > 0 or measured > _OUT_UM:
                    if measured > peak:
                        p[_ST_PEAK_UM] = measured
                    if not p[_ST_OUT]:
                        p[_ST_OUT] = 1
                        p[_ST_OUT_US] = now
                    elif ((now - p[_ST_OUT_US]) & _TICKS_MASK) > p[_OR_OUT_US + (p[_ST_SLOT] & 1)]:  # [SR-08]
                        worse = _DWELL
                else:
                    p[_ST_OUT] = 0
            if not worse:
                away = 0
                if counted + p[_LI_CLEARANCE_UM] > 0 or (p[_ST_AWAY] and measured > _OUT_UM):
                    away = 1
                if away != p[_ST_AWAY]:
                    p[_ST_AWAY] = away
                    usual = 0
                    if away:
                        began = 1
                        worse = int(stroke_starts(p))
                    else:
                        if p[_ST_PEAK_UM] > 0:  # what went beyond the face was a stroke
                            p[_ST_LAST_PEAK_UM] = p[_ST_PEAK_UM]
                            p[_ST_STROKES] = (p[_ST_STROKES] + 1) & _TICKS_MASK
                            if p[_LI_FOLLOW_US]:
                                short = p[_ST_SHORT] + 1
                                if peak + p[_LI_MISMATCH_UM] >= p[_OR_PEAK_UM + (p[_ST_SLOT] & 1)]:
                                    short = 0
                                p[_ST_SHORT] = short
                                if short >= _SHORT_STROKES:
                                    worse = _STALL  # [SR-16]
                        p[_ST_PEAK_UM] = 0
        if worse and (not fault or worse > 0):
            fault = worse
        p[_ST_LAST_US] = now

    if not fault:
        fault = p[_OR_RAISE]
    was = phase
    if fault:
        # First cause wins and keeps its snapshot; the reaction follows whichever fault is the worse.
        usual = 0
        cut = 1
        if fault < 0 - 255:
            fault = _MEMORY
        elif fault < 0:
            fault = 0 - fault
            cut = 0
        p[_ST_CLEAR_SEQ] = p[_OR_CLEAR_SEQ]  # a clear ordered before was not for this fault
        if not p[_ST_FAULT]:
            p[_ST_FAULT] = fault
            p[_ST_FAULT_US] = now
            p[_ST_FAULT_COUNTED_UM] = counted
            p[_ST_FAULT_MEASURED_UM] = p[_ST_MEASURED_UM]
            p[_ST_FAULT_CURRENT_RAW] = p[_IN_CURRENT_RAW]
            p[_ST_FAULT_SWITCHES] = switches
            p[_ST_TRACE_LEFT] = p[_LI_TRACE_AFTER]
        if cut or phase != _PHASE_RETRACT:
            turn = _MOVE_HALT
            phase = _PHASE_OFF
            if was == _PHASE_STROKING and not cut:
                turn = _MOVE_TURN  # [SR-07]
                phase = _PHASE_RETRACT
            p[_OU_MOTION] = turn
            p[_ST_PHASE] = phase
    # Nothing to be done? advance() would find out at five times the price.
    quiet = 0
    holds = p[_OR_MODE] == _MODE_HOLD and p[_ST_STOP_SEQ] == p[_OR_STOP_SEQ]
    if switches & _SW_STOP or (p[_ST_STOPPED] and phase):
        quiet = 0
    elif was != phase:
        quiet = 1  # turned round or cut just now: what follows, and what OFF makes of past events, is for the next scan
    elif phase == _PHASE_STROKING:
        # Nothing can be ordered; or the next scan orders it, for this one has a stroke's start to look at, or a row that has waited.
        waits = motion & _FREE == _MO_MOVING or began or p[_ST_TRACE_SKIP] <= 0
        if waits and motion & _MO_MOVING and (p[_ST_TRIGGER] or not p[_ST_BY_TRIGGER]) and holds:
            quiet = 1
    elif phase == _PHASE_HOLD:
        if not p[_ST_TRIGGER] and p[_ST_TRIGGER_READY] and p[_ST_LEASE_SEQ] == p[_OR_LEASE_SEQ] and holds:
            quiet = 1
    elif phase == _PHASE_HOMING:
        if motion & _MO_MOVING and p[_OR_MODE] == _MODE_HOME:
            ends = _UNTIL_HOME_OPEN
            if switches & _SW_HOME:
                ends = _UNTIL_HOME_CLOSED
            if p[_OR_MOVE_UNTIL] != ends:
                quiet = 1
    elif phase:
        quiet = motion & _MO_MOVING
    if quiet:
        powered = 0
        if phase:
            powered = 1
        p[_OU_ENABLE] = powered
        p[_OU_FEED] = powered
    else:
        advance(p)

    # One thing at a time: a row of the trace waits for a quiet scan.
    if p[_OU_MOTION]:
        usual = 0
    if p[_ST_TRACE_LEFT]:
        skip = p[_ST_TRACE_SKIP] - 1
        if skip <= 0 and (usual or skip <= 0 - _ROW_WAITS):
            skip += p[_LI_TRACE_EVERY]
            t = ptr32(trace)
            row = p[_ST_TRACE_AT]
            if row < 0 or row >= _ROWS_MOST:
                row = 0
            at = row * _TRACE_WORDS
            t[at] = now
            t[at + 1] = counted
            t[at + 2] = p[_ST_MEASURED_UM]
            t[at + 3] = p[_IN_CURRENT_RAW]
            t[at + 4] = (p[_OU_ENABLE] << 15) | (p[_OU_FEED] << 14) | (p[_OU_MOTION] << 8) | switches
            t[at + 5] = (p[_ST_FAULT] & 255) << 8 | p[_ST_PHASE]  # of a flipped one what fits
            row += 1
            if row >= p[_LI_TRACE_ROWS]:
                row = 0
            p[_ST_TRACE_AT] = row
            if p[_ST_TRACE_LEFT] > 0:
                p[_ST_TRACE_LEFT] -= 1
        p[_ST_TRACE_SKIP] = skip

"""The process image: one array of 32-bit words shared by the foreground, the scan and the HAL.

Who writes what: the HAL writes IN_*, the foreground LI_* and OR_*, the scan ST_* and OU_*. Everyone reads everything.
Files whose code runs in the scan repeat the names they need as `_NAME = const(n)`, because the compiler puts a number
into the code only for constants of the same file; a test compares every copy with this table.

What the scan alone reads and writes has an underscore: such a name takes no memory on the pen. Others than the scan, tests for
instance, may leave it out (pen_sim.words).

The places are chosen for the scan's time. The chip reaches the first 32 words in one instruction; of those up to 94 a read
takes two more and a write five; beyond, three and thirteen [decision 0003].
"""

from array import array

from micropython import const

# Inputs, latched at the start of each scan.
IN_NOW_US = 0  # ticks, 0 to 2**30 - 1, wraps
IN_STEPS = 1  # steps counted in hardware, outward positive, origin arbitrary
IN_TIP_RAW = 2  # sum of four 12-bit conversions, 0 to 16380; so are the next three
IN_CURRENT_RAW = 3
IN_SUPPLY_RAW = 4
IN_TEMPERATURE_RAW = 5
IN_SWITCHES = 6  # SW_* bits
IN_MOTION = 7  # MO_* bits
_IN_SCAN_US = const(8)  # how long the scan before this one took

# Outputs, applied at the end of each scan.
OU_ENABLE = 9
OU_FEED = 10  # 1 = feed the dead-man
OU_MOTION = 11  # MOVE_*
OU_SLOT = 12
OU_NEXT = 13  # 1 = follows the stroke under way
OU_LEAD_US = 14  # wait before the first step

# State of the scan; what it writes most often comes first.
ST_PHASE = 16  # PHASE_*
_ST_COUNTED_UM = const(17)
ST_MEASURED_UM = 18
_ST_LAST_US = const(19)
_ST_BEAT_US = const(20)
_ST_TIP_LAST = const(21)
_ST_TIP_SAME = const(22)  # scans with the very same reading
_ST_AGREED_COUNTED_UM = const(23)  # where tip and count last agreed
_ST_AGREED_MEASURED_UM = const(24)
ST_STILL_US = 25  # since when the count has not moved
_ST_OUT = const(26)  # 1 = the tip is beyond the face
_ST_AWAY = const(27)  # 1 = away from retracted: a stroke is under way
_ST_PEAK_UM = const(28)  # deepest measured point of the stroke under way so far
ST_START_US = 29  # start of the stroke under way
ST_QUEUED = 30  # slot ordered last
ST_TRACE_SKIP = 31  # scans to the next row of the trace
ST_FAULT = 32  # latched, 0 = none
ST_FAULT_US = 33  # and the snapshot of its moment
_ST_FAULT_COUNTED_UM = const(34)
_ST_FAULT_MEASURED_UM = const(35)
_ST_FAULT_CURRENT_RAW = const(36)
_ST_FAULT_SWITCHES = const(37)
ST_PRIMED = 38  # 0 = the next scan's period is not checked
_ST_BEAT = const(39)  # last heartbeat seen
_ST_OUT_US = const(40)  # since when the tip is beyond the face
ST_SLOT = 41  # slot of the stroke under way
ST_LAST_PEAK_UM = 42  # deepest point of the last finished stroke
ST_STROKES = 43  # strokes finished beyond the face, wraps at 2**30
_ST_RATE_US = const(44)  # start of the rate window
_ST_RATE_COUNT = const(45)  # periods in the rate window
ST_FIRST_US = 46  # start of the first stroke of this run
ST_STARTED = 47  # strokes started in this run
ST_TRIGGER = 48  # debounced
_ST_TRIGGER_COUNT = const(49)
ST_TRIGGER_READY = 50  # 1 = its contact was seen open since arming or the last stop
_ST_BY_TRIGGER = const(51)  # 1 = this run was started or taken over by the trigger: its release ends it
ST_LEASE_SEQ = 52  # the lease that is over or refused
ST_STOP_SEQ = 53
ST_MOVE_SEQ = 54
ST_CLEAR_SEQ = 55
ST_TRACE_AT = 56  # the trace's next row
ST_TRACE_LEFT = 57  # the trace's rows until it freezes, -1 = running
ST_CURRENT_PEAK_RAW = 58
_ST_SUSPECT = const(59)  # what is odd, and above that what was in the scan before; 0 = the counters below are all 0
_ST_COUNT = const(60)  # 9 counters of consecutive bad scans, see guard_signals.py
_ST_ENDING = const(69)  # 1 = the stroke under way is the last; 2 = it was not, and yet it ended
_ST_INNERMOST_UM = const(70)  # homing: the least depth measured in this move
ST_STOPPED = 71  # 1 = a stop byte came that the foreground has not answered yet
_ST_STOPPED_SEQ = const(72)  # OR_STOP_SEQ when it came

# Limits: set by the foreground before arming.
LI_PERIOD_US = 73  # scan period
LI_LATE_US = 74  # tolerated above the period
LI_LONG_US = 75  # longest execution of a scan
LI_HEARTBEAT_US = 76  # longest time without a sign of life from the foreground
LI_CAP_UM = 77  # the zone's cap; 0 without a zone
LI_OVER_UM = 78  # beyond the cap
LI_DEEPER_UM = 79  # tip deeper than the count, going out
LI_MISMATCH_UM = 80  # tip and count apart, in motion
LI_REST_MISMATCH_UM = 81  # tip and count apart, at rest
LI_TIP_OFFSET_UM = 82  # position at raw 0
LI_TIP_GAIN = 83  # um per raw count, times 65536
LI_TIP_MIN_RAW = 84
LI_TIP_MAX_RAW = 85
LI_CURRENT_MAX_RAW = 86
LI_SUPPLY_MIN_RAW = 87
LI_SUPPLY_MAX_RAW = 88
LI_TEMPERATURE_MIN_RAW = 89  # the sensor's voltage falls when it gets hot
LI_STEP_UM = 90
LI_CLEARANCE_UM = 91  # retracted is at minus this
LI_TRACE_EVERY = 92  # scans per trace row
LI_TRACE_ROWS = 93  # rows the ring holds
LI_TRACE_AFTER = 94  # rows kept after a fault
LI_LEAD_US = 95  # wait before the first step from standstill
LI_LEAD_REST_US = 96  # least wait before the first step after a stroke: the lead and the rest
LI_FOLLOW_US = 97  # how long the tip may take to where the drive has been sent; 0 = it is led there step by step
LI_HOME_AT_REST = 98  # SW_HOME, or 0: what the home switch says between strokes

# Orders: what the foreground wants. The first are as fixed as limits while they are in force, and have copies like these.
OR_PEAK_UM = 99  # two words, one a slot: the deepest point of what is loaded there
OR_PERIOD_US = 101  # two words: first step to first step
OR_RATE_SLACK_US = 103  # two words: tolerated per period
OR_OUT_US = 105  # two words: longest time the tip may be beyond the face
OR_TRAVEL_US = 107  # two words: first step to last step
OR_ORIGIN = 109  # IN_STEPS at retracted, found by homing
OR_LEASE_START_US = 110  # of the lease that runs, or ran
OR_LEASE_US = 111
# A *_SEQ is an event: the scan acts when it differs from its own copy.
OR_HEARTBEAT = 112  # moves in every turn of the foreground's loop
OR_MODE = 113  # MODE_*
OR_SLOT = 114  # slot of the next stroke or move, 0 or 1
OR_LEASE_SEQ = 115
OR_STOP_SEQ = 116  # turn round, stay ready
OR_MOVE_SEQ = 117  # homing: run the slot once
OR_MOVE_UNTIL = 118  # homing: UNTIL_*
OR_RAISE = 119  # fault found by the foreground, minus it to retract for; 0 = none
OR_CLEAR_SEQ = 120

# More of the scan's state.
_ST_SENSE_COUNT = const(121)  # consecutive scans in which the enable read back is not what it was set to
ST_PROOF = 122  # PROOF_* of the dead-man's proof
ST_PROOF_US = 123  # when it began; once it is done, how long the dead-man kept the enable
_ST_LIMIT_AT = const(124)  # the limit that is compared with its copy next, counted from the first
_ST_LIMIT_BAD = const(125)  # consecutive scans in which the two differed
ST_FOLLOWED_US = 126  # how long the tip took for seven eighths of the way to where the drive was sent last
_ST_SHORT = const(127)  # consecutive strokes that were short of their peak

# Every limit, and the orders that stay, a second time, inverted. [safety] SR-23
LIMITS_COPY = 128
LIMITS_FIRST = LI_PERIOD_US
LIMITS_COUNT = OR_LEASE_US - LIMITS_FIRST + 1

WORDS = LIMITS_COPY + LIMITS_COUNT

SW_HOME = 1
SW_CARTRIDGE = 2
_SW_TRIGGER = const(4)
SW_ESTOP = 8
SW_DRIVER_FAULT = 16
SW_ENABLE_SENSE = 32
_SW_LINK = const(64)  # a host holds the console open
SW_STOP = 128  # a stop byte, `!` or Ctrl-C, has come since the scan before; the foreground will read it, too

MO_MOVING = 1  # the generator has steps to make
MO_OPEN = 2  # the next stroke can be ordered
MO_OUTWARD = 4  # direction of the step it works on

MODE_OFF = 0
MODE_HOME = 1
MODE_HOLD = 2
MODE_PROVE = 3  # starve the dead-man once

PHASE_OFF = 0
PHASE_HOMING = 1  # and the proof before it
PHASE_HOLD = 2
PHASE_STROKING = 3
_PHASE_RETRACT = const(4)

_MOVE_NONE = const(0)
MOVE_START = 1
MOVE_TURN = 2  # give up the way out: decelerate, return, forget what is queued
MOVE_HALT = 3  # stop now, forget everything

_PROOF_NONE = const(0)
_PROOF_BEGUN = const(1)  # enabled, not fed, and not yet read back
_PROOF_SEEN = const(2)  # read back
PROOF_DONE = 3  # and lost in time

UNTIL_END = 0
UNTIL_HOME_CLOSED = 1
UNTIL_HOME_OPEN = 2

TRACE_WORDS = 6  # time, counted, measured, current, outputs << 8 | switches, fault << 8 | phase


def create():
    """A new image: array of WORDS 32-bit integers, everything off, the trace running."""
    image = array("i", [0] * WORDS)
    image[ST_TRACE_LEFT] = -1
    for index in range(LIMITS_FIRST, LIMITS_FIRST + LIMITS_COUNT):
        set_limit(image, index, 0)
    return image


def set_limit(image, index, value):
    """Writes a limit and its inverted copy, the one right after the other: the scan may come between them once or twice."""
    image[index + LIMITS_COPY - LIMITS_FIRST] = ~value
    image[index] = value


def limits_hold(image):
    """Whether every limit is what its copy says."""
    return all(
        image[k] == ~image[k + LIMITS_COPY - LIMITS_FIRST] for k in range(LIMITS_FIRST, LIMITS_FIRST + LIMITS_COUNT)
    )


def create_trace(rows):
    """A new trace ring: rows of TRACE_WORDS 32-bit integers in a bytearray, so that TRAC? can send it as it is."""
    return bytearray(rows * TRACE_WORDS * 4)

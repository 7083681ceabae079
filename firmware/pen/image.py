"""The process image: one array of 32-bit words shared by the foreground, the scan and the HAL.

Who writes what: the HAL writes IN_*, the foreground LI_* and OR_*, the scan ST_* and OU_*. Everyone reads everything.
Files whose code runs in the scan repeat the names they need as `_NAME = const(n)`, because the compiler puts a number
into the code only for constants of the same file; a test compares every copy with this table.
"""

from array import array

# Inputs, latched at the start of each scan.
IN_NOW_US = 0  # ticks, 0 to 2**30 - 1, wraps
IN_STEPS = 1  # steps counted in hardware, outward positive, origin arbitrary
IN_TIP_RAW = 2  # sum of four 12-bit conversions, 0 to 16380; so are the next three
IN_CURRENT_RAW = 3
IN_SUPPLY_RAW = 4
IN_TEMPERATURE_RAW = 5
IN_SWITCHES = 6  # SW_* bits
IN_MOTION = 7  # MO_* bits
IN_SCAN_US = 8  # how long the scan before this one took

# Limits: set by the foreground before arming.
LI_PERIOD_US = 16  # scan period
LI_LATE_US = 17  # tolerated above the period
LI_LONG_US = 18  # longest execution of a scan
LI_HEARTBEAT_US = 19  # longest time without a sign of life from the foreground
LI_CAP_UM = 20  # the zone's cap; 0 without a zone
LI_OVER_UM = 21  # beyond the cap
LI_DEEPER_UM = 22  # tip deeper than the count, going out
LI_MISMATCH_UM = 23  # tip and count apart, in motion
LI_REST_MISMATCH_UM = 24  # tip and count apart, at rest
LI_TIP_OFFSET_UM = 25  # position at raw 0
LI_TIP_GAIN = 26  # um per raw count, times 65536
LI_TIP_MIN_RAW = 27
LI_TIP_MAX_RAW = 28
LI_CURRENT_MAX_RAW = 29
LI_SUPPLY_MIN_RAW = 30
LI_SUPPLY_MAX_RAW = 31
LI_TEMPERATURE_MIN_RAW = 32  # the sensor's voltage falls when it gets hot
LI_STEP_UM = 33
LI_CLEARANCE_UM = 34  # retracted is at minus this
LI_TRACE_EVERY = 35  # scans per trace row
LI_TRACE_ROWS = 36  # rows the ring holds
LI_TRACE_AFTER = 37  # rows kept after a fault
LI_LEAD_US = 38  # wait before the first step from standstill
LI_LEAD_REST_US = 39  # least wait before the first step after a stroke: the lead and the rest

# Orders: what the foreground wants. A *_SEQ is an event: the scan acts when it differs from its own copy.
OR_HEARTBEAT = 48  # moves in every turn of the foreground's loop
OR_MODE = 49  # MODE_*
OR_ORIGIN = 50  # IN_STEPS at retracted, found by homing
OR_SLOT = 51  # slot of the next stroke or move, 0 or 1
OR_PEAK_UM = 52  # two words, one a slot: the deepest point of what is loaded there
OR_PERIOD_US = 54  # two words: first step to first step
OR_RATE_SLACK_US = 56  # two words: tolerated per period
OR_OUT_US = 58  # two words: longest time the tip may be beyond the face
OR_LEASE_SEQ = 60
OR_LEASE_START_US = 61
OR_LEASE_US = 62
OR_STOP_SEQ = 63  # turn round, stay ready
OR_MOVE_SEQ = 64  # homing: run the slot once
OR_MOVE_UNTIL = 65  # homing: UNTIL_*
OR_RAISE = 66  # fault found by the foreground, 0 = none
OR_CLEAR_SEQ = 67
OR_TRAVEL_US = 68  # two words: first step to last step

# State of the scan.
ST_PHASE = 80  # PHASE_*
ST_FAULT = 81  # latched, 0 = none
ST_FAULT_US = 82  # and the snapshot of its moment
ST_FAULT_COUNTED_UM = 83
ST_FAULT_MEASURED_UM = 84
ST_FAULT_CURRENT_RAW = 85
ST_FAULT_SWITCHES = 86
ST_COUNTED_UM = 87
ST_MEASURED_UM = 88
ST_PRIMED = 89  # 0 = the next scan's period is not checked
ST_LAST_US = 90
ST_BEAT = 91  # last heartbeat seen
ST_BEAT_US = 92
ST_TIP_LAST = 93
ST_TIP_SAME = 94  # scans with the very same reading
ST_AGREED_COUNTED_UM = 95  # where tip and count last agreed
ST_AGREED_MEASURED_UM = 96
ST_MOVED_UM = 97  # counted position of the scan before
ST_STILL_US = 98  # since when the count has not moved
ST_OUT = 99  # 1 = the tip is beyond the face
ST_OUT_US = 100  # since when
ST_AWAY = 101  # 1 = away from retracted: a stroke is under way
ST_START_US = 102  # its start
ST_SLOT = 103  # its slot
ST_QUEUED = 104  # slot ordered last
ST_PEAK_UM = 105  # its deepest measured point so far
ST_LAST_PEAK_UM = 106  # the same of the last finished stroke
ST_STROKES = 107  # strokes finished beyond the face, wraps at 2**30
ST_RATE_US = 108  # start of the rate window
ST_RATE_COUNT = 109  # periods in it
ST_FIRST_US = 110  # start of the first stroke of this run
ST_STARTED = 111  # strokes started in this run
ST_TRIGGER = 112  # debounced
ST_TRIGGER_COUNT = 113
ST_TRIGGER_READY = 114  # 1 = its contact was seen open since arming or the last stop
ST_BY_TRIGGER = 115  # 1 = this run was started or taken over by the trigger: its release ends it
ST_LEASE_SEQ = 116  # the lease that is over or refused
ST_STOP_SEQ = 117
ST_MOVE_SEQ = 118
ST_CLEAR_SEQ = 119
ST_TRACE_AT = 120  # next row
ST_TRACE_SKIP = 121
ST_TRACE_LEFT = 122  # rows until it freezes, -1 = running
ST_CURRENT_PEAK_RAW = 123
ST_SUSPECT = 124  # 1 = one of the counters below is not 0
ST_COUNT = 125  # 9 counters of consecutive bad scans, see guard_signals.py
ST_ENDING = 134  # 1 = the stroke under way is the last
ST_INNERMOST_UM = 135  # homing: the least depth measured in this move
ST_STOPPED = 136  # 1 = a stop byte came that the foreground has not answered yet
ST_STOPPED_SEQ = 137  # OR_STOP_SEQ when it came

# Outputs, applied at the end of each scan.
OU_ENABLE = 138
OU_FEED = 139  # 1 = feed the dead-man
OU_MOTION = 140  # MOVE_*
OU_SLOT = 141
OU_NEXT = 142  # 1 = follows the stroke under way
OU_LEAD_US = 143  # wait before the first step
OU_LIGHT = 144  # 1 = this scan had nothing unusual to do: the HAL has time for a chore

WORDS = 148

SW_HOME = 1
SW_CARTRIDGE = 2
SW_TRIGGER = 4
SW_ESTOP = 8
SW_DRIVER_FAULT = 16
SW_ENABLE_SENSE = 32
SW_LINK = 64  # a host holds the console open
SW_STOP = 128  # a stop byte, `!` or Ctrl-C, has come since the scan before; the foreground will read it, too

MO_MOVING = 1  # the generator has steps to make
MO_OPEN = 2  # the next stroke can be ordered
MO_OUTWARD = 4  # direction of the step it works on

MODE_OFF = 0
MODE_HOME = 1
MODE_HOLD = 2

PHASE_OFF = 0
PHASE_HOMING = 1
PHASE_HOLD = 2
PHASE_STROKING = 3
PHASE_RETRACT = 4

MOVE_NONE = 0
MOVE_START = 1
MOVE_TURN = 2  # give up the way out: decelerate, return, forget what is queued
MOVE_HALT = 3  # stop now, forget everything

UNTIL_END = 0
UNTIL_HOME_CLOSED = 1
UNTIL_HOME_OPEN = 2

TRACE_WORDS = 6  # time, counted, measured, current, outputs << 8 | switches, fault << 8 | phase


def create():
    """A new image: array of WORDS 32-bit integers, everything off, the trace running."""
    image = array("i", [0] * WORDS)
    image[ST_TRACE_LEFT] = -1
    return image


def create_trace(rows):
    """A new trace ring: rows of TRACE_WORDS 32-bit integers in a bytearray, so that TRAC? can send it as it is."""
    return bytearray(rows * TRACE_WORDS * 4)

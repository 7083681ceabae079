"""Fills the LI_ words of the process image from the board: everything the scan compares with."""

from micropython import const

from pen import image as names
from pen.steps import NO_STROKE_UM
from pen.units import raw_from_mv, raw_from_temperature

SCAN_FAST_US = const(100)  # homing or armed [docs/decisions/0001]
SCAN_SLOW_US = const(1_000)  # otherwise

TRACE_ROWS = const(472)  # 189 ms at 2.5 kHz: the chip's memory has no room for more [docs/decisions/0007]
_TRACE_EVERY = const(4)  # 2.5 kHz while the scan runs at 10 kHz
_TRACE_AFTER = const(128)  # 51 ms after a fault, which leaves 138 ms before it
_HEARTBEAT_US = const(50_000)  # [safety] SR-14
_LATE_US = const(50)  # three times the worst period error allowed [design] section 6
_LONG_US = const(80)  # twice the longest scan allowed [design] section 6


def fill(image, board, drive):
    """Writes every limit that does not depend on the settings; no zone means a cap of 0."""
    values = {
        names.LI_LATE_US: _LATE_US,
        names.LI_LONG_US: _LONG_US,
        names.LI_HEARTBEAT_US: _HEARTBEAT_US,
        names.LI_CAP_UM: 0,
        names.LI_OVER_UM: board.OVER_DEPTH_UM,
        names.LI_DEEPER_UM: board.DEEPER_UM,
        names.LI_MISMATCH_UM: board.MISMATCH_UM,
        names.LI_REST_MISMATCH_UM: board.REST_MISMATCH_UM,
        names.LI_TIP_OFFSET_UM: board.TIP_UM_AT_0V,
        names.LI_TIP_GAIN: board.TIP_UM_PER_V * 3_300 * 65_536 // (1_000 * 16_380),
        names.LI_TIP_MIN_RAW: raw_from_mv(board.TIP_MIN_MV),
        names.LI_TIP_MAX_RAW: raw_from_mv(board.TIP_MAX_MV),
        names.LI_CURRENT_MAX_RAW: raw_from_mv(board.CURRENT_MAX_MA * 1_000 // board.CURRENT_MA_PER_V),
        names.LI_SUPPLY_MIN_RAW: raw_from_mv(board.SUPPLY_MIN_MV * 1_000 // board.SUPPLY_MV_PER_V),
        names.LI_SUPPLY_MAX_RAW: raw_from_mv(board.SUPPLY_MAX_MV * 1_000 // board.SUPPLY_MV_PER_V),
        names.LI_TEMPERATURE_MIN_RAW: raw_from_temperature(board.TEMPERATURE_MAX_DC, board),
        names.LI_STEP_UM: board.STEP_UM,
        names.LI_CLEARANCE_UM: board.CLEARANCE_UM,
        names.LI_TRACE_ROWS: TRACE_ROWS,
        names.LI_TRACE_AFTER: _TRACE_AFTER,
    }
    for index, value in values.items():
        names.set_limit(image, index, value)
    for index, value in drive.limits():
        names.set_limit(image, index, value)
    set_period(image, SCAN_SLOW_US)


def renew(image, board, drive):
    """After a limit has changed by itself: all of them anew, no zone, no stroke, nothing homed. Drive off."""
    for index in range(names.LIMITS_FIRST, names.LIMITS_FIRST + names.LIMITS_COUNT):
        names.set_limit(image, index, 0)
    for slot in range(2):
        names.set_limit(image, names.OR_PEAK_UM + slot, NO_STROKE_UM)
    fill(image, board, drive)


def set_period(image, period_us):
    """Tells the scan its own period, and how often to write a trace row at it."""
    image[names.ST_PRIMED] = 0
    image[names.ST_TRACE_SKIP] = 0  # counted in scans of the other period
    names.set_limit(image, names.LI_PERIOD_US, period_us)
    names.set_limit(image, names.LI_TRACE_EVERY, _TRACE_EVERY if period_us == SCAN_FAST_US else 1)

"""What the scan does about signals that are odd. See scan.py.

They run inside the timer interrupt: integers only, no allocation, no exception, no call that can wait. Written for viper;
the same source also runs under CPython. Constants are copies of image.py and faults.py, compared by a test.
"""

import micropython
from micropython import const

_ST_SUSPECT = const(59)
_ST_COUNT = const(60)
_ST_SENSE_COUNT = const(121)
_SENSOR_RANGE = const(107)
_OVER_CURRENT = const(109)
_DRIVER = const(110)
_OVER_TEMP = const(111)
_SUPPLY_LOW = const(112)
_SUPPLY_HIGH = const(113)
_CARTRIDGE_OUT = const(116)
_ESTOP = const(118)
_ENABLE_READBACK = const(123)
_LINK_LOST = const(130)

_BEFORE = const(13)  # bits of `suspect`'s causes
_CUT_FOR = const(2872)  # 8, 16, 32, 256, 512 and 2048: those that are not given time for a way back
_SCANS_ESTOP = const(3)
_SCANS_DRIVER = const(2)
_SCANS_TIP = const(3)  # the count still bounds the tip meanwhile
_SCANS_CURRENT = const(5)
_SCANS_SUPPLY_HIGH = const(10)
_SCANS_SUPPLY_LOW = const(20)
_SCANS_TEMPERATURE = const(100)
_SCANS_CARTRIDGE = const(20)
_SCANS_LINK = const(200)
_SCANS_SENSE = const(20)  # the charge pump takes time to rise


@micropython.viper
def begin_counts(p: ptr32):
    """The first scan after OFF: nothing has been bad so far."""
    bit = 0
    while bit < 9:
        p[_ST_COUNT + bit] = 0
        bit += 1


@micropython.viper
def suspect(p: ptr32) -> int:
    """Counts consecutive bad scans by cause and names the first that lasted too long, the ones to cut for before."""
    odd = p[_ST_SUSPECT]  # five bits of the switches, and what scan.check adds to them
    seen = odd | (odd >> _BEFORE)  # or odd in the scan before: all other counts are 0
    if seen & _CUT_FOR or p[_ST_SENSE_COUNT]:
        if seen & 8:
            count = (p[_ST_COUNT + 1] + 1) * ((odd >> 3) & 1)
            p[_ST_COUNT + 1] = count
            if count >= _SCANS_ESTOP:  # [SR-12]
                return _ESTOP
        if seen & 16:
            count = (p[_ST_COUNT + 2] + 1) * ((odd >> 4) & 1)
            p[_ST_COUNT + 2] = count
            if count >= _SCANS_DRIVER:  # [SR-17]
                return _DRIVER
        if seen & 32 or p[_ST_SENSE_COUNT]:
            count = (p[_ST_SENSE_COUNT] + 1) * ((odd >> 5) & 1)
            p[_ST_SENSE_COUNT] = count
            if count >= _SCANS_SENSE:  # [SR-09]
                return _ENABLE_READBACK
        if seen & 256:
            count = (p[_ST_COUNT + 4] + 1) * ((odd >> 8) & 1)
            p[_ST_COUNT + 4] = count
            if count >= _SCANS_TIP:  # [SR-04]
                return _SENSOR_RANGE
        if seen & 512:
            count = (p[_ST_COUNT + 5] + 1) * ((odd >> 9) & 1)
            p[_ST_COUNT + 5] = count
            if count >= _SCANS_CURRENT:  # [SR-17]
                return _OVER_CURRENT
        if seen & 2048:
            count = (p[_ST_COUNT + 7] + 1) * ((odd >> 11) & 1)
            p[_ST_COUNT + 7] = count
            if count >= _SCANS_SUPPLY_HIGH:
                return _SUPPLY_HIGH
    found = 0
    if seen & 1024:
        count = (p[_ST_COUNT + 6] + 1) * ((odd >> 10) & 1)
        p[_ST_COUNT + 6] = count
        if count >= _SCANS_SUPPLY_LOW and not found:  # [SR-07]
            found = 0 - _SUPPLY_LOW
    if seen & 4096:
        count = (p[_ST_COUNT + 8] + 1) * ((odd >> 12) & 1)
        p[_ST_COUNT + 8] = count
        if count >= _SCANS_TEMPERATURE and not found:  # [SR-17]
            found = 0 - _OVER_TEMP
    if seen & 2:
        count = (p[_ST_COUNT + 0] + 1) * ((odd >> 1) & 1)
        p[_ST_COUNT + 0] = count
        if count >= _SCANS_CARTRIDGE and not found:  # [SR-07]
            found = 0 - _CARTRIDGE_OUT
    if seen & 64:
        count = (p[_ST_COUNT + 3] + 1) * ((odd >> 6) & 1)
        p[_ST_COUNT + 3] = count
        if count >= _SCANS_LINK and not found:  # [SR-07]
            found = 0 - _LINK_LOST
    return found

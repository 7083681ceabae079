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
    odd = p[_ST_SUSPECT]  # five bits of the switches, and what scan.check adds to them; a count that is 0 stays it
    if odd & 2 or p[_ST_COUNT + 0]:
        p[_ST_COUNT + 0] = (p[_ST_COUNT + 0] + 1) * ((odd >> 1) & 1)
    if odd & 8 or p[_ST_COUNT + 1]:
        p[_ST_COUNT + 1] = (p[_ST_COUNT + 1] + 1) * ((odd >> 3) & 1)
    if odd & 16 or p[_ST_COUNT + 2]:
        p[_ST_COUNT + 2] = (p[_ST_COUNT + 2] + 1) * ((odd >> 4) & 1)
    if odd & 64 or p[_ST_COUNT + 3]:
        p[_ST_COUNT + 3] = (p[_ST_COUNT + 3] + 1) * ((odd >> 6) & 1)
    if odd & 256 or p[_ST_COUNT + 4]:
        p[_ST_COUNT + 4] = (p[_ST_COUNT + 4] + 1) * ((odd >> 8) & 1)
    if odd & 512 or p[_ST_COUNT + 5]:
        p[_ST_COUNT + 5] = (p[_ST_COUNT + 5] + 1) * ((odd >> 9) & 1)
    if odd & 1024 or p[_ST_COUNT + 6]:
        p[_ST_COUNT + 6] = (p[_ST_COUNT + 6] + 1) * ((odd >> 10) & 1)
    if odd & 2048 or p[_ST_COUNT + 7]:
        p[_ST_COUNT + 7] = (p[_ST_COUNT + 7] + 1) * ((odd >> 11) & 1)
    if odd & 4096 or p[_ST_COUNT + 8]:
        p[_ST_COUNT + 8] = (p[_ST_COUNT + 8] + 1) * ((odd >> 12) & 1)
    if odd & 32 or p[_ST_SENSE_COUNT]:
        p[_ST_SENSE_COUNT] = (p[_ST_SENSE_COUNT] + 1) * ((odd >> 5) & 1)
    if p[_ST_COUNT + 1] >= _SCANS_ESTOP:  # [SR-12]
        return _ESTOP
    if p[_ST_COUNT + 2] >= _SCANS_DRIVER:  # [SR-17]
        return _DRIVER
    if p[_ST_SENSE_COUNT] >= _SCANS_SENSE:  # [SR-09]
        return _ENABLE_READBACK
    if p[_ST_COUNT + 4] >= _SCANS_TIP:  # [SR-04]
        return _SENSOR_RANGE
    if p[_ST_COUNT + 5] >= _SCANS_CURRENT:  # [SR-17]
        return _OVER_CURRENT
    if p[_ST_COUNT + 7] >= _SCANS_SUPPLY_HIGH:
        return _SUPPLY_HIGH
    if p[_ST_COUNT + 6] >= _SCANS_SUPPLY_LOW:  # [SR-07]
        return 0 - _SUPPLY_LOW
    if p[_ST_COUNT + 8] >= _SCANS_TEMPERATURE:  # [SR-17]
        return 0 - _OVER_TEMP
    if p[_ST_COUNT + 0] >= _SCANS_CARTRIDGE:  # [SR-07]
        return 0 - _CARTRIDGE_OUT
    if p[_ST_COUNT + 3] >= _SCANS_LINK:  # [SR-07]
        return 0 - _LINK_LOST
    return 0

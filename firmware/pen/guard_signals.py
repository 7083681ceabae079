"""What the scan does about signals that are odd. See scan.py.

They run inside the timer interrupt: integers only, no allocation, no exception, no call that can wait. Written for viper;
the same source also runs under CPython. Constants are copies of image.py and faults.py, compared by a test.
"""

import micropython
from micropython import const

_ST_PRIMED = const(89)
_ST_SUSPECT = const(124)
_ST_COUNT = const(125)
_SW_CARTRIDGE = const(2)
_SW_ESTOP = const(8)
_SW_DRIVER_FAULT = const(16)
_SW_LINK = const(64)
_SENSOR_RANGE = const(107)
_OVER_CURRENT = const(109)
_DRIVER = const(110)
_OVER_TEMP = const(111)
_SUPPLY_LOW = const(112)
_SUPPLY_HIGH = const(113)
_CARTRIDGE_OUT = const(116)
_ESTOP = const(118)
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


@micropython.viper
def begin_counts(image):
    """The first scan after OFF: nothing has been bad so far."""
    p = ptr32(image)
    p[_ST_PRIMED] = 1
    bit = 0
    while bit < 9:
        p[_ST_COUNT + bit] = 0
        bit += 1


@micropython.viper
def suspect(image, odd: int) -> int:
    """Counts consecutive bad scans by cause and names the first that lasted too long, the ones to cut for before."""
    p = ptr32(image)
    p[_ST_SUSPECT] = odd
    bit = 0
    while bit < 9:
        mask = 1 << (bit + 4)
        if bit == 0:
            mask = _SW_CARTRIDGE
        elif bit == 1:
            mask = _SW_ESTOP
        elif bit == 2:
            mask = _SW_DRIVER_FAULT
        elif bit == 3:
            mask = _SW_LINK
        if odd & mask:
            p[_ST_COUNT + bit] += 1
        else:
            p[_ST_COUNT + bit] = 0
        bit += 1
    if p[_ST_COUNT + 1] >= _SCANS_ESTOP:
        return _ESTOP
    if p[_ST_COUNT + 2] >= _SCANS_DRIVER:
        return _DRIVER
    if p[_ST_COUNT + 4] >= _SCANS_TIP:
        return _SENSOR_RANGE
    if p[_ST_COUNT + 5] >= _SCANS_CURRENT:
        return _OVER_CURRENT
    if p[_ST_COUNT + 7] >= _SCANS_SUPPLY_HIGH:
        return _SUPPLY_HIGH
    if p[_ST_COUNT + 6] >= _SCANS_SUPPLY_LOW:
        return 0 - _SUPPLY_LOW
    if p[_ST_COUNT + 8] >= _SCANS_TEMPERATURE:
        return 0 - _OVER_TEMP
    if p[_ST_COUNT + 0] >= _SCANS_CARTRIDGE:
        return 0 - _CARTRIDGE_OUT
    if p[_ST_COUNT + 3] >= _SCANS_LINK:
        return 0 - _LINK_LOST
    return 0

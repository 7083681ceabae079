"""The scan's checks of time and signals. Each answers 0, a fault to cut for, or minus a fault to retract for.

They run inside the timer interrupt: integers only, no allocation, no exception, no call that can wait. Written for viper;
the same source also runs under CPython. Constants are copies of image.py and faults.py, compared by a test.
"""

import micropython
from micropython import const

_TICKS_MASK = const(0x3FFF_FFFF)
_IN_NOW_US = const(0)
_IN_TIP_RAW = const(2)
_IN_CURRENT_RAW = const(3)
_IN_SUPPLY_RAW = const(4)
_IN_TEMPERATURE_RAW = const(5)
_IN_SWITCHES = const(6)
_IN_SCAN_US = const(8)
_LI_PERIOD_US = const(16)
_LI_LATE_US = const(17)
_LI_LONG_US = const(18)
_LI_HEARTBEAT_US = const(19)
_LI_TIP_MIN_RAW = const(27)
_LI_TIP_MAX_RAW = const(28)
_LI_CURRENT_MAX_RAW = const(29)
_LI_SUPPLY_MIN_RAW = const(30)
_LI_SUPPLY_MAX_RAW = const(31)
_LI_TEMPERATURE_MIN_RAW = const(32)
_OR_HEARTBEAT = const(48)
_ST_PHASE = const(80)
_ST_PRIMED = const(89)
_ST_LAST_US = const(90)
_ST_BEAT = const(91)
_ST_BEAT_US = const(92)
_ST_BY_TRIGGER = const(115)
_ST_CURRENT_PEAK_RAW = const(123)
_ST_SUSPECT = const(124)
_ST_COUNT = const(125)
_SW_CARTRIDGE = const(2)
_SW_ESTOP = const(8)
_SW_DRIVER_FAULT = const(16)
_SW_LINK = const(64)
_PHASE_STROKING = const(3)
_SENSOR_RANGE = const(107)
_OVER_CURRENT = const(109)
_DRIVER = const(110)
_OVER_TEMP = const(111)
_SUPPLY_LOW = const(112)
_SUPPLY_HIGH = const(113)
_CARTRIDGE_OUT = const(116)
_ESTOP = const(118)
_HEARTBEAT = const(119)
_SCAN_LATE = const(120)
_SCAN_LONG = const(121)
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
def watch_time(image) -> int:
    """Scan period, scan length, heartbeat of the foreground. The first scan after OFF begins every count anew."""
    p = ptr32(image)
    now = p[_IN_NOW_US]
    last = p[_ST_LAST_US]
    p[_ST_LAST_US] = now
    if p[_OR_HEARTBEAT] != p[_ST_BEAT]:
        p[_ST_BEAT] = p[_OR_HEARTBEAT]
        p[_ST_BEAT_US] = now
    if p[_ST_PRIMED] == 0:
        p[_ST_PRIMED] = 1
        p[_ST_BEAT_US] = now
        bit = 0
        while bit < 9:
            p[_ST_COUNT + bit] = 0
            bit += 1
        return 0
    if ((now - last) & _TICKS_MASK) > p[_LI_PERIOD_US] + p[_LI_LATE_US]:
        return _SCAN_LATE
    if p[_IN_SCAN_US] > p[_LI_LONG_US]:
        return _SCAN_LONG
    if ((now - p[_ST_BEAT_US]) & _TICKS_MASK) > p[_LI_HEARTBEAT_US]:
        return _HEARTBEAT
    return 0


@micropython.viper
def watch_signals(image) -> int:
    """Switches and voltages. The common case, all well, is two comparisons of the switches and seven of voltages."""
    p = ptr32(image)
    current = p[_IN_CURRENT_RAW]
    if current > p[_ST_CURRENT_PEAK_RAW]:
        p[_ST_CURRENT_PEAK_RAW] = current
    tip = p[_IN_TIP_RAW]
    supply = p[_IN_SUPPLY_RAW]
    switches = p[_IN_SWITCHES]
    odd = (switches ^ _SW_CARTRIDGE) & (_SW_CARTRIDGE | _SW_ESTOP | _SW_DRIVER_FAULT)
    if p[_ST_PHASE] == _PHASE_STROKING and p[_ST_BY_TRIGGER] == 0:
        odd |= (switches ^ _SW_LINK) & _SW_LINK
    if tip < p[_LI_TIP_MIN_RAW] or tip > p[_LI_TIP_MAX_RAW]:
        odd |= 256
    if current > p[_LI_CURRENT_MAX_RAW]:
        odd |= 512
    if supply < p[_LI_SUPPLY_MIN_RAW]:
        odd |= 1024
    if supply > p[_LI_SUPPLY_MAX_RAW]:
        odd |= 2048
    if p[_IN_TEMPERATURE_RAW] < p[_LI_TEMPERATURE_MIN_RAW]:
        odd |= 4096
    if odd or p[_ST_SUSPECT]:
        return int(_suspect(image, odd))
    return 0


@micropython.viper
def _suspect(image, odd: int) -> int:
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

"""What must be well before the pen is armed or a fault is cleared, as sentences for people."""

from micropython import const

from pen import faults, units
from pen.image import (
    IN_CURRENT_RAW,
    IN_SUPPLY_RAW,
    IN_SWITCHES,
    IN_TEMPERATURE_RAW,
    IN_TIP_RAW,
    LI_CURRENT_MAX_RAW,
    LI_SUPPLY_MAX_RAW,
    LI_SUPPLY_MIN_RAW,
    LI_TEMPERATURE_MIN_RAW,
    LI_TIP_MAX_RAW,
    LI_TIP_MIN_RAW,
    ST_TRIGGER,
    SW_CARTRIDGE,
    SW_DRIVER_FAULT,
    SW_ENABLE_SENSE,
    SW_ESTOP,
    limits_hold,
)

# Bits of the self test's result, for *TST?.
RUNTIME = const(1)
SCAN = const(2)
TIP = const(4)
SUPPLY = const(8)
ENABLE = const(16)
PROGRAM = const(32)
RAM = const(64)
OSCILLATOR = const(128)
CONVERTER = const(256)
WATCHDOG = const(512)
HEAP = const(1_024)
PINS = const(2_048)
PASSING = const(28)  # tip sensor, supply and enable: arming looks at them again, and has its own words for them

_NAMES = (
    (1, "MicroPython is older than 1.26"),
    (2, "the scan does not run at its rate"),
    (4, "tip sensor"),
    (8, "supply"),
    (16, "the drive's enable reads back on"),
    (32, "program checksum"),
    (64, "memory"),
    (128, "clock"),
    (256, "the converter or its reference"),
    (512, "watchdog"),
    (1_024, "too little memory is free"),
    (2_048, "an output does not go low"),
)
_COLDEST_DC = const(-300)  # no chip in a hand is outside of this: the converter or its reference is wrong
_HOTTEST_DC = const(1_100)


def standing(image):
    """{fault code: sentence} of the conditions that hold now and would be a fault while armed."""
    switches = image[IN_SWITCHES]
    tip = image[IN_TIP_RAW]
    supply = image[IN_SUPPLY_RAW]
    found = {}
    if switches & SW_ESTOP:
        found[faults.ESTOP] = "the emergency stop is pressed"
    if switches & SW_ENABLE_SENSE:
        found[faults.ENABLE_READBACK] = "the drive's enable is on although the pen has turned it off"
    if not limits_hold(image):
        found[faults.MEMORY] = "a limit has changed in memory"
    if switches & SW_DRIVER_FAULT:
        found[faults.DRIVER] = "the motor driver reports a fault"
    if not image[LI_TIP_MIN_RAW] <= tip <= image[LI_TIP_MAX_RAW]:
        for code in (
            faults.SENSOR_RANGE,
            faults.OVER_DEPTH,
            faults.POSITION_MISMATCH,
        ):  # what it may have looked like first
            found[code] = "the tip sensor is open or shorted"
    if image[IN_CURRENT_RAW] > image[LI_CURRENT_MAX_RAW]:
        found[faults.OVER_CURRENT] = "current flows although the drive is off"
    if supply < image[LI_SUPPLY_MIN_RAW]:
        found[faults.SUPPLY_LOW] = "the supply voltage is too low"
    if supply > image[LI_SUPPLY_MAX_RAW]:
        found[faults.SUPPLY_HIGH] = "the supply voltage is too high"
    if image[IN_TEMPERATURE_RAW] < image[LI_TEMPERATURE_MIN_RAW]:
        found[faults.OVER_TEMP] = "the pen is too hot"
    if switches & SW_CARTRIDGE == 0:  # [SR-19]
        found[faults.CARTRIDGE_OUT] = "no cartridge is seated"
    if image[ST_TRIGGER]:
        found[faults.TRIGGER_STUCK] = "the trigger is held"
    return found


def self_test(image, board, runtime, rate_right):  # [SR-22]
    """0 if all is well, else the sum of what is not, of what this knows. `rate_right`: the scan runs, and at its period."""
    found = standing(image)
    temperature_dc = units.temperature_dc(image[IN_TEMPERATURE_RAW], board)
    result = 0 if runtime >= (1, 26) else RUNTIME
    result += 0 if rate_right else SCAN
    result += TIP if faults.SENSOR_RANGE in found else 0
    result += SUPPLY if faults.SUPPLY_LOW in found or faults.SUPPLY_HIGH in found else 0
    result += ENABLE if image[IN_SWITCHES] & SW_ENABLE_SENSE else 0
    result += 0 if _COLDEST_DC < temperature_dc < _HOTTEST_DC else CONVERTER
    return result


def names(result):
    """What failed, for people."""
    return ", ".join([name for bit, name in _NAMES if result & bit])

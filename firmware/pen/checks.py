"""What must be well before the pen is armed or a fault is cleared, as sentences for people."""

from pen import faults
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
)


def standing(image):
    """{fault code: sentence} of the conditions that hold now and would be a fault while armed."""
    switches = image[IN_SWITCHES]
    tip = image[IN_TIP_RAW]
    supply = image[IN_SUPPLY_RAW]
    found = {}
    if switches & SW_ESTOP:
        found[faults.ESTOP] = "the emergency stop is pressed"
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


def self_test(image, runtime, scans_seen):  # [SR-22]
    """0 if all is well, else the sum of what is not: 1 runtime older than 1.26, 2 the scan does not run, 4 tip sensor,
    8 supply, 16 the enable reads back high although it is off."""
    found = standing(image)
    result = 0 if runtime >= (1, 26) else 1
    result += 0 if scans_seen else 2
    result += 4 if faults.SENSOR_RANGE in found else 0
    result += 8 if faults.SUPPLY_LOW in found or faults.SUPPLY_HIGH in found else 0
    result += 16 if image[IN_SWITCHES] & SW_ENABLE_SENSE else 0
    return result

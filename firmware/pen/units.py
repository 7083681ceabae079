"""Between what people read and type and what the firmware computes with: integers only."""

from pen.scpi import fixed as decimal

ADC_FULL = 16_380  # sum of four 12-bit conversions at full scale [RP2040 datasheet, 4.9]
ADC_MV = 3_300  # full scale [RP2040 datasheet, 4.9]


def raw_from_mv(mv):
    """ADC sum for a voltage at the pin, rounded down."""
    return mv * ADC_FULL // ADC_MV


def mv_from_raw(raw):
    """Voltage at the pin for an ADC sum, rounded down."""
    return raw * ADC_MV // ADC_FULL


def temperature_dc(raw):
    """Tenths of a degree Celsius from the chip's sensor: 27 - (V - 0.706) / 0.001721 [RP2040 datasheet, 4.9.5]."""
    return 270 - (raw * ADC_MV * 1_000 // ADC_FULL - 706_000) * 10 // 1_721


def raw_from_temperature(dc):
    """ADC sum of the chip's sensor at a temperature: the higher, the lower."""
    return (706_000 - (dc - 270) * 1_721 // 10) * ADC_FULL // (ADC_MV * 1_000)


def mm(um):
    """Micrometres as millimetres, two digits: 1000 is "1.00"."""
    return decimal(um // 10, 2)


def hz(dhz):
    """Tenths of a hertz as hertz: 271 is "27.1"."""
    return decimal(dhz, 1)

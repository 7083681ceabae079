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


def temperature_dc(raw, board):
    """Tenths of a degree Celsius from an ADC sum, on the lines through the board's points of its thermometer."""
    uvs, dcs = board.THERMOMETER_UV, board.THERMOMETER_DC
    uv = raw * ADC_MV * 1_000 // ADC_FULL
    k = 0
    while k < len(uvs) - 2 and uv < uvs[k + 1]:
        k += 1
    return dcs[k] - (uv - uvs[k]) * (dcs[k + 1] - dcs[k]) // (uvs[k] - uvs[k + 1])


def raw_from_temperature(dc, board):
    """ADC sum at a temperature: the higher, the lower."""
    uvs, dcs = board.THERMOMETER_UV, board.THERMOMETER_DC
    k = 0
    while k < len(dcs) - 2 and dc > dcs[k + 1]:
        k += 1
    return (uvs[k] - (dc - dcs[k]) * (uvs[k] - uvs[k + 1]) // (dcs[k + 1] - dcs[k])) * ADC_FULL // (ADC_MV * 1_000)


def mm(um):
    """Micrometres as millimetres, two digits: 1000 is "1.00"."""
    return decimal(um // 10, 2)


def hz(dhz):
    """Tenths of a hertz as hertz: 271 is "27.1"."""
    return decimal(dhz, 1)

"""Names and numbers of what leaves the plant: switch bits, and the order of the analog channels."""

from typing import Literal

# Bits of `switches`: 1 = pressed, closed or active, whatever the level on the wire is.
HOME = 1
CARTRIDGE = 2
TRIGGER = 4
ESTOP = 8
DRIVER_FAULT = 16
ENABLE_SENSE = 32  # the enable gate's output, read back

# Entries of `adc`.
TIP = 0
CURRENT = 1
SUPPLY = 2
TEMPERATURE = 3

ChannelName = Literal["tip", "current", "supply", "temperature"]
CHANNEL_NAMES: tuple[ChannelName, ...] = ("tip", "current", "supply", "temperature")

CONVERSIONS = 4  # conversions in one sum
ADC_FULL = 4_095  # largest result of one 12-bit conversion
ADC_FULL_SUM = CONVERSIONS * ADC_FULL
COUNTS_PER_V = 4_096 / 3.3  # 12 bits over the Pico's 3.3 V reference [RP2040 datasheet 4.9]

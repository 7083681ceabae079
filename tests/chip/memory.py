"""The chip's memory and registers, for tests that hand over what no pin and no console could carry.

`Chip.read32` reads a word; writing, and whole arrays, go straight to the emulator here and nowhere else in this folder.
"""

from __future__ import annotations

from pen_sim.chip.emulator import Chip

RAM = 0x2000_0000
SCRATCH = tuple(0x4005_800C + 4 * k for k in range(8))  # the watchdog's: nothing but a reset changes them
WATCHDOG_CTRL, WATCHDOG_ENABLE = 0x4005_8000, 1 << 30


def words(chip: Chip, address: int, count: int) -> memoryview:
    """`count` signed words of RAM, to be read and written."""
    at = address - RAM
    return memoryview(chip._mcu.sram).cast("B")[at : at + 4 * count].cast("i")


def octets(chip: Chip, address: int, count: int) -> memoryview:
    """`count` bytes of RAM, to be read and written."""
    at = address - RAM
    return memoryview(chip._mcu.sram).cast("B")[at : at + count]


def write32(chip: Chip, address: int, value: int) -> None:
    """Writes a register, as the CPU would."""
    chip._mcu.write_uint32(address, value)

"""When the chip scans, seen from outside: every reading of the pins' levels, with the emulator's own clock.

How long a scan took, and when the foreground last gave a sign of life, stands in arrays of the firmware's, which the emulator
can read. Where they are, the DMA channel knows that writes the counted position into one of them.
"""

from __future__ import annotations

from array import array
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pen_tools.benching.constants import constants
from pen_tools.errors import PenError

if TYPE_CHECKING:
    from pen_sim.chip.machine import ChipMachine

FAST_US = 100
_CHANNELS, _STRIDE = 12, 0x40
_DMA, _WRITE_ADDRESS, _CONTROL = (
    0x5000_0000,
    0x04,
    0x10,
)  # the alias of CTRL that starts nothing [RP2040 datasheet 2.5.7]
_COUNTER_REQUEST = 13  # DREQ_PIO1_RX1 [RP2040 datasheet 2.5.3]


class OtherFirmware(PenError):
    """What runs on the chip is not of this checkout."""


class ScanWatch:
    """Notes while `on`: `times_ns` of each scan's reading the pins, `lengths_us` of the scan before it, and `turns`."""

    def __init__(self, machine: ChipMachine) -> None:
        """The pen must be armed. Raises OtherFirmware if the HAL's array is not where this checkout's HAL has it."""
        self._chip = machine.chip
        names = constants("pen.hal.rp2040_scan")
        state = _state(self._chip, names["POSITION"])
        if self._chip.read32(state + 4 * names["PERIOD_US"]) != FAST_US:
            raise OtherFirmware(
                "the chip's firmware is not the one of this checkout", "build the release anew: pen build release"
            )
        self._scans, self._scan_us = state + 4 * names["SCANS"], state + 4 * names["SCAN_US"]
        image = self._chip.read32(state + 4 * names["IMAGE"])
        self._beat = image + 4 * constants("pen.image")["OR_HEARTBEAT"]
        self._last = self._beats = -1
        self.on = False
        self.times_ns = array("q")
        self.lengths_us = array("q")
        self.beats_ns = array("q")  # the first scan that sees a new turn of the foreground
        self._chip.before_reading_pins(self._note)

    def _note(self) -> None:
        if not self.on:
            return
        read32 = self._chip.read32
        scans = read32(self._scans)
        if scans == self._last:  # the same scan, which looks once more
            return
        now_ns = self._chip.now_ns
        self._last = scans
        self.times_ns.append(now_ns)
        self.lengths_us.append(read32(self._scan_us))
        beats = read32(self._beat)
        if beats != self._beats:
            self._beats = beats
            self.beats_ns.append(now_ns)

    def forget(self) -> None:
        """What was seen so far does not count."""
        for kept in (self.times_ns, self.lengths_us, self.beats_ns):
            del kept[:]
        self._last = self._beats = -1

    def scans(self) -> list[tuple[int, int]]:
        """(ns, length in us) of every scan whose end was seen."""
        return list(zip(self.times_ns, self.lengths_us[1:], strict=False))

    def errors_us(self) -> list[float]:
        """How far each scan came from one period after the scan before it."""
        return [abs(after - before - FAST_US * 1_000) / 1_000 for before, after in pairwise(self.times_ns)]

    def turns_ms(self) -> list[float]:
        """Lengths of the foreground's turns, to a scan's period."""
        return [(after - before) / 1e6 for before, after in pairwise(self.beats_ns)]


def _state(chip: Any, position: int) -> int:
    """The address of the HAL's array; `position` is the word that the DMA writes."""
    for channel in range(_CHANNELS):
        registers = _DMA + channel * _STRIDE
        if chip.read32(registers + _CONTROL) >> 15 & 63 == _COUNTER_REQUEST:
            return chip.read32(registers + _WRITE_ADDRESS) - 4 * position
    raise OtherFirmware("no DMA channel of the chip counts steps", "is this a needlepen?")

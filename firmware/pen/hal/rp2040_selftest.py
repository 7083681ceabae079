"""The chip's own self tests: program, memory, ring oscillator, outputs, and what the watchdog has proven. [safety] SR-22

Bits are those of pen.checks. A call takes a few milliseconds at most, and none is made while the drive is on.
"""

import gc
import sys
from array import array
from binascii import crc32

import uctypes
from machine import mem32
from micropython import const

from pen.checks import HEAP, OSCILLATOR, PINS, PROGRAM, RAM, WATCHDOG
from pen.hal.rp2040_march import march
from pen.hal.rp2040_watchdog import proven

_HEAP_LEAST = const(32_768)  # bytes free: one garbage collection's worth of litter twice [pen.app]
_SLICE = const(2_048)  # bytes of the program in one call
_FLASH = const(0x10000000)
_SIO_IN = const(0xD0000004)
_FC0 = const(0x40008080)  # the frequency counter [RP2040 datasheet 2.15.7]
_REF_KHZ = const(12_000)  # of clk_ref, the crystal
_SRC_ROSC = const(3)
_FC0_DONE = const(1 << 4)
_ROSC_LEAST_KHZ = const(1_500)  # 1.8 to 12 MHz over parts, supply and temperature [2.17], and a margin
_ROSC_MOST_KHZ = const(14_000)
_WORDS = const(128)
_SEAL = const(0x4C414553)  # "SEAL"


class SelfTest:
    """Program checksum in slices, everything else at once. `seal`: address of a release's seal, 0 for files."""

    def __init__(self, board, seal):
        self._seal = seal
        self._outputs = 1 << board.PIN_STEP | 1 << board.PIN_ENABLE | 1 << board.PIN_CARRIER  # DIR may stay either way
        self._block = array("I", [0] * _WORDS)
        self._sums = None

    def crc(self):
        """CRC-32 of what was installed: of the file `sums`, or of a release as its seal has it; 0 without one of them."""
        if self._seal:
            return mem32[self._seal + 8] & 0xFFFFFFFF
        try:
            with open(sys.path[0] + "/sums", "rb") as sums:
                return crc32(sums.read())
        except OSError:
            return 0

    def checksum(self):
        """One slice: -1 while under way, then 0, or PROGRAM if the program is not what was installed."""
        if self._sums is None:
            self._sums = _frozen(self._seal) if self._seal else _files(sys.path[0])
        try:
            good = next(self._sums)
        except (OSError, ValueError):
            good = False
        if good is None:
            return -1
        self._sums = None
        return 0 if good else PROGRAM

    def examine(self):
        """The sum of what fails now."""
        found = 0 if march(self._block, _WORDS) else RAM
        found += 0 if _ROSC_LEAST_KHZ < _rosc_khz() < _ROSC_MOST_KHZ else OSCILLATOR
        found += 0 if proven() else WATCHDOG
        if gc.mem_free() < _HEAP_LEAST:
            gc.collect()  # most of what is taken may be litter
        found += 0 if gc.mem_free() >= _HEAP_LEAST else HEAP
        found += PINS if mem32[_SIO_IN] & self._outputs else 0
        return found


def _rosc_khz():
    """The ring oscillator, which is independent of the crystal, counted by it. About 0.3 ms."""
    mem32[_FC0] = _REF_KHZ
    mem32[_FC0 + 0x04] = 0
    mem32[_FC0 + 0x08] = 0x1FFFFFF
    mem32[_FC0 + 0x10] = 8
    mem32[_FC0 + 0x14] = _SRC_ROSC
    for _ in range(1_000):
        if mem32[_FC0 + 0x18] & _FC0_DONE:
            return mem32[_FC0 + 0x1C] >> 5 & 0x1FFFFFF
    return 0


def _files(folder):
    """Every file that `sums` names, by its CRC-32. Yields None between slices, then whether all are what they should be."""
    with open(folder + "/sums") as sums:
        for line in sums:
            wanted, name = line.split()
            crc = 0
            with open(folder + "/" + name, "rb") as file:
                while True:
                    part = file.read(_SLICE)
                    if not part:
                        break
                    crc = crc32(part, crc)
                    yield None
            if crc != int(wanted, 16):
                yield False
    yield True


def _frozen(seal):
    """The whole release in flash, by the seal that its build has put there: a mark, its length, its CRC-32."""
    length, wanted = mem32[seal + 4] & 0x3FFFFFF, mem32[seal + 8] & 0xFFFFFFFF
    crc = at = 0
    while at < length:
        part = min(_SLICE, length - at)
        crc = crc32(uctypes.bytearray_at(_FLASH + at, part), crc)
        at += part
        yield None
    yield bool(length) and crc == wanted and mem32[seal] == _SEAL

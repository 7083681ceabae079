"""The HAL on the chip: what pen/hal/__init__.py promises, on an RP2040 under MicroPython.

Who has what: PIO 0 state machine 0 makes the steps, PIO 1 has dead-man (0) and step counter (1); two DMA channels serve
them, two more the ADC's ring; the timer interrupt runs rp2040_scan.tick; the watchdog runs while the drive is on.
"""

import os
import sys
import time
from array import array

import machine
import micropython
from machine import mem32
from micropython import const
from uctypes import addressof

from pen.hal import rp2040_scan as scan
from pen.hal import rp2040_stop as stop_bytes
from pen.hal.rp2040_console import Console
from pen.hal.rp2040_flash import guard
from pen.hal.rp2040_indicator import indicate
from pen.hal.rp2040_memory import release
from pen.hal.rp2040_power import power_down, power_up
from pen.hal.rp2040_safe import make_safe
from pen.hal.rp2040_selftest import SelfTest
from pen.hal.rp2040_store import read, write
from pen.image import IN_NOW_US
from pen.seldom import forget
from pen.steps import SLOT_WORDS
from pen.ticks import TICKS_MASK, age

_CTRL_C = const(3)
_SCANS_GONE_US = const(3_000)  # three slow scans
_FAST_US = const(100)  # the period while homing or armed
_MARK = const(0x70656E)  # in a scratch register: the drive is on, or the firmware has run since power-up
_REASON = const(0x40058008)  # of the last reset by the watchdog [RP2040 datasheet 4.7.6]
_SCRATCH_ARMED = const(0x4005800C)
_SCRATCH_STARTED = const(0x40058010)
_BY_TIMER = const(1)
_SOF_RD = const(0x50110048)  # the number in the last start of frame [RP2040 datasheet 4.1.4]
_ADC_DIV = const(0x4004C010)  # [RP2040 datasheet 4.9.6]
_ADC_MHZ = const(48)
_CONVERSIONS = const(16)  # a scan


class Hal:
    """One pen's HAL. `__init__` touches no pin. `seal`: where a release has its checksum, 0 for files."""

    indicate = indicate

    def __init__(self, board, seal=0):
        self.board = board
        self.slots = [array("I", [0] * SLOT_WORDS) for _ in range(2)]
        self._words = [array("I", [0] * SLOT_WORDS) for _ in range(3)]  # what the DMA reads: slot 0, slot 1, a turn
        self._state = array("I", [0] * scan.SIZE)
        self._console = Console(self._state)
        self.console_read = self._console.read
        self.console_write = self._console.write
        self.random_bytes = os.urandom
        self.store_read, self.store_write = read, write
        self._cause = _reset_cause()
        self._image = array("i")
        self._admit = _not_started
        self._timer = machine.Timer(-1)
        self._tick = self._hooked = None
        self._tests = SelfTest(board, seal)
        self.checksum = self._tests.checksum
        self.examine = self._tests.examine
        self._program = (
            "mp" + ".".join([str(part) for part in sys.implementation.version if part != ""]),
            self._tests.crc(),
        )
        self._starters, self._move, self._prepare = _parts(board)
        self.own = None

    def start(self, image, trace, check, drive):
        """Outputs safe, then the scan for good, at the slow period."""
        make_safe(self.board)
        release()
        self._image, self._admit = image, drive.admit
        claim, start_ring, coil = self._starters.pop()
        self._kept = claim(self.board, self._state, self._words, drive) + start_ring(self.board, self._state)
        if coil:
            coil(self, self._state, self._words, drive)
        self._state[scan.IMAGE], self._state[scan.TRACE] = addressof(image), addressof(trace)
        self._tick = scan.make_tick(addressof(self._state), check, self._move, power_up)
        self._hooked = stop_bytes.prepare(self._state)  # before: a Ctrl-C may come between
        stop_bytes.hook(self._hooked)
        guard(self._state)
        mem32[_SCRATCH_STARTED] = _MARK
        self.set_scan_period(1_000)

    def stop(self):
        """Outputs safe and no scan any more: before the REPL. A second Ctrl-C does not get in between."""
        micropython.kbd_intr(-1)
        self._timer.deinit()
        if self._hooked:
            stop_bytes.unhook(self._hooked)
        if self._tick:
            power_down(self._state)
        make_safe(self.board)
        micropython.kbd_intr(_CTRL_C)

    def set_scan_period(self, period_us):
        """100 while homing or armed, and Ctrl-C is a byte like any other; 1000 otherwise, and it leads to the REPL."""
        micropython.kbd_intr(-1 if period_us == _FAST_US else _CTRL_C)
        mem32[_ADC_DIV] = (period_us * _ADC_MHZ // _CONVERSIONS - 1) << 8
        self._state[scan.PERIOD_US] = period_us
        every = {"period": period_us, "tick_hz": 1_000_000, "hard": True}  # the stubs do not know them together
        self._timer.init(callback=self._tick, **every)

    def load(self, slot, count, returns=True):
        """Offers a slot's words, after the drive has read them."""
        state = self._state
        state[scan.COUNT + slot] = 0
        self._admit(self._image, slot, self.slots[slot], count, returns)  # [SR-02]
        if self.own:
            self.own.take(returns)
        state[scan.TOP + slot] = self._prepare(self.slots[slot], self._words[slot], count)
        state[scan.COUNT + slot] = count

    def now_us(self):
        """Ticks that wrap."""
        return time.ticks_us() & TICKS_MASK

    def idle_ms(self, milliseconds):
        """Sleeps; interrupts go on. While no scans come, the timer may not come to wake it either: then it stays awake."""
        if age(self.now_us(), self._image[IN_NOW_US]) < _SCANS_GONE_US:
            time.sleep_ms(milliseconds)

    def host_left(self):
        """Whether a scan since the last call has seen no host."""
        left = self._state[scan.HOST_LEFT]
        self._state[scan.HOST_LEFT] = 0
        return bool(left)

    def scans(self):
        """Scans since start."""
        return self._state[scan.SCANS] & TICKS_MASK

    def runtime(self):
        """Of MicroPython."""
        return sys.implementation.version[:2]

    def program(self):
        """The runtime's version, and the CRC-32 of the checksums of all files or that in a release's seal."""
        return self._program

    def unique_id(self):
        """Of the flash chip, sixteen hexadecimal digits."""
        return machine.unique_id().hex()

    def host_ms(self):
        """The number of the frame that the host has begun; -1 if there is no host."""
        return mem32[_SOF_RD] & 0x7FF if self._state[scan.LINKED] else -1

    def cartridge_code(self):
        """Without a reader; with one this is replaced [rp2040_coil]."""
        return ""

    def reset_cause(self):
        """WATCHDOG only if it bit while the drive was on."""
        return self._cause


def _not_started(*_):
    raise ValueError("not started")


def _parts(board):
    """What is called once, and the drive's own. It is loaded before the program is complete, where no room is wanted afterwards."""
    from pen.hal.rp2040_setup import parts

    found = parts(board)
    for name in ("analog", "setup", "pio"):
        forget("pen.hal.rp2040_" + name)
    return found


def _reset_cause():
    armed, started = mem32[_SCRATCH_ARMED], mem32[_SCRATCH_STARTED]
    mem32[_SCRATCH_ARMED] = 0  # a soft reset later must not find it again
    if armed == _MARK and mem32[_REASON] & _BY_TIMER:
        return "WATCHDOG"
    return "RESET" if started == _MARK else "POWER_ON"

"""The timer: a microsecond counter of 64 bits and four alarms [RP2040 datasheet, 4.6].

Stock, an alarm written in the middle of a microsecond fires by the rest of it too early: at a count that is not its own yet.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

TIMEHR, TIMELR, ALARM0, ARMED, TIMERAWH, TIMERAWL, DBGPAUSE = 0x08, 0x0C, 0x10, 0x20, 0x24, 0x28, 0x2C
INTR, INTE, INTF, INTS = 0x34, 0x38, 0x3C, 0x40
_WORD = 0xFFFF_FFFF


class Timer:
    """Stands in the place of the library's on the bus.

    `epoch_ns` is when it began to count, or would have at its present `pace`: microseconds in a true millisecond.
    """

    def __init__(self, mcu: Any) -> None:
        self._clock = mcu.clock
        self._set_interrupt: Callable[[int, bool], None] = mcu.set_interrupt
        self._alarms = [self._clock.create_alarm(lambda n=n: self._fire(n)) for n in range(4)]
        self._targets = [0, 0, 0, 0]
        self._armed = self._raw = self._enabled = self._forced = self._shown = 0
        self._latched = 0
        self.epoch_ns = 0.0
        self.pace = 1_000
        self._lines = 15

    def cut(self, on: bool) -> None:
        """The interrupt lines are broken, or whole again."""
        self._lines = 0 if on else 15
        self._tell()

    def reset(self) -> None:
        """Everything as after power-on; the count starts anew."""
        for alarm in self._alarms:
            alarm.cancel()
        self._targets = [0, 0, 0, 0]
        self._armed = self._raw = self._enabled = self._forced = self._latched = 0
        self.epoch_ns = self._clock.nanos
        self._tell()

    def micros(self) -> int:
        """The count."""
        return int((self._clock.nanos - self.epoch_ns) * self.pace // 1_000_000)

    def hurry(self, pace: int) -> None:
        """Its tick comes `pace` times in a millisecond from now on. It goes on from where it is, to a cycle of the CPU."""
        counted = (self._clock.nanos - self.epoch_ns) * self.pace
        self.pace = pace
        self.epoch_ns = (self._clock.nanos - counted / pace) // 8 * 8.0
        for n in range(4):
            if self._armed >> n & 1:
                self._arm(n, self._targets[n])

    def read_uint32(self, offset: int) -> int:
        """Reads a register."""
        if offset == TIMERAWL:
            return self.micros() & _WORD
        if offset == TIMERAWH:
            return self.micros() >> 32
        if offset == TIMELR:
            self._latched = self.micros() >> 32
            return self.micros() & _WORD
        if offset == TIMEHR:
            return self._latched
        if ALARM0 <= offset < ARMED:
            return self._targets[(offset - ALARM0) >> 2]
        shown = {ARMED: self._armed, INTR: self._raw, INTE: self._enabled, INTF: self._forced, INTS: self._status()}
        return shown.get(offset, 0)

    def write_uint32_atomic(self, offset: int, value: int, atomic_type: int) -> None:
        """Writes a register, or changes it through one of its aliases: 1 xor, 2 set, 3 clear."""
        if offset == ARMED:
            self._disarm(value)
        elif offset == INTR:
            self._raw &= ~value
            self._tell()
        elif atomic_type == 0:
            self.write_uint32(offset, value)
        else:
            old = self.read_uint32(offset)
            self.write_uint32(offset, (old ^ value, old | value, old & ~value)[atomic_type - 1])

    def write_uint32(self, offset: int, value: int) -> None:
        """Writes a register."""
        if ALARM0 <= offset < ARMED:
            self._arm((offset - ALARM0) >> 2, value)
        elif offset == INTE:
            self._enabled = value & 15
            self._tell()
        elif offset == INTF:
            self._forced = value & 15
            self._tell()

    def _arm(self, n: int, value: int) -> None:
        """Fires when the low word of the count is next equal to `value`, or at once if it is now."""
        self._targets[n] = value
        self._armed |= 1 << n
        counted = (self._clock.nanos - self.epoch_ns) * self.pace  # in millionths of a microsecond
        wait_us = (value - int(counted // 1_000_000)) & _WORD
        wait = wait_us * 1_000_000 - counted % 1_000_000
        self._alarms[n].schedule(wait / self.pace if wait_us else 0.0)

    def _disarm(self, mask: int) -> None:
        for n in range(4):
            if mask & self._armed & 1 << n:
                self._alarms[n].cancel()
        self._armed &= ~mask

    def _fire(self, n: int) -> None:
        self._armed &= ~(1 << n)
        self._raw |= 1 << n
        self._tell()

    def _status(self) -> int:
        return self._raw & self._enabled | self._forced

    def _tell(self) -> None:
        status = self._status() & self._lines
        for n in range(4):
            if (status ^ self._shown) >> n & 1:
                self._set_interrupt(n, bool(status >> n & 1))
        self._shown = status

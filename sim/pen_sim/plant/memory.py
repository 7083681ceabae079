"""The one-wire memory in a cartridge: what it sends as bytes, and how it does so in time on its wire.

It knows reset and READ ROM. Times are the data sheet's typical ones [DS2431, "AC characteristics", regular speed].
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

FAMILY = 0x2D
READ_ROM = 0x33
# The wire is low for this or longer. A master must give 480 us; the part's own clock, which has no crystal, takes less for it. The
# runtime's driver waits 480 by a clock that counts whole microseconds, which may be one less.
RESET_NS = 470_000
PRESENCE_AFTER_NS = 30_000
PRESENCE_NS = 120_000
ONE_NS = 15_000  # a slot that the master ends sooner is a one
ZERO_NS = 30_000  # for so long the memory holds the wire down to send a zero
_ROM_BITS = 64
_QUIET, _LISTENING, _SENDING = range(3)


def checksum(data: bytes) -> int:
    """The eight check bits as the shift register of the data sheet makes them, bit by bit."""
    stages = [0] * 8
    for bit in (byte >> k & 1 for byte in data for k in range(8)):
        feedback = bit ^ stages[7]
        stages = [feedback, *stages[:7]]
        stages[4] ^= feedback
        stages[5] ^= feedback
    return sum(stage << (7 - k) for k, stage in enumerate(stages))


def rom_of(text: str) -> bytes:
    """A number that no other text has: family, six bytes, check bits."""
    body = bytes([FAMILY]) + sha256(text.encode()).digest()[:6]
    return body + bytes([checksum(body)])


class Memory:
    """`rom`: what it sends, b"" if there is none. `garbled`: a bit of it arrives wrong, every time. `hold`: pulls the wire down."""

    def __init__(self, rom: bytes) -> None:
        self.rom = rom
        self.garbled = False
        self.hold: Callable[[int, int], None] = lambda after_ns, for_ns: None
        self._state = _QUIET
        self._command = self._bits = 0
        self._low_ns = 0

    def sent(self) -> bytes:
        """What a reader gets of it."""
        return self.rom[:2] + bytes([self.rom[2] ^ 4]) + self.rom[3:] if self.rom and self.garbled else self.rom

    def fall(self, t_ns: int) -> None:
        """The master has pulled the wire down."""
        self._low_ns = t_ns
        if self.rom and self._state == _SENDING:
            if not self.sent()[self._bits // 8] >> self._bits % 8 & 1:
                self.hold(0, ZERO_NS)
            self._bits += 1
            if self._bits == _ROM_BITS:
                self._state = _QUIET

    def rise(self, t_ns: int) -> None:
        """The master has let go of it."""
        low_ns = t_ns - self._low_ns
        if low_ns >= RESET_NS:
            self._state, self._command, self._bits = _LISTENING, 0, 0
            if self.rom:
                self.hold(PRESENCE_AFTER_NS, PRESENCE_NS)
        elif self._state == _LISTENING:
            self._command |= (low_ns < ONE_NS) << self._bits
            self._bits += 1
            if self._bits == 8:
                self._state, self._bits = _SENDING if self._command == READ_ROM else _QUIET, 0

"""Every edge on the pen's pins: the evidence. Kept for traces if asked for, hashed always."""

from __future__ import annotations

import hashlib
from array import array

SIGNALS = (
    "step", "dir", "enable", "carrier", "gate", "home", "cartridge", "trigger", "estop", "driver_fault", "link",
    "led_red", "led_green", "led_blue", "buzzer", "coil", "coil_low",
)  # fmt: skip
STEP, DIR, ENABLE, CARRIER, GATE, HOME, CARTRIDGE, TRIGGER, ESTOP, DRIVER_FAULT, LINK = range(11)
LED_RED, LED_GREEN, LED_BLUE, BUZZER, COIL, COIL_LOW = range(11, len(SIGNALS))

STEP_PULSE_NS = 4_000  # how long STEP stays high; drivers ask for 1 to 2 us

_SHIFT = 6  # time << 6 | signal << 1 | level
_CHUNK = 65_536


class Edges:
    """Edges in the order of time; a step is one entry, its falling edge follows STEP_PULSE_NS later."""

    def __init__(self, keep: bool) -> None:
        self.keep = keep
        self.entries: array[int] = array("q")
        self._hash = hashlib.sha256()
        self._hashed = 0

    def add(self, t_ns: int, signal: int, level: int) -> None:
        """Notes a change of `signal` to `level`, 0 or 1."""
        self.entries.append(t_ns << _SHIFT | signal << 1 | level)
        if len(self.entries) - self._hashed >= _CHUNK:
            self._feed()

    def note(self, evidence: bytes) -> None:
        """Takes other evidence (the console's bytes) into the hash."""
        self._hash.update(evidence)

    def hash(self) -> str:
        """SHA-256 of all so far, as 64 hexadecimal digits."""
        self._feed()
        return self._hash.hexdigest()

    def of(self, signal: int) -> list[tuple[int, int]]:
        """(time in ns, level) of every edge kept of one signal."""
        mask = (1 << (_SHIFT - 1)) - 1
        return [(entry >> _SHIFT, entry & 1) for entry in self.entries if entry >> 1 & mask == signal]

    def _feed(self) -> None:
        self._hash.update(self.entries[self._hashed :].tobytes())
        self._hashed = len(self.entries)
        if not self.keep:
            del self.entries[:]
            self._hashed = 0

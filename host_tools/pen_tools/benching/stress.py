"""The console at its worst: questions without a pause, garbage, long lines, whole traces, and settings that change.

What a pen cannot take it drops and says so; nothing of it may show in the scan or in the strokes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from enum import Enum
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pen_sim.chip.machine import ChipMachine

_EVERY_NS = 1_000_000
_WAITING = 96  # bytes on their way: the chip always has more to read
_QUIET_NS = 4_000_000  # an answer is over when nothing more has come for so long,
_SILENT_NS = 30_000_000  # and when nothing has come for so long, there is none
_SETTINGS_NS = 400_000_000
_LINES_KEPT = 8
_STOPS = b"!\x03"
_SHORT = (
    "STAT?", "MEAS:DEPT?", "MEAS:DEPT? MEAN", "MEAS:RATE?", "MEAS:CURR? MAX", "MEAS:VOLT?", "MEAS:TEMP?", "FAUL?",
    "*IDN?;*STB?;SYST:ERR?", "DEPT? MAX;RATE? MAX", "DOSE?", "NONSENSE 12",
)  # fmt: skip
_LIGHT = ("STAT?", "MEAS:DEPT?", "MEAS:RATE?", "MEAS:CURR?", "MEAS:VOLT?", "TRAC?", "*IDN?")
_LONG = ("HELP?", "FAUL:CAT?", "ZONE:CAT?", "DRIV:RATE? 1.2", "SYST:HELP:HEAD?", "HELP? MEAS:DEPT")
_BLOCKS = ("TRAC?", "LOG?")


class Load(Enum):
    """How much: everything at once; each line after the answer to the one before; the same with what a client asks in a run."""

    FLOOD = "flood"
    POLITE = "one at a time"
    LIGHT = "one at a time, as pen run asks"


class Stress:
    """Keeps the console busy from now on, until `on` is False. One seed, one course. `lines`: the last that were sent."""

    def __init__(self, machine: ChipMachine, load: Load, settings: Sequence[str], seed: int) -> None:
        """`settings`: lines that are sent in turn, in the midst of everything else."""
        self._machine = machine
        self._load = load
        self._settings = deque(settings)
        self._random = Random(seed)
        self._settings_ns = machine.now_ns + _SETTINGS_NS
        self._next_ns = machine.now_ns
        self.lines: deque[tuple[int, str]] = deque(maxlen=_LINES_KEPT)
        self.sent = self.received = 0
        self.on = True
        machine.at(machine.now_ns, self._act)

    def _act(self) -> None:
        machine = self._machine
        if not self.on:
            return
        machine.at(machine.now_ns + _EVERY_NS, self._act)
        said = machine.receive()
        self.received += len(said)
        if said:
            self._next_ns = machine.now_ns + _QUIET_NS
        if self._load is Load.FLOOD:
            while machine.waiting() < _WAITING:
                self._send()
        elif machine.now_ns >= self._next_ns:
            self._send()
            self._next_ns = machine.now_ns + _SILENT_NS

    def _send(self) -> None:
        line = self._line()
        self.sent += 1
        self.lines.append((self._machine.now_ns, ascii(line.decode("latin-1"))[1:41]))
        self._machine.send(line + b"\n")

    def _line(self) -> bytes:
        if self._machine.now_ns >= self._settings_ns:
            self._settings_ns += _SETTINGS_NS
            self._settings.rotate(-1)
            return b"\n" + self._settings[0].encode()  # whatever stands before it
        kind = self._random.randrange(12)
        light = self._load is Load.LIGHT
        if kind == 0:
            return bytes(byte for byte in self._random.randbytes(20 if light else 80) if byte not in _STOPS)
        if light:
            return self._random.choice(_LIGHT).encode()
        if kind == 1:
            return b"A" * 300
        return self._random.choice({2: _LONG, 3: _BLOCKS}.get(kind, _SHORT)).encode()

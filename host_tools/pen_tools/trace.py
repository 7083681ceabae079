"""The pen's own trace: blocks of TRAC? put together to one course of time. firmware/pen/tracing.py has the layout."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from pen_sim.loader import pure
from pen_tools.errors import LinkLost

TICKS_MASK = (1 << 30) - 1  # the pen's microseconds wrap here
PHASE_HOMING = 1
PHASE_STROKING = 3
_HEADER = struct.Struct("<6iI")
_ROW = struct.Struct("<6i")


@dataclass(frozen=True, slots=True)
class Row:
    """One scan's row: pen time (unwrapped), positions counted and measured, current, what was put out and read."""

    t_us: int
    counted_um: int
    measured_um: int
    current_ma: float
    outputs: int
    switches: int
    fault: int
    phase: int


def since(later: int, earlier: int) -> int:
    """Microseconds from one tick to another, negative if `later` is earlier."""
    return ((later - earlier + (TICKS_MASK + 1) // 2) & TICKS_MASK) - (TICKS_MASK + 1) // 2


class Trace:
    """All rows so far, oldest first. `zero_us` is the row time at which the run began, `program` the pen's CRC-32."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.frozen = False
        self.program = 0
        self.zero_us: int | None = None
        self._tick = 0  # of the newest block,
        self._tick_us = 0  # and the same, unwrapped
        self._started = False

    def add(self, block: bytes) -> None:
        """Takes the rows that are new. Raises LinkLost if it is no trace."""
        magic, words, count, na_per_count, frozen, tick, program = _head(block)
        if magic != pure("pen.tracing").MAGIC or words != 6 or len(block) < _HEADER.size + count * _ROW.size:
            raise LinkLost("the pen's trace has a form this program does not know", "firmware and host tools differ")
        self._tick_us = self.unwrap(tick) if self._started else tick
        self._tick, self._started, self.frozen, self.program = tick, True, bool(frozen), program
        newest_us = self.rows[-1].t_us if self.rows else -(1 << 62)
        end = _HEADER.size + count * _ROW.size
        for t, counted, measured, current, signals, state in _ROW.iter_unpack(block[_HEADER.size : end]):
            t_us = self.unwrap(t)
            if t_us > newest_us and (t or state):  # a row never written is all zeros
                current_ma = current * na_per_count / 1e6
                self.rows.append(
                    Row(t_us, counted, measured, current_ma, signals >> 8, signals & 255, state >> 8, state & 255)
                )

    def unwrap(self, tick: int) -> int:
        """A tick of the pen's clock, within nine minutes of the newest block, on the axis of the rows."""
        return self._tick_us + since(tick, self._tick)

    def begin(self, tick: int | None, *, ran: bool = True) -> None:
        """Sets time 0: `tick`, or the first row with strokes (of homing, if it did not run), or the newest row."""
        if tick is not None:
            self.zero_us = self.unwrap(tick)
        elif self.rows:
            wanted = PHASE_STROKING if ran else PHASE_HOMING
            found = (row.t_us for row in self.rows if row.phase == wanted)
            self.zero_us = next(found, self.rows[-1].t_us)

    def seconds(self) -> list[float]:
        """The time of every row, 0 at the run's beginning."""
        zero_us = self.zero_us or 0
        return [(row.t_us - zero_us) / 1e6 for row in self.rows]

    def fault_s(self) -> float | None:
        """When the first row with a fault was written, None without one."""
        zero_us = self.zero_us or 0
        return next(((row.t_us - zero_us) / 1e6 for row in self.rows if row.fault), None)


def _head(block: bytes) -> tuple[int, ...]:
    return _HEADER.unpack_from(block) if len(block) >= _HEADER.size else (0,) * 7

"""The scan's trace as TRAC? hands it out, taken apart. The layout is described in firmware/pen/tracing.py."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_MAGIC = 0x3152_544E
_HEADER = struct.Struct("<6I")
_TICKS = 1 << 30  # the pen's microseconds wrap there


@dataclass(frozen=True)
class Row:
    """What one scan saw: `age_s` before the snapshot, positions in um, the latched fault, and the enable it ordered."""

    age_s: float
    counted_um: int
    measured_um: int
    fault: int
    phase: int
    enable: bool


@dataclass(frozen=True)
class Trace:
    """Rows, oldest first; `frozen` by a fault."""

    frozen: bool
    rows: tuple[Row, ...]

    def before_fault(self) -> list[Row]:
        """Rows without a latched fault."""
        return [row for row in self.rows if not row.fault]

    def with_fault(self) -> list[Row]:
        """Rows with one."""
        return [row for row in self.rows if row.fault]


def decode(block: bytes) -> Trace:
    """The trace in a block whose CRC has been taken off. Raises ValueError if it is none."""
    magic, words, rows, _, frozen, now_us = _HEADER.unpack_from(block)
    if magic != _MAGIC or len(block) != _HEADER.size + 4 * words * rows:
        raise ValueError("this is no trace")
    layout = struct.Struct(f"<{words}i")
    listed = (layout.unpack_from(block, _HEADER.size + layout.size * k) for k in range(rows))
    return Trace(bool(frozen), tuple(_row(now_us, values) for values in listed if any(values)))


def _row(now_us: int, values: tuple[int, ...]) -> Row:
    at_us, counted_um, measured_um, _, signals, state = values[:6]
    age_s = ((now_us - at_us) % _TICKS) / 1e6
    return Row(age_s, counted_um, measured_um, state >> 8, state & 0xFF, bool(signals >> 15 & 1))


def csv(trace: Trace) -> str:
    """The trace for a spreadsheet, one line a row."""
    lines = ["age_s,counted_um,measured_um,fault,phase,enable"]
    for row in trace.rows:
        lines.append(f"{row.age_s:.6f},{row.counted_um},{row.measured_um},{row.fault},{row.phase},{int(row.enable)}")
    return "\n".join(lines) + "\n"

"""The scan's trace as TRAC? hands it out: taken apart by the host tools, judged here."""

from __future__ import annotations

from itertools import pairwise

from pen_tools.trace import Row, Trace

_ENABLE = 128  # of a row's outputs: the enable that the scan ordered


def decode(block: bytes) -> Trace:
    """The trace in a block whose CRC has been taken off. Raises LinkLost if it is none."""
    trace = Trace()
    trace.add(block)
    return trace


def enabled(row: Row) -> bool:
    """Whether the scan wanted the drive on."""
    return bool(row.outputs & _ENABLE)


def slowest_hz(rows: list[Row]) -> float:
    """Rows a second in the widest gap while the drive was on."""
    return 1e6 / max(b.t_us - a.t_us for a, b in pairwise(rows) if enabled(a))


def csv(trace: Trace) -> str:
    """The trace for a spreadsheet, one line a row."""
    lines = ["t_us,counted_um,measured_um,current_ma,outputs,switches,fault,phase"]
    for row in trace.rows:
        position = f"{row.t_us},{row.counted_um},{row.measured_um},{row.current_ma:.1f}"
        lines.append(f"{position},{row.outputs},{row.switches},{row.fault},{row.phase}")
    return "\n".join(lines) + "\n"

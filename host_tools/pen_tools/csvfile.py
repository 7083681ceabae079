"""The pen's trace as CSV, one row per recorded scan, with the true position beside it where a rig knows it.

`counted_mm` is where the drive sends the tip: of a solenoid the stop while a pulse lasts, and retracted otherwise.
`program` is the CRC-32 that *IDN? has in hexadecimal: as a number, so that every column is one.
"""

from __future__ import annotations

import csv
from bisect import bisect_right
from pathlib import Path

from pen_tools.course import Course, true_course
from pen_tools.record import Record

HEAD = (
    "time_s",
    "counted_mm",
    "measured_mm",
    "true_mm",
    "current_ma",
    "enable",
    "feed",
    "switches",
    "fault",
    "phase",
    "program",
)
_ENABLE = 128  # bits of a row's outputs
_FEED = 64


def save(path: Path, record: Record) -> None:
    """Writes it. Time 0 is RUN. Raises OSError."""
    trace = record.trace
    assert trace
    course = true_course(record)
    with path.open("w", encoding="ascii", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEAD)
        for at_s, row in zip(trace.seconds(), trace.rows, strict=True):
            positions = (f"{row.counted_um / 1_000:.3f}", f"{row.measured_um / 1_000:.3f}", _true(course, at_s))
            bits = (int(row.outputs & _ENABLE != 0), int(row.outputs & _FEED != 0), row.switches)
            writer.writerow(
                (f"{at_s:.6f}", *positions, f"{row.current_ma:.1f}", *bits, row.fault, row.phase, trace.program)
            )


def _true(course: Course | None, at_s: float) -> str:
    """The tip stays where it is until the next point."""
    if course is None:
        return ""
    at = bisect_right(course.t_s, at_s) - 1
    return f"{course.values[max(at, 0)]:.4f}"

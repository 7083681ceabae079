"""What a picture shows besides of a drive that throws its tip: where it is sent, the stop, and the coil's pins.

Strokes of such a drive are short and many. The whole run is shown as an envelope, with a dot for every stroke.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

from pen_sim.loader import board_names, load_board
from pen_tools.course import Course
from pen_tools.record import Record

PINS = ("coil", "coil_low", "gate")
DENSE = 150  # strokes: with more of them, nine pixels or less are left for each
STROKES_SHOWN = 2
SHOWN_MOST_S = 0.025  # of a slow rate: one stroke, of which most is rest
AFTER_FAULT_S = 0.03
_BINS = 600
_SLICE_S = 0.000_15  # of the plant: a point that comes later than this after another follows a rest


@dataclass(frozen=True)
class Envelope:
    """Least and greatest value of each stretch of time: so long that one stroke at least is in it."""

    t_s: list[float]
    least: list[float]
    greatest: list[float]


@dataclass(frozen=True)
class Strikes:
    """`count`: where the drive sends the tip. `stop_mm`: where the stop is at the end. `pins`: name, and levels 0 and 1."""

    count: Course
    stop_mm: float | None
    pins: list[tuple[str, Course]]


def strikes(record: Record) -> bool:
    """Whether the pen's drive throws its tip against a stop."""
    board = record.opened.identity.board
    return board in board_names() and load_board(board).DRIVE == "solenoid"


def of_record(record: Record, count: Course, span_s: tuple[float, float]) -> Strikes:
    """Its part of a picture; `count` as the trace has it."""
    from pen_sim.plant.solenoid import SolenoidPlant

    rig = record.opened.rig
    if rig is None:
        return Strikes(count, None, [])
    plant = rig.machine.plant
    stop_mm = plant.stop_um / 1_000 if isinstance(plant, SolenoidPlant) else None
    return Strikes(count, stop_mm, [(name, _levels(rig.edges(name), record.zero_s, span_s)) for name in PINS])


def _levels(edges: Sequence[tuple[float, int]], zero_s: float, span_s: tuple[float, float]) -> Course:
    """The levels in a span of time, from its beginning to its end."""
    times = [at_s - zero_s for at_s, _ in edges]
    first, last = bisect_right(times, span_s[0]), bisect_right(times, span_s[1])
    level = edges[first - 1][1] if first else 0
    shown = Course([span_s[0]], [float(level)])
    shown.t_s.extend(times[first:last])
    shown.values.extend(float(level) for _, level in edges[first:last])
    shown.t_s.append(span_s[1])
    shown.values.append(shown.values[-1])
    return shown


def stroke_peaks(record: Record) -> list[tuple[float, float]]:
    """Seconds and mm of every stroke's deepest point, as the rig knows it."""
    rig = record.opened.rig
    if rig is None:
        return []
    return [(stroke.peak_ns / 1e9 - record.zero_s, stroke.peak_um / 1_000) for stroke in rig.strokes()]


def smooth(course: Course) -> Course:
    """The course for straight lines between its points: it stands where a rest is between two of them."""
    shown = Course(course.t_s[:1], course.values[:1])
    for at_s, value in zip(course.t_s[1:], course.values[1:], strict=True):
        if at_s - shown.t_s[-1] > _SLICE_S:
            shown.t_s.append(at_s - _SLICE_S)
            shown.values.append(shown.values[-1])
        shown.t_s.append(at_s)
        shown.values.append(value)
    return shown


def envelope(course: Course, span_s: tuple[float, float], period_s: float) -> Envelope:
    """Of a course in a span of time."""
    count = max(1, int((span_s[1] - span_s[0]) / max(period_s, (span_s[1] - span_s[0]) / _BINS)))
    width_s = (span_s[1] - span_s[0]) / count
    shown = Envelope([], [], [])
    for number in range(count):
        begin_s = span_s[0] + number * width_s
        part = course.values[bisect_left(course.t_s, begin_s) : bisect_left(course.t_s, begin_s + width_s)]
        known = [value for value in part if not isnan(value)]  # a hole
        for at_s in (begin_s, begin_s + width_s) if known else ():
            shown.t_s.append(at_s)
            shown.least.append(min(known))
            shown.greatest.append(max(known))
    return shown

"""What a picture of a run shows, apart from how it is drawn: plain numbers, time in seconds from RUN."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from pen_tools import plotstrikes
from pen_tools.course import Course, true_course
from pen_tools.faultlist import read
from pen_tools.plotstrikes import Envelope, Strikes
from pen_tools.record import Record

_GAP_S = 0.005  # rows of a trace are at most 1 ms apart; where more is missing, the line is broken
_STROKES_SHOWN = 3
_EQUAL_MM = 0.001
_BEFORE_FAULT_S = 0.06
_AFTER_FAULT_S = 0.07  # what the trace keeps


@dataclass(frozen=True)
class Moment:
    """A moment with a name."""

    t_s: float
    text: str


@dataclass(frozen=True)
class Point:
    """A place of the tip with a name: seconds, mm."""

    t_s: float
    mm: float
    text: str


@dataclass(frozen=True)
class PlotData:
    """`injected`: what was done to the pen. `points`: how far the tip went, in the run and after its fault.

    `envelope` and `envelope_ma` are of the whole run, if its strokes are too many to be told apart; `strokes` are all of
    them then, as the rig knows them: seconds and mm. `strikes`: what there is of a drive that throws its tip.
    """

    title: str
    cap_mm: float
    depth_mm: float
    measured: Course
    measured_ma: Course
    true: Course | None
    fault: Moment | None
    injected: list[Moment]
    points: list[Point]
    highest_mm: float
    order: str
    whole_s: tuple[float, float]
    zoom_s: tuple[float, float]
    envelope: Envelope | None = None
    envelope_ma: Envelope | None = None
    strokes: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    strikes: Strikes | None = None


def of_record(record: Record) -> PlotData:
    """Gathers it from a run with a trace."""
    trace = record.trace
    assert trace
    times = trace.seconds()
    measured = [row.measured_um / 1_000 for row in trace.rows]
    struck = plotstrikes.strikes(record)
    true = true_course(record)
    if true and struck:
        true = plotstrikes.smooth(true)
    fault = _fault(record, trace.fault_s())
    whole_s = _whole(record, times, fault)
    zoom_s = (_zoom_strikes if struck else _zoom)(record, fault, whole_s, measured, times)
    known = true or Course(times, measured)
    shown, shown_ma = _broken(times, measured), _broken(times, [row.current_ma for row in trace.rows])
    period_s = 1 / record.rate_hz if record.rate_hz else 0.1
    dense = record.ran and (whole_s[1] - whole_s[0]) / period_s > plotstrikes.DENSE
    count = _broken(times, [row.counted_um / 1_000 for row in trace.rows])
    return PlotData(
        title=_title(record),
        cap_mm=record.cap_mm,
        depth_mm=record.depth_mm,
        measured=shown,
        measured_ma=shown_ma,
        true=true,
        fault=fault,
        injected=_injected(record),
        points=_points(known, fault, whole_s, "true" if true else "measured"),
        highest_mm=min((mm for _, mm in _within(known, zoom_s)), default=-0.3),
        order=record.order,
        whole_s=whole_s,
        zoom_s=zoom_s,
        envelope=plotstrikes.envelope(shown, whole_s, period_s) if dense else None,
        envelope_ma=plotstrikes.envelope(shown_ma, whole_s, period_s) if dense else None,
        strokes=plotstrikes.stroke_peaks(record) if dense else [],
        strikes=plotstrikes.of_record(record, count, zoom_s) if struck else None,
    )


def _title(record: Record) -> str:
    seed = f", seed {record.opened.seed}" if record.opened.seed is not None else ""
    setting = f"{record.zone}, {record.depth_mm:.2f} mm at {record.rate_hz:.1f} Hz for {record.plan.seconds:g} s"
    who = record.opened.identity
    return f"{setting}   |   {who.board}{seed}, firmware {who.version} {who.checksum}".rstrip()


def _fault(record: Record, seen_s: float | None) -> Moment | None:
    """The trace knows the moment better than FAUL?, whose time is in milliseconds."""
    if record.fault is None:
        return None
    at_s = record.fault_s if seen_s is None else seen_s
    return Moment(at_s, f"fault {record.fault.code} {record.fault.name} latched at {at_s:.4f} s")


def _injected(record: Record) -> list[Moment]:
    """Faults that were made to happen at a time of the run."""
    opened = record.opened
    planned = read(record.plan.faults, record.plan.seconds, opened.kind, opened.identity.board)
    return [Moment(fault.seconds, f"{fault.name} injected") for fault in planned if fault.seconds]


def _whole(record: Record, times: Sequence[float], fault: Moment | None) -> tuple[float, float]:
    """From shortly before the run to shortly after its end or its fault."""
    if not record.ran:
        return (times[0], times[-1]) if times else (-0.1, 0.1)
    end_s = fault.t_s + _AFTER_FAULT_S if fault else min(record.virtual_s, record.plan.seconds)
    margin_s = max(0.02 * end_s, 0.02)
    return -margin_s, end_s + margin_s


def _zoom(
    record: Record, fault: Moment | None, whole_s: tuple[float, float], depths: Sequence[float], times: Sequence[float]
) -> tuple[float, float]:
    """Around the fault, or the last strokes."""
    period_s = 1 / record.rate_hz if record.rate_hz else 0.1
    if fault:
        return fault.t_s - max(_BEFORE_FAULT_S, 1.6 * period_s), fault.t_s + _AFTER_FAULT_S
    out = [t_s for t_s, depth in zip(times, depths, strict=True) if depth > 0 and t_s > 0]
    end_s = (out[-1] if out else whole_s[1]) + 0.25 * period_s
    return end_s - (_STROKES_SHOWN + 0.1) * period_s, end_s


def _zoom_strikes(
    record: Record, fault: Moment | None, whole_s: tuple[float, float], depths: Sequence[float], times: Sequence[float]
) -> tuple[float, float]:
    """The same of strokes that are short: two of them, or one and its rest."""
    period_s = 1 / record.rate_hz if record.rate_hz else 0.1
    span_s = min((plotstrikes.STROKES_SHOWN + 0.1) * period_s, plotstrikes.SHOWN_MOST_S)
    if fault:
        return fault.t_s - span_s, fault.t_s + plotstrikes.AFTER_FAULT_S
    out = [t_s for t_s, depth in zip(times, depths, strict=True) if depth > 0 and t_s > 0]
    end_s = (out[-1] if out else whole_s[1]) + 0.15 * min(period_s, plotstrikes.SHOWN_MOST_S)
    return end_s - span_s, end_s


def _within(course: Course, span_s: tuple[float, float]) -> list[tuple[float, float]]:
    """The points in a span of time."""
    return [(t, value) for t, value in zip(course.t_s, course.values, strict=True) if span_s[0] <= t <= span_s[1]]


def _points(course: Course, fault: Moment | None, whole_s: tuple[float, float], source: str) -> list[Point]:
    """The deepest point, the last of equals, for the last is shown large; and how far the tip went on after the fault, if it was out then."""
    found = [_deepest(_within(course, whole_s), f"deepest of the run: {{:.3f}} mm ({source})", -1)]
    if fault:
        after = _within(course, (fault.t_s, whole_s[1]))
        found.append(_deepest(after, f"after the fault: {{:.3f}} mm ({source})", 0))
    return [point for point in dict.fromkeys(found) if point and point.mm > 0]


def _deepest(points: Sequence[tuple[float, float]], text: str, first_or_last: int) -> Point | None:
    greatest = max((mm for _, mm in points), default=0.0)
    equals = [t_s for t_s, mm in points if mm > greatest - _EQUAL_MM]
    return Point(equals[first_or_last], greatest, text.format(greatest)) if equals else None


def _broken(times: Sequence[float], values: Sequence[float]) -> Course:
    """The course with a hole (nan) where rows are missing."""
    nan = float("nan")
    shown = Course(list(times[:1]), list(values[:1]))
    for (before, after), value in zip(pairwise(times), values[1:], strict=True):
        if after - before > _GAP_S:
            shown.t_s.append((before + after) / 2)
            shown.values.append(nan)
        shown.t_s.append(after)
        shown.values.append(value)
    return shown

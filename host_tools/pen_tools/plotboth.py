"""Two pens' runs side by side: the same tenth of a second of each, and one stroke of each, large."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from pen_tools import plotstrikes
from pen_tools.course import Course, true_course
from pen_tools.record import Record

Axes = Any
_BLUE, _ORANGE, _GREEN, _BLACK, _SKIN = "#0072B2", "#E69F00", "#009E73", "#111111", "#F6DCCB"
_CLEAR = 0.6
_INCHES = (16.0, 10.0)
_DPI = 100
_FONT = 13
_SAME_S = 0.1
_MARGIN = 0.25  # of a stroke's time in the skin, before and after it
_ROOM_MM = 0.45


@dataclass(frozen=True)
class _Pen:
    """What is drawn of one run. `stroke_s`: the enlarged stroke, from before it leaves the nose cone to after it is back."""

    title: str
    said: str
    depth_mm: float
    true: Course
    measured: Course
    current_ma: Course
    same_s: tuple[float, float]
    stroke_s: tuple[float, float]
    struck: bool


def save(path: Path, records: Sequence[Record]) -> None:
    """Draws and writes it. The runs have a trace, a rig and strokes enough for a tenth of a second. Raises OSError."""
    from matplotlib.figure import Figure

    pens = [_pen(record) for record in records]
    with import_module("matplotlib").rc_context(
        {"font.size": _FONT, "axes.spines.top": False, "axes.spines.right": False}
    ):
        page: Any = Figure(figsize=_INCHES)
        grid = page.add_gridspec(4, len(pens), height_ratios=(3, 0.45, 3, 1.3), hspace=0.16, wspace=0.16)
        grid.update(left=0.06, right=0.98, top=0.8, bottom=0.07)
        for column, pen in enumerate(pens):
            above, large, current = (page.add_subplot(grid[row, column]) for row in (0, 2, 3))
            above.text(0, 1.27, pen.title, transform=above.transAxes, fontsize=_FONT + 2, fontweight="bold")
            above.text(0, 1.16, pen.said, transform=above.transAxes)
            _depth(pen, above, pen.same_s, "a tenth of a second")
            above.set_xlabel("ms")
            length_ms = (pen.stroke_s[1] - pen.stroke_s[0]) * 1_000
            _depth(pen, large, pen.stroke_s, f"one stroke, and its current: {length_ms:.0f} ms")
            large.tick_params(labelbottom=False)
            _current(pen, current)
        _legend(page)
        page.suptitle(
            "1 mm into a cheek, by two pens", x=0.06, y=0.98, ha="left", fontsize=_FONT + 5, fontweight="bold"
        )
    page.savefig(path, dpi=_DPI)


def _pen(record: Record) -> _Pen:
    rig, trace, truth = record.opened.rig, record.trace, record.truth
    true = true_course(record)
    assert rig
    assert trace
    assert truth
    assert true
    struck = plotstrikes.strikes(record)
    times = trace.seconds()
    stroke = rig.strokes()[-3]
    out_s, back_s = (t_ns / 1e9 - record.zero_s for t_ns in (stroke.start_ns, stroke.end_ns))
    margin_s = _MARGIN * (back_s - out_s)
    in_skin = sum(each.end_ns - each.start_ns for each in rig.strokes()) / 1e6 / truth.strokes
    return _Pen(
        title=f"{record.opened.identity.board}: {truth.strokes} strokes in {record.plan.seconds:g} s",
        said=f"{truth.rate_hz:.2f} Hz, true depth {truth.depth_mm.least:.3f} to {truth.depth_mm.greatest:.3f} mm, "
        f"{in_skin:.1f} ms in the skin each",
        depth_mm=record.depth_mm,
        true=plotstrikes.smooth(true) if struck else true,
        measured=Course(times, [row.measured_um / 1_000 for row in trace.rows]),
        current_ma=Course(times, [row.current_ma / 1_000 for row in trace.rows]),
        same_s=(1.0, 1.0 + _SAME_S),
        stroke_s=(out_s - margin_s - (0.5 if struck else 0) * (back_s - out_s), back_s + margin_s),
        struck=struck,
    )


def _part(course: Course, span_s: tuple[float, float]) -> Course:
    """The points in a span of time, and one before and after it."""
    first = max(bisect_left(course.t_s, span_s[0]) - 1, 0)
    last = bisect_left(course.t_s, span_s[1]) + 1
    return Course(course.t_s[first:last], course.values[first:last])


def _ms(course: Course, zero_s: float) -> tuple[list[float], list[float]]:
    return [(t_s - zero_s) * 1_000 for t_s in course.t_s], course.values


def _depth(pen: _Pen, axes: Axes, span_s: tuple[float, float], name: str) -> None:
    lowest = pen.depth_mm + _ROOM_MM
    axes.set_ylim(lowest, -_ROOM_MM)
    axes.set_xlim(0, (span_s[1] - span_s[0]) * 1_000)
    axes.axhspan(0, lowest, color=_SKIN, alpha=0.55, linewidth=0, zorder=0)
    axes.axhline(0, color=_BLACK, linewidth=1.0)
    axes.axhline(pen.depth_mm, color=_GREEN, linewidth=1.6, linestyle=(0, (2, 2)))
    axes.plot(*_ms(_part(pen.measured, span_s), span_s[0]), color=_BLUE, linewidth=3, alpha=_CLEAR, zorder=3)
    style = "default" if pen.struck else "steps-post"
    axes.plot(*_ms(_part(pen.true, span_s), span_s[0]), color=_BLACK, linewidth=0.9, drawstyle=style, zorder=4)
    axes.set_title(name, loc="left", fontsize=_FONT, color="#555555")
    axes.set_ylabel("depth, mm")


def _current(pen: _Pen, axes: Axes) -> None:
    axes.plot(*_ms(_part(pen.current_ma, pen.stroke_s), pen.stroke_s[0]), color=_ORANGE, linewidth=3, alpha=0.8)
    axes.set_xlim(0, (pen.stroke_s[1] - pen.stroke_s[0]) * 1_000)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("A")
    axes.set_xlabel("ms")


def _legend(page: Any) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    shown = [
        Line2D([], [], color=_BLUE, linewidth=3, alpha=_CLEAR, label="measured by the pen"),
        Line2D([], [], color=_BLACK, linewidth=0.9, label="true (simulator)"),
        Line2D([], [], color=_GREEN, linewidth=1.6, linestyle=(0, (2, 2)), label="set"),
        Line2D([], [], color=_ORANGE, linewidth=3, label="drive current"),
        Patch(color=_SKIN, label="skin side"),
    ]
    place = {"loc": "upper right", "bbox_to_anchor": (0.985, 0.99)}
    page.legend(handles=shown, ncols=len(shown), frameon=False, fontsize=_FONT - 1, columnspacing=1.4, **place)

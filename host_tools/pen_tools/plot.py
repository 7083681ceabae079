"""`--plot`: depth and current over time, the whole run above and its interesting part, large, below.

A run of many strokes is shown above as an envelope, with a dot for the true depth of each. A drive that throws its tip has
more below: where the tip is sent, the stop, and the coil's pins.

Depth points downwards, as into skin. Colours are Okabe and Ito's, which colour-blind people can tell apart; every line
also has a style or a name of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pen_tools.course import Course
from pen_tools.plotdata import PlotData, Point, of_record
from pen_tools.plotstrikes import Envelope, Strikes
from pen_tools.record import Record

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Axes = Any  # matplotlib's methods take untyped keywords, which a strict checker cannot see through
_BLUE, _ORANGE, _GREEN, _RED, _PURPLE = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#8E4585"
_BLACK, _SKIN, _SEND, _STOP = "#111111", "#F6DCCB", "#CC79A7", "#555555"
_STOP_MM = 0.06  # of the stop is drawn
_CLEAR = 0.6  # lets the true curve, which lies beneath, be seen through the measured one
_INCHES = (16.0, 10.0)
_DPI = 100
_FONT = 13


def save(path: Path, record: Record) -> None:
    """Draws and writes it. Raises OSError."""
    page: Any = figure(of_record(record))
    page.savefig(path, dpi=_DPI)


def figure(data: PlotData) -> Figure:
    """The picture: 1600 x 1000 px when saved."""
    from matplotlib.figure import Figure

    with import_module("matplotlib").rc_context(
        {"font.size": _FONT, "axes.spines.top": False, "axes.spines.right": False}
    ):
        page: Any = Figure(figsize=_INCHES)
        pins = data.strikes.pins if data.strikes else []
        heights = (2.3, 0.9, 0.55, 3.6, 1.5, 1.0) if pins else (2.3, 0.9, 0.55, 3.6, 1.5)
        grid = page.add_gridspec(len(heights), 1, height_ratios=heights, hspace=0.12)
        grid.update(left=0.07, right=0.89, top=0.885, bottom=0.07)
        above = (page.add_subplot(grid[0]), page.add_subplot(grid[1]))
        below = (page.add_subplot(grid[3]), page.add_subplot(grid[4]))
        last: Axes = below[1]
        page.suptitle(data.title, x=0.07, y=0.975, ha="left", fontsize=_FONT + 4, fontweight="bold")
        _pair(data, above, data.whole_s, width=1.0, whole=True)
        _pair(data, below, data.zoom_s, width=3.2, whole=False)
        _window(data, above)
        if data.strikes:
            _strikes(data.strikes, below[0])
        if pins:
            below[1].tick_params(labelbottom=False)
            last = page.add_subplot(grid[5])
            _pins(data, pins, last)
        for axes in (above[0], below[0]):
            _name_lines(data, axes)
        _legend(page, data)
        last.set_xlabel(f"time since {data.order}, s")
        _annotate(data, below[0])
        page.align_ylabels()
    return page


def _pair(data: PlotData, pair: tuple[Axes, Axes], span_s: tuple[float, float], width: float, *, whole: bool) -> None:
    """Depth above, current below, on one time axis."""
    depth, current = pair
    _depth(data, depth)
    if whole and data.envelope and data.envelope_ma:
        _fill(depth, data.envelope, _BLUE)
        _fill(current, data.envelope_ma, _ORANGE)
        if data.strokes:
            depth.plot(*zip(*data.strokes, strict=True), ".", color=_BLACK, markersize=2.5, zorder=5)
    else:
        _lines(data, pair, width)
    current.set_ylim(bottom=0)
    current.set_ylabel("mA")
    for axes in pair:
        _time(data, axes, span_s)
    depth.tick_params(labelbottom=False)


def _time(data: PlotData, axes: Axes, span_s: tuple[float, float]) -> None:
    """The time axis, and the moments on it."""
    axes.set_xlim(*span_s)
    axes.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    for moment in data.injected:
        axes.axvline(moment.t_s, color=_PURPLE, linewidth=1.2, linestyle=":", zorder=5)
    if data.fault:
        axes.axvline(data.fault.t_s, color=_RED, linewidth=1.4, zorder=5)


def _fill(axes: Axes, envelope: Envelope, color: str) -> None:
    axes.fill_between(envelope.t_s, envelope.least, envelope.greatest, color=color, alpha=_CLEAR, linewidth=0, zorder=4)


def _lines(data: PlotData, pair: tuple[Axes, Axes], width: float) -> None:
    depth, current = pair
    marks = {"marker": "o", "markersize": 5} if data.strikes and width > 1 else {}  # few rows to a stroke: show them
    if data.true:
        style = "default" if data.strikes else "steps-post"
        depth.plot(data.true.t_s, data.true.values, color=_BLACK, linewidth=0.9, drawstyle=style, zorder=5)
    depth.plot(data.measured.t_s, data.measured.values, color=_BLUE, linewidth=width, alpha=_CLEAR, zorder=4, **marks)
    current.plot(data.measured_ma.t_s, data.measured_ma.values, color=_ORANGE, linewidth=width, alpha=0.8, **marks)


def _strikes(strikes: Strikes, depth: Axes) -> None:
    """Where the tip is sent, and the stop that it meets there."""
    count = strikes.count
    depth.plot(count.t_s, count.values, color=_SEND, linewidth=1.4, drawstyle="steps-post", zorder=3)
    if strikes.stop_mm is not None:
        ends = (strikes.stop_mm, strikes.stop_mm + _STOP_MM)
        depth.axhspan(*ends, facecolor="none", edgecolor=_STOP, hatch="////", linewidth=0.8, zorder=2)


def _pins(data: PlotData, pins: Sequence[tuple[str, Course]], axes: Axes) -> None:
    """Levels, one above the other, with their names at the right."""
    _time(data, axes, data.zoom_s)
    axes.set_yticks([])
    axes.set_ylabel("pins")
    axes.set_ylim(-0.2, len(pins))
    for number, (name, level) in enumerate(pins):
        low = len(pins) - 1 - number
        values = [low + 0.7 * value for value in level.values]
        axes.plot(level.t_s, values, color=_BLACK, linewidth=0.8, drawstyle="steps-post")
        axes.fill_between(level.t_s, low, values, step="post", color="#999999", alpha=0.6, linewidth=0)
        place = {"xytext": (6, 0), "textcoords": "offset points", "va": "center", "fontsize": _FONT - 2}
        axes.annotate(name, (1.0, low + 0.35), xycoords=("axes fraction", "data"), **place)


def _depth(data: PlotData, axes: Axes) -> None:
    deepest = max([data.cap_mm, *(point.mm for point in data.points)])
    lowest = deepest + max(0.4, 0.27 * deepest)  # room for a name below
    axes.set_ylim(lowest, min(data.highest_mm, -0.3) - 0.1)
    axes.axhspan(0, lowest, color=_SKIN, alpha=0.55, linewidth=0, zorder=0)
    axes.axhline(0, color=_BLACK, linewidth=1.0)
    axes.axhline(data.cap_mm, color=_RED, linewidth=1.6, linestyle=(0, (6, 3)))
    axes.axhline(data.depth_mm, color=_GREEN, linewidth=1.6, linestyle=(0, (2, 2)))
    axes.set_ylabel("depth, mm")


def _window(data: PlotData, above: tuple[Axes, Axes]) -> None:
    """Shows above where the part below is from."""
    for axes in above:
        axes.axvspan(*data.zoom_s, color="#888888", alpha=0.3, linewidth=0, zorder=1)
    whole = ["whole run", "the grey part is shown below"]
    if data.strokes:
        whole.insert(1, "a dot is a stroke's true depth, which may be between two rows of the trace")
    above[0].set_title("; ".join(whole), loc="left", fontsize=_FONT)


def _name_lines(data: PlotData, axes: Axes) -> None:
    """Names at the right margin, beside the lines and off the data."""
    close = data.cap_mm - data.depth_mm < 0.25
    names = [(0.0, "nose cone", _BLACK, "center")]
    if data.depth_mm == data.cap_mm:
        names.append((data.cap_mm, f"set = cap {data.cap_mm:.2f}", _RED, "center"))
    else:
        names.append((data.cap_mm, f"cap {data.cap_mm:.2f}", _RED, "top" if close else "center"))
        names.append((data.depth_mm, f"set {data.depth_mm:.2f}", _GREEN, "bottom" if close else "center"))
    for depth, name, color, side in names:
        axes.annotate(
            name,
            (1.0, depth),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va=side,
            color=color,
            fontweight="bold",
        )


def _legend(page: Any, data: PlotData) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    shown = [Line2D([], [], color=_BLUE, linewidth=3, alpha=_CLEAR, label="measured by the pen")]
    if data.true:
        shown.append(Line2D([], [], color=_BLACK, linewidth=0.9, label="true (simulator)"))
    shown.append(Line2D([], [], color=_ORANGE, linewidth=3, label="drive current"))
    if data.strikes:
        shown.append(Line2D([], [], color=_SEND, linewidth=1.4, label="sent to (count)"))
    if data.injected:
        shown.append(Line2D([], [], color=_PURPLE, linewidth=1.2, linestyle=":", label="fault injected"))
    if data.fault:
        shown.append(Line2D([], [], color=_RED, linewidth=1.4, label="fault latched"))
    handles = [*shown, Patch(color=_SKIN, label="skin side")]
    if data.strikes and data.strikes.stop_mm is not None:
        handles.append(Patch(facecolor="none", edgecolor=_STOP, hatch="////", label="stop (true)"))
    place = {"loc": "upper right", "bbox_to_anchor": (0.995, 0.95)}
    page.legend(handles=handles, ncols=len(handles), frameon=False, fontsize=_FONT - 1, columnspacing=1.4, **place)


def _annotate(data: PlotData, axes: Axes) -> None:
    """What is to be seen in the large part, and how far the tip went, if that is in it."""
    title = "; ".join([moment.text + f" at {moment.t_s:g} s" for moment in data.injected if _in(data, moment.t_s)])
    if data.fault:
        title = "; ".join(filter(None, [title, data.fault.text]))
    axes.set_title(title or "last strokes", loc="left", fontsize=_FONT, color=_RED if data.fault else _BLACK)
    for point in data.points:
        if _in(data, point.t_s):
            _point(data, axes, point)


def _in(data: PlotData, t_s: float) -> bool:
    return data.zoom_s[0] <= t_s <= data.zoom_s[1]


def _point(data: PlotData, axes: Axes, point: Point) -> None:
    """Names a point from where there is room: below it, towards the middle; after a fault not much happens."""
    left = point.t_s < sum(data.zoom_s) / 2 or (data.fault is not None and point.t_s >= data.fault.t_s)
    arrow = {"arrowstyle": "->", "color": _BLACK, "linewidth": 1.0}
    box = {"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": "#999999", "alpha": 0.9}
    axes.annotate(
        point.text,
        (point.t_s, point.mm),
        xytext=(36 if left else -36, -34),
        textcoords="offset points",
        ha="left" if left else "right",
        va="center",
        arrowprops=arrow,
        bbox=box,
        zorder=6,
    )

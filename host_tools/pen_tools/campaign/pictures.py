"""Pictures of a campaign: what one run did, and how everything measured is spread.

Colours are Okabe and Ito's, which colour-blind people can tell apart; every line has a name or a style besides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from importlib import import_module
from io import BytesIO
from math import inf
from pathlib import Path
from typing import Any

from pen_sim.loader import pure
from pen_tools.campaign import judge, windows
from pen_tools.campaign.outcomes import Kind
from pen_tools.campaign.replay import Replayed
from pen_tools.campaign.work import Judged

Axes = Any  # matplotlib's methods take untyped keywords, which a strict checker cannot see through
_BLUE, _ORANGE, _GREEN, _RED, _PURPLE, _BLACK = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#8E4585", "#111111"
_SKIN, _POWER = "#F6DCCB", "#FFF3B0"
_KINDS = {Kind.SAFE: _GREEN, Kind.WRONG: _ORANGE, Kind.UNSAFE: _RED}
_FONT = 12
_DPI = 100
_BINS = 50
_BEFORE, _AFTER = 1.3, 2.2  # periods about the moment that are shown large
_MARGIN_S = 0.02
_LONGEST_S = 0.5  # of the large part, either way
_ROWS_MOST = 3  # of words above a course


def save(path: Path, replayed: Replayed) -> None:
    """Draws one run and writes it. Raises OSError."""
    with _style():
        _course(replayed, (16.0, 9.0)).savefig(path, dpi=_DPI)


def course_png(replayed: Replayed) -> bytes:
    """One run, smaller, for a page."""
    return _png(lambda: _course(replayed, (12.0, 6.2)))


def spreads_png(found: Sequence[Judged]) -> bytes:
    """Histograms of what there is a limit for, on one sheet."""
    return _png(lambda: _spreads(found))


def _style() -> AbstractContextManager[Any]:
    settings = {"font.size": _FONT, "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True}
    return import_module("matplotlib").rc_context(settings)


def _png(draw: Callable[[], Any]) -> bytes:
    with _style():
        file = BytesIO()
        draw().savefig(file, format="png", dpi=80)
    return file.getvalue()


def _figure(inches: tuple[float, float]) -> Any:
    from matplotlib.figure import Figure

    return Figure(figsize=inches)


# One run.


def _course(replayed: Replayed, inches: tuple[float, float]) -> Any:
    scenario = replayed.run.scenario
    page = _figure(inches)
    grid = page.add_gridspec(2, 1, height_ratios=(1.0, 1.7), hspace=0.38)
    grid.update(left=0.065, right=0.93, top=0.83, bottom=0.085)
    verdict = replayed.verdict
    title = f"{scenario.name}   {verdict.outcome}{_latched(replayed)}"
    page.suptitle(
        title, x=0.065, y=0.975, ha="left", fontsize=_FONT + 4, fontweight="bold", color=_KINDS[verdict.outcome.kind]
    )
    page.text(0.065, 0.905, "\n".join([scenario.words(), *verdict.reasons[:1]]), fontsize=_FONT - 1, va="center")
    whole, large = page.add_subplot(grid[0]), page.add_subplot(grid[1])
    spans = _spans(replayed)
    _tip(replayed, whole, spans[0], large=False)
    whole.axvspan(*spans[1], facecolor="none", edgecolor="#555555", linewidth=1.2, zorder=6)
    whole.set_title("whole run; the framed part is shown below", loc="left", fontsize=_FONT - 1)
    _tip(replayed, large, spans[1], large=True)
    large.set_xlabel("time since power-on, s")
    _legend(page)
    return page


def _latched(replayed: Replayed) -> str:
    code = replayed.run.evidence.code
    return f"   fault {code} {pure('pen.faults').name(code)}" if code else ""


def _spans(replayed: Replayed) -> tuple[tuple[float, float], tuple[float, float]]:
    """All of it; and the moment of the fault, or of the deepest stroke."""
    evidence, scenario = replayed.run.evidence, replayed.run.scenario
    end_s = max(evidence.end_s, replayed.course.t_s[-1])
    at_s = evidence.injected_s
    if at_s is None:
        at_s = max(evidence.outs, key=lambda out: out[2])[0] if evidence.outs else end_s / 2
    before_s = min(_BEFORE * scenario.period_s, _LONGEST_S) + _MARGIN_S
    after_s = min(_AFTER * scenario.period_s, _LONGEST_S) + _MARGIN_S
    off_s = next((off for _, off in windows.powered(evidence) if at_s < off < inf), None)
    if off_s is not None and off_s - at_s < 3 * _LONGEST_S:  # the reaction belongs into it
        after_s = max(after_s, off_s - at_s + 2 * _MARGIN_S)
    return (0.0, end_s), (max(at_s - before_s, 0.0), min(at_s + after_s, end_s))


def _tip(replayed: Replayed, axes: Axes, span_s: tuple[float, float], *, large: bool) -> None:
    scenario, evidence = replayed.run.scenario, replayed.run.evidence
    cap_mm, depth_mm = scenario.cap_um / 1e3, scenario.depth_um / 1e3
    lowest = max(cap_mm, evidence.max_tip_um / 1e3) + 0.3
    axes.set_xlim(*span_s)
    axes.set_ylim(lowest, -0.65)
    axes.set_ylabel("depth, mm")
    axes.axhspan(0, lowest, color=_SKIN, alpha=0.5, linewidth=0, zorder=0)
    for on_s, off_s in windows.powered(evidence):
        axes.axvspan(on_s, min(off_s, span_s[1]), ymin=0.94, color=_ORANGE, alpha=0.8, linewidth=0, zorder=2)
    axes.axhline(0, color=_BLACK, linewidth=0.8)
    axes.axhline(cap_mm, color=_RED, linewidth=1.5, linestyle=(0, (6, 3)))
    axes.axhline(depth_mm, color=_GREEN, linewidth=1.5, linestyle=(0, (2, 2)))
    course = replayed.course
    axes.plot(course.t_s, course.values, color=_BLUE, linewidth=1.8 if large else 0.9, drawstyle="steps-post", zorder=4)
    for at_s, style in ((evidence.injected_s, "-"), (evidence.repaired_s, ":")):
        if at_s is not None:
            axes.axvline(at_s, color=_PURPLE, linewidth=1.6, linestyle=style, zorder=5)
    right = {
        "xycoords": ("axes fraction", "data"),
        "textcoords": "offset points",
        "xytext": (5, 0),
        "fontsize": _FONT - 1,
    }
    if scenario.cap_um - scenario.depth_um < 200:
        axes.annotate(f"cap {cap_mm:.2f}\nset {depth_mm:.2f}", (1.0, cap_mm), va="center", color=_RED, **right)
    else:
        axes.annotate(f"cap {cap_mm:.2f}", (1.0, cap_mm), va="center", color=_RED, **right)
        axes.annotate(f"set {depth_mm:.2f}", (1.0, depth_mm), va="center", color=_GREEN, **right)
    axes.annotate("face", (1.0, 0.0), va="center", color=_BLACK, **right)
    if large:
        _orders(replayed, axes, span_s)


def _orders(replayed: Replayed, axes: Axes, span_s: tuple[float, float]) -> None:
    """What the host said, along the lower edge."""
    for at_s, text in replayed.run.evidence.orders:
        if span_s[0] <= at_s <= span_s[1]:
            axes.axvline(at_s, color="#777777", linewidth=0.8, linestyle=(0, (1, 2)), zorder=1)
            axes.annotate(
                text, (at_s, 0.02), xycoords=("data", "axes fraction"), xytext=(3, 0), textcoords="offset points",
                fontsize=_FONT - 2, color="#444444",
            )  # fmt: skip


def _legend(page: Any) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles = [
        Line2D([], [], color=_BLUE, linewidth=2, label="true tip"),
        Patch(color=_ORANGE, label="drive on"),
        Line2D([], [], color=_PURPLE, linewidth=1.6, label="fault happens"),
        Line2D([], [], color=_PURPLE, linewidth=1.6, linestyle=":", label="repaired"),
    ]
    page.legend(
        handles=handles,
        ncols=len(handles),
        frameon=False,
        fontsize=_FONT - 1,
        loc="upper right",
        bbox_to_anchor=(0.995, 0.995),
    )


# All of them.


def _spreads(found: Sequence[Judged]) -> Any:
    page = _figure((15.0, 4.6))
    grid = page.add_gridspec(1, 3, wspace=0.22, left=0.05, right=0.985, top=0.87, bottom=0.15)
    whole = [each for each in found if not each.run.evidence.error]
    beyond = [each.verdict.beyond_cap_um for each in whole]
    first = page.add_subplot(grid[0])
    _histogram(first, [um for um in beyond if um > -100], "deepest tip less cap, um (runs within 100 um of it)")
    _limit(first, judge.BEYOND_CAP_UM)
    middle = page.add_subplot(grid[1])
    _histogram(middle, [each.verdict.out_percent for each in whole], "needles out under power, % of the time allowed")
    _limit(middle, 100.0)
    last = page.add_subplot(grid[2])
    off = [percent for each in whole if (percent := each.verdict.off_percent) is not None and percent < inf]
    _histogram(last, off, "fault to drive off, % of the time allowed")
    _limit(last, 100.0)
    return page


def _limit(axes: Axes, at: float) -> None:
    axes.axvline(at, color=_RED, linewidth=1.6, linestyle=(0, (6, 3)))
    place = {"xycoords": ("data", "axes fraction"), "xytext": (-4, 0), "textcoords": "offset points"}
    axes.annotate("limit", (at, 0.93), ha="right", color=_RED, **place)


def _histogram(axes: Axes, values: Sequence[float], title: str) -> None:
    axes.set_title(title, loc="left", fontsize=_FONT - 1)
    axes.set_ylabel("runs")
    if not values:
        axes.text(0.5, 0.5, "none", ha="center", transform=axes.transAxes)
        return
    axes.hist(values, bins=_BINS, color=_BLUE, alpha=0.85)
    axes.set_yscale("log")
    axes.set_ylim(bottom=0.7)

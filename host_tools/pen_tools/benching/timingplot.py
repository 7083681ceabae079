"""`pen bench timing --plot`: how everything measured lies against its limit, on one page.

Colours are Okabe and Ito's, which colour-blind people can tell apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from pen_tools.benching import stops, verdict
from pen_tools.benching.faultruns import Outcome
from pen_tools.benching.timing import Timing

Axes = Any  # matplotlib's methods take untyped keywords, which a strict checker cannot see through
_BLUE, _ORANGE, _GREEN, _RED, _BLACK = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#111111"
_INCHES, _DPI, _FONT = (17.0, 11.0), 100, 12
_BINS = 60
_MARKS = ("o", "s", "^", "D")


def save(path: Path, timing: Timing) -> None:
    """Draws and writes it. Raises OSError."""
    from matplotlib.figure import Figure

    with import_module("matplotlib").rc_context(
        {"font.size": _FONT, "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True}
    ):
        page: Any = Figure(figsize=_INCHES)
        _fill(page, timing)
        page.savefig(path, dpi=_DPI)


def _fill(page: Any, timing: Timing) -> None:
    above = page.add_gridspec(1, 3, wspace=0.24, left=0.06, right=0.975, top=0.86, bottom=0.60)
    below = page.add_gridspec(
        1, 3, width_ratios=(1.25, 1.0, 1.0), wspace=0.42, left=0.105, right=0.975, top=0.50, bottom=0.06
    )
    _title(page, timing)
    strokes = timing.loaded.strokes
    edges_us = [ns / 1_000 for ns in (*strokes.edge_ns, *strokes.gap_ns, *strokes.period_ns)]
    _period(page.add_subplot(above[0]), timing)
    _scan(page.add_subplot(above[1]), timing)
    plan = page.add_subplot(above[2])
    _histogram(plan, edges_us, (-1.5, 1.5), "step and stroke edges less their place in the plan, us")
    _limit(plan, -verdict.EDGE_US, "")
    _limit(plan, verdict.EDGE_US, "limit")
    _faults(page.add_subplot(below[0]), timing)
    _deaths(page.add_subplot(below[1]), timing)
    _stops(page.add_subplot(below[2]), timing)


def _title(page: Any, timing: Timing) -> None:
    held = verdict.rows(timing)
    failed = [row.what for row in held if not row.ok]
    result = (
        "every limit holds" if not failed else f"{len(failed)} of {len(held)} limits do not hold: " + "; ".join(failed)
    )
    head = f"{timing.board}, {timing.rate_hz:.1f} Hz, {timing.loaded.virtual_s:.1f} s under load, seed {timing.seed}"
    image = f"{'files on' if timing.image.filesystem else 'release on'} MicroPython {timing.image.runtime}"
    page.suptitle(
        f"{head}   |   {image}, {timing.image.uf2.name}",
        x=0.02,
        y=0.982,
        ha="left",
        fontsize=_FONT + 3,
        fontweight="bold",
    )
    page.text(0.02, 0.925, result, color=_RED if failed else _GREEN, fontsize=_FONT, va="center", wrap=True)


def _limit(axes: Axes, at: float, text: str) -> None:
    """Its name stands on the side where nothing should be."""
    axes.axvline(at, color=_RED, linewidth=1.8, linestyle=(0, (5, 2)))
    place = {"xycoords": ("data", "axes fraction"), "xytext": (4, 0), "textcoords": "offset points"}
    axes.annotate(text, (at, 0.98), color=_RED, ha="left", va="top", rotation=90, fontsize=_FONT - 1, **place)


def _histogram(axes: Axes, values: Sequence[float], span: tuple[float, float], label: str) -> None:
    """Counts on a log scale: one in a hundred thousand is to be seen."""
    low, high = min(span[0], *values), max(span[1], *values)
    axes.hist(values, bins=_BINS, range=(low, high), color=_BLUE, log=True)
    axes.set_xlim(low, high)
    axes.set_ylim(bottom=0.7)
    axes.set_xlabel(label)
    axes.set_ylabel("count")
    axes.set_title(f"{len(values):,} in all", loc="right", fontsize=_FONT - 1)
    axes.grid(axis="y", color="#DDDDDD", linewidth=0.6)


def _period(axes: Axes, timing: Timing) -> None:
    _histogram(axes, timing.loaded.errors_us, (0.0, 17.0), "scan period error, us")
    _limit(axes, verdict.PERIOD_P999_US, "limit of 99.9 %")
    _limit(axes, verdict.PERIOD_US, "limit of the worst")


def _scan(axes: Axes, timing: Timing) -> None:
    """A bin a microsecond: that is the grain of the timer."""
    lengths = [length for _, length in timing.loaded.scans]
    high = max(*lengths, verdict.SCAN_US) + 5
    axes.hist(lengths, bins=[k - 0.5 for k in range(high + 1)], color=_BLUE, log=True, label="latch to apply")
    axes.hist(
        timing.interrupts_us, bins=[k / 2 for k in range(2 * high + 20)], histtype="step", color=_ORANGE, linewidth=1.6,
        log=True, label=f"whole interrupt, {len(timing.interrupts_us):,} without load",
    )  # fmt: skip
    axes.set_xlim(min(lengths) - 5, max(high, *timing.interrupts_us) + 2)
    axes.set_ylim(bottom=0.7)
    axes.set_xlabel("scan, us")
    axes.set_title(f"{len(lengths):,} in all", loc="right", fontsize=_FONT - 1)
    axes.legend(
        frameon=False, fontsize=_FONT - 2, loc="upper left", bbox_to_anchor=(-0.02, 1.2), ncols=2, columnspacing=1
    )
    axes.grid(axis="y", color="#DDDDDD", linewidth=0.6)
    _limit(axes, verdict.SCAN_US, "limit")


def _faults(axes: Axes, timing: Timing) -> None:
    """A dot for each place of the stroke."""
    found: dict[str, list[Outcome]] = {}
    for each in timing.faults:
        if each.cuts:
            found.setdefault(each.name, []).append(each)
    for row, each in enumerate(found.values()):
        known = [outcome.off_us for outcome in each if outcome.off_us is not None]
        axes.barh(row, max(known, default=0.0), color=_BLUE, alpha=0.28, height=0.72)
        axes.plot(known, [row] * len(known), "o", color=_BLUE, markersize=5)
    axes.set_yticks(range(len(found)), list(found))
    axes.invert_yaxis()
    axes.set_xlim(left=min(0.0, axes.get_xlim()[0]), right=verdict.FAULT_US * 1.12)
    axes.axvline(0, color=_BLACK, linewidth=0.8)
    axes.set_xlabel("fault seen, to drive off, us (a dot for each place in the stroke)")
    axes.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    _limit(axes, verdict.FAULT_US, "limit")


def _deaths(axes: Axes, timing: Timing) -> None:
    ways = list(dict.fromkeys((each.kind, each.way) for each in timing.deaths))
    for row, way in enumerate(ways):
        known = [each.off_us for each in timing.deaths if (each.kind, each.way) == way and each.off_us is not None]
        axes.barh(row, max(known, default=0.0), color=_GREEN, alpha=0.28, height=0.72)
        axes.plot(known, [row] * len(known), "o", color=_GREEN, markersize=5)
    names = [kind if way == kind else f"{kind}:\n{way}" for kind, way in ways]
    axes.set_yticks(range(len(ways)), names, fontsize=_FONT - 1)
    axes.invert_yaxis()
    axes.set_xlim(0, verdict.DEAD_US * 1.12)
    axes.set_xlabel("CPU or scan dead, to drive off, us")
    axes.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    _limit(axes, verdict.DEAD_US, "limit")


def _stops(axes: Axes, timing: Timing) -> None:
    """Against the place in the stroke."""
    period_ms = 1_000 / timing.rate_hz
    for mark, color, doing in zip(_MARKS, (_BLUE, _ORANGE, _GREEN, _BLACK), stops.DOING, strict=True):
        found = [each for each in timing.stops if each.doing == doing]
        places = [each.place_us / 1_000 % period_ms for each in found]
        axes.plot(places, [each.still_us for each in found], mark, color=color, markersize=5, label=doing, alpha=0.8)
    axes.axhline(verdict.STOP_US, color=_RED, linewidth=1.8, linestyle=(0, (5, 2)))
    axes.annotate(
        "limit", (0.98, verdict.STOP_US), xycoords=("axes fraction", "data"), color=_RED, va="bottom", ha="right"
    )
    axes.set_ylim(-120, verdict.STOP_US * 1.12)
    axes.set_xlabel("! sent, ms after a stroke's first step")
    axes.set_ylabel("! received, to the last step out, us")
    axes.legend(frameon=False, fontsize=_FONT - 2, loc="upper right", bbox_to_anchor=(1.0, 0.9))
    axes.grid(axis="y", color="#DDDDDD", linewidth=0.6)

"""`pen bench twin --plot`: both targets on one page, and how far they are apart.

Colours are Okabe and Ito's, which colour-blind people can tell apart.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from pen_tools.benching import twinverdict
from pen_tools.benching.twin import RATE_HZ, Twin
from pen_tools.targets import CHIP, SIM

Axes = Any  # matplotlib's methods take untyped keywords, which a strict checker cannot see through
_BLUE, _ORANGE, _GREEN, _RED, _BLACK = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#111111"
_INCHES, _DPI, _FONT = (16.0, 10.0), 100, 12
_STROKES_SHOWN = 6
_BINS = 41


def save(path: Path, twin: Twin) -> None:
    """Draws and writes it. Raises OSError."""
    from matplotlib.figure import Figure

    with import_module("matplotlib").rc_context(
        {"font.size": _FONT, "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True}
    ):
        page: Any = Figure(figsize=_INCHES)
        above = page.add_gridspec(1, 1, left=0.06, right=0.97, top=0.86, bottom=0.57)
        below = page.add_gridspec(
            1, 3, width_ratios=(1, 1, 1.5), wspace=0.4, left=0.06, right=0.97, top=0.46, bottom=0.08
        )
        _title(page, twin)
        _course(page.add_subplot(above[0]), twin)
        _steps(page.add_subplot(below[0]), twin)
        _peaks(page.add_subplot(below[1]), twin)
        _faults(page.add_subplot(below[2]), twin)
        page.savefig(path, dpi=_DPI)


def _title(page: Any, twin: Twin) -> None:
    held = twinverdict.rows(twin)
    failed = [row.what for row in held if not row.ok]
    result = "simulator and chip agree" if not failed else "they differ: " + "; ".join(failed)
    counts = ", ".join(f"{len(run.made)} strokes on {kind}" for kind, run in twin.runs.items())
    head = f"{twin.board}, {RATE_HZ:g} Hz, seed {twin.seed}: {counts}"
    page.suptitle(head, x=0.02, y=0.982, ha="left", fontsize=_FONT + 3, fontweight="bold")
    page.text(0.02, 0.93, result, color=_RED if failed else _GREEN, fontsize=_FONT, va="center")


def _course(axes: Axes, twin: Twin) -> None:
    """The strokes in which the depth was changed."""
    middle_s = len(twin.runs[SIM].made) / 2 / RATE_HZ
    span = (middle_s - _STROKES_SHOWN / 2 / RATE_HZ, middle_s + _STROKES_SHOWN / 2 / RATE_HZ)
    for kind, color, width, alpha in ((SIM, _ORANGE, 5.0, 0.6), (CHIP, _BLUE, 1.3, 1.0)):
        shown = [(t_ns / 1e9, um / 1_000) for t_ns, um in twin.runs[kind].curve if span[0] <= t_ns / 1e9 <= span[1]]
        times, depths = [t_s for t_s, _ in shown], [mm for _, mm in shown]
        axes.plot(times, depths, color=color, linewidth=width, alpha=alpha, drawstyle="steps-post", label=kind)
    axes.axhline(0, color=_BLACK, linewidth=0.8)
    axes.invert_yaxis()
    axes.set_xlim(*span)
    axes.set_xlabel("time since the first step, s")
    axes.set_ylabel("true depth, mm")
    axes.legend(frameon=False, loc="upper right", bbox_to_anchor=(1.0, 1.16), ncols=2)


def _difference(axes: Axes, values: list[float], tolerance: float, label: str) -> None:
    high = max(1.5 * tolerance, *(abs(value) for value in values)) if values else 1.5 * tolerance
    axes.hist(values, bins=_BINS, range=(-high, high), color=_BLUE, log=True)
    axes.set_ylim(bottom=0.7)
    axes.set_xlabel(label)
    axes.set_ylabel("count")
    axes.set_title(f"{len(values):,} in all", loc="right", fontsize=_FONT - 1)
    axes.grid(axis="y", color="#DDDDDD", linewidth=0.6)
    for at in (-tolerance, tolerance):
        axes.axvline(at, color=_RED, linewidth=1.8, linestyle=(0, (5, 2)))


def _steps(axes: Axes, twin: Twin) -> None:
    _difference(
        axes, twinverdict.steps_us(twin), twinverdict.step_limit_us(twin), "step in its stroke, chip less sim, us"
    )


def _peaks(axes: Axes, twin: Twin) -> None:
    _difference(axes, twinverdict.peaks_um(twin), twinverdict.DEPTH_UM, "true peak, chip less sim, um")


def _faults(axes: Axes, twin: Twin) -> None:
    """A dot for each place; each fault's own tolerance as a line."""
    found = twinverdict.faults_us(twin)
    for row, (name, apart) in enumerate(found.items()):
        known = [each for each in apart if each is not None]
        axes.plot(known, [row] * len(known), "o", color=_BLUE, markersize=5)
        tolerance = twinverdict.tolerance_us(name)
        for side in (-tolerance, tolerance):
            axes.plot([side, side], [row - 0.4, row + 0.4], color=_RED, linewidth=1.8)
    axes.set_yticks(range(len(found)), list(found))
    axes.invert_yaxis()
    axes.axvline(0, color=_BLACK, linewidth=0.8)
    high = 1.2 * max(
        [twinverdict.TURN_US, *(abs(each) for apart in found.values() for each in apart if each is not None)]
    )
    axes.set_xlim(-high, high)
    axes.set_xlabel("injection to drive off, chip less sim, us")
    axes.grid(axis="x", color="#DDDDDD", linewidth=0.6)

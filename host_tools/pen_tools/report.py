"""What came of a run, for people: a short table of what was set, measured and true, and what a fault means."""

from __future__ import annotations

from pen_tools import output
from pen_tools.record import Figures, Record, Spread

_NONE = "-"


def show(record: Record) -> None:
    """Prints it on stdout."""
    output.table(("", "set", "measured", "true"), _rows(record))
    if record.virtual_s and record.opened.rig:
        ratio = record.virtual_s / max(record.wall_s, 1e-9)
        output.say(f"{record.virtual_s:.2f} s of virtual time in {record.wall_s:.2f} s, {ratio:.2g} times real time")
    for remark in record.remarks:
        output.say(f"what happened: {remark}")
    if record.fault:
        _show_fault(record)


def _rows(record: Record) -> list[tuple[str, ...]]:
    measured, truth = record.measured, record.truth
    rows: list[tuple[str, ...]] = [
        ("strokes", str(record.strokes), _strokes(measured), _strokes(truth)),
        ("rate, Hz", f"{record.rate_hz:.1f}", _rate(measured), _rate(truth)),
        ("depth min, mm", f"{record.depth_mm:.2f}", *(_mm(_depth(each), "least") for each in (measured, truth))),
        ("depth mean, mm", f"{record.depth_mm:.2f}", *(_mm(_depth(each), "mean") for each in (measured, truth))),
        ("depth max, mm", f"{record.depth_mm:.2f}", *(_mm(_depth(each), "greatest") for each in (measured, truth))),
        ("current mean, mA", "", _current(measured, "current_mean_ma"), _current(truth, "current_mean_ma")),
        ("current max, mA", "", _current(measured, "current_max_ma"), _current(truth, "current_max_ma")),
    ]
    if truth and truth.strokes:
        rows.append(("penetration mean, mm", "", _NONE, _mm(truth.penetration_mm, "mean")))
    return rows


def _strokes(figures: Figures | None) -> str:
    return str(figures.strokes) if figures else _NONE


def _rate(figures: Figures | None) -> str:
    return f"{figures.rate_hz:.3f}" if figures and figures.rate_hz else _NONE


def _depth(figures: Figures | None) -> Spread | None:
    return figures.depth_mm if figures and figures.strokes else None


def _mm(spread: Spread | None, which: str) -> str:
    return f"{getattr(spread, which):.3f}" if spread else _NONE


def _current(figures: Figures | None, which: str) -> str:
    return f"{getattr(figures, which):.0f}" if figures and figures.strokes else _NONE


def _show_fault(record: Record) -> None:
    fault, deepest = record.fault, record.deepest_mm
    assert fault
    output.say(f"fault {fault.code} {fault.name} {record.fault_s:.3f} s after {record.order}: {fault.meaning}")
    if deepest is not None:
        source = "true" if record.opened.rig else "measured"
        place = "inside" if deepest <= record.cap_mm else "BEYOND"
        if deepest <= 0:
            output.say(f"the tip never left the nose cone ({source})")
            return
        output.say(f"the tip went to {deepest:.3f} mm at most ({source}), {place} the cap of {record.cap_mm:.2f} mm")

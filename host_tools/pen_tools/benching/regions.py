"""Where in a stroke the scans are long: the first thing to know about one that is too long."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pen_tools.benching.spread import percentile, worst

if TYPE_CHECKING:
    from pen_tools.benching.timing import Timing

_NEAR_NS = 250_000  # a scan or two to either side
_CUT_NS = 100_000
_SHOWN = 8
_CUT = "drive off by a fault"
NAMES = (_CUT, "before the first stroke", "first step", "way out", "peak", "way back", "last step", "rest")
PULSES = (*NAMES[:2], "first edge", "full current", "first chop", "chopped", "last edge", "way back and rest")


def _places(timing: Timing) -> Iterator[tuple[int, str, int]]:
    """(length in us, region, ns since the stroke's first step) of every scan of strokes that were made whole."""
    names = PULSES if timing.loaded.depth_off_um else NAMES
    made = sorted(timing.loaded.made, key=lambda course: course.first_ns)
    starts = [course.first_ns - _NEAR_NS for course in made]
    cuts = [each.off_ns for each in timing.loaded.broken]
    for t_ns, length_us in timing.loaded.scans:
        if any(0 <= off_ns - t_ns < _CUT_NS for off_ns in cuts):
            yield length_us, _CUT, 0
            continue
        at = bisect_right(starts, t_ns) - 1
        if at < 0:
            yield length_us, NAMES[1], 0
            continue
        course = made[at]
        since_ns = t_ns - course.first_ns
        out_ns = min(course.out_ns[-1], course.back_ns[0])  # of a pulse both lead to the first chop
        marks = (
            _NEAR_NS,
            out_ns - course.first_ns - _NEAR_NS,
            course.back_ns[0] - course.first_ns + _NEAR_NS,
            course.back_ns[-1] - course.first_ns - _NEAR_NS,
            course.back_ns[-1] - course.first_ns + _NEAR_NS,
        )
        yield length_us, names[2 + bisect_right(marks, since_ns)], since_ns


def by_region(timing: Timing) -> dict[str, dict[str, float]]:
    """Count, median and worst by region."""
    found: dict[str, list[int]] = {name: [] for name in dict.fromkeys((*NAMES, *PULSES))}
    for length_us, region, _ in _places(timing):
        found[region].append(length_us)
    return {
        name: {"count": len(each), "p50": percentile(each, 50), "worst": worst(each)}
        for name, each in found.items()
        if each
    }


def longest(timing: Timing) -> list[dict[str, Any]]:
    """The longest scans, with their place."""
    found = sorted(_places(timing), key=lambda each: -each[0])[:_SHOWN]
    return [{"us": us, "region": region, "after_first_step_us": ns / 1_000} for us, region, ns in found]


def where(timing: Timing) -> str:
    """The region of the longest scan."""
    found = longest(timing)
    return found[0]["region"] if found else ""


def table(timing: Timing) -> list[tuple[str, ...]]:
    """The same for people."""
    return [
        (name, f"{each['count']:,.0f}", f"{each['p50']:.0f}", f"{each['worst']:.0f}")
        for name, each in by_region(timing).items()
    ]

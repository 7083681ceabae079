"""Changes in mid-run take effect between strokes, never inside one."""

from itertools import pairwise
from types import ModuleType

import pytest

from hil_tests.limits import DEPTH_UM, RATE_PART, placed_s
from hil_tests.measure import Measure
from hil_tests.pen import Pen
from hil_tests.rig import Rig

CONFLICT, OUT_OF_RANGE = -221, -222
_PHASES = 7  # a change comes at so many instants, evenly spread over a stroke
_BEFORE_S = 0.3
_AFTER_S = 0.5

Setting = tuple[float, float]  # depth in mm, rate in Hz

pytestmark = pytest.mark.requirement("SR-02")

_CHANGES: dict[str, tuple[Setting, Setting, str]] = {
    "shallower": ((1.5, 15.0), (0.5, 15.0), "DEPT 0.5"),
    "deeper": ((0.5, 15.0), (1.5, 15.0), "DEPT 1.5"),
    "faster": ((1.5, 10.0), (1.5, 19.0), "RATE 19"),
    "slower": ((1.5, 19.0), (1.5, 10.0), "RATE 10"),
    "deeper and slower": ((0.5, 40.0), (1.5, 15.0), "RATE 15;DEPT 1.5"),
    "shallower and faster": ((1.5, 15.0), (0.5, 40.0), "DEPT 0.5;RATE 40"),
}


@pytest.mark.needs("rig.truth", "virtual_time")
@pytest.mark.parametrize("phase", range(_PHASES))
@pytest.mark.parametrize("name", _CHANGES)
def test_a_change(pen: Pen, rig: Rig, measure: Measure, board: ModuleType, name: str, phase: int) -> None:
    old, new, order = _CHANGES[name]
    pen.arm("CHEEK", *old)
    rig.mark()
    pen.command("RUN 5")
    pen.run_for(_BEFORE_S + phase / _PHASES / old[1])
    pen.command(order)
    pen.run_for(_AFTER_S + placed_s(board))
    assert pen.state().fault == 0
    strokes = rig.strokes()
    _check_peaks([stroke.peak_um for stroke in strokes], old[0] * 1e3, new[0] * 1e3)
    _check_periods([(b.start_ns - a.start_ns) / 1e9 for a, b in pairwise(strokes)], 1 / old[1], 1 / new[1], measure)


def _check_peaks(peaks_um: list[float], old_um: float, new_um: float) -> None:
    """The old depth, then the new one, and nothing else."""
    count = 0
    while count < len(peaks_um) and peaks_um[count] == pytest.approx(old_um, abs=DEPTH_UM):
        count += 1
    assert count >= 2
    assert old_um == new_um or len(peaks_um) - count >= 2
    assert peaks_um[count:] == pytest.approx([new_um] * (len(peaks_um) - count), abs=DEPTH_UM)


def _check_periods(periods_s: list[float], old_s: float, new_s: float, measure: Measure) -> None:
    """The old period, at most one between, then the new one."""
    known = (pytest.approx(old_s, rel=RATE_PART), pytest.approx(new_s, rel=RATE_PART))
    between = [period_s for period_s in periods_s if period_s not in known]
    assert len(between) <= 1
    assert periods_s[0] == known[0]
    assert periods_s[-1] == known[1]
    least_s = min(old_s, new_s) * (1 - RATE_PART)
    measure("shortest period", min(periods_s) * 1e3, least_s * 1e3, (max(old_s, new_s) + old_s) * 1e3, "ms")


@pytest.mark.requirement("SR-01")
def test_refused_in_mid_run(pen: Pen, measure: Measure) -> None:
    """The run goes on as it was."""
    pen.arm("CHEEK", 1.0, 20.0)
    pen.command("RUN 1")
    pen.run_for(0.2)
    for text, code in (
        ("DEPT 1.51", OUT_OF_RANGE),
        (f"RATE {pen.number('RATE? MAX') + 0.1:.1f}", CONFLICT),
        ("ZONE NOSE", CONFLICT),
        ("ZONE BODY", CONFLICT),
    ):
        assert pen.refusal(text).code == code
    assert (pen.query("ZONE?"), pen.number("DEPT?"), pen.number("RATE?")) == ("CHEEK", 1.0, 20.0)
    assert pen.wait_for("READY", timeout_s=5.0).strokes == 20
    measure("deepest stroke", pen.number("MEAS:DEPT? MAX") * 1e3, 1_000.0 - DEPTH_UM, 1_000.0 + DEPTH_UM, "um")


@pytest.mark.requirement("SR-01")
@pytest.mark.parametrize(
    ("first", "then", "depth_um"), [("BODY", "PERIORBITAL", 500.0), ("PERIORBITAL", "BODY", 1_500.0)]
)
def test_another_zone_when_ready(pen: Pen, measure: Measure, first: str, then: str, depth_um: float) -> None:
    """Its depth and its cap are in force with the very next stroke, even if RUN stands on the same line."""
    pen.command(f"ZONE {first}")
    pen.command("ARM")
    pen.wait_for("READY")
    pen.run(0.2)
    pen.command(f"ZONE {then};RUN 0.3")
    pen.run_for(0.3)
    pen.wait_for("READY")
    measure("deepest stroke", pen.number("MEAS:DEPT? MAX") * 1e3, depth_um - DEPTH_UM, depth_um + DEPTH_UM, "um")
    measure("shallowest stroke", pen.number("MEAS:DEPT? MIN") * 1e3, depth_um - DEPTH_UM, depth_um + DEPTH_UM, "um")

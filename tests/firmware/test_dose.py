"""Strokes and depth given to each zone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pen_sim.loader import pure
from tests.firmware.support import Pen

Dose = pure("pen.dose").Dose


@given(st.lists(st.tuples(st.sampled_from(["CHEEK", "NOSE", "BODY"]), st.integers(1, 9), st.integers(0, 3_000))))
@pytest.mark.requirement("SR-18")
def test_counts_and_means(given_strokes: list[tuple[str, int, int]]) -> None:
    dose = Dose()
    peaks: dict[str, list[int]] = {}
    for zone, strokes, peak_um in given_strokes:
        dose.add(zone, strokes, peak_um)
        peaks.setdefault(zone, []).extend([peak_um] * strokes)
    assert dose.rows() == [(zone, len(um), sum(um) // len(um)) for zone, um in sorted(peaks.items())]
    dose.clear()
    assert dose.rows() == []


@pytest.mark.requirement("SR-18")
def test_a_stroke_that_was_cut_is_counted() -> None:
    """Six strokes begin in 0.3 s at 20 Hz; the emergency stop comes in the sixth, when the tip is deep."""
    pen = Pen().arm()
    pen.say("RATE 20")
    pen.say("RUN 5", 0.0)
    pen.run_for(0.27)
    pen.machine.plant.estop_pressed = True
    pen.run_for(0.2)
    assert len(pen.machine.plant.truth) == 6
    assert pen.say("DOSE?").startswith("CHEEK,6,")

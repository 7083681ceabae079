"""I^2 t against the exponential that it stands for."""

from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pen_sim.loader import pure
from tests.firmware.support import board_like

heat = pure("pen.heat")
TAU_S = 20.0
CONTINUOUS_MA = 600
CLOSE = 0.01  # of the limit: integers, and steps of 100 ms


def raw(ma: float) -> int:
    """At 500 mA per volt, 16380 counts for 3.3 V."""
    return int(ma / 500 * 16_380 / 3.3)


def warmed(ma: float, seconds: float, turn_ms: int = 2, begin: float = 0.0) -> float:
    body = heat.Heat(board_like())
    body.level = round(begin * heat.FULL)
    for _ in range(round(seconds * 1_000 / turn_ms)):
        body.add(raw(ma), turn_ms)
    return body.level / heat.FULL


@given(st.floats(0, 1_200), st.floats(0.2, 60), st.floats(0, 1), st.sampled_from([2, 5, 37]))
@pytest.mark.requirement("SR-17")
def test_it_warms_and_cools_as_first_order(ma: float, seconds: float, begin: float, turn_ms: int) -> None:
    rest = (ma / CONTINUOUS_MA) ** 2
    seconds = round(seconds, 1)
    wanted = rest + (begin - rest) * exp(-seconds / TAU_S)
    assert warmed(ma, seconds, turn_ms, begin) == pytest.approx(wanted, abs=CLOSE + 0.1 / TAU_S * abs(rest - begin) * 2)


@pytest.mark.requirement("SR-17")
def test_the_continuous_current_never_gets_hot() -> None:
    assert 0.95 < warmed(CONTINUOUS_MA * 0.99, 300.0, 37) < 1.0


@pytest.mark.parametrize("ma", [700, 900, 1_200])
@pytest.mark.requirement("SR-17")
def test_more_than_that_gets_hot_after_its_time(ma: int) -> None:
    """tau * ln(x / (x - 1)), with x the square of the ratio."""
    square = (ma / CONTINUOUS_MA) ** 2
    after_s = TAU_S * log(square / (square - 1))
    body = heat.Heat(board_like())
    ms = 0
    while not body.hot():
        body.add(raw(ma), 2)
        ms += 2
    assert ms / 1_000 == pytest.approx(after_s, rel=0.02, abs=0.1)
    assert body.warm()
    while body.warm():
        body.add(0, 5)
        ms += 5
    assert ms / 1_000 - after_s == pytest.approx(TAU_S * log(1 / 0.8), rel=0.1)


def test_a_long_pause_cools_no_further_than_nought() -> None:
    body = heat.Heat(board_like())
    body.level = heat.FULL
    body.add(0, 10_000_000)
    assert body.level == 0

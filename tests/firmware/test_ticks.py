"""Ages across the wrap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pen_sim.loader import pure
from tests.firmware.support import MASK

ticks = pure("pen.ticks")
HALF = 1 << 29

instants = st.integers(0, MASK)


@given(instants, st.integers(-HALF, HALF - 1))
def test_an_age_is_what_was_added(then: int, us: int) -> None:
    now = ticks.later(then, us)
    assert 0 <= now <= MASK
    assert ticks.age(now, then) == us


@given(instants, instants)
def test_ages_are_opposite(now: int, then: int) -> None:
    there, back = ticks.age(now, then), ticks.age(then, now)
    assert there == -back or there == back == -HALF


@pytest.mark.parametrize(
    ("now", "then", "us"), [(5, 5, 0), (0, MASK, 1), (MASK, 0, -1), (HALF - 1, 0, HALF - 1), (HALF, 0, -HALF)]
)
def test_at_the_edges(now: int, then: int, us: int) -> None:
    assert ticks.age(now, then) == us


def test_the_mask_is_micropythons() -> None:
    """ticks_us on a 32-bit chip has 30 bits."""
    assert ticks.TICKS_MASK == MASK == 2**30 - 1

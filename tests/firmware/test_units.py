"""Units, against the same numbers computed with fractions."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pen_sim.loader import pure
from tests.firmware.support import BOARD

units = pure("pen.units")

COUNT_MV = Fraction(3_300, 16_380)  # a count of the sum of four conversions


@given(st.integers(0, 3_300))
def test_a_voltage_comes_back_less_than_a_millivolt_lower(mv: int) -> None:
    raw = units.raw_from_mv(mv)
    assert 0 <= mv - raw * COUNT_MV < COUNT_MV
    assert mv - 1 <= units.mv_from_raw(raw) <= mv


@given(st.integers(0, 16_380))
def test_a_reading_is_the_voltage_rounded_down(raw: int) -> None:
    assert 0 <= raw * COUNT_MV - units.mv_from_raw(raw) < 1


@given(st.integers(-400, 1_250))
def test_a_temperature_comes_back_within_a_count(dc: int) -> None:
    """A count is 0.2015 mV, 0.117 degrees; either way cuts to a tenth."""
    assert abs(units.temperature_dc(units.raw_from_temperature(dc, BOARD), BOARD) - dc) <= 3


@pytest.mark.parametrize(("dc", "mv"), [(270, Fraction(706)), (700, Fraction("631.997")), (-200, Fraction("786.887"))])
def test_temperatures_of_the_datasheet(dc: int, mv: Fraction) -> None:
    """27 - (V - 0.706) / 0.001721."""
    assert abs(units.raw_from_temperature(dc, BOARD) - mv / COUNT_MV) <= 1
    assert abs(units.temperature_dc(int(mv / COUNT_MV), BOARD) - dc) <= 2


def test_hotter_is_lower() -> None:
    readings = [units.raw_from_temperature(dc, BOARD) for dc in range(-400, 1_250, 10)]
    assert readings == sorted(readings, reverse=True)


@given(st.integers(-(10**9), 10**9), st.integers(1, 6))
def test_decimals(value: int, digits: int) -> None:
    text = units.decimal(value, digits)
    assert Decimal(text) == Decimal(value).scaleb(-digits)
    assert len(text.partition(".")[2]) == digits


@pytest.mark.parametrize(
    ("value", "digits", "text"), [(-1_050, 3, "-1.050"), (-5, 2, "-0.05"), (0, 1, "0.0"), (271, 1, "27.1")]
)
def test_decimals_as_people_write_them(value: int, digits: int, text: str) -> None:
    assert units.decimal(value, digits) == text


@given(st.integers(0, 10_000))
def test_millimetres_and_hertz(value: int) -> None:
    assert Decimal(units.mm(value)) == Decimal(value // 10) / 100
    assert Decimal(units.hz(value)) == Decimal(value) / 10

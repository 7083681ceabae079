"""The cell's gauge against the curve that it is read from, and Ohm's law."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pen_sim.loader import load_board, pure

cell: Any = pure("pen.cell")
BOARD = load_board("pen_solenoid")
CURVE = BOARD.CELL_OPEN_MV
FLATTEST = 100 / min(b - a for a, b in pairwise(CURVE))  # thousandths for a millivolt
SETTLED = 1_000  # readings


def resting(open_mv: int, readings: int = SETTLED) -> Any:
    made = cell.Cell(BOARD)
    for _ in range(readings):
        made.rest(open_mv - BOARD.CELL_IDLE_MA * made.mohm // 1_000, 0)
    return made


@given(st.integers(0, 1_000))
def test_the_charge_is_where_the_curve_has_the_voltage(permille: int) -> None:
    """There and back: a millivolt's grain, and rounding."""
    made = resting(cell.Cell(BOARD).open_at_mv(permille))
    assert made.permille() == pytest.approx(permille, abs=3 * FLATTEST)


@pytest.mark.parametrize(("mv", "permille"), [(2_000, 0), (3_000, 0), (3_690, 500), (4_200, 1_000), (4_300, 1_000)])
def test_its_points_and_beyond(mv: int, permille: int) -> None:
    assert resting(mv).permille() == pytest.approx(permille, abs=3 * FLATTEST)


@given(st.integers(3_100, 4_200), st.integers(0, 3_000))
def test_what_the_load_takes_off_is_added_again(open_mv: int, ma: int) -> None:
    made = cell.Cell(BOARD)
    for _ in range(SETTLED):
        made.rest(open_mv - (ma + BOARD.CELL_IDLE_MA) * made.mohm // 1_000, ma)
    assert made.open_mv() == pytest.approx(open_mv, abs=3)


@given(st.integers(20, 300), st.integers(3_000, 9_000))
def test_its_resistance_by_a_load(mohm: int, ma: int) -> None:
    made = resting(3_800)
    made.load(3_800 - (ma + BOARD.CELL_IDLE_MA) * mohm // 1_000, ma)
    assert made.mohm == pytest.approx(mohm, abs=1_000 * 3 / ma + 1)


def test_a_light_load_says_nothing_about_it() -> None:
    made = resting(3_800)
    made.load(3_000, 1_000)
    assert made.mohm == BOARD.CELL_MOHM


@given(st.integers(100, 1_000), st.integers(200, 1_000))
def test_the_supply_into_a_load(permille: int, ohms_m: int) -> None:
    """A divider of two resistances; a cell that is nearly empty has twice as much."""
    made = cell.Cell(BOARD)
    whole = made.open_at_mv(permille) * ohms_m / (ohms_m + made.mohm)
    assert made.loaded_mv(permille, ohms_m) == pytest.approx(whole, abs=1)
    assert made.loaded_mv(99, ohms_m) == pytest.approx(made.open_at_mv(99) * ohms_m / (ohms_m + 2 * made.mohm), abs=1)


def test_one_reading_moves_it_little() -> None:
    """The middle of the curve is flat: 10 mV are 3 % of the charge, and a reading is off by some."""
    made = resting(3_700)
    made.rest(3_760, 0)
    assert made.open_mv() == pytest.approx(3_700, abs=2)


def test_a_cell_that_was_taken_out_says_nothing_about_the_one_that_is_put_in() -> None:
    """Its supply falls over milliseconds, and rises so again."""
    made = resting(3_900)
    for mv in (3_500, 2_900, 1_000, 0, 0):
        made.rest(mv, 0)
    assert made.open_mv() == 0
    for mv in (3_000, 3_700, *120 * (3_800,)):
        made.rest(mv, 0)
    assert made.open_mv() == pytest.approx(3_800, abs=20)

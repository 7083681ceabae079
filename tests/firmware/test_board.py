"""Boards: every one there is, and everything that can be wrong with one."""

from types import ModuleType

import pytest

from pen_sim.loader import board_names, load_board, pure
from tests.firmware.support import BOARD, board_like

board_fields = pure("pen.board")
Drive = pure("pen.stepper").Drive
FIELDS = board_fields.fields(BOARD)
PINS = [name for name in FIELDS if name.startswith("PIN_")]


def refused(board: ModuleType) -> str:
    with pytest.raises(ValueError, match="board: ") as caught:
        board_fields.check(board)
    return str(caught.value)


@pytest.mark.parametrize("name", board_names())
def test_every_board_is_right(name: str) -> None:
    board = load_board(name)
    board_fields.check(board)
    assert name == board.NAME


def test_there_are_boards() -> None:
    assert "bench_stepper" in board_names()


@pytest.mark.parametrize("name", ["NAME", *FIELDS])
def test_a_missing_field_is_named(name: str) -> None:
    assert refused(board_like(**{name: None})) == f"board: {name} is missing"


@pytest.mark.parametrize("name", ["NAME", "DRIVE"])
def test_texts_are_texts(name: str) -> None:
    assert name in refused(board_like(**{name: 5}))


@pytest.mark.parametrize("drive", [None, "cam", 5])
def test_a_drive_that_there_is_not_is_told_with_those_there_are(drive: object) -> None:
    assert refused(board_like(DRIVE=drive)) == "board: DRIVE must be one of: solenoid, stepper"


@pytest.mark.parametrize("uvs", [(), (706_000,), (533_900, 706_000), (706_000, 600_000, 533_900)])
def test_a_thermometer_is_a_line_that_falls(uvs: tuple[int, ...]) -> None:
    assert "THERMOMETER_UV must fall" in refused(board_like(THERMOMETER_UV=uvs))


@pytest.mark.parametrize("name", FIELDS)
def test_the_range_of_a_field_is_named(name: str) -> None:
    least, greatest = FIELDS[name]
    for value in (least - 1, greatest + 1):
        assert refused(board_like(**{name: value})) == f"board: {name} is {value}, must be {least} to {greatest}"


@pytest.mark.parametrize("value", [10.0, "10", [10]])
def test_fields_are_whole_numbers(value: object) -> None:
    assert "STEP_UM" in refused(board_like(STEP_UM=value))


@pytest.mark.parametrize("name", ["PIN_SETP", "STEP_uM", "SPEED", "Speed"])
def test_a_field_that_nobody_reads_is_named(name: str) -> None:
    """Misspelt, it would silently do nothing."""
    assert refused(board_like(**{name: 3})) == f"board: no field is called {name}"


def test_the_simulators_fields_are_its_own() -> None:
    board_fields.check(board_like(PLANT_WHATEVER=3))


@pytest.mark.parametrize("name", PINS[1:])
def test_no_pin_is_used_twice(name: str) -> None:
    assert refused(board_like(**{name: 2})) == "board: a pin is used twice"


def test_no_converter_channel_is_used_twice() -> None:
    assert refused(board_like(ADC_CURRENT=0)) == "board: a pin is used twice"


def test_a_pin_of_a_converter_is_no_other_pin() -> None:
    """Channel 0 is GP26."""
    assert refused(board_like(PIN_LED_RED=26)) == "board: a pin is used twice"


@pytest.mark.parametrize(
    "fields",
    [
        {"CURRENT_MAX_MA": 1_700},  # 3.4 V at 500 mA/V
        {"SUPPLY_MAX_MV": 20_000},  # 3.33 V at 6 V/V
        {"SUPPLY_MIN_MV": 13_500},
        {"DEPTH_MIN_UM": 495},
        {"DEPTH_MAX_UM": 2_995},
        {"BACK_TRAVEL_UM": 1_000, "CLEARANCE_UM": 300},  # the search for home would go beyond the least cap
        {"BACK_TRAVEL_UM": 300},  # no way to go in from retracted
        {"CLEARANCE_UM": 130},  # the search outward would end before the switch has opened
    ],
)
@pytest.mark.requirement("SR-17")
def test_fields_that_contradict_each_other(fields: dict[str, int]) -> None:
    """A limit that the converter never reaches is no limit."""
    assert next(iter(fields)) in refused(board_like(**fields))

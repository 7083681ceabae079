"""What must be well before arming, and the self test at start."""

from array import array
from collections.abc import Callable

import pytest

from pen_sim.loader import pure
from tests.firmware.support import BOARD, NAMES, Bench

checks = pure("pen.checks")
faults = pure("pen.faults")


@pytest.fixture
def image() -> "array[int]":
    """A healthy pen, off."""
    return Bench(phase="OFF").image


def setter(name: str, limit: str, beyond: int) -> Callable[["array[int]"], None]:
    """Puts a reading at its limit, or one count beyond."""

    def action(image: "array[int]") -> None:
        image[getattr(NAMES, name)] = image[getattr(NAMES, limit)] + beyond

    return action


def switch(bit: int, on: bool) -> Callable[["array[int]"], None]:
    def action(image: "array[int]") -> None:
        image[NAMES.IN_SWITCHES] = image[NAMES.IN_SWITCHES] | bit if on else image[NAMES.IN_SWITCHES] & ~bit

    return action


READINGS = [
    ("IN_TIP_RAW", "LI_TIP_MIN_RAW", -1, "SENSOR_RANGE"),
    ("IN_TIP_RAW", "LI_TIP_MAX_RAW", 1, "SENSOR_RANGE"),
    ("IN_CURRENT_RAW", "LI_CURRENT_MAX_RAW", 1, "OVER_CURRENT"),
    ("IN_SUPPLY_RAW", "LI_SUPPLY_MIN_RAW", -1, "SUPPLY_LOW"),
    ("IN_SUPPLY_RAW", "LI_SUPPLY_MAX_RAW", 1, "SUPPLY_HIGH"),
    ("IN_TEMPERATURE_RAW", "LI_TEMPERATURE_MIN_RAW", -1, "OVER_TEMP"),
]
SWITCHES = [
    (NAMES.SW_ESTOP, True, "ESTOP"), (NAMES.SW_DRIVER_FAULT, True, "DRIVER"),
    (NAMES.SW_CARTRIDGE, False, "CARTRIDGE_OUT"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "limit", "beyond", "fault"), READINGS)
def test_readings(image: "array[int]", name: str, limit: str, beyond: int, fault: str) -> None:
    setter(name, limit, 0)(image)
    assert checks.standing(image) == {}
    setter(name, limit, beyond)(image)
    also = [faults.OVER_DEPTH, faults.POSITION_MISMATCH] if fault == "SENSOR_RANGE" else []
    assert list(checks.standing(image)) == [getattr(faults, fault), *also], "what it may look like first, too"


@pytest.mark.parametrize(("bit", "on", "fault"), SWITCHES)
@pytest.mark.requirement("SR-19")
def test_switches(image: "array[int]", bit: int, on: bool, fault: str) -> None:
    assert checks.standing(image) == {}
    switch(bit, on)(image)
    assert list(checks.standing(image)) == [getattr(faults, fault)]


@pytest.mark.requirement("SR-10")
def test_a_held_trigger(image: "array[int]") -> None:
    image[NAMES.ST_TRIGGER] = 1
    assert checks.standing(image) == {faults.TRIGGER_STUCK: "the trigger is held"}


@pytest.mark.parametrize(
    ("runtime", "scans", "change", "result"),
    [
        ((1, 26), 1, lambda image: None, 0),
        ((1, 27), 900, lambda image: None, 0),
        ((2, 0), 1, lambda image: None, 0),
        ((1, 25), 1, lambda image: None, 1),
        ((0, 99), 1, lambda image: None, 1),
        ((1, 26), 0, lambda image: None, 2),
        ((1, 26), 1, setter("IN_TIP_RAW", "LI_TIP_MAX_RAW", 1), 4),
        ((1, 26), 1, setter("IN_SUPPLY_RAW", "LI_SUPPLY_MIN_RAW", -1), 8),
        ((1, 26), 1, setter("IN_SUPPLY_RAW", "LI_SUPPLY_MAX_RAW", 1), 8),
        ((1, 26), 1, switch(NAMES.SW_ENABLE_SENSE, True), 16),
        ((1, 25), 0, switch(NAMES.SW_ENABLE_SENSE, True), 19),
        ((1, 26), 1, switch(NAMES.SW_CARTRIDGE, False), 0),
    ],
)
@pytest.mark.requirement("SR-22")
def test_the_self_test(
    image: "array[int]", runtime: tuple[int, int], scans: int, change: Callable[["array[int]"], None], result: int
) -> None:
    change(image)
    assert checks.self_test(image, BOARD, runtime, scans) == result

"""The HAL's contract, continued: inputs, enable and dead-man. One test for every target there is: see hal_desk.TARGETS."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.firmware.hal_desk import TARGETS, Desk, Orders
from tests.firmware.support import NAMES

DEADMAN_US = 2_000  # [design] section 5


@pytest.fixture(params=TARGETS)
def desk(request: pytest.FixtureRequest) -> Desk:
    return TARGETS[request.param]()


# --- inputs


KNOBS: list[tuple[str, Callable[[Any], None], int]] = [
    ("SW_TRIGGER", lambda plant: setattr(plant, "trigger_held", True), 1),
    ("SW_ESTOP", lambda plant: setattr(plant, "estop_pressed", True), 1),
    ("SW_CARTRIDGE", lambda plant: setattr(plant, "cartridge_seated", False), 0),
    ("SW_DRIVER_FAULT", lambda plant: setattr(plant, "driver_fault", True), 1),
]


@pytest.mark.parametrize(("name", "turn", "level"), KNOBS, ids=[knob[0] for knob in KNOBS])
def test_switches_are_1_when_closed_pressed_or_faulty(
    desk: Desk, name: str, turn: Callable[[Any], None], level: int
) -> None:
    orders = Orders(desk)
    desk.run_us(1_000)
    bit = getattr(NAMES, name)
    assert bool(orders.seen("IN_SWITCHES") & bit) is not bool(level)
    turn(desk.plant)
    desk.run_us(200)
    assert bool(orders.seen("IN_SWITCHES") & bit) is bool(level)


def test_the_analog_inputs_are_sums_of_four(desk: Desk) -> None:
    """At the back stop the tip reads (1050 - 500) / 1500 V; 12 V behind a divider of six; 25 degrees. Means: it is noisy."""
    orders = Orders(desk, enable=0)
    desk.run_us(1_000)
    seen: list[list[int]] = []
    for _ in range(10):
        desk.run_us(100)
        seen.append([orders.seen(f"IN_{name}_RAW") for name in ("TIP", "CURRENT", "SUPPLY", "TEMPERATURE")])
    expected = [550 / 1_500, 0.0, 2.0, 0.706 + 2 * 0.001721]
    for raws, volts in zip(zip(*seen, strict=True), expected, strict=True):
        assert sum(raws) / len(raws) == pytest.approx(volts * 16_380 / 3.3, abs=40)


def test_the_length_of_the_scan_before(desk: Desk) -> None:
    orders = Orders(desk)
    desk.run_us(1_000)
    assert 0 < orders.seen("IN_SCAN_US") <= 40


# --- the dead-man


@pytest.mark.requirement("SR-13")
def test_enable_rises_feeds_and_falls(desk: Desk) -> None:
    orders = Orders(desk)
    desk.run_us(20_000)
    assert [desk.level(signal) for signal in ("enable", "carrier", "gate")] == [1, 1, 1]
    assert orders.seen("IN_SWITCHES") & NAMES.SW_ENABLE_SENSE
    orders.enable = orders.feed = 0
    desk.run_us(200)
    assert (desk.level("enable"), desk.level("gate")) == (0, 0)


@pytest.mark.parametrize("how", ["not fed", "dead"])
@pytest.mark.requirement("SR-13")
def test_starved_for_2_ms_it_drops_and_stays_off(desk: Desk, how: str) -> None:
    orders = Orders(desk)
    desk.run_us(10_000)
    fed_us = desk.gate_us()[-1][0] + 10_000 // 100 * 100
    if how == "dead":
        desk.kill_scan()
    orders.feed = 0
    desk.run_us(DEADMAN_US - 200)
    assert desk.level("gate") == 1
    desk.run_us(700)
    assert (desk.level("gate"), desk.level("carrier")) == (0, 0)
    assert desk.gate_us()[-1][0] - fed_us <= 2_500, "SR-13"
    orders.feed = 1
    desk.run_us(20_000)
    assert desk.level("gate") == 0, "feeding does not bring it back"
    if how == "not fed":
        orders.enable = 0
        desk.run_us(300)
        orders.enable = 1
        desk.run_us(300)
        assert desk.level("gate") == 1, "the next rise does"

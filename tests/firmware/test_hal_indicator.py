"""The HAL's contract, continued: LED and buzzer. One test for every target there is: see hal_desk.TARGETS."""

from itertools import pairwise

import pytest

from tests.firmware.hal_desk import TARGETS, Desk, Orders

LEDS = ("led_red", "led_green", "led_blue")
PERIOD_PART = 0.01  # how exact a tone is: what a ear needs to tell two apart, and less


@pytest.fixture(params=TARGETS)
def desk(request: pytest.FixtureRequest) -> Desk:
    return TARGETS[request.param]()


def edges_from(desk: Desk, since: int) -> list[tuple[int, int]]:
    return desk.changes_us("buzzer")[since:]


@pytest.mark.requirement("SR-09")
def test_at_the_start_all_is_dark_and_silent(desk: Desk) -> None:
    Orders(desk, enable=0)
    desk.run_us(20_000)
    assert [desk.changes_us(signal) for signal in (*LEDS, "buzzer")] == [[], [], [], []]


def test_each_bit_is_a_colour(desk: Desk) -> None:
    Orders(desk, enable=0)
    for light in (1, 2, 4, 7, 3, 6, 0):
        desk.hal.indicate(light, 0)
        desk.run_us(2_000)
        assert [desk.level(signal) for signal in LEDS] == [light & 1, light >> 1 & 1, light >> 2 & 1]
    assert desk.changes_us("buzzer") == []


@pytest.mark.parametrize("tone_hz", [150, 440, 1_000])
def test_a_tone_is_a_square_wave_until_it_is_ended(desk: Desk, tone_hz: int) -> None:
    orders = Orders(desk)
    desk.hal.indicate(0, tone_hz)
    desk.run_us(100_000)
    assert len(edges_from(desk, 0)) == pytest.approx(0.2 * tone_hz, abs=4)
    half_us = 500_000 / tone_hz
    gaps = [b[0] - a[0] for a, b in pairwise(edges_from(desk, 2))]
    assert gaps == pytest.approx([half_us] * len(gaps), abs=PERIOD_PART * half_us + 1)
    desk.hal.indicate(0, 0)
    made = len(edges_from(desk, 0))
    for light in (1, 0, 6):
        desk.run_us(20_000)
        desk.hal.indicate(light, 0)
    assert edges_from(desk, made) == [], "not even a click"
    assert desk.level("buzzer") == 0
    assert desk.level("gate") == 1, "the drive does not mind"
    assert orders.seen("IN_SCAN_US") <= 40


def test_tones_follow_each_other_and_a_light_does_not_end_one(desk: Desk) -> None:
    Orders(desk, enable=0)
    for tone_hz in (440, 880, 440):
        desk.hal.indicate(0, tone_hz)
        desk.run_us(20_000)
        before = len(edges_from(desk, 0))
        for light in (1, 0):
            desk.hal.indicate(light, tone_hz)
            desk.run_us(20_000)
        assert len(edges_from(desk, before)) == pytest.approx(0.08 * tone_hz, abs=10)
    assert len(desk.changes_us("led_red")) == 6


@pytest.mark.requirement("SR-09")
def test_stopped_in_the_middle_of_a_tone_it_is_dark_and_silent(desk: Desk) -> None:
    Orders(desk, enable=0)
    desk.hal.indicate(7, 440)
    desk.run_us(10_300)
    desk.hal.stop()
    made = len(edges_from(desk, 0))
    desk.run_us(50_000)
    assert [desk.level(signal) for signal in (*LEDS, "buzzer")] == [0, 0, 0, 0]
    assert edges_from(desk, made) == []

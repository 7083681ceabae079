"""Zone, depth and rate: what is accepted, what is refused, and what the refusal says."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pen_sim.loader import pure
from tests.firmware.support import BOARD, board_like

Settings = pure("pen.settings").Settings
Drive = pure("pen.stepper").Drive
Refused = pure("pen.errors").Refused
zones = pure("pen.zones")

CONFLICT, OUT_OF_RANGE, ILLEGAL_VALUE = -221, -222, -224
OPEN_ZONES = [name for name in zones.NAMES if name != "EYELID"]


@pytest.fixture
def settings() -> Any:
    return Settings(BOARD, Drive(BOARD))


def state(settings: Any) -> tuple[str, int, int, int]:
    return settings.zone, settings.depth_um, settings.rate_dhz, settings.changed


def refusal(settings: Any, act: Callable[[], object]) -> tuple[int, str]:
    """Code and sentence; nothing may have changed."""
    before = state(settings)
    with pytest.raises(Refused) as caught:
        act()
    assert state(settings) == before
    return caught.value.code, caught.value.detail


@pytest.mark.requirement("SR-01")
def test_nothing_can_be_set_without_a_zone(settings: Any) -> None:
    for act in (
        lambda: settings.set_depth(500),
        lambda: settings.set_rate(100),
        settings.depth_range_um,
        settings.rate_range_dhz,
    ):
        code, sentence = refusal(settings, act)
        assert code == CONFLICT
        assert "ZONE" in sentence
    assert settings.cap_um() == 0


@pytest.mark.requirement("SR-01")
def test_a_blocked_zone_and_an_unknown_one(settings: Any) -> None:
    assert refusal(settings, lambda: settings.choose("eyelid")) == (
        CONFLICT, "EYELID is blocked: the pen never treats it",
    )  # fmt: skip
    assert refusal(settings, lambda: settings.choose("elbow" * 9)) == (
        ILLEGAL_VALUE, "no zone ELBOWELBOWELBOWELBOW; ZONE:CAT? lists them",
    )  # fmt: skip


@pytest.mark.parametrize("zone", OPEN_ZONES)
@pytest.mark.requirement("SR-01")
def test_a_zone_comes_with_its_defaults(settings: Any, zone: str) -> None:
    """The rate lowered to what the drive can do: 40.9 Hz at 0.5 mm, 27.1 at 1.0 and so on."""
    settings.choose(zone.lower())
    depth_um, cap_um, rate_dhz, _, _ = zones.TABLE[zone]
    assert (settings.zone, settings.depth_um, settings.cap_um()) == (zone, depth_um, cap_um)
    travel_us = 4_000 + ((depth_um + 300) // 10 - 16) * 125
    assert settings.rate_dhz == min(rate_dhz, 10**7 // (2 * travel_us + 400))


@pytest.mark.parametrize("zone", OPEN_ZONES)
@pytest.mark.requirement("SR-01")
def test_the_cap_of_every_zone(settings: Any, zone: str) -> None:
    cap_um = zones.TABLE[zone][1]
    settings.choose(zone)
    settings.set_rate(100)
    settings.set_depth(cap_um)
    assert settings.depth_um == cap_um
    for depth_um in (cap_um + 10, cap_um + 1, 490, 0, -500):
        code, sentence = refusal(settings, lambda depth_um=depth_um: settings.set_depth(depth_um))
        assert code == OUT_OF_RANGE
        assert sentence == f"{zone} allows 0.50 to {cap_um / 1_000:.2f} mm"


@pytest.mark.requirement("SR-24")
def test_the_boards_own_depth_is_a_cap_too() -> None:
    """A default beyond it is lowered, as a default rate is."""
    board = board_like(DEPTH_MAX_UM=1_200)
    settings = Settings(board, Drive(board))
    settings.choose("BODY")
    assert (settings.cap_um(), settings.depth_um) == (1_200, 1_200)
    assert refusal(settings, lambda: settings.set_depth(1_210))[0] == OUT_OF_RANGE


@pytest.mark.parametrize(("rate_dhz", "accepted"), [(9, False), (10, True), (270, True)])
def test_rates(settings: Any, rate_dhz: int, accepted: bool) -> None:
    settings.choose("CHEEK")
    if accepted:
        settings.set_rate(rate_dhz)
        assert settings.rate_dhz == rate_dhz
    else:
        assert refusal(settings, lambda: settings.set_rate(rate_dhz)) == (OUT_OF_RANGE, "CHEEK allows 1.0 to 150.0 Hz")


def test_a_rate_that_the_zone_allows_and_the_drive_does_not(settings: Any) -> None:
    """The sentence that names what works."""
    settings.choose("CHEEK")
    code, sentence = refusal(settings, lambda: settings.set_rate(272))
    assert (code, sentence) == (
        CONFLICT,
        "CHEEK at 1.00 mm allows at most 27.1 Hz on this drive, or 0.99 mm at 27.2 Hz",
    )
    settings.set_rate(271)


def test_a_depth_that_the_drive_cannot_do_at_this_rate(settings: Any) -> None:
    settings.choose("CHEEK")
    code, sentence = refusal(settings, lambda: settings.set_depth(1_500))
    assert (code, sentence) == (
        CONFLICT,
        "CHEEK at 1.50 mm allows at most 20.2 Hz on this drive, or 1.00 mm at 27.1 Hz",
    )
    settings.set_rate(202)
    settings.set_depth(1_500)


def test_the_boards_greatest_rate() -> None:
    board = board_like(RATE_MAX_DHZ=100)
    settings = Settings(board, Drive(board))
    settings.choose("CHEEK")
    assert settings.rate_dhz == 100
    assert settings.rate_range_dhz() == (10, 100)


@hypothesis_settings(max_examples=200)
@given(st.sampled_from(OPEN_ZONES), st.integers(1, 1_600), st.integers(0, 3_200))
def test_what_is_said_to_be_allowed_is(zone: str, rate_dhz: int, depth_um: int) -> None:
    """Both ends of both ranges are accepted, a step beyond either is not, and what was refused changed nothing."""
    settings = Settings(BOARD, Drive(BOARD))
    settings.choose(zone)
    for act, value in ((settings.set_rate, rate_dhz), (settings.set_depth, depth_um)):
        before = state(settings)
        try:
            act(value)
        except Refused:
            assert state(settings) == before
        else:
            assert settings.changed == before[3] + 1
    for act, ends, step in (
        (settings.set_depth, settings.depth_range_um(), 10),
        (settings.set_rate, settings.rate_range_dhz(), 1),
    ):
        old = settings.depth_um, settings.rate_dhz
        for end, beyond in ((ends[0], -step), (ends[1], step)):
            refusal(settings, lambda act=act, value=end + beyond: act(value))
            act(end)
        settings.depth_um, settings.rate_dhz = old


def test_back_to_no_zone(settings: Any) -> None:
    settings.choose("CHEEK")
    before = settings.changed
    settings.clear()
    assert state(settings) == ("", 0, 0, before + 1)

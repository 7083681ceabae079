"""What is not allowed is refused, says why, changes nothing and moves nothing."""

import pytest

from hil_tests.pen import Pen
from hil_tests.zones import BLOCKED, TREATED, Zone, name_of

CONFLICT, OUT_OF_RANGE, ILLEGAL = -221, -222, -224  # SCPI-99's numbers

pytestmark = [pytest.mark.requirement("SR-01"), pytest.mark.usefixtures("stillness")]

each_zone = pytest.mark.parametrize("zone", TREATED, ids=name_of)


def _settings(pen: Pen) -> list[str]:
    return [pen.query(text) for text in ("ZONE?", "DEPT?", "RATE?")]


def _refused(pen: Pen, text: str, code: int) -> str:
    before = _settings(pen)
    refused = pen.refusal(text)
    assert refused.code == code, refused
    assert _settings(pen) == before
    return refused.detail


@each_zone
@pytest.mark.parametrize("above_mm", [0.01, 0.25, 5.0])
def test_a_depth_above_the_cap(pen: Pen, zone: Zone, above_mm: float) -> None:
    pen.command(f"ZONE {zone.name}")
    pen.command("RATE 1")
    detail = _refused(pen, f"DEPT {zone.cap_mm + above_mm:.2f}", OUT_OF_RANGE)
    assert f"to {zone.cap_mm:.2f} mm" in detail


@each_zone
def test_a_depth_above_the_cap_in_other_words(pen: Pen, zone: Zone) -> None:
    """Other units, an exponent, behind another command: the cap is the same."""
    pen.command(f"ZONE {zone.name}")
    pen.command("RATE 1")
    above_um = round(zone.cap_mm * 1e3) + 10
    for text in (
        f"DEPT {above_um} UM",
        f"DEPTH {above_um}E-3",
        f":DEPT {above_um / 1e3:.2f} MM",
        f"RATE 2;:DEPT {above_um} um",
    ):
        assert pen.refusal(text).code == OUT_OF_RANGE
        assert pen.number("DEPT?") <= zone.cap_mm


@each_zone
def test_a_rate_above_the_zones(pen: Pen, zone: Zone) -> None:
    pen.command(f"ZONE {zone.name}")
    detail = _refused(pen, f"RATE {zone.rate_max_hz + 0.1:.1f}", OUT_OF_RANGE)
    assert f"to {zone.rate_max_hz:.1f} Hz" in detail


@pytest.mark.parametrize("text", ["DEPT 0.49", "DEPT 0", "DEPT -1", "DEPT 0.505", "RATE 0.9", "RATE 0", "RATE -20"])
def test_what_no_zone_allows(pen: Pen, text: str) -> None:
    pen.command("ZONE CHEEK")
    _refused(pen, text, OUT_OF_RANGE)


@pytest.mark.parametrize("zone", BLOCKED, ids=name_of)
def test_a_blocked_zone(pen: Pen, zone: Zone) -> None:
    assert "blocked" in _refused_zone(pen, zone.name)
    pen.command("ZONE NECK")
    assert "blocked" in _refused(pen, f"ZONE {zone.name}", CONFLICT)


def _refused_zone(pen: Pen, name: str) -> str:
    refused = pen.refusal(f"ZONE {name}")
    assert refused.code == CONFLICT
    assert pen.query("ZONE?") == "NONE"
    return refused.detail


def test_an_unknown_zone(pen: Pen) -> None:
    pen.command("ZONE NECK")
    _refused(pen, "ZONE ELBOW", ILLEGAL)


@pytest.mark.parametrize("text", ["DEPT 0.5", "RATE 10", "ARM", "RUN 1"])
def test_without_a_zone(pen: Pen, text: str) -> None:
    assert pen.refusal(text).code == CONFLICT
    assert (pen.query("ZONE?"), pen.query("DEPT?"), pen.query("RATE?")) == ("NONE", "0.00", "0.0")


@pytest.mark.requirement("SR-10")
@pytest.mark.parametrize("text", ["RUN 1", "DIS"])
def test_an_idle_pen_does_not_run(pen: Pen, text: str) -> None:
    pen.command("ZONE CHEEK")
    _refused(pen, text, CONFLICT)

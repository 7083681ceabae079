"""The cartridge's memory on a whole pen: read at every arming, and no cartridge without one."""

import pytest

from tests.firmware.support import Pen

pytestmark = pytest.mark.requirement("SR-19")
USED = "this cartridge was used before: seat a new one"


@pytest.fixture
def pen() -> Pen:
    pen = Pen(board="pen_solenoid")
    for line in ("ZONE CHEEK", "DEPT 1.0", "RATE 50"):
        pen.say(line)
    return pen


def refusal(pen: Pen) -> str:
    """What ARM says, "" if it arms."""
    pen.say("ARM", 1.5)
    errors = pen.errors()
    assert bool(errors) is (pen.state == "IDLE")
    return errors[0] if errors else ""


def treat(pen: Pen) -> None:
    assert not refusal(pen)
    pen.say("RUN 0.3", 0.5)
    pen.say("DIS", 1.0)


def test_one_session_and_no_other(pen: Pen) -> None:
    treat(pen)
    treat(pen)
    pen.say("*RST;ZONE CHEEK", 0.5)
    assert USED in refusal(pen)
    pen.plant.seat_new()
    treat(pen)


def test_a_used_one_is_known_without_power(pen: Pen) -> None:
    treat(pen)
    pen.restart()
    pen.say("ZONE CHEEK")
    assert USED in refusal(pen)


@pytest.mark.parametrize(("code", "garbled", "why"), [("", False, "does not answer"), (None, True, "cannot be read")])
def test_one_that_cannot_be_read_is_refused_and_nothing_moves(
    pen: Pen, code: str | None, garbled: bool, why: str
) -> None:
    was = pen.plant.cartridge_code
    if code is not None:
        pen.plant.cartridge_code = code
    pen.plant.memory_garbled = garbled
    said = refusal(pen)
    assert why in said
    assert "clean its contacts, or seat another one" in said
    assert not pen.machine.gate
    pen.plant.cartridge_code, pen.plant.memory_garbled = was, False
    treat(pen)


def test_an_empty_seat_is_said_to_be_one(pen: Pen) -> None:
    pen.plant.cartridge_seated = False
    assert "no cartridge is seated" in refusal(pen)

"""Coded cartridges: the plant has the code, and tells which of them made strokes."""

from collections.abc import Callable

import pytest

from pen_sim.loader import pure
from pen_sim.store import PowerCut
from tests.firmware.support import Pen

USED = '-221,"Settings conflict;this cartridge was used before: seat a new one"'
FRAME_BYTES = 12  # number, program and CRC of a copy
REMEMBERED = 32  # docs/safety.md, "Coded cartridges"

pytestmark = pytest.mark.requirement("SR-19")


def seat(pen: Pen, code: str) -> None:
    """Takes out what is there, and puts that in."""
    pen.plant.cartridge_seated = False
    pen.run_for(0.01)
    pen.plant.cartridge_code = code
    pen.plant.cartridge_seated = True
    pen.run_for(0.02)


def armed(pen: Pen) -> str:
    """Tries to arm: the error, "" if it is READY."""
    pen.say("ZONE CHEEK")
    pen.say("ARM", 0.5)
    errors = pen.errors()
    assert (pen.state == "READY") == (not errors)
    assert pen.machine.gate == (not errors)
    return "".join(errors)


def treat(pen: Pen, code: str, *, run: bool = True) -> str:
    """Arms with that cartridge, makes strokes if it may, and turns off; the error."""
    seat(pen, code)
    if error := armed(pen):
        return error
    made = len(pen.plant.truth)
    if run:
        pen.say("RUN 0.2", 0.4)
    assert (len(pen.plant.truth) > made) == run
    pen.say("DIS", 0.5)
    return ""


def test_one_that_was_used_in_an_earlier_session_is_refused() -> None:
    """In the same session it may be taken out and put in again."""
    pen = Pen()
    assert treat(pen, "A1") == treat(pen, "B2") == treat(pen, "A1") == ""
    pen.restart()
    for code in ("A1", "B2", "A1"):
        assert treat(pen, code) == USED
    assert treat(pen, "C3") == treat(pen, "C3") == ""


def test_rst_ends_a_session() -> None:
    pen = Pen()
    treat(pen, "A1")
    pen.say("*RST", 0.1)
    assert treat(pen, "A1") == USED
    assert treat(pen, "B2") == ""


def test_a_stroke_that_rst_stops_was_of_the_session_before() -> None:
    pen = Pen()
    seat(pen, "A1")
    armed(pen)
    pen.say("RUN 5", 0.2)
    pen.say("*RST", 0.5)
    assert treat(pen, "A1") == USED


def test_armed_is_not_used() -> None:
    pen = Pen()
    assert treat(pen, "A1", run=False) == ""
    pen.say("*RST", 0.1)
    assert treat(pen, "A1", run=False) == ""
    assert pen.machine.store.writes_of["cartridges"] == 0


@pytest.mark.parametrize("tip_um", [-200, 500])
def test_a_stroke_that_is_cut_is_a_use(tip_um: int) -> None:
    """Before it has come to its end, at any place of it."""
    pen = Pen()
    seat(pen, "A1")
    armed(pen)
    pen.machine.send(b"RUN 5\n")
    while pen.plant.tip_um(pen.machine.now_ns) < tip_um:
        pen.run_for(0.000_2)
    pen.plant.estop_pressed = True
    pen.run_for(0.5)
    pen.plant.estop_pressed = False
    pen.run_for(0.02)
    pen.say("FAUL:CLE;*RST", 0.3)
    pen.errors()
    assert treat(pen, "A1") == USED


def test_without_a_code_nothing_is_asked_and_nothing_kept() -> None:
    pen = Pen()
    for _ in range(2):
        assert treat(pen, "") == ""
        pen.restart()
    assert pen.machine.store.writes_of["cartridges"] == 0
    assert treat(pen, "A1") == ""
    assert treat(pen, "") == "", "nor put down to the one before"
    written = pen.machine.store.writes_of["cartridges"]
    assert treat(pen, "") == ""
    assert pen.machine.store.writes_of["cartridges"] == written


def test_it_is_written_once_a_session_and_while_the_drive_is_off() -> None:
    pen = Pen()
    store, hal = pen.machine.store, pen.machine.hal
    gates: list[int] = []
    write = store.write

    def watched(name: str, data: bytes) -> None:
        if name.startswith("cartridges"):
            gates.append(hal.gate)
        write(name, data)

    store.write = watched
    for _ in range(3):
        assert treat(pen, "A1") == ""
    assert gates == [0, 0], "two copies"


def test_the_last_ones_are_remembered() -> None:
    """As many as there is room for; with one more the oldest is taken for new."""
    pen = Pen()
    pen.machine.store.write_ns = 0
    codes = [f"K{k}" for k in range(REMEMBERED + 1)]
    assert [treat(pen, code) for code in codes] == [""] * len(codes)
    pen.restart()
    assert [treat(pen, code) for code in codes[1:]] == [USED] * REMEMBERED
    assert treat(pen, codes[0]) == ""
    pen.restart()
    assert treat(pen, codes[0]) == USED
    assert len(pen.machine.store.files["cartridges.0"]) <= REMEMBERED * 8 + FRAME_BYTES


# --- when the store fails


def damage(pen: Pen) -> None:
    for name in ("cartridges.0", "cartridges.1"):
        pen.machine.store.flip(name, 50)


def nonsense(pen: Pen) -> None:
    pure("pen.records").Records(pen.machine.hal).write("cartridges", b"1234567")


@pytest.mark.parametrize("break_", [damage, nonsense])
@pytest.mark.requirement("SR-20")
def test_a_lost_list_is_a_fault_before_anything_is_armed(break_: Callable[[Pen], None]) -> None:
    pen = Pen()
    treat(pen, "A1")
    break_(pen)
    pen.restart()
    assert "-221" in treat(pen, "A1")
    assert pen.machine.fault == 129
    assert "cartridges is damaged, and lost" in pen.say("LOG?", 0.2)
    pen.say("FAUL:CLE", 0.5)
    assert treat(pen, "A1") == "", "nobody knows any more"
    pen.restart()
    assert treat(pen, "A1") == USED


@pytest.mark.requirement("SR-20")
def test_a_use_that_cannot_be_written_is_a_fault() -> None:
    pen = Pen()
    pen.machine.store.full = True
    treat(pen, "A1")
    assert pen.machine.fault == 129
    pen.machine.store.full = False
    pen.say("FAUL:CLE", 0.5)
    pen.restart()
    assert treat(pen, "A1") == USED


@pytest.mark.parametrize("after", [0, 3, 15, 16])
@pytest.mark.requirement("SR-20")
def test_power_lost_while_it_is_written(after: int) -> None:
    """16 bytes of data with two cartridges. Those of before are never lost."""
    pen = Pen()
    treat(pen, "A1")
    pen.machine.store.cut_after, pen.machine.store.cut_in = after + FRAME_BYTES, "cartridges"
    with pytest.raises(PowerCut):
        treat(pen, "B2")
    pen.restart()
    assert treat(pen, "A1") == USED
    assert treat(pen, "B2") == (USED if after == 16 else "")

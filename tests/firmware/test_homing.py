"""Homing: on the whole pen, and stage by stage with every disagreement there can be."""

from array import array
from typing import Any

import pytest

from pen_sim.loader import pure
from tests.firmware.support import BOARD, NAMES, Pen, board_like, set_word

Homing = pure("pen.homing").Homing
Drive = pure("pen.stepper").Drive

FAR_UM = 40.0
_EXAMINED_MS = 23  # the turn that arms looks at everything first


class Desk:
    """A homing whose moves are noted; the test plays scan, generator and sensor."""

    def __init__(self, *, home: bool) -> None:
        self.image = NAMES.create()
        set_word(self.image, NAMES.LI_REST_MISMATCH_UM, 20)
        self.slots = [array("I", [0] * 64)]
        self.moves: list[tuple[int, bool, int]] = []  # steps, outward, until
        self.now_us = 0
        self.place(-300, home)
        self.homing: Any = Homing(self.image, self, BOARD, Drive(BOARD))

    def load(self, slot: int, count: int, returns: bool) -> None:
        """The HAL's: a step and a word of steps, at 500 steps/s, that do not return."""
        assert (slot, count, returns) == (0, 2, False)
        first, word = self.slots[0][:2]
        assert (first & 0x7FFFFFFF, word & 0xFFFFF) == (2_000, 2_000)
        assert first >> 31 == word >> 31
        self.moves.append(((word >> 20 & 0x7FF) + 2, word >> 31 == 1, -1))

    def place(self, measured_um: int, home: bool, steps: int = 0) -> None:
        self.image[NAMES.ST_MEASURED_UM] = measured_um
        self.image[NAMES.IN_SWITCHES] = int(home)
        self.image[NAMES.IN_STEPS] = steps

    def finish(self) -> None:
        """The scan takes the order, moves, and is at rest; then the foreground looks."""
        self.image[NAMES.IN_MOTION] = NAMES.MO_MOVING
        self.homing.advance(self.now_us)
        self.image[NAMES.ST_MOVE_SEQ] = self.image[NAMES.OR_MOVE_SEQ]
        self.homing.advance(self.now_us)
        self.homing.advance(self.now_us)
        self.image[NAMES.IN_MOTION] = 0
        self.homing.advance(self.now_us)

    def settle(self, looks: int = 8) -> None:
        self.now_us += 5_000
        for _ in range(looks):
            self.homing.advance(self.now_us)

    @property
    def until(self) -> int:
        return self.image[NAMES.OR_MOVE_UNTIL]


@pytest.fixture
def desk() -> Desk:
    """At retracted; the search outward has begun."""
    desk = Desk(home=True)
    desk.homing.start(1_000)
    return desk


@pytest.mark.requirement("SR-05")
def test_from_outside_it_first_goes_in_over_the_whole_travel() -> None:
    """3000 + 300 + 500 um of travel."""
    desk = Desk(home=False)
    desk.homing.start(1_000)
    assert desk.moves == [(380, False, -1)]
    assert desk.until == NAMES.UNTIL_HOME_CLOSED
    desk.place(-270, True)
    desk.finish()
    assert desk.moves[1] == (40, True, -1), "500 um of back travel less 100"
    assert desk.until == NAMES.UNTIL_HOME_OPEN


@pytest.mark.requirement("SR-05")
def test_the_whole_course(desk: Desk) -> None:
    assert (desk.moves, desk.until) == ([(40, True, -1)], NAMES.UNTIL_HOME_OPEN)
    desk.place(-260, False, 4)
    desk.finish()
    assert desk.moves[1] == (4, False, -1), "35 um to where the switch opens, in whole steps"
    assert desk.until == NAMES.UNTIL_END
    desk.place(-300, True, 0)
    desk.image[NAMES.IN_STEPS] = -7
    desk.finish()
    assert desk.image[NAMES.OR_ORIGIN] == -7
    desk.homing.advance(desk.now_us + 4_999)
    desk.settle(7)
    assert desk.homing.result is None
    desk.settle(1)
    assert desk.homing.result == ""
    desk.homing.advance(desk.now_us)
    assert len(desk.moves) == 2


def test_an_order_not_taken_yet_is_not_an_arrival(desk: Desk) -> None:
    """Nothing moves before the scan has even seen the order: two looks must lie behind it."""
    desk.place(-260, False, 4)
    for _ in range(5):
        desk.homing.advance(0)
    assert len(desk.moves) == 1
    desk.image[NAMES.ST_MOVE_SEQ] = desk.image[NAMES.OR_MOVE_SEQ]
    desk.homing.advance(0)
    assert len(desk.moves) == 1
    desk.homing.advance(0)
    assert len(desk.moves) == 2


@pytest.mark.requirement("SR-05")
def test_a_switch_that_does_not_close() -> None:
    desk = Desk(home=False)
    desk.homing.start(1_000)
    desk.finish()
    assert desk.homing.result == "the home switch did not close"


@pytest.mark.requirement("SR-05")
def test_a_switch_that_does_not_open(desk: Desk) -> None:
    desk.place(100, True, 40)
    desk.finish()
    assert desk.homing.result == "the home switch did not open"


@pytest.mark.parametrize(("measured_um", "wrong"), [(-220, False), (-219, True), (-300, False), (-301, True)])
@pytest.mark.requirement("SR-05")
def test_count_and_sensor_on_the_way_out(desk: Desk, measured_um: int, wrong: bool) -> None:
    """Counted 40 um; the sensor may differ by 40 um, twice the tolerance at rest."""
    desk.place(measured_um, False, 4)
    desk.finish()
    sentence = f"tip sensor and count disagree by {measured_um + 260} um on the way out"
    assert desk.homing.result == (sentence if wrong else None)


@pytest.mark.parametrize(
    ("sum_um", "home", "result"),
    [
        (-8 * 280, True, ""),
        (-8 * 280 + 8, True, "tip sensor and home switch disagree by 21 um"),
        (-8 * 320, True, ""),
        (-8 * 320 - 1, True, "tip sensor and home switch disagree by -21 um"),
        (-8 * 300, False, "the home switch is open at retracted"),
    ],
)
@pytest.mark.requirement("SR-05")
def test_the_last_look(desk: Desk, sum_um: int, home: bool, result: str) -> None:
    """The mean of eight readings, rounded down, against 300 um behind the face, 20 um either way."""
    desk.place(-260, False, 4)
    desk.finish()
    desk.finish()
    readings = [sum_um // 8] * 7
    readings.append(sum_um - sum(readings))
    desk.now_us += 5_000
    for reading in readings:
        desk.place(reading, home)
        desk.homing.advance(desk.now_us)
    assert desk.homing.result == result


# --- on the whole pen


@pytest.mark.parametrize("start_um", [None, -300.0, -100.0, 0.0])
@pytest.mark.requirement("SR-05")
def test_home_is_found_from_anywhere(start_um: float | None) -> None:
    """To the step: the switch opens 35 um in front of retracted and the next step is 40 um."""
    pen = Pen(exact=True)
    pen.say("ZONE CHEEK")
    if start_um is not None:
        pen.plant.slip_um(start_um + 500, pen.machine.now_ns)
    pen.say("ARM", 2.0)
    assert pen.state == "READY", pen.say("FAUL?")
    assert abs(pen.plant.tip_um(pen.machine.now_ns) + BOARD.CLEARANCE_UM) <= BOARD.STEP_UM
    assert pen.plant.max_tip_um <= max(-300.0 if start_um is None else start_um, -150.0) + FAR_UM


@pytest.mark.parametrize(
    ("stuck", "sentence"), [(True, "the home switch did not open"), (False, "the home switch did not close")]
)
@pytest.mark.requirement("SR-05")
def test_a_stuck_home_switch_is_a_fault_and_nothing_gets_ready(stuck: bool, sentence: str) -> None:
    pen = Pen()
    pen.say("ZONE CHEEK")
    pen.plant.home_stuck = stuck
    pen.say("ARM", 2.0)
    assert pen.state == "FAULT"
    assert pen.word("ST_FAULT") == 106
    assert sentence in pen.say("FAUL?") or stuck, "stuck closed, the scan is faster: half way to the face"
    assert pen.plant.max_tip_um < 0
    pen.plant.home_stuck = None
    pen.say("FAUL:CLE")
    pen.say("ARM", 2.0)
    assert pen.state == "READY", "and the next homing is not misled by this one"


@pytest.mark.parametrize("ms", range(5, 70, 9))
@pytest.mark.parametrize("how", ["!", "STOP", "DIS", "estop", "fault"])
@pytest.mark.requirement("SR-12")
def test_homing_can_be_broken_off_anywhere_and_begun_again(ms: int, how: str) -> None:
    pen = Pen()
    pen.say("ZONE CHEEK")
    pen.say("ARM", (_EXAMINED_MS + ms) / 1_000)
    assert pen.state == "HOMING"
    if how == "estop":
        pen.plant.estop_pressed = True
    elif how == "fault":
        pen.plant.cartridge_seated = False
    else:
        pen.machine.send(how.encode() + b"\n")
    pen.run_for(0.012)
    assert pen.machine.hal.gate == 0
    assert pen.state == ("FAULT" if how in ("estop", "fault") else "IDLE")
    pen.plant.estop_pressed = False
    pen.plant.cartridge_seated = True
    pen.run_for(0.001)  # a scan sees it
    pen.say("FAUL:CLE", 0.1)
    pen.say("ARM", 0.3)
    assert pen.state == "READY", pen.say("FAUL?")


@pytest.mark.requirement("SR-05")
def test_a_drive_that_makes_no_steps_is_found_out() -> None:
    pen = Pen()
    pen.say("ZONE CHEEK")
    pen.say("ARM", 0.005)
    pen.machine.hal.generator.hung = True
    pen.run_for(0.5)
    assert pen.say("FAUL?").startswith('106,"HOME"')
    assert "does not make the steps" in pen.say("FAUL?")
    assert pen.machine.hal.gate == 0


def test_a_move_of_one_step_is_one_word() -> None:
    """A switch that opens within a step of retracted asks for it."""
    board = board_like(HOME_OPENS_UM=10)
    image = NAMES.create()
    loads: list[int] = []

    class Hal:
        slots = (array("I", [0] * 64),)

        def load(self, _slot: int, count: int, _returns: bool) -> None:
            loads.append(count)

    homing: Any = Homing(image, Hal(), board, Drive(board))
    homing._move(3, False, 1, NAMES.UNTIL_END)
    homing._move(3, False, 2, NAMES.UNTIL_END)
    assert loads == [1, 2]


@pytest.mark.requirement("SR-03")
def test_two_wires_wrong_at_the_first_start() -> None:
    """DIR swapped and the home switch's wire off: the way in leads out, and no switch ends it. The tip stays behind the face."""
    pen = Pen()
    pen.machine.plant.reversed_dir = True
    pen.machine.plant.home_stuck = False
    pen.say("ZONE PERIORBITAL")
    pen.say("ARM", 1.0)
    assert pen.say("FAUL?").startswith('106,"HOME"')
    assert pen.machine.plant.max_tip_um < 0

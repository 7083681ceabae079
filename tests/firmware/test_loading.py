"""Loading: which slot is written when, and with what."""

from array import array
from itertools import pairwise
from typing import Any

import pytest

from pen_sim.loader import pure
from tests.firmware.support import BOARD, NAMES, Pen, board_like, set_word

Loading = pure("pen.loading").Loading
Settings = pure("pen.settings").Settings
Drive = pure("pen.stepper").Drive
NO_STROKE_UM: int = pure("pen.steps").NO_STROKE_UM
OUT = NAMES.MO_MOVING | NAMES.MO_OUTWARD


class Desk:
    """Settings of a cheek; loads are noted. The test plays the scan."""

    def __init__(self) -> None:
        self.image = NAMES.create()
        self.slots = [array("I", [0] * 64) for _ in range(2)]
        self.loads: list[tuple[int, int]] = []
        drive = Drive(board_like())
        self.settings: Any = Settings(BOARD, drive)
        homing = drive.homing(self.image, self, BOARD)
        self.loading: Any = Loading(self.image, self, BOARD, drive, self.settings, homing)

    def load(self, slot: int, count: int) -> None:
        self.loads.append((slot, count))

    def stroke(self, slot: int, queued: int | None = None) -> None:
        self.image[NAMES.IN_MOTION] = OUT
        self.image[NAMES.ST_SLOT] = slot
        self.image[NAMES.ST_QUEUED] = slot if queued is None else queued


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.settings.choose("CHEEK")
    desk.settings.set_rate(200)
    desk.loading.load_now()
    return desk


@pytest.mark.requirement("SR-01")
def test_what_a_load_writes(desk: Desk) -> None:
    """1.00 mm at 20 Hz: 50 ms, 1 % of it, 27 ms out and 5 ms of margin; two ways of 18.25 ms less the first interval."""
    assert desk.loads == [(1, 34)]
    wanted = {"OR_PERIOD_US": 50_000, "OR_TRAVEL_US": 36_500 - 707, "OR_RATE_SLACK_US": 500, "OR_OUT_US": 32_000}
    assert {name: desk.image[getattr(NAMES, name) + 1] for name in wanted} == wanted
    assert (desk.image[NAMES.OR_SLOT], desk.image[NAMES.LI_CAP_UM]) == (1, 1_500)


def test_nothing_is_loaded_twice_or_while_not_armed(desk: Desk) -> None:
    desk.loading.poll(True)
    desk.settings.set_rate(100)
    desk.loading.poll(False)
    assert len(desk.loads) == 1
    desk.loading.poll(True)
    assert [load[0] for load in desk.loads] == [1, 0]


@pytest.mark.requirement("SR-01")
def test_without_a_zone_nothing_is_loaded(desk: Desk) -> None:
    desk.settings.clear()
    desk.loading.poll(True)
    assert len(desk.loads) == 1


def test_a_slot_that_is_stroked_or_queued_is_left_alone(desk: Desk) -> None:
    """Offered last: 1. It may be written to 0 only once 1 is both under way and ordered last."""
    desk.settings.set_depth(800)
    for under_way, queued in ((0, 0), (0, 1), (1, 0)):
        desk.stroke(under_way, queued)
        desk.loading.poll(True)
        assert len(desk.loads) == 1
    desk.stroke(1)
    desk.loading.poll(True)
    assert desk.loads[1][0] == 0
    desk.settings.set_depth(900)
    desk.loading.poll(True)
    assert len(desk.loads) == 2, "the second change waits for the first one's stroke"
    desk.stroke(0)
    desk.loading.poll(True)
    assert desk.loads[2][0] == 1


class Placed:
    """A homing of a drive that must be placed anew for every depth but one."""

    def __init__(self, depth_um: int) -> None:
        self.depth_um = depth_um

    def placed(self, depth_um: int) -> bool:
        return depth_um == self.depth_um


@pytest.mark.requirement("SR-02")
def test_a_drive_is_placed_once_the_last_stroke_of_the_old_depth_is_over(desk: Desk) -> None:
    """The slot offered next is one without a stroke; that of the stroke under way keeps its figures."""
    image, loading = desk.image, desk.loading
    loading.homing = Placed(1_000)
    loading.poll(True)
    desk.stroke(0, queued=1)
    image[NAMES.ST_PHASE] = NAMES.PHASE_STROKING
    desk.settings.set_depth(700)
    assert not loading.poll(True)
    assert image[NAMES.OR_SLOT] == 1, "the other slot is stroked still: it may not be emptied"
    desk.stroke(1)
    period_us = image[NAMES.OR_PERIOD_US + 1]
    assert not loading.poll(True)
    assert (image[NAMES.OR_SLOT], image[NAMES.OR_PEAK_UM], image[NAMES.OR_PERIOD_US + 1]) == (
        0,
        NO_STROKE_UM,
        period_us,
    )
    assert not loading.poll(True), "it moves"
    image[NAMES.IN_MOTION] = 0
    image[NAMES.ST_PHASE] = NAMES.PHASE_HOLD
    image[NAMES.ST_TRIGGER], image[NAMES.ST_TRIGGER_READY] = 1, 0
    assert not loading.poll(True), "a trigger held since before would be one that sticks"
    image[NAMES.ST_TRIGGER] = 0
    assert loading.poll(True)
    assert len(desk.loads) == 1, "nothing of the new depth is loaded before"


def test_another_zone_withdraws_the_offered_stroke_first(desk: Desk) -> None:
    """So that no scan starts a stroke of the old zone under the cap of the new one."""
    desk.image[NAMES.ST_PHASE] = NAMES.PHASE_HOLD
    desk.settings.choose("NOSE")
    desk.loading.poll(True)
    assert desk.image[NAMES.OR_PEAK_UM + 1] > 3_000, "the cheek's stroke fits no cap any more"
    assert (desk.image[NAMES.LI_CAP_UM], desk.image[NAMES.OR_SLOT]) == (1_000, 0)


def test_another_zone_waits_while_strokes_are_made(desk: Desk) -> None:
    desk.image[NAMES.ST_PHASE] = NAMES.PHASE_STROKING
    set_word(desk.image, NAMES.OR_PEAK_UM + 1, 1_000)
    desk.settings.choose("NOSE")
    desk.loading.poll(True)
    assert (desk.image[NAMES.LI_CAP_UM], desk.image[NAMES.OR_PEAK_UM + 1]) == (1_500, 1_000)
    assert len(desk.loads) == 1


def test_a_stroke_started_while_it_is_withdrawn_is_given_back(desk: Desk) -> None:
    """The scan comes between the block and the second look."""

    class Interrupted(type(desk.image)):  # type: ignore[misc]
        def __setitem__(self, index: int, value: int) -> None:
            super().__setitem__(index, value)
            if index == NAMES.OR_PEAK_UM + 1:
                super().__setitem__(NAMES.ST_PHASE, NAMES.PHASE_STROKING)

    image = Interrupted("i", desk.image)
    set_word(image, NAMES.OR_PEAK_UM + 1, 1_000)
    image[NAMES.ST_PHASE] = NAMES.PHASE_HOLD
    desk.image = desk.loading.image = image
    desk.settings.choose("NOSE")
    desk.loading.poll(True)
    assert (image[NAMES.LI_CAP_UM], image[NAMES.OR_PEAK_UM + 1]) == (1_500, 1_000)


# --- on the whole pen


@pytest.mark.parametrize("ms", range(0, 37, 4))
def test_a_change_meets_no_stroke(ms: int) -> None:
    """Whenever it comes within the period: every stroke is of the old depth or the new one, and the rate holds."""
    pen = Pen(exact=True).arm()
    pen.say("DEPT 0.6")
    pen.say("RUN 5")
    pen.run_for(0.3 + ms / 1_000)
    pen.say("DEPT 1", 0.3)
    assert pen.state == "RUNNING", pen.say("FAUL?")
    depths = [round(stroke.peak_um, -1) for stroke in pen.plant.truth]
    assert set(depths) == {600, 1_000}
    assert depths == sorted(depths)
    starts = [stroke.peak_ns for stroke in pen.plant.truth if round(stroke.peak_um, -1) == 1_000]
    gaps = [b - a for a, b in pairwise(starts)]
    assert max(gaps) - min(gaps) < 100_000, "1/10 ms"


@pytest.mark.requirement("SR-01")
def test_a_zone_of_a_lower_cap_chosen_while_ready_holds_from_the_next_stroke() -> None:
    pen = Pen(exact=True).arm("BODY")
    pen.say("ZONE PERIORBITAL;:RUN 0.5", 1.0)
    assert (pen.state, pen.word("LI_CAP_UM")) == ("READY", 500)
    assert pen.plant.truth
    assert pen.plant.max_tip_um < 520


@pytest.mark.requirement("SR-01")
def test_the_same_with_the_trigger_pressed_meanwhile() -> None:
    """Pressed for 5 ms before the line comes and at several places around it."""
    for ms in range(8):
        pen = Pen(exact=True).arm("BODY")
        pen.machine.at(pen.machine.now_ns + 5_000_000, lambda pen=pen: setattr(pen.plant, "trigger_held", True))
        pen.run_for(0.006 + ms / 1_000)
        pen.say("ZONE PERIORBITAL", 0.2)
        if "PERIORBITAL" in pen.say("ZONE?"):
            assert pen.plant.max_tip_um < 520
        assert pen.state == "RUNNING", pen.say("FAUL?")

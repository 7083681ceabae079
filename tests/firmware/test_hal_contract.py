"""The HAL's contract, as pen/hal/__init__.py says it. One test for every target there is: see hal_desk.TARGETS."""

from collections.abc import Callable
from typing import Any

import pytest

from pen_sim.loader import pure
from tests.firmware.hal_desk import TARGETS, Desk
from tests.firmware.support import MASK, NAMES

contract = pure("pen.hal")
word = pure("pen.stroke").word
Stroke = pure("pen.stroke").Stroke

EDGE_US = 2  # apply comes a little after latch, and edges are on a grid of a microsecond
DEADMAN_US = 2_000


@pytest.fixture(params=TARGETS)
def desk(request: pytest.FixtureRequest) -> Desk:
    return TARGETS[request.param]()


class Orders:
    """A check that writes the outputs the test wants, each motion once, and keeps what was latched."""

    def __init__(self, desk: Desk, *, enable: int = 1) -> None:
        self.enable = self.feed = enable
        self.motion: tuple[int, int, int] | None = None  # motion, slot, next
        self.latched: list[list[int]] = []
        desk.image[NAMES.LI_CAP_UM] = 1_000
        desk.start(self)
        desk.hal.set_scan_period(100)

    def __call__(self, image: Any, _: Any) -> None:
        image[NAMES.OU_ENABLE], image[NAMES.OU_FEED] = self.enable, self.feed
        image[NAMES.OU_MOTION] = 0
        if self.motion:
            image[NAMES.OU_MOTION], image[NAMES.OU_SLOT], image[NAMES.OU_NEXT] = self.motion
            self.motion = None
        self.latched.append(list(image[:9]))

    def seen(self, name: str) -> int:
        """What the last scan latched."""
        return self.latched[-1][getattr(NAMES, name)]


def load(desk: Desk, slot: int, words: list[int], first_us: int = 700, next_us: int = 5_000, **options: bool) -> None:
    for k, value in enumerate(words):
        desk.hal.slots[slot][k] = value
    desk.hal.load(slot, len(words), first_us, next_us, **options)


def out_and_back(steps: int, us: int = 500) -> list[int]:
    """A single step first, because the lead takes the place of the first word's interval."""
    return [word(True, 1, us), word(True, steps - 1, us), word(False, steps, us)]


# --- the foreground's side


def test_every_method_is_there(desk: Desk) -> None:
    assert all(callable(getattr(desk.hal, name)) for name in contract.METHODS)
    assert [len(slot) for slot in desk.hal.slots] == [64, 64]
    assert {slot.itemsize for slot in desk.hal.slots} == {4}
    major, minor = desk.hal.runtime()
    assert (major, minor) >= (1, 26)
    assert int(desk.hal.unique_id().removeprefix("SIM"), 16) >= 0
    assert desk.hal.reset_cause() in ("POWER_ON", "RESET", "WATCHDOG")


def test_ticks(desk: Desk) -> None:
    before = desk.hal.now_us()
    desk.run_us(1_234)
    assert 0 <= before <= MASK
    assert (desk.hal.now_us() - before) & MASK == 1_234


@pytest.mark.requirement("SR-09")
def test_outputs_are_safe_before_and_after_the_start(desk: Desk) -> None:
    assert [desk.level(signal) for signal in ("enable", "carrier", "gate")] == [0, 0, 0]
    Orders(desk, enable=0)
    desk.run_us(50_000)
    assert [desk.level(signal) for signal in ("enable", "carrier", "gate")] == [0, 0, 0]
    assert desk.steps_us() == []


@pytest.mark.parametrize(("period_us", "count"), [(1_000, 50), (100, 500)])
def test_scans_come_at_their_period(desk: Desk, period_us: int, count: int) -> None:
    orders = Orders(desk)
    desk.hal.set_scan_period(period_us)
    desk.run_us(2_000)
    before, latched = desk.hal.scans(), len(orders.latched)
    desk.run_us(50_000)
    assert desk.hal.scans() - before == pytest.approx(count, abs=1)
    times = [words[NAMES.IN_NOW_US] for words in orders.latched[latched:]]
    gaps = [(b - a) & MASK for a, b in zip(times, times[1:], strict=False)]
    assert max(abs(gap - period_us) for gap in gaps) <= 15, "design 10"


def test_the_console_never_waits(desk: Desk) -> None:
    buffer = bytearray(8)
    assert desk.hal.console_read(buffer) == 0
    desk.receive(b"0123456789")
    assert (desk.hal.console_read(buffer), bytes(buffer)) == (8, b"01234567")
    assert (desk.hal.console_read(buffer), bytes(buffer[:2])) == (2, b"89")
    assert desk.hal.console_read(buffer) == 0
    assert 0 < desk.hal.console_write(memoryview(b"x" * 100)) <= 64
    desk.host_reads(False)
    assert desk.hal.console_write(memoryview(b"x")) == 0


# --- load


REFUSED = {
    "beyond the cap": (out_and_back(131), {}),
    "too fast": (out_and_back(50, 124), {}),
    "not retracted": ([word(True, 10, 500), word(False, 9, 500)], {}),
    "a move beyond the cap": ([word(True, 131, 500)], {"returns": False}),
}


@pytest.mark.parametrize("why", REFUSED)
@pytest.mark.parametrize("slot", [0, 1])
@pytest.mark.requirement("SR-02")
def test_load_refuses_what_admit_refuses_and_then_nothing_starts(desk: Desk, why: str, slot: int) -> None:
    """Not even what was in the slot before."""
    orders = Orders(desk)
    words, options = REFUSED[why]
    load(desk, slot, out_and_back(20))
    with pytest.raises(ValueError, match="a stroke"):
        load(desk, slot, words, **options)
    assert desk.image[NAMES.OR_PEAK_UM + slot] > 1_000
    orders.motion = (NAMES.MOVE_START, slot, 0)
    desk.run_us(50_000)
    assert desk.steps_us() == []


def test_load_notes_the_peak(desk: Desk) -> None:
    Orders(desk)
    load(desk, 0, out_and_back(130))
    load(desk, 1, [word(False, 380, 2_000)], returns=False)
    assert list(desk.image[NAMES.OR_PEAK_UM : NAMES.OR_PEAK_UM + 2]) == [1_000, -300]


# --- motion


def started(desk: Desk, words: list[int], **leads: int) -> Orders:
    orders = Orders(desk)
    load(desk, 0, words, **leads)
    desk.run_us(500)
    orders.motion = (NAMES.MOVE_START, 0, 0)
    return orders


def test_a_stroke_as_planned(desk: Desk) -> None:
    """Every edge of the planner's stroke, to the microsecond, from the scan that ordered it."""
    planned = Stroke(desk.drive, 1_000, 200)
    orders = Orders(desk)
    count = planned.write(desk.hal.slots[1])
    desk.hal.load(1, count, planned.lead_first_us, planned.lead_next_us)
    desk.run_us(500)
    orders.motion = (NAMES.MOVE_START, 1, 0)
    desk.run_us(60_000)
    ramp = list(desk.drive.ramp[: desk.drive.ramp_steps])
    way = ramp + [125] * (130 - 16) + ramp[::-1]
    steps = desk.steps_us()
    gaps = [b[0] - a[0] for a, b in zip(steps, steps[1:], strict=False)]
    assert max(abs(gap - us) for gap, us in zip(gaps, (way + way)[1:], strict=True)) <= 1
    assert [outward for _, outward in steps] == [True] * 130 + [False] * 130


def test_what_is_latched_of_a_stroke(desk: Desk) -> None:
    orders = started(desk, out_and_back(30))
    desk.run_us(100)
    assert orders.seen("IN_MOTION") == 0
    first = orders.seen("IN_STEPS")
    desk.run_us(100)
    assert orders.seen("IN_MOTION") & (NAMES.MO_MOVING | NAMES.MO_OUTWARD) == NAMES.MO_MOVING | NAMES.MO_OUTWARD
    desk.run_us(700 + 29 * 500)
    assert orders.seen("IN_STEPS") - first == 30
    desk.run_us(300)
    assert orders.seen("IN_MOTION") & (NAMES.MO_MOVING | NAMES.MO_OUTWARD) == NAMES.MO_MOVING
    desk.run_us(30 * 500)
    assert (orders.seen("IN_STEPS"), orders.seen("IN_MOTION")) == (first, 0)


def test_open_with_fewer_than_five_words_left_and_nothing_queued(desk: Desk) -> None:
    words = [word(True, 1, 1_000) for _ in range(6)] + [word(False, 6, 1_000)]
    orders = started(desk, words, first_us=1_000)
    desk.run_us(300)
    opened: list[tuple[int, int]] = []
    for _ in range(6):
        opened.append((orders.seen("IN_MOTION") & NAMES.MO_OPEN, len(desk.steps_us())))
        desk.run_us(1_000)
    assert [bool(flag) for flag, _ in opened] == [made >= 3 for _, made in opened], "seven words, three of them done"
    assert {made >= 3 for _, made in opened} == {True, False}
    load(desk, 1, out_and_back(20))
    orders.motion = (NAMES.MOVE_START, 1, 1)
    desk.run_us(300)
    assert orders.seen("IN_MOTION") == NAMES.MO_MOVING, "one is queued"


def test_the_next_stroke_follows_without_a_gap(desk: Desk) -> None:
    """Its first step comes lead_next_us after the last step of the one before."""
    orders = started(desk, out_and_back(20))
    load(desk, 1, out_and_back(20), next_us=7_000)
    desk.run_us(2_000)
    orders.motion = (NAMES.MOVE_START, 1, 1)
    desk.run_us(60_000)
    steps = [t_us for t_us, _ in desk.steps_us()]
    assert len(steps) == 80
    assert abs(steps[40] - steps[39] - 7_000) <= 1


@pytest.mark.requirement("SR-12")
@pytest.mark.requirement("SR-06")
def test_a_turn_gives_up_the_way_out_and_what_is_queued(desk: Desk) -> None:
    planned = Stroke(desk.drive, 1_000, 200)
    orders = Orders(desk)
    for slot in (0, 1):
        desk.hal.load(slot, planned.write(desk.hal.slots[slot]), planned.lead_first_us, planned.lead_next_us)
    desk.run_us(500)
    orders.motion = (NAMES.MOVE_START, 0, 0)
    desk.run_us(1_000)
    orders.motion = (NAMES.MOVE_START, 1, 1)
    desk.run_us(5_000)
    outward = len(desk.steps_us())
    assert 20 < outward < 130
    orders.motion = (NAMES.MOVE_TURN, 0, 0)
    desk.run_us(100_000)
    directions = [out for _, out in desk.steps_us()]
    top = directions.count(True)
    assert outward < top <= outward + 2 + desk.drive.ramp_steps
    assert directions == [True] * top + [False] * top
    assert orders.seen("IN_MOTION") == 0


@pytest.mark.requirement("SR-06")
def test_a_turn_leaves_a_return_alone_but_forgets_what_is_queued(desk: Desk) -> None:
    orders = started(desk, out_and_back(20))
    load(desk, 1, out_and_back(20))
    desk.run_us(700 + 25 * 500)
    orders.motion = (NAMES.MOVE_START, 1, 1)
    desk.run_us(300)
    orders.motion = (NAMES.MOVE_TURN, 0, 0)
    desk.run_us(100_000)
    steps = desk.steps_us()
    assert [out for _, out in steps] == [True] * 20 + [False] * 20
    assert all(abs(b[0] - a[0] - 500) <= 1 for a, b in zip(steps, steps[1:], strict=False))


def test_a_turn_before_the_first_step_moves_nothing(desk: Desk) -> None:
    orders = started(desk, out_and_back(20), first_us=5_000)
    desk.run_us(1_000)
    orders.motion = (NAMES.MOVE_TURN, 0, 0)
    desk.run_us(50_000)
    assert (desk.steps_us(), orders.seen("IN_MOTION")) == ([], 0)


def test_a_halt_stops_at_once_and_empties(desk: Desk) -> None:
    orders = started(desk, out_and_back(40))
    load(desk, 1, out_and_back(20))
    desk.run_us(3_000)
    orders.motion = (NAMES.MOVE_START, 1, 1)
    desk.run_us(200)
    orders.motion = (NAMES.MOVE_HALT, 0, 0)
    desk.run_us(100)
    made = len(desk.steps_us())
    desk.run_us(100_000)
    assert (len(desk.steps_us()), orders.seen("IN_MOTION")) == (made, 0)


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
    """At the back stop the tip reads (1050 - 500) / 1500 V; 12 V behind a divider of six; 25 degrees."""
    orders = Orders(desk, enable=0)
    desk.run_us(1_000)
    readings = [orders.seen(name) for name in ("IN_TIP_RAW", "IN_CURRENT_RAW", "IN_SUPPLY_RAW", "IN_TEMPERATURE_RAW")]
    expected = [550 / 1_500, 0.0, 2.0, 0.706 + 2 * 0.001721]
    for raw, volts in zip(readings, expected, strict=True):
        assert raw == pytest.approx(volts * 16_380 / 3.3, abs=40)


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

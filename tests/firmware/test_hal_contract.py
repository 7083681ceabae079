"""The HAL's contract, as pen/hal/__init__.py says it. One test for every target there is: see hal_desk.TARGETS."""

import re
from itertools import pairwise

import pytest

from pen_sim.loader import pure
from tests.firmware.hal_desk import LEAD_US, TARGETS, Desk, Orders, load, out_and_back
from tests.firmware.support import MASK, NAMES

contract = pure("pen.hal")
word = pure("pen.steps").word
Stroke = pure("pen.stepper").Stroke


@pytest.fixture(params=TARGETS)
def desk(request: pytest.FixtureRequest) -> Desk:
    return TARGETS[request.param]()


# --- the foreground's side


@pytest.mark.requirement("SR-21")
def test_every_method_is_there(desk: Desk) -> None:
    assert all(callable(getattr(desk.hal, name)) for name in contract.METHODS)
    assert [len(slot) for slot in desk.hal.slots] == [64, 64]
    assert {slot.itemsize for slot in desk.hal.slots} == {4}
    major, minor = desk.hal.runtime()
    assert (major, minor) >= (1, 26)
    runtime, crc = desk.hal.program()
    assert re.fullmatch(r"[a-z]+[0-9.]+", runtime), "one word: it stands in *IDN? between two blanks"
    assert 0 < crc < 1 << 32
    assert desk.hal.program() == (runtime, crc)
    assert int(desk.hal.unique_id().removeprefix("SIM"), 16) >= 0
    assert len(desk.hal.random_bytes(8)) == 8
    assert desk.hal.cartridge_code() == ""
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
    gaps = [(b - a) & MASK for a, b in pairwise(times)]
    assert max(abs(gap - period_us) for gap in gaps) <= 15, "[design] section 6"


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


@pytest.mark.requirement("SR-12")
@pytest.mark.parametrize("data", [b"!", b"\x03", b"DEPT 0.!5\n", b"x" * 63 + b"!"])
def test_a_stop_byte_is_seen_by_one_scan_though_nobody_reads(desk: Desk, data: bytes) -> None:
    orders = Orders(desk)
    desk.run_us(1_000)
    desk.receive(b"STAT?\n")
    desk.run_us(1_000)
    assert not any(words[NAMES.IN_SWITCHES] & NAMES.SW_STOP for words in orders.latched)
    for _ in range(2):
        orders.latched.clear()
        desk.receive(data)
        desk.run_us(2_000)
        assert 1 <= sum(bool(words[NAMES.IN_SWITCHES] & NAMES.SW_STOP) for words in orders.latched) <= 2
        desk.receive(b"x")
        desk.run_us(1_000)
    assert not orders.seen("IN_SWITCHES") & NAMES.SW_STOP


@pytest.mark.requirement("SR-09")
def test_stopped_for_good_it_is_safe(desk: Desk) -> None:
    orders = started(desk, out_and_back(40))
    desk.run_us(3_000)
    desk.hal.stop()
    desk.run_us(2_100)
    made, scans = len(desk.steps_us()), len(orders.latched)
    assert (desk.level("enable"), desk.level("gate")) == (0, 0)
    desk.run_us(50_000)
    assert (len(desk.steps_us()), len(orders.latched)) == (made, scans)


@pytest.mark.requirement("SR-20")
def test_what_is_stored_comes_back(desk: Desk) -> None:
    """Each under its name, the last one; before the start and after it; any byte, and none."""
    assert desk.hal.store_read("note.0") == b""
    desk.hal.store_write("note.0", b"first")
    Orders(desk, enable=0)
    assert desk.hal.store_read("note.0") == b"first"
    for data in (bytes(range(200)), b"", b"!\x03\n\0"):
        desk.hal.store_write("note.0", data)
        desk.hal.store_write("note.1", b"another")
        assert desk.hal.store_read("note.0") == data
    assert desk.hal.store_read("note.1") == b"another"


@pytest.mark.requirement("SR-14")
def test_nothing_is_stored_while_the_drive_is_on(desk: Desk) -> None:
    """Refused, and what was there is still there; off again, it is taken."""
    desk.hal.store_write("note.0", b"before")
    orders = Orders(desk)
    desk.run_us(1_000)
    assert desk.level("gate") == 1
    with pytest.raises(OSError, match="30"):  # EROFS
        desk.hal.store_write("note.0", b"meanwhile")
    assert desk.hal.store_read("note.0") == b"before"
    orders.enable = 0
    desk.run_us(1_000)
    desk.hal.store_write("note.0", b"after")
    assert desk.hal.store_read("note.0") == b"after"


# --- load


REFUSED: dict[str, tuple[list[int], bool]] = {
    "beyond the cap": (out_and_back(131), True),
    "too fast": (out_and_back(50, 124), True),
    "not retracted": (out_and_back(10)[:-1], True),
    "a move beyond the cap": ([word(True, 1, 500), word(True, 130, 500)], False),
    "a first word of several steps": ([word(True, 10, 500), word(False, 10, 500)], True),
    "nothing at all": ([], True),
}


@pytest.mark.parametrize("why", REFUSED)
@pytest.mark.parametrize("slot", [0, 1])
@pytest.mark.requirement("SR-02")
def test_load_refuses_what_admit_refuses_and_then_nothing_starts(desk: Desk, why: str, slot: int) -> None:
    """Not even what was in the slot before."""
    orders = Orders(desk)
    words, returns = REFUSED[why]
    load(desk, slot, out_and_back(20))
    with pytest.raises(ValueError, match="a stroke"):
        load(desk, slot, words, returns=returns)
    assert desk.image[NAMES.OR_PEAK_UM + slot] > 1_000
    orders.motion = (NAMES.MOVE_START, slot, 0)
    desk.run_us(50_000)
    assert desk.steps_us() == []


def test_load_notes_the_peak(desk: Desk) -> None:
    Orders(desk)
    load(desk, 0, out_and_back(130))
    load(desk, 1, [word(False, 1, 2_000), word(False, 379, 2_000)], returns=False)
    assert list(desk.image[NAMES.OR_PEAK_UM : NAMES.OR_PEAK_UM + 2]) == [1_000, -300]


# --- motion


def started(desk: Desk, words: list[int], first_us: int = LEAD_US) -> Orders:
    orders = Orders(desk)
    orders.lead_us = first_us
    load(desk, 0, words)
    desk.run_us(500)
    orders.motion = (NAMES.MOVE_START, 0, 0)
    return orders


def test_a_stroke_as_planned(desk: Desk) -> None:
    """Every edge of the planner's stroke, to the microsecond, from the scan that ordered it."""
    planned = Stroke(desk.drive, 1_000, 200)
    orders = Orders(desk)
    count = planned.write(desk.hal.slots[1])
    desk.hal.load(1, count)
    orders.lead_us = desk.drive.ramp[0]
    desk.run_us(500)
    orders.motion = (NAMES.MOVE_START, 1, 0)
    desk.run_us(60_000)
    ramp = list(desk.drive.ramp[: desk.drive.ramp_steps])
    way = ramp + [125] * (130 - 16) + ramp[::-1]
    steps = desk.steps_us()
    gaps = [b[0] - a[0] for a, b in pairwise(steps)]
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
    """Its first step comes the lead after the last step of the one before."""
    orders = started(desk, out_and_back(20))
    load(desk, 1, out_and_back(20))
    desk.run_us(2_000)
    orders.lead_us = 7_000
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
        desk.hal.load(slot, planned.write(desk.hal.slots[slot]))
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


def test_it_tells_once_that_no_host_was_there(desk: Desk) -> None:
    """However short it was, if a scan has seen it."""
    desk.connect(True)
    Orders(desk)
    desk.run_us(3_000)
    desk.hal.host_left()
    desk.run_us(3_000)
    assert not desk.hal.host_left()
    desk.connect(False)
    desk.run_us(3_000)
    desk.connect(True)
    desk.run_us(3_000)
    assert desk.hal.host_left()
    assert not desk.hal.host_left()
    desk.run_us(3_000)
    assert not desk.hal.host_left()


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
    assert all(abs(b[0] - a[0] - 500) <= 1 for a, b in pairwise(steps))


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

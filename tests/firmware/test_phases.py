"""The phase machine against a table of its own: every phase with every combination of what it looks at."""

import itertools
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from pen_sim.loader import pure
from tests.firmware.support import NAMES, Bench, set_word

phases = pure("pen.phases")
scan: Any = pure("pen.scan")

SW_HOME, SW_LINK = NAMES.SW_HOME, NAMES.SW_LINK
NONE, START, TURN, HALT = range(4)


def product(*choices: Iterable[Any]) -> list[tuple[Any, ...]]:
    """Every combination."""
    return list(itertools.product(*choices))


def image_of(**words: int) -> Any:
    """A new image with a cap of 1 mm and strokes of 1 mm, then `words`."""
    image = NAMES.create()
    defaults = {"LI_CAP_UM": 1_000, "OR_PEAK_UM": 1_000, "OR_SLOT": 0, "IN_NOW_US": 10_000}
    for name, value in {**defaults, **words}.items():
        image[getattr(NAMES, name)] = value
    return image


def after(image: Any) -> tuple[int, int, int, int]:
    """Phase, motion, enable and feed once `advance` has run."""
    phases.advance(image)
    return image[NAMES.ST_PHASE], image[NAMES.OU_MOTION], image[NAMES.OU_ENABLE], image[NAMES.OU_FEED]


LAST = NAMES.MO_OUTWARD  # where the last step went, if nothing moves
MODES = (NAMES.MODE_OFF, NAMES.MODE_HOME, NAMES.MODE_HOLD)
YES_NO = (0, 1)
SLOTS = (0, 1, 2, 3)  # there are two; a bit that flips makes no others


@pytest.mark.parametrize(("mode", "fault", "moving"), product(MODES, (0, 101), YES_NO))
@pytest.mark.requirement("SR-10")
def test_off_is_left_for_homing_alone(mode: int, fault: int, moving: int) -> None:
    leads_on = mode == NAMES.MODE_HOME and not fault
    words = {"OR_LEASE_SEQ": 3, "OR_LEASE_US": 60_000_000, "ST_TRIGGER": 1, "ST_TRIGGER_READY": 1, "OR_MOVE_SEQ": 5}
    image = image_of(ST_PHASE=0, OR_MODE=mode, ST_FAULT=fault, IN_MOTION=moving, ST_AWAY=1, ST_OUT=1, **words)
    assert after(image) == ((NAMES.PHASE_HOMING, NONE, 1, 1) if leads_on else (NAMES.PHASE_OFF, NONE, 0, 0))
    assert image[NAMES.ST_LEASE_SEQ] == 3, "a lease ordered while off is spent"
    assert image[NAMES.ST_TRIGGER_READY] == 0
    assert (image[NAMES.ST_AWAY], image[NAMES.ST_OUT]) == (0, 0)
    assert image[NAMES.ST_MOVE_SEQ] == (0 if mode == NAMES.MODE_HOME else 5), "a move is kept for homing alone"


@pytest.mark.parametrize("number", [0, 1, 70_000])
def test_an_order_that_was_obeyed_is_none(number: int) -> None:
    image = image_of(ST_PHASE=0, ST_FAULT=104, OR_CLEAR_SEQ=number, ST_CLEAR_SEQ=number)
    assert after(image) == (NAMES.PHASE_OFF, NONE, 0, 0)
    assert image[NAMES.ST_FAULT] == 104
    words = {"OR_MOVE_SEQ": number, "ST_MOVE_SEQ": number}
    assert after(image_of(ST_PHASE=NAMES.PHASE_HOMING, OR_MODE=NAMES.MODE_HOME, **words))[1] == NONE
    words = {"OR_LEASE_SEQ": number, "ST_LEASE_SEQ": number, "OR_LEASE_START_US": 9_000, "OR_LEASE_US": 60_000_000}
    assert after(image_of(ST_PHASE=NAMES.PHASE_HOLD, OR_MODE=NAMES.MODE_HOLD, **words))[1] == NONE
    words = {"OR_STOP_SEQ": number, "ST_STOP_SEQ": number, "IN_MOTION": NAMES.MO_MOVING}
    assert after(image_of(ST_PHASE=NAMES.PHASE_STROKING, OR_MODE=NAMES.MODE_HOLD, **words))[1] == NONE


@pytest.mark.parametrize("mode", [-1, 4, 7, 1 << 20])
@pytest.mark.requirement("SR-23")
def test_a_mode_that_is_none_leads_nowhere(mode: int) -> None:
    """A bit of it that flips, while the pen is off."""
    image = image_of(ST_PHASE=0, OR_MODE=mode, OR_MOVE_SEQ=5)
    assert after(image) == (NAMES.PHASE_OFF, NONE, 0, 0)


@pytest.mark.parametrize(("strokes", "counted"), [(0, 1), (1, 2), (2, 3), ((1 << 30) - 1, 0)])
def test_a_stroke_that_was_cut_is_a_stroke_given(strokes: int, counted: int) -> None:
    image = image_of(ST_PHASE=0, ST_PEAK_UM=1, ST_STROKES=strokes, ST_LAST_PEAK_UM=700)
    phases.advance(image)
    phases.advance(image)
    assert (image[NAMES.ST_STROKES], image[NAMES.ST_LAST_PEAK_UM], image[NAMES.ST_PEAK_UM]) == (counted, 1, 0)


def test_one_that_never_passed_the_face_is_none() -> None:
    image = image_of(ST_PHASE=0, ST_PEAK_UM=0, ST_STROKES=1, ST_LAST_PEAK_UM=700)
    phases.advance(image)
    assert (image[NAMES.ST_STROKES], image[NAMES.ST_LAST_PEAK_UM], image[NAMES.ST_PEAK_UM]) == (1, 700, 0)


@pytest.mark.parametrize("left", [160, 0])
def test_a_clear_is_obeyed_in_off_alone(left: int) -> None:
    image = image_of(ST_PHASE=0, ST_FAULT=104, OR_CLEAR_SEQ=2, ST_TRACE_LEFT=left)
    phases.advance(image)
    assert (image[NAMES.ST_FAULT], image[NAMES.ST_TRACE_LEFT], image[NAMES.ST_CLEAR_SEQ]) == (0, -1, 2)
    image = image_of(ST_PHASE=NAMES.PHASE_RETRACT, IN_MOTION=1, ST_FAULT=105, OR_CLEAR_SEQ=2)
    phases.advance(image)
    assert (image[NAMES.ST_FAULT], image[NAMES.ST_CLEAR_SEQ]) == (105, 0)


@pytest.mark.parametrize(
    ("mode", "moving", "until", "home", "ordered"), product(MODES, YES_NO, (0, 1, 2), YES_NO, YES_NO)
)
def test_homing(mode: int, moving: int, until: int, home: int, ordered: int) -> None:
    if mode == NAMES.MODE_OFF:
        expected = NAMES.PHASE_OFF, HALT
    elif moving:
        there = (until == NAMES.UNTIL_HOME_CLOSED and home) or (until == NAMES.UNTIL_HOME_OPEN and not home)
        expected = NAMES.PHASE_HOMING, HALT if there else NONE
    elif ordered:
        expected = NAMES.PHASE_HOMING, START
    else:
        expected = (NAMES.PHASE_HOLD if mode == NAMES.MODE_HOLD else NAMES.PHASE_HOMING), NONE
    image = image_of(
        ST_PHASE=NAMES.PHASE_HOMING, OR_MODE=mode, IN_MOTION=moving | LAST, OR_MOVE_UNTIL=until, OR_MOVE_SEQ=ordered,
        IN_SWITCHES=home,
    )  # fmt: skip
    powered = int(expected[0] != NAMES.PHASE_OFF)
    assert after(image) == (*expected, powered, powered)
    assert image[NAMES.ST_MOVE_SEQ] == (ordered if expected[1] == START else 0)
    assert image[NAMES.OU_NEXT] == 0


LEASES = {"none": (0, 0), "runs": (1, 1), "over": (1, 0)}  # sequence, microseconds left


@pytest.mark.parametrize(
    ("mode", "lease", "trigger", "ready", "peak_um"),
    product(MODES, LEASES, YES_NO, YES_NO, (1_000, 1_001)),
)
@pytest.mark.requirement("SR-10")
@pytest.mark.requirement("SR-02")
def test_hold(mode: int, lease: str, trigger: int, ready: int, peak_um: int) -> None:
    """A stroke starts under a lease or a trigger that was seen open, if it stays within the cap."""
    sequence, left_us = LEASES[lease]
    image = image_of(
        ST_PHASE=NAMES.PHASE_HOLD, OR_MODE=mode, OR_LEASE_SEQ=sequence, OR_LEASE_START_US=9_000,
        OR_LEASE_US=1_000 + left_us, ST_TRIGGER=trigger, ST_TRIGGER_READY=ready, OR_PEAK_UM=peak_um,
        ST_TRIGGER_COUNT=50 * trigger, ST_STARTED=9, ST_RATE_COUNT=9,
    )  # fmt: skip
    wanted = lease == "runs" or (trigger and ready)
    if mode == NAMES.MODE_HOME:
        assert after(image) == (NAMES.PHASE_HOMING, NONE, 1, 1), "the drive is placed anew, and the lease waits"
        assert image[NAMES.ST_LEASE_SEQ] == 0
    elif mode != NAMES.MODE_HOLD:
        assert after(image) == (NAMES.PHASE_OFF, NONE, 0, 0)
    elif wanted and peak_um <= 1_000:
        assert after(image) == (NAMES.PHASE_STROKING, START, 1, 1)
        assert image[NAMES.ST_BY_TRIGGER] == int(lease != "runs")
        assert (image[NAMES.ST_STARTED], image[NAMES.ST_RATE_COUNT], image[NAMES.OU_NEXT]) == (0, 0, 0)
    else:
        assert after(image) == (NAMES.PHASE_HOLD, NONE, 1, 1)


@pytest.mark.requirement("SR-10")
def test_nothing_is_started_while_something_moves() -> None:
    """Whatever it is, the generator is asked for a stroke once it has come to its end."""
    words = {"OR_LEASE_SEQ": 1, "OR_LEASE_START_US": 9_000, "OR_LEASE_US": 60_000_000}
    image = image_of(ST_PHASE=NAMES.PHASE_HOLD, OR_MODE=NAMES.MODE_HOLD, IN_MOTION=NAMES.MO_MOVING, **words)
    assert after(image) == (NAMES.PHASE_HOLD, NONE, 1, 1)
    image[NAMES.IN_MOTION] = LAST
    assert after(image) == (NAMES.PHASE_STROKING, START, 1, 1)


MOTIONS = {"moving": NAMES.MO_MOVING, "open": NAMES.MO_MOVING | NAMES.MO_OPEN, "still": LAST}


@pytest.mark.parametrize(
    ("mode", "stop", "released", "motion", "ending", "lease"),
    product(MODES, YES_NO, YES_NO, MOTIONS, YES_NO, ("runs", "over")),
)
@pytest.mark.requirement("SR-12")
def test_stroking(mode: int, stop: int, released: int, motion: str, ending: int, lease: str) -> None:
    """Stop, mode and trigger come before everything else, whatever else happens in the same scan."""
    image = image_of(
        ST_PHASE=NAMES.PHASE_STROKING, OR_MODE=mode, OR_STOP_SEQ=stop, ST_BY_TRIGGER=released, ST_ENDING=ending,
        IN_MOTION=MOTIONS[motion], OR_LEASE_SEQ=1, OR_LEASE_START_US=9_000, ST_START_US=9_900,
        OR_PERIOD_US=40_000, OR_LEASE_US=40_901 if lease == "runs" else 40_900, ST_TRIGGER_READY=1,
    )  # fmt: skip
    if stop or released or mode != NAMES.MODE_HOLD:
        expected = NAMES.PHASE_RETRACT, TURN
    elif motion == "open":
        expected = NAMES.PHASE_STROKING, START if lease == "runs" else NONE
    elif motion == "still":
        expected = (NAMES.PHASE_HOLD, NONE) if ending else (NAMES.PHASE_STROKING, NONE)
    else:
        expected = NAMES.PHASE_STROKING, NONE
    assert after(image) == (*expected, 1, 1)
    if expected == (NAMES.PHASE_RETRACT, TURN):
        assert image[NAMES.ST_LEASE_SEQ] == 1, "the lease is over"
        assert image[NAMES.ST_TRIGGER_READY] == 0, "the trigger must be let go first"
    elif motion == "still" and not ending:
        assert image[NAMES.ST_ENDING] == 2, "the scan makes a fault of it"
    if expected[1] == START:
        assert (image[NAMES.OU_NEXT], image[NAMES.ST_ENDING]) == (1, 0)
    elif motion == "open" and expected[0] == NAMES.PHASE_STROKING:
        assert image[NAMES.ST_ENDING] == 1


@pytest.mark.parametrize("slot", SLOTS)
@pytest.mark.parametrize("phase", ["HOLD", "HOMING"])
@pytest.mark.requirement("SR-02")
def test_each_slot_has_its_own_peak(slot: int, phase: str) -> None:
    """Whatever is in the other one."""
    for peaks, moves in (((1_000, 1_000), True), ((1_001, 1_001), False), ((1_000, 1_001), slot & 1 == 0)):
        image = image_of(
            ST_PHASE=getattr(NAMES, f"PHASE_{phase}"), OR_MODE=NAMES.MODE_HOLD, OR_SLOT=slot, OR_MOVE_SEQ=1,
            OR_LEASE_SEQ=1, OR_LEASE_START_US=9_000, OR_LEASE_US=9_000,
        )  # fmt: skip
        for k, peak in enumerate(peaks):
            set_word(image, NAMES.OR_PEAK_UM + k, peak)
        phases.advance(image)
        assert (image[NAMES.OU_MOTION] == START) is moves
        assert image[NAMES.OU_SLOT] == image[NAMES.ST_QUEUED] == (slot & 1 if moves else 0)


@pytest.mark.parametrize("slot", SLOTS)
@pytest.mark.requirement("SR-11")
def test_the_next_start_is_a_period_of_the_stroke_under_way_later(slot: int) -> None:
    """40 or 60 ms; a lease of 50 ms from the start on covers the one and not the other."""
    image = image_of(
        ST_PHASE=NAMES.PHASE_STROKING, OR_MODE=NAMES.MODE_HOLD, IN_MOTION=MOTIONS["open"], OR_LEASE_SEQ=1,
        OR_LEASE_START_US=9_900, ST_START_US=9_900, OR_LEASE_US=50_000, ST_SLOT=slot, OR_PERIOD_US=40_000,
    )  # fmt: skip
    set_word(image, NAMES.OR_PERIOD_US + 1, 60_000)
    phases.advance(image)
    assert (image[NAMES.OU_MOTION] == START) is (slot & 1 == 0)


@pytest.mark.requirement("SR-02")
def test_a_stroke_beyond_the_cap_is_not_queued_either() -> None:
    bench = Bench(cap_um=500)
    bench.stroking(400)
    set_word(bench.image, NAMES.OR_PEAK_UM, 501)
    bench.motion = NAMES.MO_MOVING | NAMES.MO_OPEN
    bench.tick()
    assert (bench.phase, bench["OU_MOTION"], bench["ST_ENDING"]) == ("STROKING", NONE, 1)


@pytest.mark.parametrize(("mode", "fault", "moving"), product(MODES, (0, 105), YES_NO))
@pytest.mark.requirement("SR-07")
def test_retract_ends_when_nothing_moves(mode: int, fault: int, moving: int) -> None:
    image = image_of(ST_PHASE=NAMES.PHASE_RETRACT, OR_MODE=mode, ST_FAULT=fault, IN_MOTION=moving | LAST)
    if moving:
        expected = NAMES.PHASE_RETRACT
    else:
        expected = NAMES.PHASE_HOLD if mode == NAMES.MODE_HOLD and not fault else NAMES.PHASE_OFF
    powered = int(expected != NAMES.PHASE_OFF)
    assert after(image) == (expected, NONE, powered, powered)


@pytest.mark.parametrize(
    ("period_us", "travel_us", "lead_us"),
    [(50_000, 35_793, 14_207), (36_900, 35_793, 1_107), (36_899, 35_793, 1_107), (24_400, 35_793, 1_107)],
)
@pytest.mark.parametrize("under_way", [0, 2])
@pytest.mark.requirement("SR-16")
def test_the_lead_makes_up_the_period_but_leaves_a_rest(
    period_us: int, travel_us: int, lead_us: int, under_way: int
) -> None:
    """New period in slot 1 less the travel of the stroke under way in slot 0; 707 us of lead and 400 us of rest at least."""
    image = image_of(
        ST_PHASE=NAMES.PHASE_STROKING, OR_MODE=NAMES.MODE_HOLD, OR_SLOT=1, IN_MOTION=NAMES.MO_MOVING | NAMES.MO_OPEN,
        OR_LEASE_SEQ=1, OR_LEASE_START_US=9_000, OR_LEASE_US=1_000_000, LI_LEAD_US=707, LI_LEAD_REST_US=1_107,
        ST_SLOT=under_way,
    )  # fmt: skip
    for slot, period, travel in ((0, 90_000, travel_us), (1, period_us, 1)):
        set_word(image, NAMES.OR_PERIOD_US + slot, period)
        set_word(image, NAMES.OR_TRAVEL_US + slot, travel)
    phases.advance(image)
    assert (image[NAMES.OU_MOTION], image[NAMES.OU_NEXT], image[NAMES.OU_LEAD_US]) == (START, 1, lead_us)


# --- a stop byte, seen by the scan before the foreground reads it

STOPPED = [
    ("STROKING", NAMES.MO_MOVING | NAMES.MO_OUTWARD, "RETRACT", TURN),
    ("STROKING", NAMES.MO_MOVING | NAMES.MO_OPEN, "RETRACT", TURN),
    ("HOLD", 0, "HOLD", NONE),
    ("HOMING", NAMES.MO_MOVING, "HOMING", HALT),
    ("HOMING", 0, "HOMING", HALT),
    ("RETRACT", NAMES.MO_MOVING, "RETRACT", NONE),
]


@pytest.mark.parametrize(("phase", "motion", "then", "order"), STOPPED)
@pytest.mark.requirement("SR-12")
def test_a_stop_byte_stops_whatever_the_foreground_does(phase: str, motion: int, then: str, order: int) -> None:
    """A lease runs, the trigger is held and a move is ordered: none of them counts."""
    image = image_of(
        ST_PHASE=getattr(NAMES, f"PHASE_{phase}"), IN_MOTION=motion, IN_SWITCHES=NAMES.SW_STOP | SW_HOME,
        OR_MODE=NAMES.MODE_HOME if phase == "HOMING" else NAMES.MODE_HOLD, OR_MOVE_SEQ=1, OR_LEASE_SEQ=1,
        OR_LEASE_START_US=9_000, OR_LEASE_US=60_000_000, ST_TRIGGER=1, ST_TRIGGER_COUNT=50, ST_TRIGGER_READY=1,
        OR_STOP_SEQ=7, ST_STOP_SEQ=7, OR_PERIOD_US=40_000,
    )  # fmt: skip
    assert after(image)[:2] == (getattr(NAMES, f"PHASE_{then}"), order)
    image[NAMES.IN_SWITCHES] = SW_HOME
    image[NAMES.IN_MOTION] = 0
    image[NAMES.OU_MOTION] = NONE
    for _ in range(100):
        phase_now, motion_now, *_ = after(image)
        assert motion_now in (NONE, HALT), "nothing starts until the foreground has read it"
        assert phase_now in (NAMES.PHASE_HOLD, NAMES.PHASE_HOMING)


@pytest.mark.parametrize("mode", [*MODES, NAMES.MODE_PROVE])
@pytest.mark.requirement("SR-12")
def test_a_stop_byte_in_off_counts_as_soon_as_something_is_ordered(mode: int) -> None:
    """Off and told to stay so there is nothing to stop; told to home it stops what comes."""
    image = image_of(ST_PHASE=0, OR_MODE=mode, IN_SWITCHES=NAMES.SW_STOP, ST_FAULT=101)
    phases.advance(image)
    assert image[NAMES.ST_STOPPED] == int(mode != NAMES.MODE_OFF)


@pytest.mark.requirement("SR-12")
def test_what_is_ordered_after_the_foreground_has_read_the_stop_counts() -> None:
    image = image_of(
        ST_PHASE=NAMES.PHASE_HOLD, OR_MODE=NAMES.MODE_HOLD, IN_SWITCHES=NAMES.SW_STOP | SW_HOME, OR_STOP_SEQ=7,
    )  # fmt: skip
    assert after(image)[1] == NONE
    image[NAMES.IN_SWITCHES] = SW_HOME
    image[NAMES.OR_STOP_SEQ] = 8
    image[NAMES.OR_LEASE_SEQ], image[NAMES.OR_LEASE_START_US], image[NAMES.OR_LEASE_US] = 1, 9_000, 60_000_000
    assert after(image)[:2] == (NAMES.PHASE_STROKING, START)


# --- what the scan does without asking


def asks(image: Any) -> bool:
    """Whether a scan of this image asks `advance`, which is not asked."""
    asked: list[int] = []
    real = scan.advance
    scan.advance = asked.append
    try:
        scan.check(image, NAMES.create_trace(4))
    finally:
        scan.advance = real
    return bool(asked)


@settings(max_examples=1_000, deadline=None)
@given(st.data())
def test_where_the_scan_does_not_ask_nothing_would_have_changed(data: st.DataObject) -> None:
    """`scan.check` leaves `advance` out when nothing is to be done. Asked all the same, it changes no word.

    A stroke may have to wait for the next scan, which asks.
    """
    draw = data.draw
    bit = st.integers(0, 1)
    seldom = st.sampled_from([0, 0, 0, 0, 0, 1])
    image = image_of(
        ST_PHASE=draw(st.integers(1, 4)), OR_MODE=draw(st.sampled_from([0, 1, 2, 2, 2])), IN_MOTION=draw(st.sampled_from([0, 1, 1, 3, 5, 5, 5, 7])),
        IN_SWITCHES=draw(st.sampled_from([2, 3, 3, 67, 67, 195])), OR_STOP_SEQ=draw(seldom), ST_STOP_SEQ=0,
        OR_LEASE_SEQ=draw(bit), ST_LEASE_SEQ=draw(bit), OR_LEASE_US=60_000_000, OR_LEASE_START_US=9_000,
        ST_TRIGGER=draw(bit), ST_TRIGGER_COUNT=draw(bit), ST_TRIGGER_READY=draw(bit), ST_BY_TRIGGER=draw(bit),
        ST_STOPPED=draw(seldom), ST_STOPPED_SEQ=draw(bit), OR_MOVE_UNTIL=draw(st.integers(0, 2)), OR_MOVE_SEQ=draw(bit),
        OR_PERIOD_US=40_000, ST_START_US=9_900, ST_STILL_US=10_000, ST_ENDING=draw(bit), LI_SUPPLY_MAX_RAW=1,
        LI_TEMPERATURE_MIN_RAW=0, LI_OVER_UM=2_000, ST_TRACE_LEFT=0, OU_ENABLE=1, OU_FEED=1,
        ST_TRACE_SKIP=draw(bit),
    )  # fmt: skip
    opened = image[NAMES.ST_PHASE] == NAMES.PHASE_STROKING and image[NAMES.IN_MOTION] & NAMES.MO_OPEN
    asked = asks(image)
    event("asked" if asked else "not asked")
    if asked or image[NAMES.ST_FAULT]:
        return
    if opened:
        image[NAMES.ST_TRACE_SKIP] = 3
        assert asks(image)
    else:
        before = list(image)
        phases.advance(image)
        assert list(image) == before

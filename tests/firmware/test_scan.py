"""The scan as a whole: positions, trace rows, and what holds for whatever words it is given."""

import re
from array import array
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from pen_sim.loader import pure
from tests.firmware.support import BOARD, DRIVE, MASK, NAMES, Bench, image_names, raw_at, set_word

scan = pure("pen.scan")
limits = pure("pen.limits")

ROWS = 16


# --- positions


@pytest.mark.parametrize(("steps", "origin", "um"), [(0, 0, -300), (30, 0, 0), (1_130, 1_000, 1_000), (-5, -5, -300)])
def test_counted(steps: int, origin: int, um: int) -> None:
    bench = Bench(phase="OFF")
    bench["OR_ORIGIN"] = origin
    bench.image[NAMES.IN_STEPS] = steps
    scan.check(bench.image, bench.rows)
    assert bench["ST_COUNTED_UM"] == um


@pytest.mark.parametrize("raw", [0, 1, 744, 3_723, 5_212, 9_000, 15_387, 16_380])
def test_measured(raw: int) -> None:
    """-1.05 mm and 1.5 mm a volt, 3.3 V are 16380; cut to a micrometre, and the gain to 1/65536 um a count: 0.25 um."""
    bench = Bench(phase="OFF")
    bench.raw = raw
    bench.tick()
    assert abs(bench["ST_MEASURED_UM"] - (-1_050 + 1_500 * raw * 3.3 / 16_380)) <= 1.25


def test_the_count_is_still_since_its_last_step() -> None:
    bench = Bench()
    since_us = bench["ST_STILL_US"]
    bench.tick(3)
    assert bench["ST_STILL_US"] == since_us
    bench.counted_um += 10
    bench.tick()
    assert bench["ST_STILL_US"] == bench.now_us


# --- trace


def rows_of(bench: Bench) -> list[list[int]]:
    return [list(bench.rows[at : at + 6]) for at in range(0, len(bench.rows), 6)]


def test_a_row_is_written_every_so_many_scans() -> None:
    bench = Bench()
    at = bench["ST_TRACE_AT"]
    bench["ST_TRACE_SKIP"] = 1
    bench.current_raw = 77
    bench.tick()
    switches = NAMES.SW_HOME | NAMES.SW_CARTRIDGE | NAMES.SW_LINK | NAMES.SW_ENABLE_SENSE
    assert rows_of(bench)[at] == [bench.now_us, -300, -300, 77, 1 << 15 | 1 << 14 | switches, NAMES.PHASE_HOLD]
    bench.tick(3)
    assert bench["ST_TRACE_AT"] == at + 1
    bench.tick()
    assert bench["ST_TRACE_AT"] == at + 2


def test_the_ring_wraps() -> None:
    bench = Bench()
    bench["LI_TRACE_EVERY"] = 1
    bench["ST_TRACE_AT"] = limits.TRACE_ROWS - 1
    bench["ST_TRACE_SKIP"] = 1
    bench.tick()
    assert bench["ST_TRACE_AT"] == 0
    assert rows_of(bench)[-1][0] == bench.now_us


@pytest.mark.requirement("SR-23")
@pytest.mark.parametrize("at", [-1, limits.TRACE_ROWS, 1 << 20])
def test_a_place_outside_the_ring_writes_inside_it(at: int) -> None:
    """A flipped bit there must not have the scan write over somebody else's memory."""
    bench = Bench()
    bench["ST_TRACE_AT"] = at
    bench["ST_TRACE_SKIP"] = 1
    bench.tick()
    assert (bench["ST_TRACE_AT"], rows_of(bench)[0][0]) == (1, bench.now_us)


@pytest.mark.requirement("SR-23")
@pytest.mark.parametrize("bit", [7, 8, 22, 23, 30, 31])
@pytest.mark.parametrize("word", ["OR_RAISE", "ST_FAULT"])
def test_a_fault_that_there_is_not_stops_no_scan(word: str, bit: int) -> None:
    """A flipped bit there. The row has what fits into it of the code; raised, it cuts."""
    bench = Bench()
    bench["ST_TRACE_SKIP"] = 1
    at = bench["ST_TRACE_AT"]
    bench[word] = -(1 << 31) if bit == 31 else 1 << bit
    bench.tick(4)
    phase = NAMES.PHASE_HOLD if word == "ST_FAULT" else NAMES.PHASE_OFF
    code = 127 if (word, bit) == ("OR_RAISE", 31) else 1 << bit if bit == 7 else 0
    assert (bench["ST_PHASE"], rows_of(bench)[at][5]) == (phase, code << 8 | phase)


def test_the_ring_freezes_so_many_rows_after_a_fault() -> None:
    """128 rows, the first of them three scans after the fault's own at the latest, four scans apart."""
    bench = Bench()
    bench["ST_TRACE_SKIP"] = 1
    at = bench["ST_TRACE_AT"]
    bench["OR_RAISE"] = 106
    bench.tick(4)
    assert rows_of(bench)[at][4:] == [NAMES.MOVE_HALT << 8 | 67, 106 << 8]
    assert bench["ST_TRACE_LEFT"] == 127
    bench.tick(4 * 127)
    assert bench["ST_TRACE_LEFT"] == 0
    frozen = bytes(bench.trace)
    bench.tick(100)
    assert bytes(bench.trace) == frozen
    assert bench["ST_TRACE_AT"] == (at + 128) % limits.TRACE_ROWS


# --- whatever the words


Choose = Callable[[Random], int]


def within(least: int, greatest: int) -> Choose:
    return lambda random: random.randint(least, greatest)


def one_of(*values: int) -> Choose:
    return lambda random: random.choice(values)


def instant(random: Random) -> int:
    """Any, and those around the present of the healthy half."""
    return random.choice((random.randint(0, MASK), 0, MASK, 9_999, 10_000, 10_100))


# Every value that a word's owner can write; the first pattern that fits a name counts.
VALUES: tuple[tuple[str, Choose], ...] = (
    ("IN_STEPS|OR_ORIGIN", within(-5_000, 5_000)),
    ("IN_.*_RAW", within(0, 16_380)),
    ("IN_SWITCHES", within(0, 127)),
    ("IN_MOTION", within(0, 7)),
    ("OR_MODE|ST_PROOF", within(0, 3)),
    ("OR_MOVE_UNTIL|ST_LIMIT_BAD", within(0, 2)),
    ("ST_LIMIT_AT", within(-1, 40)),
    ("ST_SENSE_COUNT", within(0, 20)),
    ("OR_RAISE", one_of(0, 0, 0, 106, 117)),
    ("ST_PHASE", within(0, 4)),
    ("ST_FAULT", one_of(0, 0, 101, 105, 130)),
    ("ST_TRIGGER_COUNT", within(0, 50)),
    ("ST_RATE_COUNT", within(0, 63)),
    ("ST_TRACE_AT", within(0, ROWS - 1)),
    ("ST_TRACE_LEFT", within(-1, 5)),
    ("ST_TRACE_SKIP", within(0, 4)),
    (".*_SLOT|ST_QUEUED|ST_(TRIGGER|TRIGGER_READY|BY_TRIGGER|OUT|AWAY|PRIMED|SUSPECT|STOPPED)", within(0, 1)),
    ("ST_ENDING", within(0, 2)),
    ("OR_LEASE_US", within(0, 60_000_000)),
    ("OR_PEAK_UM", one_of(-300, 500, 1_000, 1_500, 1 << 29)),
    ("OR_PERIOD_US", within(6_000, 1_000_000)),
    ("OR_RATE_SLACK_US", within(0, 10_000)),
    ("OR_OUT_US", within(0, 500_000)),
    (".*_SEQ", within(0, 2)),
    (".*_UM", within(-3_000, 6_000)),
    (".*_US", instant),
    ("ST_COUNT", within(0, 200)),
    (".*", within(0, 100)),
)
WIDE = {"OR_PEAK_UM": 2, "OR_PERIOD_US": 2, "OR_RATE_SLACK_US": 2, "OR_OUT_US": 2, "ST_COUNT": 9}
WORDS = [
    (at + k, next(choose for pattern, choose in VALUES if re.fullmatch(pattern, name)))
    for name, at in image_names("IN_", "OR_", "ST_").items()
    for k in range(WIDE.get(name, 1))
]


def image_from(seed: int) -> "array[int]":
    random = Random(seed)
    image = NAMES.create()
    limits.fill(image, BOARD, DRIVE)
    limits.set_period(image, 100)
    set_word(image, NAMES.LI_TRACE_ROWS, ROWS)
    set_word(image, NAMES.LI_CAP_UM, random.choice((0, 500, 1_000, 3_000)))
    if seed % 3 == 1:  # a drive that sends the tip all the way at once
        set_word(image, NAMES.LI_FOLLOW_US, 5_000)
        set_word(image, NAMES.LI_HOME_AT_REST, 0)
    for at, choose in WORDS:
        set_word(image, at, choose(random))
    if not seed & 15:
        image[random.randrange(NAMES.LIMITS_FIRST, NAMES.LIMITS_FIRST + NAMES.LIMITS_COUNT)] += 1 << random.randrange(
            10
        )
    if not image[NAMES.ST_SUSPECT]:
        for bit in range(9):
            image[NAMES.ST_COUNT + bit] = 0
    if seed & 3:
        make_healthy(image, random)
    return image


def make_healthy(image: "array[int]", random: Random) -> None:
    """So that phases are reached and not faults alone."""
    image[NAMES.ST_LAST_US] = image[NAMES.ST_BEAT_US] = (image[NAMES.IN_NOW_US] - 100) & MASK
    image[NAMES.ST_START_US] = (image[NAMES.IN_NOW_US] - random.randint(0, 10_000)) & MASK
    image[NAMES.IN_SCAN_US] = 27
    image[NAMES.IN_SWITCHES] = image[NAMES.IN_SWITCHES] & ~24 | 2
    steps = random.randint(0, 10 if image[NAMES.ST_PHASE] == NAMES.PHASE_HOMING else 80)  # homing stays behind the face
    image[NAMES.IN_STEPS] = image[NAMES.OR_ORIGIN] + steps
    image[NAMES.IN_TIP_RAW] = raw_at(steps * 10 - 300 + random.randint(-8, 8))
    image[NAMES.IN_CURRENT_RAW], image[NAMES.IN_SUPPLY_RAW] = 0, 9_900
    image[NAMES.IN_TEMPERATURE_RAW] = 3_500
    image[NAMES.OR_RAISE] = image[NAMES.ST_SUSPECT] = image[NAMES.ST_SENSE_COUNT] = 0
    if image[NAMES.ST_PHASE]:
        image[NAMES.IN_SWITCHES] |= NAMES.SW_ENABLE_SENSE
    else:
        image[NAMES.IN_SWITCHES] &= ~NAMES.SW_ENABLE_SENSE


# From a phase to another within one scan; a stroke that is not wanted any more is back in HOLD after RETRACT at once
# if nothing moves, and off if there is a fault.
OFF, HOMING, HOLD, STROKING, RETRACT = range(5)
TRANSITIONS = {
    OFF: {OFF, HOMING},
    HOMING: {OFF, HOMING, HOLD},
    HOLD: {OFF, HOMING, HOLD, STROKING},
    STROKING: {OFF, HOLD, STROKING, RETRACT},
    RETRACT: {OFF, HOLD, RETRACT},
}


@settings(max_examples=1_500, deadline=None)
@given(st.integers(0, 1 << 64))
@pytest.mark.requirement("SR-02")
@pytest.mark.requirement("SR-10")
def test_whatever_the_words(seed: int) -> None:
    """No exception, and no word beyond 32 bits: array('i') would raise."""
    image = image_from(seed)
    before = array("i", image)
    trace = memoryview(NAMES.create_trace(ROWS)).cast("i")
    scan.check(image, trace)

    def was(name: str) -> int:
        return before[getattr(NAMES, name)]

    def now(name: str) -> int:
        return image[getattr(NAMES, name)]

    phase, motion = now("ST_PHASE"), now("OU_MOTION")
    event(f"{was('ST_PHASE')} to {phase}, motion {motion}, fault {bool(now('ST_FAULT'))}")
    assert phase in TRANSITIONS[was("ST_PHASE")]
    assert now("OU_ENABLE") == int(phase != OFF)
    proves = phase == HOMING and was("OR_MODE") == NAMES.MODE_PROVE
    assert now("OU_FEED") == int(phase != OFF and not proves), "only the proof starves the dead-man"
    assert motion in range(4)
    assert now("OU_SLOT") in (0, 1)
    assert now("OU_NEXT") in (0, 1)
    assert image[: NAMES.OU_ENABLE] == before[: NAMES.OU_ENABLE], "inputs are not the scan's"
    for part in (slice(NAMES.LI_PERIOD_US, NAMES.ST_SENSE_COUNT), slice(NAMES.LIMITS_COPY, NAMES.WORDS)):
        assert image[part] == before[part], "nor are limits and orders"
    if now("ST_FAULT") and not was("ST_FAULT"):
        assert phase in (OFF, RETRACT)
    cleared = was("ST_PHASE") == OFF and was("OR_CLEAR_SEQ") != was("ST_CLEAR_SEQ")
    if was("ST_FAULT") and not cleared:
        assert now("ST_FAULT") == was("ST_FAULT")
        assert now("ST_FAULT_US") == was("ST_FAULT_US")
    if motion == NAMES.MOVE_START:
        assert phase in (HOMING, STROKING)
        assert now("ST_FAULT") == 0, "a fault lets nothing start"
        assert before[NAMES.OR_PEAK_UM + now("OU_SLOT")] <= was("LI_CAP_UM"), "SR-02"
        if phase == STROKING:
            assert was("OR_MODE") == NAMES.MODE_HOLD
            triggered = now("ST_TRIGGER") and now("ST_TRIGGER_READY")
            assert was("ST_LEASE_SEQ") != was("OR_LEASE_SEQ") or triggered
    if motion == NAMES.MOVE_TURN:
        assert was("ST_PHASE") == STROKING


def test_the_row_waits_where_a_stroke_begins_or_ends() -> None:
    bench = Bench()
    bench.lease()
    bench.tick()
    bench.motion = NAMES.MO_MOVING
    for um in (10 - BOARD.CLEARANCE_UM, -BOARD.CLEARANCE_UM):
        bench.at(um, NAMES.MO_MOVING)
        bench["ST_TRACE_SKIP"] = 1  # a row is due
        at = bench["ST_TRACE_AT"]
        bench.tick()
        assert bench["ST_TRACE_AT"] == at
        bench.tick()
        assert bench["ST_TRACE_AT"] == at + 1
        bench.tick()


# --- what is left to the phases


def busy_with(what: str) -> Bench:
    """In the middle of it, with nothing to be decided."""
    bench = Bench(phase="HOMING" if what == "homing" else "HOLD")
    bench["OR_LEASE_SEQ"] = bench["ST_LEASE_SEQ"] = bench["OR_STOP_SEQ"] = bench["ST_STOP_SEQ"] = 70_000
    if what == "homing":
        bench.home, bench.motion = False, NAMES.MO_MOVING
        bench["OR_MOVE_UNTIL"] = NAMES.UNTIL_HOME_CLOSED
    elif what == "trigger":
        bench.press(50)
        bench.at(-100, NAMES.MO_MOVING | NAMES.MO_OUTWARD)
    elif what != "ready":
        bench.stroking(450)
    if what == "return":
        bench["ST_PHASE"] = NAMES.PHASE_RETRACT
    bench.tick()
    return bench


@pytest.mark.parametrize("what", ["homing", "ready", "stroke", "trigger", "return"])
def test_the_phases_are_not_asked_while_nothing_is_to_be_done(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would cost more than the rest of the scan. [decision 0003]"""
    bench = busy_with(what)
    asked: list[object] = []
    monkeypatch.setattr(scan, "advance", asked.append)
    assert bench.tick(3) == 0
    assert bench.outputs() == (1, 1, NAMES.MOVE_NONE)
    assert not asked


@pytest.mark.parametrize("fault", [101, -105])
def test_nor_are_they_in_the_scan_that_cuts_or_turns_round(fault: int, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = busy_with("stroke")
    asked: list[object] = []
    monkeypatch.setattr(scan, "advance", asked.append)
    bench["OR_RAISE"] = fault
    assert bench.tick() == abs(fault)
    assert not asked


@pytest.mark.parametrize("bit", [1, 20])
@pytest.mark.requirement("SR-23")
def test_a_flipped_bit_of_the_stops_that_were_obeyed_is_a_stop(bit: int) -> None:
    bench = busy_with("stroke")
    bench["ST_STOP_SEQ"] ^= 1 << bit
    bench.tick()
    assert (bench.phase, bench.outputs()) == ("RETRACT", (1, 1, NAMES.MOVE_TURN))


# --- a fault


@pytest.mark.parametrize("fault", [101, -105])
@pytest.mark.parametrize("phase", ["OFF", "HOMING", "HOLD", "STROKING", "RETRACT"])
@pytest.mark.requirement("SR-07")
def test_a_fault_is_latched_with_its_snapshot(phase: str, fault: int) -> None:
    """Cut: off at once, from everywhere. Retract: only a stroke has a way back to finish."""
    bench = Bench(phase="HOLD" if phase in ("STROKING", "RETRACT") else phase)
    if phase in ("STROKING", "RETRACT"):
        bench.stroking(450)
        bench["ST_PHASE"] = getattr(NAMES, f"PHASE_{phase}")
        bench["OR_MODE"] = NAMES.MODE_HOLD
    bench["LI_TRACE_AFTER"] = 160
    bench["ST_TRACE_SKIP"] = 4
    bench["OR_RAISE"] = fault
    bench.current_raw = 7
    assert bench.tick() == abs(fault)
    snapshot = [bench[f"ST_FAULT_{name}"] for name in ("US", "COUNTED_UM", "MEASURED_UM", "CURRENT_RAW", "SWITCHES")]
    seen = [bench[name] for name in ("IN_NOW_US", "ST_COUNTED_UM", "ST_MEASURED_UM", "IN_CURRENT_RAW", "IN_SWITCHES")]
    assert snapshot == seen
    assert snapshot[1] == bench.counted_um
    assert snapshot[3] == 7
    assert bench["ST_TRACE_LEFT"] == 160
    if fault > 0 or phase not in ("STROKING", "RETRACT"):
        assert (bench.phase, bench.outputs()) == ("OFF", (0, 0, NAMES.MOVE_HALT))
    else:
        turn = NAMES.MOVE_TURN if phase == "STROKING" else NAMES.MOVE_NONE
        assert (bench.phase, bench.outputs()) == ("RETRACT", (1, 1, turn))


def test_the_first_cause_wins_and_the_worse_reaction_rules() -> None:
    bench = Bench()
    bench.stroking(450)
    bench["OR_RAISE"] = -112
    bench.tick()
    at_us, left = bench["ST_FAULT_US"], bench["ST_TRACE_LEFT"]
    bench["OR_RAISE"] = 101
    assert bench.tick() == 112
    assert (bench["ST_FAULT_US"], bench.phase) == (at_us, "OFF")
    assert bench["ST_TRACE_LEFT"] in (left, left - 1)
    assert bench.outputs() == (0, 0, NAMES.MOVE_HALT)


def test_a_stroke_that_should_have_been_followed_is_a_fault_in_the_next_scan() -> None:
    bench = Bench()
    bench.stroking(450)
    bench.at(-BOARD.CLEARANCE_UM)
    assert bench.tick() == 0
    assert bench.tick() == 124
    assert bench.phase == "RETRACT"
    bench.tick()
    assert (bench.phase, bench.outputs()) == ("OFF", (0, 0, NAMES.MOVE_NONE))

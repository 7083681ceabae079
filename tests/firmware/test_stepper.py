"""The planner: exact numbers for the bench's drive, and every drive that a board may ask for."""

from array import array
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pen_sim.loader import pure
from tests.firmware.motion_model import FIELDS, Drive, Step, assert_within_the_drive, drives, ramp_time_us, steps_of
from tests.firmware.support import BOARD, board_like

stroke = pure("pen.stepper")
generator = pure("pen.steps")

BENCH = Drive(BOARD)
# sqrt(2 n / 4e6) s in whole us is 707, 1000, 1224, 1414, 1581, 1732, 1870, 2000; the differences are the intervals.
RAMP_US = [707, 293, 224, 190, 167, 151, 138, 130]
CRUISE_US = 125  # 8000 steps/s


def words_of(planned: Any) -> list[int]:
    words = array("I", [0] * generator.SLOT_WORDS)
    return list(words[: planned.write(words)])


@given(st.integers(0, 10**15))
def test_isqrt(value: int) -> None:
    root = stroke.isqrt(value)
    assert root * root <= value < (root + 1) ** 2


def test_the_benchs_ramp() -> None:
    """v^2 / 2 a = 8 steps; the ninth would be as fast as full speed."""
    assert list(BENCH.ramp) == [*RAMP_US, CRUISE_US]
    assert BENCH.ramp_steps == 8


@pytest.mark.parametrize(("steps_per_s", "interval_us"), [(500, 2_000), (101, 9_900), (300, 3_333)])
def test_the_interval_of_homing(steps_per_s: int, interval_us: int) -> None:
    """A second in so many steps, in whole microseconds: 101 steps would take 9900.99 us each."""
    assert Drive(board_like(HOMING_STEPS_PER_S=steps_per_s)).homing_us == interval_us


@pytest.mark.parametrize(
    ("depth_um", "steps", "travel_us"),
    [
        (500, 80, 4_000 + 64 * 125),
        (1_000, 130, 4_000 + 114 * 125),
        (3_000, 330, 4_000 + 314 * 125),
        (-300 + 160, 16, 4_000),
        (-300 + 50, 5, 2 * 1_000 + 224),
        (-290, 1, 707),
        (-300, 0, 0),
    ],
)
def test_travel(depth_um: int, steps: int, travel_us: int) -> None:
    """Two ramps of 2000 us and 125 us a step between them; short ways never reach full speed."""
    assert BENCH.steps_to(depth_um) == steps
    assert BENCH.travel_us(steps) == travel_us


@pytest.mark.parametrize(("depth_um", "rate_dhz"), [(500, 409), (1_000, 270), (3_000, 115), (1_500, 202)])
def test_the_envelope(depth_um: int, rate_dhz: int) -> None:
    """10^7 / (2 * travel + 400 us of rest), rounded down: design.md says about 41, 27 and 11 Hz."""
    travel_us = 4_000 + (BENCH.steps_to(depth_um) - 16) * 125
    assert 10**7 // (2 * travel_us + 400) == BENCH.rate_max_dhz(depth_um)
    assert abs(BENCH.rate_max_dhz(depth_um) - rate_dhz) <= 1


def test_the_words_of_a_short_stroke() -> None:
    """Five steps out and back: 707, 293, 224, 293, 707."""
    planned = stroke.Stroke(BENCH, -250, 100)
    out = [1 << 31 | us for us in (707, 293, 224, 293, 707)]
    assert words_of(planned) == out + [word & ~(1 << 31) for word in out]
    assert (planned.period_us, planned.travel_us) == (100_000, 2 * 2_224 - 707)


@pytest.mark.parametrize(("rate_dhz", "period_us"), [(10, 1_000_000), (271, 36_900), (270, 37_037), (30, 333_333)])
def test_periods_are_rounded_to_the_nearest(rate_dhz: int, period_us: int) -> None:
    """10^7 / 271 = 36900.37, / 270 = 37037.04, / 30 = 333333.3."""
    assert stroke.Stroke(BENCH, 500, rate_dhz).period_us == period_us


def test_a_stroke_that_the_drive_cannot_make() -> None:
    most = BENCH.rate_max_dhz(1_000)
    stroke.Stroke(BENCH, 1_000, most)
    with pytest.raises(ValueError, match="cannot make this stroke"):
        stroke.Stroke(BENCH, 1_000, most + 1)


def test_time_beyond_the_face() -> None:
    """1000 um are 130 steps, 30 to the face: 2000 + 22 * 125 us of 18250, twice."""
    assert stroke.Stroke(BENCH, 1_000, 100).out_us() == 2 * (18_250 - 4_750)


def test_the_greatest_depth_at_a_rate() -> None:
    for rate_dhz in (100, 271, 409, 1_000):
        depth_um = BENCH.depth_max_um(rate_dhz)
        assert BENCH.rate_max_dhz(depth_um) >= rate_dhz > BENCH.rate_max_dhz(depth_um + 1)


def test_the_greatest_depth_is_that_of_the_most_steps_that_a_word_holds() -> None:
    """1940 + 108 um of 1 um each are 2048 steps; at 50,000 a second that is far more often than once a second."""
    drive = Drive(
        board_like(STEP_UM=1, CLEARANCE_UM=108, DEPTH_MAX_UM=1_940, STEPS_PER_S=50_000, STEPS_PER_S2=100_000_000)
    )
    assert drive.depth_max_um(10) == 1_940


# --- drives that do not fit


@pytest.mark.parametrize(
    ("speed", "gain", "fits"),
    [(8_000, 4_000_000, True), (8_000, 2_000_000, False), (100_000, 10_000, False), (100, 100_000_000, True)],
)
def test_ramps_of_more_than_15_steps_are_refused(speed: int, gain: int, fits: bool) -> None:
    """A stroke has two ways of two ramps and a cruise each: 2 * (2 * 15 + 1) = 62 of 64 words."""
    board = board_like(STEPS_PER_S=speed, STEPS_PER_S2=gain, STEP_UM=50, DEPTH_MAX_UM=500)
    if fits:
        assert Drive(board).ramp_steps <= 15
    else:
        with pytest.raises(ValueError, match="ramp is too long"):
            Drive(board)


def test_every_ramp_has_a_step() -> None:
    """The lead takes the first word's place, so that word must be a single step, even where full speed is slow."""
    drive = Drive(board_like(STEPS_PER_S=100, STEPS_PER_S2=100_000_000, STEP_UM=50, DEPTH_MAX_UM=500))
    assert list(drive.ramp) == [10_000, 10_000]


def test_a_stroke_of_more_steps_than_a_word_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="steps"):
        Drive(board_like(STEP_UM=1, CLEARANCE_UM=300, DEPTH_MAX_UM=3_000))
    Drive(board_like(STEP_UM=2, CLEARANCE_UM=300, DEPTH_MAX_UM=3_000))


@pytest.mark.parametrize(("speed", "fits"), [(659, False), (661, True)])
def test_a_drive_too_slow_for_the_least_rate_is_refused(speed: int, fits: bool) -> None:
    """3 mm are 330 steps: out and back within a second less 400 us of rest is 660.3 steps/s; what it starts with at rest is one step."""
    board = board_like(STEPS_PER_S=speed, STEPS_PER_S2=100_000_000)
    if fits:
        assert Drive(board).rate_max_dhz(3_000) == board.RATE_MIN_DHZ == 10
    else:
        with pytest.raises(ValueError, match="too slow"):
            Drive(board)


# --- every drive


@settings(max_examples=300, deadline=None)
@given(drives(), st.integers(100, 3_000), st.integers(10, 1_500))
@pytest.mark.requirement("SR-06")
@pytest.mark.requirement("SR-16")
def test_every_stroke(made: tuple[ModuleType, Any], depth_um: int, rate_dhz: int) -> None:
    """A refusal with a rate that works, or words that go exactly there and back within the drive and the period."""
    board, drive = made
    depth_um = min(depth_um, board.DEPTH_MAX_UM)
    if rate_dhz > drive.rate_max_dhz(depth_um):
        rate_dhz = drive.rate_max_dhz(depth_um)
        if rate_dhz < FIELDS["RATE_MIN_DHZ"][0]:
            return  # no rate that a person could set
    planned = stroke.Stroke(drive, depth_um, rate_dhz)
    words = words_of(planned)
    assert len(words) <= generator.SLOT_WORDS
    assert (words[0] >> 20 & 0x7FF) == 0, "the lead is one step"
    first_us, next_us = drive.ramp[0], planned.period_us - planned.travel_us
    steps = steps_of(words, first_us)
    peak_um = max(step.at for step in steps) * board.STEP_UM - board.CLEARANCE_UM
    assert depth_um - board.STEP_UM < peak_um <= depth_um, "to the step"
    assert steps[-1].at == 0, "ends retracted"
    assert len(steps) == 2 * drive.steps_to(depth_um), "out and back, nothing else"
    assert_within_the_drive(board, steps)
    following = steps_of(words, next_us)
    assert sum(step.interval_us for step in following) == planned.period_us, "from first step to first step"
    assert planned.period_us == round(10**7 / rate_dhz) or 2 * (10**7 % rate_dhz) == rate_dhz
    assert next_us - first_us >= board.REST_MIN_US
    assert next_us <= generator.INTERVAL_MOST_US
    assert_out_time(board, planned, steps)


def assert_out_time(board: ModuleType, planned: Any, steps: list[Step]) -> None:
    """The planner's time beyond the face is no less than the steps' own, from the first beyond to the first back."""
    face = board.CLEARANCE_UM / board.STEP_UM
    at_us = 0
    times: list[int] = []
    for step in steps:
        at_us += step.interval_us
        if bool(times) is (step.at <= face):
            times.append(at_us)
    if len(times) > 1:
        assert planned.out_us() >= times[1] - times[0]


@given(drives())
def test_the_ramp_is_the_kinematics(made: tuple[ModuleType, Any]) -> None:
    """Step n at sqrt(2 n / a), to the microsecond, until full speed; never above it."""
    board, drive = made
    took_us = 0
    for count in range(1, drive.ramp_steps + 1):
        took_us += drive.ramp[count - 1]
        if drive.ramp_steps > 1:
            assert 0 <= ramp_time_us(board, count) - took_us < 1
    assert drive.ramp[drive.ramp_steps] == -(-1_000_000 // board.STEPS_PER_S)
    if drive.ramp_steps > 1:
        n = drive.ramp_steps + 1
        assert ramp_time_us(board, n) - ramp_time_us(board, n - 1) < drive.ramp[n - 1] + 1, "no ramp too short"

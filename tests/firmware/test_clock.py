"""The pen's microseconds against the host's milliseconds."""

from random import Random
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pen_sim.loader import pure
from tests.firmware.support import MASK, NAMES, Pen

clock = pure("pen.clock")


def disagrees(
    ppm: int, seconds: float, turn_ms: int = 2, start_us: int = MASK - 400_000, start_ms: int = 2_000
) -> float:
    """After how many seconds the pen's clock, so many millionths too fast, is found wrong; infinite if never."""
    watch = clock.Clock()
    true_us = 0
    while true_us < seconds * 1e6:
        now_us = (start_us + true_us + true_us * ppm // 1_000_000) & MASK
        if watch.poll(now_us, (start_ms + true_us // 1_000) & 2_047):
            return true_us / 1e6
        true_us += turn_ms * 1_000 - 137
    return float("inf")


@given(st.integers(-7_000, 7_000), st.sampled_from([2, 5, 20, 37]), st.integers(0, MASK), st.integers(0, 2_047))
@pytest.mark.requirement("SR-22")
def test_what_a_crystal_and_a_host_may_be_apart_is_no_fault(
    ppm: int, turn_ms: int, start_us: int, start_ms: int
) -> None:
    assert disagrees(ppm, 4.0, turn_ms, start_us, start_ms) == float("inf")


@given(st.integers(13_000, 400_000), st.sampled_from([-1, 1]), st.sampled_from([2, 20, 37]))
@pytest.mark.requirement("SR-22")
def test_more_than_that_is_found_in_little_more_than_a_second(ppm: int, sign: int, turn_ms: int) -> None:
    assert disagrees(sign * ppm, 4.0, turn_ms) < 1.1


def test_without_a_host_nothing_is_said() -> None:
    watch = clock.Clock()
    assert not any(watch.poll(k * 2_000, -1) for k in range(2_000))


@pytest.mark.parametrize("pause_ms", [201, 1_000, 5_000])
def test_a_pause_of_host_or_foreground_begins_anew(pause_ms: int) -> None:
    """The host sleeps: its frames stand while time goes on, or time has gone on when it is looked at again."""
    watch = clock.Clock()
    wrong = [watch.poll(ms * 1_000, ms & 2_047) for ms in range(0, 700, 2)]
    asleep = range(700, 700 + pause_ms, 2)
    wrong += [watch.poll(ms * 1_000, 698) for ms in asleep]
    wrong += [watch.poll((ms + pause_ms) * 1_000, ms & 2_047) for ms in range(700, 4_000, 2)]
    wrong.append(watch.poll(9_000_000, 9_000 & 2_047))
    assert not any(wrong)


@pytest.mark.requirement("SR-22")
def test_a_pen_whose_clock_is_wrong_is_cut() -> None:
    pen = Pen(seed=1).arm()
    true_ms = pen.machine.hal.host_ms
    begun = pen.machine.now_ns
    pen.machine.hal.host_ms = lambda: (true_ms() + (pen.machine.now_ns - begun) // 1_000_000 // 50) & 2_047
    pen.say("RUN 5", 2.5)
    assert pen.say("FAUL?").startswith('128,"CLOCK"')
    assert not pen.machine.gate
    assert pen.plant.max_tip_um < 1_020


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize(("ppm", "code"), [(0, 0), (20_000, 128), (-20_000, 128)])
@pytest.mark.requirement("SR-22")
def test_a_foreground_that_is_held_up_between_the_two_readings_says_nothing(before: bool, ppm: int, code: int) -> None:
    """One time in three, for 20 ms, before or after the host's is read: the other readings are left to find a wrong clock by."""
    watches = pure("pen.watches")
    random = Random(1)
    true_us = 0

    def now_us() -> int:
        return (true_us + true_us * ppm // 1_000_000) & MASK

    def host_ms() -> int:
        nonlocal true_us
        held_us = 0 if random.randrange(3) else 20_000
        true_us += held_us if before else 0
        found = true_us // 1_000 & 2_047
        true_us += 0 if before else held_us
        return found

    image = [0] * NAMES.WORDS
    hal = SimpleNamespace(now_us=now_us, host_ms=host_ms)
    session = SimpleNamespace(clock=clock.Clock(), hal=hal, image=image, fault=lambda: image[NAMES.OR_RAISE])
    while true_us < 10_000_000:
        watches.watch_clock(session, now_us())
        true_us += 10_000
    assert image[NAMES.OR_RAISE] == code

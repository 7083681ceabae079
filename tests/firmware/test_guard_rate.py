"""The rate: windows of starts against the period, each seen up to a scan late."""

import pytest

from tests.firmware.support import BOARD, MASK, NAMES, Bench, set_word

PERIOD_US = 40_000
SLACK_US = 400  # a period, 1 %
GRAIN_US = 300  # a window


class Starts:
    """Strokes of 1 ms that start when told; between them the tip is retracted, and the next is always queued."""

    def __init__(self, now_us: int = 5_000) -> None:
        self.bench = Bench(cap_um=500, now_us=now_us)
        self.bench.lease()
        self.bench.tick()
        self.bench.motion = NAMES.MO_MOVING
        self.waited_us = 0

    def start(self, after_us: int) -> int:
        """The next stroke starts `after_us` after the one before; returns the fault."""
        bench = self.bench
        while after_us - self.waited_us > 100:
            bench.tick()
            self.waited_us += 100
        bench.at(-BOARD.CLEARANCE_UM + 10, NAMES.MO_MOVING)
        fault = bench.tick(us=after_us - self.waited_us)
        bench.at(-BOARD.CLEARANCE_UM, NAMES.MO_MOVING)
        bench.tick()
        self.waited_us = 100
        return fault or bench["ST_FAULT"]


@pytest.mark.parametrize("now_us", [5_000, MASK - 30_000])  # the clock wraps between the two starts
@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.requirement("SR-16")
def test_one_period(sign: int, now_us: int) -> None:
    """40 ms, 0.4 ms and 0.3 ms."""
    starts = Starts(now_us)
    assert starts.start(5_000) == 0
    assert starts.start(PERIOD_US + sign * (SLACK_US + GRAIN_US)) == 0
    other = Starts(now_us)
    assert other.start(5_000) == 0
    assert other.start(PERIOD_US + sign * (SLACK_US + GRAIN_US + 1)) == 105
    assert other.bench.phase in ("RETRACT", "OFF")


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.requirement("SR-16")
def test_a_full_window_holds_one_percent_and_the_grain(sign: int) -> None:
    """405 us a period are 1.01 %: after 61 periods 24705 us are more than 61 * 400 + 300, after 60 they are not."""
    starts = Starts()
    starts.start(5_000)
    for _ in range(60):
        assert starts.start(PERIOD_US + sign * 405) == 0
    assert starts.start(PERIOD_US + sign * 405) == 105


@pytest.mark.requirement("SR-16")
def test_windows_follow_each_other() -> None:
    """404 us a period: 64 * 404 = 25856 < 64 * 400 + 300, so the rate passes for ever, if each window begins at 0."""
    starts = Starts()
    starts.start(5_000)
    for count in range(1, 131):
        assert starts.start(PERIOD_US + 404) == 0
        assert starts.bench["ST_RATE_COUNT"] == count % 64


def test_another_slot_begins_another_window() -> None:
    """A change of rate between two strokes is no error of the rate."""
    starts = Starts()
    starts.start(5_000)
    starts.start(PERIOD_US)
    bench = starts.bench
    set_word(bench.image, NAMES.OR_PERIOD_US + 1, 80_000)
    set_word(bench.image, NAMES.OR_RATE_SLACK_US + 1, 800)
    bench["ST_QUEUED"] = 1
    assert starts.start(61_000) == 0
    assert starts.start(80_000 + 1_100) == 0
    bench["ST_QUEUED"] = 0
    assert starts.start(61_000) == 0, "and back"
    bench["ST_QUEUED"] = 1
    assert starts.start(61_000) == 0
    assert starts.start(80_000 + 1_100) == 0
    assert starts.start(80_000 + 801) == 105, "1901 us in two periods: 1600 and 300 are allowed"


@pytest.mark.requirement("SR-16")
@pytest.mark.requirement("SR-23")
def test_a_flipped_bit_of_the_queued_slot_makes_no_other_slot_of_it() -> None:
    starts = Starts()
    starts.start(5_000)
    starts.bench["ST_QUEUED"] = 2
    assert starts.start(PERIOD_US + SLACK_US + GRAIN_US + 1) == 105


@pytest.mark.requirement("SR-16")
@pytest.mark.requirement("SR-23")
def test_a_flipped_bit_of_the_number_of_strokes_begins_no_window() -> None:
    starts = Starts()
    starts.start(5_000)
    first_us = starts.bench["ST_FIRST_US"]
    starts.bench["ST_STARTED"] -= 1 << 31
    assert starts.start(PERIOD_US + SLACK_US + GRAIN_US + 1) == 105
    assert starts.bench["ST_FIRST_US"] == first_us


def test_a_run_knows_its_first_start_and_their_number() -> None:
    starts = Starts()
    starts.start(5_000)
    first_us = starts.bench.now_us - 100
    starts.start(PERIOD_US)
    bench = starts.bench
    assert (bench["ST_FIRST_US"], bench["ST_STARTED"]) == (first_us, 2)
    assert bench["ST_START_US"] == first_us + PERIOD_US

"""Time and signals: just below, at and above every threshold and every count."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.firmware.support import BOARD, MASK, NAMES, Bench

PHASES = ("HOLD", "HOMING", "STROKING")
NEAR_WRAP = MASK - 400


def bench_in(phase: str, now_us: int = 5_000) -> Bench:
    """Behind the face, so that neither dwell nor position interfere, however long a count takes."""
    if phase != "STROKING":
        return Bench(phase=phase, now_us=now_us)
    bench = Bench(now_us=now_us)
    bench.stroking(-100)
    bench["OR_OUT_US"] = bench["ST_SLOT"] = 0
    return bench


@dataclass(frozen=True)
class Signal:
    """`good` and `bad` differ by the least amount there is; `scans` bad ones in a row are a fault."""

    fault: int
    scans: int
    good: Callable[[Bench], None]
    bad: Callable[[Bench], None]
    retracts: bool = False


def switch(bit: int, on: bool) -> Callable[[Bench], None]:
    def action(bench: Bench) -> None:
        bench.switches = bench.switches | bit if on else bench.switches & ~bit

    return action


def value(name: str, number: int | None) -> Callable[[Bench], None]:
    return lambda bench: setattr(bench, name, number)


# Counts of the ADC, four conversions of 4095 to 3300 mV, computed by hand: mV * 16380 / 3300, rounded down.
CURRENT_MAX = 11_912  # 1200 mA * 1 V / 500 mA = 2400 mV
SUPPLY_MIN = 8_686  # 10500 mV / 6 = 1750 mV
SUPPLY_MAX = 11_168  # 13500 mV / 6 = 2250 mV
TEMPERATURE_MIN = 3_137  # 70 degrees are 43 above 27: 706 mV - 43 * 1.721 mV = 631.997 mV

SIGNALS = {
    "estop": Signal(118, 3, switch(NAMES.SW_ESTOP, False), switch(NAMES.SW_ESTOP, True)),
    "driver": Signal(110, 2, switch(NAMES.SW_DRIVER_FAULT, False), switch(NAMES.SW_DRIVER_FAULT, True)),
    "current": Signal(109, 5, value("current_raw", CURRENT_MAX), value("current_raw", CURRENT_MAX + 1)),
    "supply_high": Signal(113, 10, value("supply_raw", SUPPLY_MAX), value("supply_raw", SUPPLY_MAX + 1)),
    "supply_low": Signal(112, 20, value("supply_raw", SUPPLY_MIN), value("supply_raw", SUPPLY_MIN - 1), True),
    "temperature": Signal(
        111, 100, value("temperature_raw", TEMPERATURE_MIN), value("temperature_raw", TEMPERATURE_MIN - 1), True
    ),
    "cartridge": Signal(116, 20, switch(NAMES.SW_CARTRIDGE, True), switch(NAMES.SW_CARTRIDGE, False), True),
}
# What the other tests of this file have in tests of their own: readings beyond the range, the host, the enable read back.
MORE = {
    **SIGNALS,
    "range": Signal(107, 3, value("raw", None), value("raw", 743)),
    "link": Signal(130, 200, switch(NAMES.SW_LINK, True), switch(NAMES.SW_LINK, False), True),
    "sense": Signal(123, 20, value("sense", None), value("sense", False)),
}
# The words in which they are counted.
COUNTS = {
    **{
        name: NAMES.ST_COUNT + at
        for at, name in enumerate(("cartridge", "estop", "driver", "link", "range", "current"))
    },
    **{name: NAMES.ST_COUNT + 6 + at for at, name in enumerate(("supply_low", "supply_high", "temperature"))},
    "sense": NAMES.ST_SENSE_COUNT,
}


def test_the_limits_in_counts() -> None:
    bench = Bench()
    assert bench["LI_CURRENT_MAX_RAW"] == CURRENT_MAX
    assert bench["LI_SUPPLY_MIN_RAW"] == SUPPLY_MIN
    assert bench["LI_SUPPLY_MAX_RAW"] == SUPPLY_MAX
    assert bench["LI_TEMPERATURE_MIN_RAW"] == TEMPERATURE_MIN
    assert bench["LI_TIP_MIN_RAW"] == 744  # 150 mV
    assert bench["LI_TIP_MAX_RAW"] == 15_387  # 3100 mV


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.requirement("SR-12")
@pytest.mark.requirement("SR-17")
@pytest.mark.requirement("SR-07")
def test_a_signal_is_a_fault_after_so_many_scans_in_a_row(name: str, phase: str) -> None:
    signal = SIGNALS[name]
    bench = bench_in(phase)
    signal.good(bench)
    assert bench.tick(2 * signal.scans) == 0, "at the limit all is well"
    for _ in range(2):  # one good scan in between begins the count again
        signal.bad(bench)
        assert bench.tick(signal.scans - 1) == 0
        signal.good(bench)
        assert bench.tick() == 0
    signal.bad(bench)
    assert bench.tick(signal.scans - 1) == 0
    assert bench.tick() == signal.fault
    if signal.retracts and phase == "STROKING":
        assert (bench.phase, *bench.outputs()) == ("RETRACT", 1, 1, NAMES.MOVE_TURN)
    else:
        assert (bench.phase, *bench.outputs()) == ("OFF", 0, 0, NAMES.MOVE_HALT)


def before_a_stroke() -> Bench:
    """Under a lease, and the next scan finds a stroke begun."""
    bench = Bench()
    bench.lease()
    bench.tick()
    bench.motion = NAMES.MO_MOVING | NAMES.MO_OUTWARD
    bench.at(-BOARD.CLEARANCE_UM, bench.motion)
    return bench


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.requirement("SR-07")
@pytest.mark.requirement("SR-17")
def test_the_scan_in_which_a_stroke_begins_is_not_counted(name: str) -> None:
    """Neither as a bad one nor as a good one between bad ones: the fault comes one scan later."""
    signal = SIGNALS[name]
    for before in range(signal.scans):
        bench = before_a_stroke()
        signal.bad(bench)
        assert bench.tick(before) == 0
        bench.at(10 - BOARD.CLEARANCE_UM, bench.motion)
        started = bench["ST_STARTED"]
        assert bench.tick() == 0
        assert bench["ST_STARTED"] == started + 1
        assert bench.tick(signal.scans - before - 1) == 0
        assert bench.tick() == signal.fault
        assert bench["ST_STARTED"] == started + 1


@pytest.mark.requirement("SR-12")
@pytest.mark.parametrize("name", SIGNALS)
def test_every_scan_of_homing_is_counted(name: str) -> None:
    """Wherever the carriage is: no stroke begins there."""
    bench = Bench(phase="HOMING")
    bench["ST_INNERMOST_UM"] = 5_000
    bench.at(10 - BOARD.CLEARANCE_UM, NAMES.MO_MOVING)
    SIGNALS[name].bad(bench)
    assert bench.tick(SIGNALS[name].scans - 1) == 0
    assert bench.tick() == SIGNALS[name].fault


@pytest.mark.parametrize(("raw", "fault"), [(743, 107), (744, 0), (15_387, 0), (15_388, 107), (0, 107), (16_380, 107)])
@pytest.mark.requirement("SR-04")
def test_the_tip_sensors_range(raw: int, fault: int) -> None:
    """Three scans; while homing, when no position is compared and only the range counts."""
    bench = Bench(phase="HOMING")
    bench["ST_INNERMOST_UM"] = 5_000  # wherever it is, it has come from farther out
    bench.raw = raw
    assert bench.tick(2) == 0
    assert bench.tick() == fault
    assert bench.outputs()[0] == (0 if fault else 1)


@pytest.mark.requirement("SR-04")
def test_impossible_readings_now_and_then_are_no_fault() -> None:
    """A good one in between begins the count again, whatever the words around the counts are; they are 0 while the trace is frozen."""
    bench = Bench(phase="HOMING")
    bench["ST_INNERMOST_UM"] = 5_000
    bench["ST_TRACE_LEFT"] = bench["ST_TRACE_AT"] = 0
    for _ in range(5):
        bench.raw = 743
        assert bench.tick(2) == 0
        bench.raw = 744
        assert bench.tick() == 0


@pytest.mark.requirement("SR-04")
def test_an_impossible_reading_is_no_position() -> None:
    """Full scale would be 3900 um, far beyond the cap: for two scans nothing is concluded from it."""
    bench = Bench()
    bench.stroking(500)
    bench.raw = 16_380
    assert bench.tick(2) == 0
    bench.raw = None
    assert bench.tick(5) == 0


@pytest.mark.requirement("SR-03")
def test_the_count_bounds_the_tip_while_the_reading_is_impossible() -> None:
    bench = Bench(cap_um=500)
    bench.stroking(500)
    bench.raw = 16_380
    bench.counted_um = 520
    assert bench.tick() == 101


@pytest.mark.requirement("SR-07")
def test_a_lost_host_ends_its_run_after_20_ms() -> None:
    bench = bench_in("STROKING")
    bench.switches &= ~NAMES.SW_LINK
    assert bench.tick(199) == 0
    assert bench.tick() == 130
    assert (bench.phase, *bench.outputs()) == ("RETRACT", 1, 1, NAMES.MOVE_TURN)


@pytest.mark.requirement("SR-07")
def test_a_host_that_comes_back_has_another_20_ms() -> None:
    bench = bench_in("STROKING")
    bench["ST_TRACE_LEFT"] = bench["ST_TRACE_AT"] = 0
    for scans in (1, 199, 199):
        bench.switches &= ~NAMES.SW_LINK
        assert bench.tick(scans) == 0
        bench.switches |= NAMES.SW_LINK
        assert bench.tick() == 0
    bench.switches &= ~NAMES.SW_LINK
    assert bench.tick(199) == 0
    assert bench.tick() == 130


def test_a_host_is_needed_for_a_lease_alone() -> None:
    ready = Bench()
    ready.switches &= ~NAMES.SW_LINK
    assert ready.tick(500) == 0
    triggered = Bench()
    triggered.switches &= ~NAMES.SW_LINK
    triggered.press(50)
    assert triggered.phase == "STROKING"
    triggered.at(-100, NAMES.MO_MOVING | NAMES.MO_OUTWARD)
    assert triggered.tick(250) == 0


@pytest.mark.parametrize("name", MORE)
@pytest.mark.requirement("SR-17")
def test_each_signal_has_its_own_count(name: str) -> None:
    """One scan in which all are bad, which is too short for any of them, is one bad scan of each."""
    signal = MORE[name]
    bench = bench_in("STROKING")
    for other in MORE.values():
        other.bad(bench)
    signal.bad(bench)  # the supply cannot be low and high at a time
    assert bench.tick() == 0
    for other in MORE.values():
        other.good(bench)
    signal.bad(bench)
    assert bench.tick(signal.scans - 2) == 0
    assert bench.tick() == signal.fault


@pytest.mark.parametrize("name", MORE)
@pytest.mark.requirement("SR-23")
def test_a_count_that_has_grown_by_a_flipped_bit_is_full(name: str) -> None:
    bench = bench_in("STROKING")
    MORE[name].bad(bench)
    assert bench.tick() == 0
    bench.image[COUNTS[name]] ^= 1 << 20
    assert bench.tick() == MORE[name].fault


def test_the_cause_to_cut_for_is_named_before_one_to_retract_for() -> None:
    bench = bench_in("STROKING")
    SIGNALS["cartridge"].bad(bench)
    bench.tick(17)
    SIGNALS["estop"].bad(bench)
    assert bench.tick(3) == 118
    assert bench.phase == "OFF"


@pytest.mark.parametrize("name", SIGNALS)
def test_counts_do_not_outlive_their_cause(name: str) -> None:
    """Cleared and armed again, the first bad scan is the first of a new count."""
    signal = SIGNALS[name]
    bench = bench_in("HOMING")
    signal.bad(bench)
    assert bench.tick(signal.scans) == signal.fault
    signal.good(bench)
    bench.at(-BOARD.CLEARANCE_UM)
    bench["OR_MODE"] = NAMES.MODE_OFF
    bench["OR_CLEAR_SEQ"] += 1
    bench.tick(2)
    bench["OR_MODE"] = NAMES.MODE_HOME
    signal.bad(bench)
    assert bench.tick(signal.scans) == 0, "one scan to leave OFF, then one bad scan less"
    assert bench.tick() == signal.fault


def test_counting_leaves_the_words_behind_the_counts_alone() -> None:
    bench = bench_in("STROKING")
    bench["ST_ENDING"] = 1
    SIGNALS["current"].bad(bench)
    bench.tick()
    assert bench["ST_ENDING"] == 1


def test_the_first_scan_on_begins_all_counts_and_nothing_else() -> None:
    bench = Bench(phase="OFF")
    first = NAMES.ST_COUNT
    bench["ST_SUSPECT"] = 1 << 1
    bench["ST_ENDING"] = 1
    for at in range(first, first + 9):
        bench.image[at] = 1
    bench["OR_MODE"] = NAMES.MODE_HOME
    bench.tick(2)
    assert (bench.phase, list(bench.image[first : first + 9])) == ("HOMING", 9 * [0])
    assert bench["ST_ENDING"] == 1


@pytest.mark.requirement("SR-03")
def test_a_position_to_cut_for_beats_a_signal_to_retract_for() -> None:
    """The supply's twentieth low scan is also the first with the tip beyond the cap."""
    bench = bench_in("STROKING")
    SIGNALS["supply_low"].bad(bench)
    assert bench.tick(19) == 0
    bench.tip_um = bench.counted_um = 1_100
    assert bench.tick() == 101
    assert bench.phase == "OFF"


def test_the_greatest_current_is_kept() -> None:
    bench = Bench()
    for raw in (100, 900, 300):
        bench.current_raw = raw
        bench.tick()
    assert bench["ST_CURRENT_PEAK_RAW"] == 900


# --- time


@pytest.mark.parametrize("now_us", [5_000, NEAR_WRAP])
@pytest.mark.parametrize(("us", "fault"), [(100, 0), (150, 0), (151, 120), (2_000, 120)])
@pytest.mark.requirement("SR-14")
def test_a_scan_may_be_50_us_late(us: int, fault: int, now_us: int) -> None:
    bench = Bench(now_us=now_us)
    assert bench.tick(us=us) == fault
    assert bench.outputs()[0] == (0 if fault else 1)


@pytest.mark.parametrize(("us", "fault"), [(80, 0), (81, 121)])
@pytest.mark.requirement("SR-14")
def test_a_scan_may_take_80_us(us: int, fault: int) -> None:
    bench = Bench()
    bench.scan_us = us
    assert bench.tick() == fault


@pytest.mark.parametrize("now_us", [5_000, MASK - 25_000])
@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.requirement("SR-14")
def test_the_heartbeat_may_stop_for_50_ms(phase: str, now_us: int) -> None:
    bench = bench_in(phase, now_us)
    bench.beats = False
    assert bench.tick(500) == 0, "50 ms after the last beat"
    assert bench.tick(us=1) == 119
    assert bench.outputs() == (0, 0, NAMES.MOVE_HALT)


def test_a_beat_in_time_begins_another_50_ms() -> None:
    bench = Bench()
    bench.beats = False
    bench.tick(499)
    bench["OR_HEARTBEAT"] -= 1  # any change is a sign of life
    assert bench.tick(501) == 0
    assert bench.tick() == 119


@pytest.mark.requirement("SR-14")
def test_time_is_not_watched_while_off_and_starts_afresh() -> None:
    bench = Bench(phase="OFF")
    bench.beats = False
    assert bench.tick(us=200_000) == 0
    bench["OR_MODE"] = NAMES.MODE_HOME
    assert bench.tick(us=1_000) == 0
    assert bench.phase == "HOMING"
    assert bench.tick(us=900) == 0, "the first scan on has nothing to compare with"
    assert bench.tick(500) == 0
    assert bench.tick() == 119

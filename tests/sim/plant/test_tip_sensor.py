"""The tip sensor and its noise. 0 V is at -1050 um, 1.5 mm per volt, 4096 counts per 3.3 V: 1.2085 um per count."""

from statistics import fmean, stdev

import pytest

from pen_sim.plant.adc import deviates
from pen_sim.plant.sensor import TipSensor
from tests.sim.plant.stepper_bench import BOARD, Bench

UM_PER_COUNT = 3.3 / 4_096 * 1_500
NOISE_UM = BOARD.PLANT_TIP_NOISE_NM / 1_000
NOISE_TOLERANCE = 0.05
SAMPLES = 4_000
FULL_SUM = 16_380


def sensor(seed: int = 1) -> TipSensor:
    return TipSensor(BOARD, deviates(seed, "tip"))


def sums(of: TipSensor, tip_um: float, count: int = SAMPLES) -> list[int]:
    return [of.total(tip_um) for _ in range(count)]


@pytest.mark.parametrize(
    ("tip_um", "volts", "counts", "sum_of_four"),
    [(-300, 0.5, 621, 2_482), (0, 0.7, 869, 3_475), (3_000, 2.7, 3_351, 13_405)],
)
def test_three_positions_by_hand(tip_um: int, volts: float, counts: int, sum_of_four: int) -> None:
    """volts / 3.3 * 4096 = 620.6, 868.8, 3351.3; four times that 2482.4, 3475.4, 13405.1."""
    assert volts == pytest.approx((tip_um - BOARD.TIP_UM_AT_0V) / BOARD.TIP_UM_PER_V)
    quiet = sensor()
    quiet.noise_factor = 0
    assert quiet.once(tip_um) == counts
    assert quiet.total(tip_um) == sum_of_four


def test_the_mean_of_noisy_sums_is_the_position() -> None:
    """3475.4 counts; the mean of 4000 with a deviation of 3.3 counts wanders by 0.05."""
    assert fmean(sums(sensor(), 0)) == pytest.approx(3_475.39, abs=5 * 0.05)


def test_noise_of_one_conversion_is_the_boards() -> None:
    of = sensor()
    values = [of.once(0) * UM_PER_COUNT for _ in range(SAMPLES)]
    assert stdev(values) == pytest.approx(NOISE_UM, rel=NOISE_TOLERANCE)


def test_noise_of_the_mean_of_four_is_half_of_it() -> None:
    values = [total / 4 * UM_PER_COUNT for total in sums(sensor(), 0)]
    assert stdev(values) == pytest.approx(NOISE_UM / 2, rel=NOISE_TOLERANCE)


def test_one_seed_one_noise() -> None:
    assert sums(sensor(7), 100) == sums(sensor(7), 100)
    assert sums(sensor(7), 100) != sums(sensor(8), 100)


def test_a_stuck_output_says_where_the_tip_was_and_its_noise_goes_on() -> None:
    of = sensor()
    last = of.total(1_000)
    of.stuck = True
    values = sums(of, -300)
    assert fmean(values) == pytest.approx(last, abs=0.5)
    assert stdev(value / 4 * UM_PER_COUNT for value in values) == pytest.approx(NOISE_UM / 2, rel=NOISE_TOLERANCE)
    of.stuck = False
    assert fmean(sums(of, -300)) == pytest.approx(2_482.4, abs=0.5)


def test_frozen_gives_the_very_same_sum() -> None:
    of = sensor()
    last = of.total(500)
    of.frozen = True
    assert set(sums(of, 2_000, 100)) == {last}
    of.frozen = False
    assert of.total(2_000) - last == pytest.approx(1_500 * 4 / UM_PER_COUNT, abs=40)


def test_open_and_shorted_are_the_ends_of_the_scale() -> None:
    of = sensor()
    of.open = True
    assert set(sums(of, 1_000, 50)) == {0}
    assert of.once(1_000) == 0
    of.open, of.shorted = False, True
    assert set(sums(of, 1_000, 50)) == {FULL_SUM}
    assert of.once(1_000) == 4_095


def test_both_ends_are_outside_what_the_board_takes_for_valid() -> None:
    assert BOARD.TIP_MIN_MV > 0
    assert BOARD.TIP_MAX_MV < 3_300 * 4_095 // 4_096


def test_offset_and_scale() -> None:
    """1000 um read as 1000 * 0.9 + 50 = 950 um: (950 + 1050) / 1500 V = 1.3333 V, 6619.8 counts in four."""
    of = sensor()
    of.noise_factor, of.scale, of.offset_um = 0, 0.9, 50
    assert of.total(1_000) == 6_620


def test_more_noise() -> None:
    of = sensor()
    of.noise_factor = 10
    values = [total / 4 * UM_PER_COUNT for total in sums(of, 0)]
    assert stdev(values) == pytest.approx(10 * NOISE_UM / 2, rel=NOISE_TOLERANCE)


def test_repair_takes_every_fault_away() -> None:
    of, sound = sensor(), sensor()
    of.frozen = of.open = of.shorted = True
    of.offset_um, of.scale, of.noise_factor = 5, 2, 3
    of.repair()
    assert sums(of, 100) == sums(sound, 100)


def test_counts_never_leave_the_scale() -> None:
    of = sensor()
    assert of.total(-5_000) == 0
    assert of.total(9_000) == FULL_SUM


def test_the_plant_reads_the_true_tip() -> None:
    """Held at -101.2 um by the spring: (1050 - 101.2) / 1500 V, 3140.4 counts in four, within five deviations."""
    bench = Bench(start_um=-100)
    bench.plant.set_enable(0, True)
    bench.plant.sample(0)
    assert bench.plant.adc[0] == pytest.approx(3_140.4, abs=5 * 3.4)
    assert bench.plant.adc_counts("tip", 0) == pytest.approx(785.1, abs=5 * 1.7)

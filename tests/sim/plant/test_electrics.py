"""Current, supply and temperature, by hand: 500 mA/V, 6 V/V, and the RP2040's own sensor."""

from math import exp
from statistics import fmean, stdev

import pytest

from pen_sim.plant.stepper import StepperPlant
from pen_sim.plant.supply import LOAD_MA
from tests.sim.plant.stepper_bench import BOARD, Bench

COUNTS_PER_V = 4_096 / 3.3
CURRENT_NOISE_SUM = 2 * BOARD.PLANT_CURRENT_NOISE_UA / 1_000 / 500 * COUNTS_PER_V  # counts, of a sum of four
CONVERTER_NOISE_SUM = 2.0
SIGMAS = 5
STEPPING_NS = 5_000_000
SECOND_NS = 1_000_000_000


def sampled(bench: Bench) -> StepperPlant:
    bench.plant.sample(bench.t_ns)
    return bench.plant


def test_no_current_while_off() -> None:
    bench = Bench()
    assert bench.plant.current_ma(0) == 0
    assert sampled(bench).adc[1] <= SIGMAS * CURRENT_NOISE_SUM


def test_hold_and_move_current() -> None:
    """A step from standstill against 1.7 N of 8 N: the load's part is 1.7/8."""
    bench = Bench()
    bench.enable()
    assert bench.plant.current_ma(bench.t_ns) == 250
    bench.plant.set_dir(bench.t_ns, True)
    bench.plant.step(bench.t_ns)
    assert bench.plant.current_ma(bench.t_ns + STEPPING_NS - 1) == pytest.approx(450 + LOAD_MA * 1.7 / 8)
    assert bench.plant.current_ma(bench.t_ns + STEPPING_NS) == 250


@pytest.mark.parametrize("outward", [True, False])
def test_a_slipping_drive_takes_the_full_part(outward: bool) -> None:
    bench = Bench()
    bench.home()
    bench.plant.jam(True)
    bench.plant.set_dir(bench.t_ns, outward)
    bench.plant.step(bench.t_ns)
    assert bench.plant.current_ma(bench.t_ns) == 450 + LOAD_MA


def test_current_counts_by_hand() -> None:
    """250 mA are 0.5 V, 620.6 counts, 2482.4 in four."""
    bench = Bench()
    bench.enable()
    assert sampled(bench).adc[1] == pytest.approx(2_482.4, abs=SIGMAS * CURRENT_NOISE_SUM)
    assert bench.plant.adc_counts("current", bench.t_ns) == pytest.approx(620.6, abs=SIGMAS * CURRENT_NOISE_SUM / 2)


def test_current_noise_is_the_boards() -> None:
    bench = Bench()
    bench.enable()
    values = [sampled(bench).adc[1] for _ in range(4_000)]
    assert stdev(values) == pytest.approx(CURRENT_NOISE_SUM, rel=0.05)


def test_current_offset() -> None:
    """100 mA more are 0.2 V: 992.97 counts in four. The drive's own current stays."""
    bench = Bench()
    bench.enable()
    before = fmean(sampled(bench).adc[1] for _ in range(500))
    bench.plant.current_offset_ma = 100
    after = fmean(sampled(bench).adc[1] for _ in range(500))
    assert after - before == pytest.approx(992.97, abs=SIGMAS * CURRENT_NOISE_SUM / 500**0.5 * 2)
    assert bench.plant.current_ma(bench.t_ns) == 250


def test_supply_sags_by_i_times_r() -> None:
    """250 mA * 0.3 ohm: 11.925 V, behind the divider 1.9875 V, 9867.6 counts in four."""
    bench = Bench()
    assert bench.plant.rail_mv(0) == 12_000
    bench.enable()
    assert bench.plant.rail_mv(bench.t_ns) == pytest.approx(11_925)
    assert sampled(bench).adc[2] == pytest.approx(9_867.6, abs=SIGMAS * CONVERTER_NOISE_SUM)
    assert bench.plant.adc_counts("supply", bench.t_ns) == pytest.approx(2_466.9, abs=SIGMAS * 1.1)


def test_supply_override() -> None:
    bench = Bench()
    bench.plant.supply_mv = 9_900
    assert sampled(bench).adc[2] == pytest.approx(4 * 9.9 / 6 * COUNTS_PER_V, abs=SIGMAS * CONVERTER_NOISE_SUM)
    bench.plant.supply_mv = None
    assert bench.plant.rail_mv(0) == 12_000


def test_without_supply_the_driver_lets_go_and_comes_back() -> None:
    bench = Bench()
    bench.home()
    bench.plant.supply_mv = 7_000
    assert bench.plant.current_ma(bench.t_ns) == 0
    bench.wait(100_000_000)
    assert bench.tip() == -500
    bench.plant.supply_mv = 12_000
    assert bench.plant.current_ma(bench.t_ns) == 250


def test_temperature_counts_by_hand() -> None:
    """25 degrees: 0.706 V + 2 * 1.721 mV = 0.709442 V, 880.6 counts, 3522.3 in four."""
    bench = Bench()
    assert sampled(bench).adc[3] == pytest.approx(3_522.3, abs=SIGMAS * CONVERTER_NOISE_SUM)
    assert bench.plant.adc_counts("temperature", 0) == pytest.approx(880.6, abs=SIGMAS * 1.1)


def test_temperature_override() -> None:
    """80 degrees: 0.706 V - 53 * 1.721 mV = 0.614787 V, 3052.3 in four."""
    bench = Bench()
    bench.plant.temperature_dc = 800
    assert sampled(bench).adc[3] == pytest.approx(3_052.3, abs=SIGMAS * CONVERTER_NOISE_SUM)


def test_it_warms_with_the_square_of_the_current() -> None:
    """250 mA: 700 dC/A^2 * 0.0625 A^2 = 43.75 dC more in the end, 1 - 1/e of it after 180 s: 3494.6 at 27.77 degrees."""
    bench = Bench()
    bench.enable()
    bench.wait(180 * SECOND_NS)
    warm_c = 25.0 + 4.375 * (1 - exp(-1))
    volts = 0.706 - (warm_c - 27) * 0.001721
    mean = fmean(sampled(bench).adc[3] for _ in range(2_000))
    assert mean == pytest.approx(4 * volts * COUNTS_PER_V, abs=SIGMAS * CONVERTER_NOISE_SUM / 2_000**0.5)


def test_one_seed_one_result() -> None:
    def play(seed: int) -> list[int]:
        bench = Bench(seed)
        bench.home()
        bench.stroke(500)
        return [value for _ in range(200) for value in sampled(bench).adc]

    assert play(3) == play(3)
    assert play(3) != play(4)

"""Cell, heat and what the inputs make of them: by hand."""

from math import exp

import pytest

from pen_sim.plant.cell import Cell
from pen_sim.plant.circuit import BEAT_S
from pen_sim.plant.heat import Heat, thermistor_v
from tests.sim.plant.solenoid_bench import BOARD, MS, SETTLED_NS, Bench, driven, ohms

COUNTS_PER_V = 4_096 / 3.3
SIGMAS = 5
CONVERTER_NOISE_SUM = 2.0
CURRENT_NOISE_SUM = 2 * BOARD.PLANT_CURRENT_NOISE_UA / 1e3 / BOARD.CURRENT_MA_PER_V * COUNTS_PER_V
EXACT = 1e-9
THERMISTORS = {0: 33_621, 250: 10_000, 600: 2_486, 1_000: 697}  # ohm: 10 k exp(3950 (1/T - 1/298.15))


def sampled(bench: Bench) -> list[int]:
    bench.plant.sample(bench.t_ns)
    return bench.plant.adc


def test_the_open_voltage_follows_the_boards_curve() -> None:
    cell = Cell(BOARD)
    for tenth, millivolts in enumerate(BOARD.PLANT_CELL_OPEN_MV):
        cell.permille = 100.0 * tenth
        assert cell.open_mv() == pytest.approx(millivolts, rel=EXACT)
    cell.permille = 950.0
    assert cell.open_mv() == pytest.approx((4_050 + 4_200) / 2, rel=EXACT)


def test_the_resistance_rises_when_empty_cold_and_old() -> None:
    cell = Cell(BOARD)
    cell.permille = 500.0
    assert cell.ohm(250.0) == pytest.approx(0.040)
    assert cell.ohm(-250.0) == pytest.approx(0.080)  # 2 % a degree
    assert cell.ohm(400.0) == pytest.approx(0.040)
    cell.permille = 50.0
    assert cell.ohm(250.0) == pytest.approx(0.060)
    cell.aged = 3.0
    assert cell.ohm(250.0) == pytest.approx(0.180)


def test_an_hour_of_its_capacity_empties_it() -> None:
    cell = Cell(BOARD)
    cell.permille = 1_000.0
    cell.take(0.25 * BOARD.PLANT_CELL_MAH * 3.6)
    assert cell.permille == pytest.approx(750.0)
    cell.take(1e6)
    assert cell.permille == 0.0


def test_the_charge_falls_by_what_is_taken() -> None:
    """Jammed, and 4.2 V over all that is in the way: 8.4 A for 10 s, and 40 mA for the rest."""
    bench = Bench()
    bench.plant.jam(True)
    bench.plant.supply_mv = 4_200
    before = bench.plant.charge_permille
    bench.coil(True)
    taken = 0.0
    for _ in range(1_000):
        bench.wait(10 * MS)
        taken += bench.amps() * 0.010 + BOARD.PLANT_IDLE_MA / 1e3 * 0.010
    coulombs = (before - bench.plant.charge_permille) / 1_000 * BOARD.PLANT_CELL_MAH * 3.6
    assert coulombs == pytest.approx(taken, rel=0.01)  # a beat's worth of 97 ms is not booked


def test_freewheeling_takes_nothing_from_the_cell() -> None:
    bench = Bench()
    bench.plant.jam(True)
    bench.coil(True)
    bench.wait(SETTLED_NS)
    open_mv = bench.plant.rail_mv(bench.t_ns) + bench.amps() * 60 + BOARD.PLANT_IDLE_MA * 0.06
    bench.coil(False)
    bench.wait(20_000)
    assert bench.amps() > 5
    assert bench.plant.rail_mv(bench.t_ns) == pytest.approx(open_mv - BOARD.PLANT_IDLE_MA * 0.06, rel=1e-6)


def test_the_rail_sags_by_the_current_times_cell_and_wiring() -> None:
    """60 mohm: half a volt at 8.4 A. The input sees half of it."""
    bench = Bench()
    bench.plant.jam(True)
    bench.plant.supply_mv = 4_200
    bench.coil(True)
    bench.wait(SETTLED_NS)
    loop = driven(4.2)
    rail_mv = 4_200 - 60 * (loop.volts / loop.ohm + BOARD.PLANT_IDLE_MA / 1e3)
    assert bench.plant.rail_mv(bench.t_ns) == pytest.approx(rail_mv, rel=1e-4)
    counts = 4 * rail_mv / BOARD.SUPPLY_MV_PER_V * COUNTS_PER_V
    assert sampled(bench)[2] == pytest.approx(counts, abs=SIGMAS * CONVERTER_NOISE_SUM)
    assert 4 * bench.plant.adc_counts("supply", bench.t_ns) == pytest.approx(counts, abs=SIGMAS * 4.5)


def test_current_counts_by_hand() -> None:
    """4 A a volt; an offset is added, and the greatest is kept."""
    bench = Bench()
    bench.plant.jam(True)
    bench.coil(True)
    bench.wait(SETTLED_NS)
    amps = bench.amps()
    assert sampled(bench)[1] == pytest.approx(4 * amps / 4 * COUNTS_PER_V, abs=SIGMAS * CURRENT_NOISE_SUM)
    assert bench.plant.peak_ma == pytest.approx(1_000 * amps)
    bench.plant.current_offset_ma = -2_000
    assert sampled(bench)[1] == pytest.approx(4 * (amps - 2) / 4 * COUNTS_PER_V, abs=SIGMAS * CURRENT_NOISE_SUM)


def test_below_its_lockout_the_driver_lets_go() -> None:
    bench = Bench()
    bench.plant.jam(True)
    bench.coil(True)
    bench.wait(SETTLED_NS)
    bench.plant.supply_mv = BOARD.PLANT_LOCKOUT_MV - 1
    bench.wait(SETTLED_NS)
    assert bench.amps() == 0
    bench.plant.supply_mv = None
    bench.wait(SETTLED_NS)
    assert bench.amps() > 5


def test_an_old_cell_gives_less() -> None:
    bench = Bench()
    bench.plant.jam(True)
    bench.plant.supply_mv = 4_000
    bench.plant.cell_ohm = 5.0
    bench.coil(True)
    bench.wait(SETTLED_NS)
    loop = driven(4.0, cell_ohm=0.200)
    assert bench.amps() == pytest.approx(loop.volts / loop.ohm, rel=1e-4)


@pytest.mark.parametrize("seconds", [10.0, 100.0, 1_000.0])
def test_a_step_of_power_warms_both_bodies_exponentially(seconds: float) -> None:
    """2 W in the coil, 1 W in the board: 16 degrees over the housing, which is 30 over the air, each with its own time."""
    heat = Heat(BOARD, BEAT_S)
    beats = round(seconds / BEAT_S)
    for _ in range(beats):
        heat.beat(2.0, 1.0)
    t = beats * BEAT_S
    housing = 250 + 300 * (1 - exp(-t / (BOARD.PLANT_HOUSING_TAU_MS / 1e3)))
    over = 160 * (1 - exp(-t / (BOARD.PLANT_COIL_TAU_MS / 1e3)))
    assert heat.housing_dc == pytest.approx(housing, rel=EXACT)
    assert heat.coil_dc == pytest.approx(housing + over, rel=EXACT)


def test_the_coil_warms_by_i2_r_and_its_resistance_with_it() -> None:
    """3 s of 8 A, short against 30 s: energy over heat capacity, which is time constant over thermal resistance."""
    bench = Bench()
    bench.plant.jam(True)
    bench.coil(True)
    joules = 0.0
    for _ in range(300):
        bench.wait(10 * MS)
        joules += bench.amps() ** 2 * ohms(bench.plant.coil_dc / 10) * 0.010
    capacity = BOARD.PLANT_COIL_TAU_MS / BOARD.PLANT_COIL_MK_PER_W  # J/K
    rise_k = joules / capacity * (1 - 0.5 * 3 / 30)  # what has left meanwhile
    assert (bench.plant.coil_dc - bench.plant.housing_dc) / 10 == pytest.approx(
        rise_k, rel=0.04
    )  # a beat of 97 ms in 3 s


def test_it_cools_with_the_coil_off() -> None:
    bench = Bench()
    bench.plant.coil_dc = 850
    bench.wait(30_000 * MS)
    assert bench.plant.coil_dc == pytest.approx(250 + 600 * exp(-1), rel=0.01)


@pytest.mark.parametrize(("temperature_dc", "ohm"), THERMISTORS.items())
def test_a_thermistors_voltage_falls_when_hot(temperature_dc: int, ohm: int) -> None:
    assert thermistor_v(BOARD, temperature_dc) == pytest.approx(3.3 * ohm / (ohm + 10_000), rel=0.002)


def test_the_analog_switch_selects_the_thermistor() -> None:
    """The coil's at 60 degrees says 0.658 V, the board's at 25 says 1.65 V; the override goes before both."""
    bench = Bench()
    bench.plant.coil_dc = 600
    hot, mild = (4 * 3.3 * ohm / (ohm + 10_000) * COUNTS_PER_V for ohm in (2_486, 10_000))
    assert sampled(bench)[3] == pytest.approx(hot, abs=SIGMAS * CONVERTER_NOISE_SUM)
    bench.plant.set_thermistor(bench.t_ns, True)
    assert sampled(bench)[3] == pytest.approx(mild, abs=SIGMAS * CONVERTER_NOISE_SUM)
    assert 4 * bench.plant.adc_counts("temperature", bench.t_ns) == pytest.approx(mild, abs=SIGMAS * 4.5)
    bench.plant.temperature_dc = 600
    assert sampled(bench)[3] == pytest.approx(hot, abs=SIGMAS * CONVERTER_NOISE_SUM)
    bench.plant.set_thermistor(bench.t_ns, False)
    bench.plant.temperature_dc = None
    assert sampled(bench)[3] == pytest.approx(hot, abs=SIGMAS * CONVERTER_NOISE_SUM)

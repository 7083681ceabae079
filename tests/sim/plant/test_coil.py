"""The coil's current against V, L and R by hand, with the armature held, and the force that its field makes."""

from math import exp, log

import pytest

from pen_sim.plant.coil import Coil
from tests.sim.plant.solenoid_bench import BOARD, MS, SEAT_UM, SETTLED_NS, Bench, driven, henries, ohms, rise

EXACT = 1e-9  # relative: two ways to write one formula
LOOK = 2e-3  # relative: a current between the ends of a slice is read from a parabola
EDGE_NS = 2_000  # a zero that is looked for every so often
OPEN_MV = 4_000


def held(um: float = SEAT_UM) -> Bench:
    """Nothing moves, and the cell has 4.0 V."""
    bench = Bench(um)
    bench.plant.supply_mv = OPEN_MV
    bench.plant.jam(True)
    bench.wait(MS)
    return bench


def charged() -> Bench:
    bench = held()
    bench.coil(True)
    bench.wait(SETTLED_NS)
    return bench


def falls(bench: Bench) -> int:
    """Goes on until there is no current; returns how long that took."""
    begin_ns = bench.t_ns
    while bench.amps() > 0:
        bench.wait(EDGE_NS)
    return bench.t_ns - begin_ns


@pytest.mark.parametrize("us", [20, 75, 150, 333, 1_000, 4_000])
def test_the_current_rises_as_v_over_r_times_one_minus_exp(us: int) -> None:
    bench = held()
    bench.coil(True)
    bench.wait(us * 1_000)
    assert bench.amps() == pytest.approx(rise(driven(OPEN_MV / 1e3), us * 1e-6), rel=LOOK)


def test_the_field_lags_by_the_eddy_time() -> None:
    """m' = (i - m) / e with i = I (1 - exp(-t/T)): m = I (1 - (T exp(-t/T) - e exp(-t/e)) / (T - e))."""
    coil = Coil(200e-6)
    coil.volts, coil.ohm = 4.0, 0.5
    coil.solve(800e-6, 600e-6)
    tau, eddy, t = 1.2e-3, 0.2e-3, 0.8e-3
    assert coil.end_amps == pytest.approx(8.0 * (1 - exp(-t / tau)), rel=EXACT)
    field = 8.0 * (1 - (tau * exp(-t / tau) - eddy * exp(-t / eddy)) / (tau - eddy))
    assert coil.end_field == pytest.approx(field, rel=EXACT)
    assert coil.field_at(t) == pytest.approx(field, rel=EXACT)


def test_two_equal_time_constants_are_no_trouble() -> None:
    """m = I (1 - (1 + t/T) exp(-t/T)) where both are T; they are set apart by a thousandth."""
    coil = Coil(200e-6)
    coil.volts, coil.ohm = 4.0, 3.0
    coil.solve(200e-6, 600e-6)
    assert coil.end_field == pytest.approx(4 / 3 * (1 - 2 * exp(-1)), rel=2e-3)


def test_a_back_emf_that_cancels_the_resistance_leaves_v_over_l() -> None:
    coil = Coil(200e-6)
    coil.volts, coil.ohm = 4.0, 0.5
    coil.solve(100e-6, 600e-6, -0.5)
    assert coil.end_amps == pytest.approx(4.0 / 600e-6 * 100e-6, rel=1e-3)


def test_with_the_enable_gone_the_current_falls_against_the_clamp() -> None:
    """tau ln(1 + I R / Vz): 0.13 ms."""
    bench = charged()
    amps, ohm = bench.amps(), ohms() + BOARD.PLANT_BRIDGE_MOHM / 1e3
    bench.plant.set_enable(bench.t_ns, False)
    fall_s = henries(SEAT_UM) / ohm * log(1 + amps * ohm / (BOARD.PLANT_CLAMP_MV / 1e3))
    assert falls(bench) == pytest.approx(1e9 * fall_s, abs=2 * EDGE_NS)


def test_without_the_clamp_it_falls_against_the_diode() -> None:
    """tau ln(1 + I R / Vd): 3 ms."""
    bench = charged()
    bench.plant.clamp_lost = True
    amps, ohm = bench.amps(), ohms() + BOARD.PLANT_BRIDGE_MOHM / 1e3
    bench.plant.set_enable(bench.t_ns, False)
    fall_s = henries(SEAT_UM) / ohm * log(1 + amps * ohm / (BOARD.PLANT_DIODE_MV / 1e3))
    assert fall_s > 2e-3
    assert falls(bench) == pytest.approx(1e9 * fall_s, abs=2 * EDGE_NS)


def test_an_off_freewheels_until_the_low_side_opens() -> None:
    """60 us against 0.4 V and the resistance, then 24 V."""
    bench = charged()
    amps, ohm = bench.amps(), ohms() + BOARD.PLANT_BRIDGE_MOHM / 1e3
    tau, diode = henries(SEAT_UM) / ohm, BOARD.PLANT_DIODE_MV / 1e3
    bench.chop(False)
    bench.wait(60_000)
    left = (amps + diode / ohm) * exp(-60e-6 / tau) - diode / ohm
    assert bench.amps() == pytest.approx(left, rel=LOOK)
    bench.coil(False)
    fall_s = tau * log(1 + left * ohm / (BOARD.PLANT_CLAMP_MV / 1e3))
    assert falls(bench) == pytest.approx(1e9 * fall_s, abs=2 * EDGE_NS)


def test_the_low_side_alone_takes_the_current_away() -> None:
    """Whatever the high side does: within a pulse, and with the high side stuck on as well."""
    bench = charged()
    amps, ohm = bench.amps(), ohms() + BOARD.PLANT_BRIDGE_MOHM / 1e3
    bench.plant.set_coil(bench.t_ns, True, False)
    fall_s = henries(SEAT_UM) / ohm * log(1 + amps * ohm / (BOARD.PLANT_CLAMP_MV / 1e3))
    assert falls(bench) == pytest.approx(1e9 * fall_s, abs=2 * EDGE_NS)
    bench.wait(MS)
    assert bench.amps() == 0
    bench.coil(True)
    bench.wait(MS)
    assert bench.amps() > 1


@pytest.mark.parametrize("duty", [0.25, 0.5, 0.75])
def test_chops_hold_the_mean_current_that_their_duty_makes(duty: float) -> None:
    """25 kHz: I = (d V - (1 - d) Vd) / R, with the cell's resistance in it for d of the time."""
    bench = charged()
    on_ns = round(40_000 * duty)
    amps: list[float] = []
    for _ in range(1_000):
        for level, ns in ((False, 40_000 - on_ns), (True, on_ns)):
            bench.chop(level)
            bench.wait(ns // 2)
            amps.append(bench.amps() * ns)
            bench.wait(ns - ns // 2)
    mean = sum(amps[-200:]) / (100 * 40_000)
    loop = driven(OPEN_MV / 1e3)
    freewheel = ohms() + BOARD.PLANT_BRIDGE_MOHM / 1e3
    settled = (duty * loop.volts - (1 - duty) * BOARD.PLANT_DIODE_MV / 1e3) / (duty * loop.ohm + (1 - duty) * freewheel)
    assert mean == pytest.approx(settled, rel=0.005)  # the ripple is 2 % at most, and enters squared


@pytest.mark.parametrize(("part", "moves"), [(0.99, False), (1.01, True)])
def test_the_force_is_half_i_squared_times_the_slope(part: float, moves: bool) -> None:
    """The armature leaves its seat when that is more than spring and friction: at 2.94 A."""
    needed_n = (BOARD.PLANT_SPRING_MN + BOARD.PLANT_FRICTION_MN) / 1e3
    amps = part * (2 * needed_n / (BOARD.PLANT_COIL_UH_PER_MM * 1e-3)) ** 0.5
    bench = Bench()
    bench.allow(amps, OPEN_MV / 1e3)
    bench.coil(True)
    bench.wait(SETTLED_NS)
    assert (bench.tip() > SEAT_UM) is moves


def test_a_hot_coil_takes_less() -> None:
    """Copper at 100 degrees has 1.314 times its resistance at 20."""
    bench = held()
    bench.plant.coil_dc = 1_000
    bench.coil(True)
    bench.wait(SETTLED_NS)
    loop = driven(OPEN_MV / 1e3, coil_c=100)
    assert bench.amps() == pytest.approx(loop.volts / loop.ohm, rel=1e-4)


def test_a_broken_wire_takes_no_current_and_a_shorted_coil_much() -> None:
    bench = charged()
    bench.plant.coil_open = True
    assert bench.amps() == 0
    bench.wait(SETTLED_NS)
    assert bench.amps() == 0
    bench.plant.coil_open = False
    bench.plant.coil_shorted = True
    bench.wait(SETTLED_NS)
    loop = driven(OPEN_MV / 1e3)
    assert bench.amps() == pytest.approx(loop.volts / (loop.ohm - 0.9 * ohms()), rel=0.005)  # it warms by a degree

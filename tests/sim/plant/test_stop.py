"""The stop: steps, its home switch, its ends, lost steps, and what the tip makes of all that."""

import pytest

from pen_sim.plant import signals
from tests.sim.plant.solenoid_bench import BOARD, MS, SEAT_UM, SETTLED_NS, Bench

STEP = float(BOARD.STEP_UM)
SLOW_NS = 5 * MS
BACK_UM = float(BOARD.PLANT_STOP_BACK_UM)
FRONT_UM = float(BOARD.PLANT_FRONT_TRAVEL_UM)
SLIP_EACH_UM = 20.0  # of a loose nut, at most


def home(bench: Bench) -> bool:
    bench.plant.sample(bench.t_ns)
    return bool(bench.plant.switches & signals.HOME)


def test_a_step_is_ten_micrometres_either_way() -> None:
    bench = Bench(0.0)
    bench.step(True, 7)
    assert bench.plant.stop_um == 7 * STEP
    bench.step(False, 10)
    assert bench.plant.stop_um == -3 * STEP


def test_it_is_at_its_back_end_at_the_start_and_goes_no_further() -> None:
    bench = Bench(BACK_UM)
    bench.step(False, 8)
    assert bench.plant.stop_um - BACK_UM in (0.0, STEP)  # it rattles there
    bench = Bench(FRONT_UM)
    bench.step(True, 8)
    assert FRONT_UM - bench.plant.stop_um in (0.0, STEP)


def test_the_home_switch_is_the_stops_and_not_the_tips() -> None:
    """Closed at -200 um, open at -190, wherever the tip is."""
    bench = Bench(BOARD.STOP_HOME_UM - 3 * STEP)
    assert home(bench)
    bench.step(True, 3)
    assert home(bench)
    bench.step(True, 1)
    assert not home(bench)
    assert bench.tip() == SEAT_UM
    bench.step(False, 1)
    assert home(bench)


@pytest.mark.parametrize("stuck", [True, False])
def test_home_stuck(stuck: bool) -> None:
    bench = Bench(BOARD.STOP_HOME_UM + (100 if stuck else -20))
    before = home(bench)
    bench.plant.home_stuck = stuck
    assert home(bench) is stuck is not before
    bench.plant.home_stuck = None
    assert home(bench) is before


def test_without_the_driver_it_stays_where_it_is() -> None:
    bench = Bench(0.0)
    bench.plant.set_enable(bench.t_ns, False)
    bench.step(True, 5)
    assert bench.plant.stop_um == 0.0
    bench.plant.set_enable(bench.t_ns, True)
    bench.step(True, 5)
    assert bench.plant.stop_um == 5 * STEP


def test_too_fast_a_rate_loses_steps() -> None:
    """The pull-out force is 4.0 N less 1.5 N at 1,000 a second; the screw takes 1.5 N: 1,667 steps a second at most."""
    fast, too_fast = 1e9 / 1_600, 1e9 / 1_750
    for interval, loses in ((fast, False), (too_fast, True)):
        bench = Bench(0.0)
        bench.step(True, 40, round(interval))
        assert (bench.plant.stop_um < 40 * STEP) is loses


def test_a_carriage_that_presses_makes_it_lose_inward_steps_by_fours() -> None:
    """Full current presses with more than the 2.5 N which friction leaves of 4 N; outward the screw is free."""
    bench = Bench(500.0)
    bench.plant.supply_mv = 4_200
    bench.coil(True)
    bench.wait(SETTLED_NS)
    bench.step(False, 4)
    assert bench.plant.stop_um in (500.0, 500.0 - STEP, 500.0 + STEP)
    bench.coil(False)
    bench.wait(SETTLED_NS)
    bench.step(True, 1)
    assert (bench.plant.stop_um - 500.0) % (4 * STEP) == STEP


def test_the_tip_follows_a_stop_that_goes_out_under_it() -> None:
    bench = Bench(500.0)
    bench.plant.supply_mv = 4_200
    bench.coil(True)
    bench.wait(SETTLED_NS)
    bench.step(True, 3)
    bench.wait(SETTLED_NS)
    assert bench.plant.stop_um == bench.tip() == 530.0


def test_a_weakly_pressed_tip_is_taken_back_by_the_stop() -> None:
    bench = Bench(500.0)
    bench.coil(True)
    bench.wait(SETTLED_NS)
    bench.allow(4.0, 4.2)
    bench.wait(SETTLED_NS)
    assert bench.tip() == 500.0
    bench.step(False, 2)
    assert bench.plant.stop_um == bench.tip() == 480.0


def test_reversed_and_stuck_direction() -> None:
    bench = Bench(0.0)
    bench.plant.reversed_dir = True
    bench.step(True, 2)
    assert bench.plant.stop_um == -2 * STEP
    bench.plant.reversed_dir = False
    bench.plant.stuck_dir = True
    bench.step(False, 2)
    assert bench.plant.stop_um == 0.0
    bench.plant.stuck_dir = None
    bench.step(False, 2)
    assert bench.plant.stop_um == -2 * STEP


def test_swallowed_steps() -> None:
    bench = Bench(0.0)
    bench.plant.steps_to_lose = 3
    bench.step(True, 5)
    assert bench.plant.stop_um == 2 * STEP
    bench.plant.lose_inward_only = True
    bench.plant.steps_to_lose = 2
    bench.step(True, 3)
    assert bench.plant.stop_um == 5 * STEP
    bench.step(False, 3)
    assert bench.plant.stop_um == 4 * STEP
    assert bench.plant.steps_to_lose == 0


def test_a_step_before_dir_has_ever_been_high_is_inward() -> None:
    bench = Bench(0.0)
    bench.plant.set_enable(bench.t_ns, True)
    bench.plant.step(bench.t_ns)
    assert bench.plant.stop_um == -STEP


def test_extra_steps_and_slips() -> None:
    bench = Bench(0.0)
    bench.plant.set_dir(bench.t_ns, True)
    bench.plant.extra_steps(4, bench.t_ns)
    assert bench.plant.stop_um == 4 * STEP
    bench.plant.slip_um(16.0, bench.t_ns)
    assert bench.plant.stop_um == 56.0
    bench.plant.slip_um(-50.0, bench.t_ns)
    assert bench.plant.stop_um == 6.0
    bench.plant.set_enable(bench.t_ns, False)
    bench.plant.extra_steps(4, bench.t_ns)
    assert bench.plant.stop_um == 6.0


def test_a_loose_nut_gives_way_by_the_energy_over_its_friction() -> None:
    """m v^2 / 2 over the nut's friction, v from the way of the last microsecond before the impact; only when the fault is on."""
    tight, loose = Bench(1_000.0), Bench(1_000.0)
    loose.plant.stop_slips = True
    for bench in (tight, loose):
        bench.plant.supply_mv = 4_200
        bench.coil(True)
    hit_ns = tight.until(1_000.0)
    assert hit_ns
    loose.wait(hit_ns - 2_000)
    before = loose.tip()
    loose.wait(1_000)
    speed = (loose.tip() - before) / 1e-6
    loose.wait(100_000)
    slipped = loose.plant.stop_um - 1_000.0
    assert slipped == pytest.approx(0.5e-9 * BOARD.PLANT_MASS_MG * speed**2 / BOARD.PLANT_STOP_SLIP_MN, rel=0.01)
    assert 5.0 < slipped < SLIP_EACH_UM
    assert loose.plant.max_tip_um == loose.plant.stop_um
    tight.wait(SETTLED_NS)
    assert tight.plant.stop_um == 1_000.0

"""The carriage without its drive, against Newton: 12 g, spring 1.5 N, friction 0.2 N."""

from math import sqrt

import pytest

from pen_sim.plant.skin_spec import SkinSpec, skin_for
from tests.sim.plant.stepper_bench import BOARD, Bench

MASS_KG = 0.012
OUTWARD_M_S2 = 1.7 / MASS_KG  # spring and friction brake
INWARD_M_S2 = 1.3 / MASS_KG  # the spring pulls, friction brakes
FULL_SPEED_M_S = 0.08  # 8000 steps of 10 um per second
ROUNDING_UM = 0.01
BACK_UM = -500.0


def cut_at_full_speed(bench: Bench, steps: int) -> float:
    """Cuts the drive at the last of these steps; returns where the tip is then."""
    bench.enable()
    bench.accelerate(steps)
    bench.enable(False)
    return bench.tip()


def test_coast_after_a_cut_is_v2_over_2a() -> None:
    """0.08^2 / (2 * 141.7) m = 22.59 um, reached after v/a = 0.565 ms."""
    bench = Bench()
    cut_um = cut_at_full_speed(bench, 30)
    bench.wait(round(1e9 * FULL_SPEED_M_S / OUTWARD_M_S2))
    assert bench.tip() - cut_um == pytest.approx(1e6 * FULL_SPEED_M_S**2 / (2 * OUTWARD_M_S2), abs=ROUNDING_UM)
    bench.wait(1_000_000)
    assert bench.plant.max_tip_um - cut_um == pytest.approx(22.588, abs=ROUNDING_UM)


def test_coast_half_way() -> None:
    """After half the time three quarters of the way are done."""
    bench = Bench()
    cut_um = cut_at_full_speed(bench, 30)
    bench.wait(round(0.5e9 * FULL_SPEED_M_S / OUTWARD_M_S2))
    assert bench.tip() - cut_um == pytest.approx(0.75 * 22.588, abs=ROUNDING_UM)


def test_a_load_brakes_the_coast_too() -> None:
    """1.7 N and 1.7 N more: half the way."""
    bench = Bench()
    bench.plant.load_mn = 1_700
    cut_um = cut_at_full_speed(bench, 30)
    bench.wait(1_000_000)
    assert bench.plant.max_tip_um - cut_um == pytest.approx(22.588 / 2, abs=ROUNDING_UM)


def test_the_skin_brakes_the_coast_too() -> None:
    """m v^2 / 2 = 1.7 N d + k (x2^2 - x1^2) / 2 with k = 12 * 1 N/mm, from a dimple of x1."""
    bench = Bench(skin=SkinSpec(1.0, 0.0, 99.0, 0.1, 20.0))
    bench.home()
    x1 = cut_at_full_speed(bench, 45)
    bench.wait(1_000_000)
    x2 = bench.plant.max_tip_um
    energy = 0.5 * BOARD.PLANT_MASS_MG * 1e-9 * (FULL_SPEED_M_S * 1e6) ** 2  # mN um
    last_slice = 12 * 10 * 10  # mN um: force wrong by half a slice of 20 um at most, over half of it
    assert x1 > 100
    assert 1_700 * (x2 - x1) + 6.0 * (x2**2 - x1**2) == pytest.approx(energy, abs=last_slice)


def test_a_coast_into_the_front_stop_ends_there() -> None:
    bench = Bench(skin=skin_for("soft"))
    bench.home()
    cut_at_full_speed(bench, (BOARD.PLANT_FRONT_TRAVEL_UM - 10 + BOARD.CLEARANCE_UM) // BOARD.STEP_UM)
    bench.wait(100_000_000)
    assert bench.plant.max_tip_um == BOARD.PLANT_FRONT_TRAVEL_UM
    assert bench.tip() == BACK_UM


def test_a_cut_just_after_an_edge_and_one_just_before_the_next_coast_alike() -> None:
    """The carriage is as fast between edges as at them."""
    late = Bench()
    late.enable()
    late.accelerate(30)
    late.wait(124_000)
    cut_um = late.tip()
    late.enable(False)
    late.wait(1_000_000)
    assert late.plant.max_tip_um - cut_um == pytest.approx(22.588, abs=ROUNDING_UM)


def test_a_cut_long_after_the_last_edge_of_a_fast_move_does_not_coast() -> None:
    bench = Bench()
    bench.enable()
    bench.accelerate(30)
    bench.wait(1_500_000)
    cut_um = bench.tip()
    bench.enable(False)
    bench.wait(1_000_000)
    assert bench.plant.max_tip_um == cut_um


def test_the_spring_brings_it_back_in_sqrt_2d_over_a() -> None:
    """500 um at 108.3 m/s^2 from rest: 3.038 ms; it arrives at 0.33 m/s, so 1 us before it is 0.33 um away."""
    bench = Bench(start_um=0)
    arrival_ns = round(1e9 * sqrt(2 * 500e-6 / INWARD_M_S2))
    bench.wait(arrival_ns // 2)
    assert bench.tip() == pytest.approx(-125, abs=ROUNDING_UM)
    bench.wait(arrival_ns - arrival_ns // 2 - 1_000)
    assert bench.tip() == pytest.approx(BACK_UM + 0.329, abs=ROUNDING_UM)
    bench.wait(1_100)
    assert bench.tip() == BACK_UM


def test_a_cut_at_full_speed_ends_short_of_the_planned_peak() -> None:
    """The plan brakes at 40 m/s^2 and would need 80 um from here; spring and friction brake at 142 m/s^2."""
    bench = Bench(skin=skin_for("soft"))
    bench.home()
    planned_um = 3_000
    cut_um = cut_at_full_speed(bench, (planned_um - 80 + BOARD.CLEARANCE_UM) // BOARD.STEP_UM)
    bench.wait(100_000_000)
    assert cut_um < bench.plant.max_tip_um < planned_um - 50


def test_a_carriage_that_stands_does_not_coast_outward() -> None:
    bench = Bench()
    bench.enable()
    bench.creep(30)
    peak_um = bench.plant.max_tip_um
    bench.enable(False)
    bench.wait(100_000_000)
    assert bench.plant.max_tip_um == peak_um
    assert bench.tip() == BACK_UM


def test_the_spring_pulls_sharp_needles_out_of_typical_skin() -> None:
    bench = Bench(skin=skin_for("typical"))
    bench.home()
    cut_at_full_speed(bench, 300)
    bench.wait(100_000_000)
    assert bench.tip() == BACK_UM
    stroke = bench.plant.truth[0]
    assert stroke.start_ns < stroke.peak_ns < stroke.end_ns
    assert stroke.peak_um == bench.plant.max_tip_um


def test_needles_stay_in_skin_that_holds_them_harder_than_the_spring_pulls() -> None:
    """12 needles in 2 mm of skin at 0.1 N/mm hold with 2.4 N; the spring is left with 1.3 N."""
    bench = Bench(skin=SkinSpec(0.5, 0.01, 0.05, 0.1, 20.0, slow_part=1.0))
    bench.home()
    bench.run(300)
    bench.enable(False)
    bench.wait(500_000_000)
    assert bench.tip() > 2_000
    assert not bench.plant.truth


def test_the_pull_out_obeys_the_balance_of_energy() -> None:
    """From p deep at rest to its surface: the spring's work less friction's and the skin's is the speed at the surface.

    Sliding friction is mu * (tip - surface), and the surface is pulled along: k (surface - rest) = -friction. With the
    stick phase left out (it is 2 % of the way here) force over the way is mu k / (k - mu) * x, x from `rest`.
    """
    spec = SkinSpec(1.0, 0.0, 0.001, 0.02, 1e9, slow_part=1.0)  # no damping, hardly any dimple, no recovery
    bench = Bench(skin=spec)
    bench.home()
    bench.creep(130)  # 1000 um
    start_um = bench.tip()
    stiffness, friction = 12 * 1.0, 12 * 0.02
    rest_um = friction * start_um / (stiffness + friction)
    way_um = start_um - rest_um
    held = 0.5 * friction * stiffness / (stiffness - friction) * way_um**2  # mN um
    bench.enable(False)
    bench.wait(100_000_000)
    curve = dict(zip(bench.plant.curve.um, bench.plant.curve.t_ns, strict=True))
    speed_um_s = (60.0 - 0.0) / (curve[0.0] - curve[60.0]) * 1e9  # mean between 60 um and 0, half way 30 um
    energy = 0.5 * BOARD.PLANT_MASS_MG * 1e-9 * speed_um_s**2  # mg um^2/s^2 is 1e-9 mN um
    gained = (1_500 - 200) * (start_um - 30.0) - held
    slack = 0.03  # of the energy: the stick phase, and the skin left between 60 um and `rest`
    assert energy == pytest.approx(gained, rel=slack)


def test_how_often_one_looks_changes_nothing() -> None:
    def play(look_ns: int) -> Bench:
        bench = Bench(skin=skin_for("typical"))
        bench.home()
        bench.stroke(1_000)
        cut_at_full_speed(bench, 120)
        end_ns = bench.t_ns + 60_000_000
        while bench.t_ns < end_ns:
            bench.plant.sample(bench.t_ns)
            bench.wait(look_ns)
        return bench

    seldom, often = play(60_000_000), play(7_500)
    assert often.plant.truth == seldom.plant.truth
    assert len(seldom.plant.truth) == 2
    assert list(often.plant.curve) == list(seldom.plant.curve)


def test_the_curve_is_kept_only_when_wanted() -> None:
    bench = Bench()
    bench.enable()
    bench.plant.record = False
    before = len(bench.plant.curve)
    bench.creep(10)
    bench.plant.record = True
    bench.creep(10)
    assert len(bench.plant.curve) == before + 10
    assert list(bench.plant.curve)[-1] == (bench.t_ns - 10_000_000, bench.tip())

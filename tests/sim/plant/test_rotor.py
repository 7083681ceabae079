"""The stepper against its own formulas: lag, pull-out line, ramps, slipping."""

import pytest

from pen_sim.plant.skin_spec import SkinSpec, skin_for
from tests.sim.plant.stepper_bench import BOARD, HOMING_INTERVAL_NS, Bench

EXACT_UM = 1e-6
LAG_UM = 5.0  # no lag in these tests is larger: half a step
FULL_SPEED_NS = 125_000  # 8000 steps/s
STATIC_MN = 1_700  # spring 1500 and friction 200, going outward
PERIOD_UM = 40  # four full steps of 10 um


def moved(bench: Bench, from_um: float) -> int:
    """Full steps between there and the tip."""
    return round((bench.tip() - from_um) / BOARD.STEP_UM)


def test_lag_at_half_load_is_a_third_of_a_step() -> None:
    """sin(pi/2 * 1/3) is 1/2, so at half the pull-out force the rotor is 10/3 um behind."""
    bench = Bench()
    bench.enable()
    bench.plant.load_mn = 4_000 - STATIC_MN
    bench.creep(1)
    assert bench.tip() == pytest.approx(-490 - 10 / 3, abs=EXACT_UM)


def test_a_step_before_dir_has_ever_been_high_is_inward() -> None:
    """Held by the field, a step in: 1300 mN hold it back outward, see below."""
    bench = Bench(start_um=-100)
    bench.plant.set_enable(0, True)
    bench.plant.step(2_000_000)
    assert bench.tip() == pytest.approx(-110, abs=LAG_UM)


def test_at_rest_the_spring_makes_the_lag() -> None:
    """asin(1500 / 8000) * 2/pi * 10 um = 1.2008 um."""
    bench = Bench(start_um=-100)
    bench.plant.set_enable(0, True)
    assert bench.tip() == pytest.approx(-101.2008, abs=1e-4)


def test_lag_opposes_the_load_on_the_way_in() -> None:
    """Inward the spring helps and friction resists: 1300 mN hold back outward, asin(1300 / 8000) * 2/pi * 10 um."""
    bench = Bench()
    bench.enable()
    bench.creep(10)
    bench.creep(-1)
    assert bench.tip() == pytest.approx(-410 - 1.0391, abs=1e-4)


@pytest.mark.parametrize(("steps_per_s", "pullout_mn"), [(500, 8_000), (2_000, 7_250), (4_000, 6_500), (8_000, 5_000)])
@pytest.mark.parametrize("beyond_mn", [-5, 5])
def test_pullout_falls_in_a_line_with_speed(steps_per_s: int, pullout_mn: int, beyond_mn: int) -> None:
    """8 N at rest, 5 N at 8000 steps/s; homing steps are one by one, each from rest. No acceleration: 1.7 N and the load."""
    bench = Bench()
    bench.enable()
    interval_ns = 1_000_000_000 // steps_per_s
    if steps_per_s > 2_000:
        bench.accelerate(8)
    bench.burst(3, interval_ns)
    before = bench.tip()
    bench.plant.load_mn = pullout_mn - STATIC_MN + beyond_mn
    bench.burst(1, interval_ns)
    follows = bench.tip() > before
    assert follows == (beyond_mn < 0)


def test_the_ramp_passes_with_margin() -> None:
    """12 g at 40 m/s^2 take 0.48 N: 2.2 N of at least 5 N. Another 2.5 N leave it in step."""
    bench = Bench()
    bench.enable()
    bench.plant.load_mn = 2_500
    bench.run(40)
    bench.wait(10_000_000)
    assert bench.tip() == pytest.approx(-100, abs=LAG_UM)


def test_the_ramp_fails_without_margin() -> None:
    """5 N at full speed less 1.7 N: 3.4 N more cannot be carried there."""
    bench = Bench()
    bench.enable()
    bench.plant.load_mn = 3_400
    bench.run(40)
    bench.wait(10_000_000)
    assert bench.tip() < -100 - PERIOD_UM + LAG_UM


@pytest.mark.parametrize("rest_ns", [1_500_000, 50_000_000])
def test_an_instantaneous_start_at_full_speed_fails(rest_ns: int) -> None:
    """From standstill to 80 mm/s in half an interval of 125 us is 1280 m/s^2, 15 N for 12 g."""
    bench = Bench()
    bench.enable()
    bench.run(20)
    bench.run(-10)
    before = bench.tip()
    bench.wait(rest_ns)
    bench.burst(10, FULL_SPEED_NS)
    bench.wait(10_000_000)
    assert moved(bench, before) < 10


def test_a_reversal_at_full_speed_fails() -> None:
    bench = Bench()
    bench.enable()
    bench.accelerate(20)
    before = bench.tip()
    bench.burst(-10, FULL_SPEED_NS)
    assert moved(bench, before) > -10


@pytest.mark.parametrize("lost", range(1, 12))
def test_slips_are_multiples_of_four_steps(lost: int) -> None:
    """Jammed for `lost` of 30 steps; wherever it catches the field again is a whole number of periods behind."""
    bench = Bench()
    bench.enable()
    bench.accelerate(10)
    bench.plant.jam(True)
    bench.burst(lost, FULL_SPEED_NS)
    bench.plant.jam(False)
    bench.burst(20 - lost, FULL_SPEED_NS)
    bench.wait(10_000_000)
    behind_um = -500 + 300 - bench.tip()
    assert behind_um > PERIOD_UM - LAG_UM
    assert abs((behind_um + PERIOD_UM / 2) % PERIOD_UM - PERIOD_UM / 2) < LAG_UM


def test_a_slipped_rotor_catches_the_field_only_when_it_is_slow() -> None:
    bench = Bench()
    bench.enable()
    bench.accelerate(10)
    bench.plant.jam(True)
    bench.burst(1, FULL_SPEED_NS)
    bench.plant.jam(False)
    before = bench.tip()
    bench.burst(12, FULL_SPEED_NS)
    assert bench.tip() == before
    bench.burst(8, HOMING_INTERVAL_NS)
    assert bench.tip() > before + PERIOD_UM


@pytest.mark.parametrize(("steps", "stop_um"), [(400, BOARD.PLANT_FRONT_TRAVEL_UM), (-100, -BOARD.BACK_TRAVEL_UM)])
def test_nothing_passes_the_stops(steps: int, stop_um: int) -> None:
    bench = Bench(skin=skin_for("soft"))
    bench.enable()
    bench.creep(20)
    bench.creep(steps)
    assert abs(bench.tip() - stop_um) <= PERIOD_UM / 2
    assert bench.plant.max_tip_um <= BOARD.PLANT_FRONT_TRAVEL_UM
    assert min(bench.plant.curve.um) >= -BOARD.BACK_TRAVEL_UM


@pytest.mark.parametrize("flight_us", range(900, 2_800, 150))
def test_enabling_locks_to_the_nearest_place_of_the_field(flight_us: int) -> None:
    """The field has its phase from the start at 0: places are 40 um apart, and the spring makes a lag of 1.2 um."""
    bench = Bench(start_um=0)
    bench.wait(flight_us * 1_000)
    place_um = PERIOD_UM * round(bench.tip() / PERIOD_UM)
    bench.plant.set_enable(bench.t_ns, True)
    assert bench.tip() == pytest.approx(place_um - 1.2008, abs=1e-3)
    bench.creep(1)
    assert moved(bench, place_um) == 1


def test_steps_while_disabled_do_nothing() -> None:
    bench = Bench()
    bench.creep(5)
    assert bench.tip() == -500


@pytest.mark.parametrize(
    ("skin", "needles"), [("soft", "sharp"), ("typical", "sharp"), ("firm", "sharp"), ("typical", "worn")]
)
def test_strokes_to_three_millimetres_lose_nothing(skin: str, needles: str) -> None:
    bench = Bench(skin=skin_for(skin, needles))
    bench.home()
    for _ in range(3):
        bench.stroke(3_000)
    peaks = [stroke.peak_um for stroke in bench.plant.truth]
    assert peaks == pytest.approx([3_000] * 3, abs=LAG_UM)
    assert bench.tip() == pytest.approx(-300, abs=LAG_UM)


@pytest.mark.parametrize("skin", ["soft", "typical", "firm", "bone"])
def test_blunt_needles_stall_the_drive(skin: str) -> None:
    """12 needles at 1 N are 12 N against 5 to 8 N; soft skin gives way for a while, so go to the deepest setting."""
    bench = Bench(skin=skin_for(skin, "blunt"))
    bench.home()
    bench.stroke(3_000)
    assert bench.plant.max_tip_um < 3_000 - PERIOD_UM


def test_a_stalled_rotor_does_not_work_its_way_into_the_skin() -> None:
    """12 mN/um stop 8000 - 1700 mN at 525 um. However often it tries, 0.3 creep at most: 525 / 0.7 = 750 um."""
    bench = Bench(skin=SkinSpec(1.0, 0.0, 99.0, 0.1, 20.0))
    bench.home()
    bench.creep(85)
    assert 525 - 2 * BOARD.STEP_UM < bench.plant.max_tip_um < 525
    bench.creep(140)
    assert bench.plant.max_tip_um < 750


def test_needles_that_the_skin_grips_harder_than_the_drive_pulls() -> None:
    """Driven in by force. Sticking skin holds with 12 * 2 N/mm: 240 mN more per step; 8 N and the spring's 1.3 N pull."""
    bench = Bench(skin=SkinSpec(2.0, 0.0, 0.05, 1.0, 20.0, slow_part=1.0))
    bench.home()
    bench.plant.extra_steps(330, bench.t_ns)
    before = bench.tip()
    bench.burst(-60, HOMING_INTERVAL_NS)
    assert moved(bench, before) == pytest.approx(-9_300 / 240, abs=1.5)

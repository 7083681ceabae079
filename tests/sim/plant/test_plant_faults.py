"""Every knob changes what it says, and leaves the rest alone."""

import pytest

from pen_sim.plant import signals
from pen_sim.plant.skin_spec import skin_for
from tests.sim.plant.stepper_bench import Bench

LAG_UM = 2.0  # spring and friction alone
STEP_UM = 10


def switches(bench: Bench) -> int:
    bench.plant.sample(bench.t_ns)
    return bench.plant.switches


def test_at_the_start() -> None:
    """Off, pushed to the back stop, cartridge in, nobody pressing anything."""
    assert switches(Bench()) == signals.HOME | signals.CARTRIDGE


@pytest.mark.parametrize(
    ("knob", "bit", "opposite"),
    [
        ("trigger_held", signals.TRIGGER, True),
        ("estop_pressed", signals.ESTOP, True),
        ("cartridge_seated", signals.CARTRIDGE, False),
        ("driver_fault", signals.DRIVER_FAULT, True),
    ],
)
def test_switches_are_their_bits(knob: str, bit: int, opposite: bool) -> None:
    bench = Bench()
    before = switches(bench)
    setattr(bench.plant, knob, opposite)
    assert getattr(bench.plant, knob) is opposite
    assert switches(bench) == before ^ bit
    setattr(bench.plant, knob, not opposite)
    assert switches(bench) == before


def test_home_opens_where_the_board_says() -> None:
    """Retracted is 300 um behind the face; 35 um in front of it the switch opens: closed at -271, open at -261 um."""
    bench = Bench()
    bench.home()
    assert bench.tip() == pytest.approx(-300, abs=LAG_UM)
    bench.creep(3)
    assert switches(bench) & signals.HOME
    bench.creep(1)
    assert not switches(bench) & signals.HOME
    bench.creep(-1)
    assert switches(bench) & signals.HOME


def test_home_stuck() -> None:
    bench = Bench()
    bench.plant.home_stuck = False
    assert not switches(bench) & signals.HOME
    bench.home()
    bench.creep(10)
    bench.plant.home_stuck = True
    assert switches(bench) & signals.HOME
    bench.plant.home_stuck = None
    assert not switches(bench) & signals.HOME


def test_enable_is_read_back() -> None:
    bench = Bench()
    bench.enable()
    assert switches(bench) & signals.ENABLE_SENSE
    bench.enable(False)
    assert not switches(bench) & signals.ENABLE_SENSE


def test_enable_stuck_on_keeps_the_drive() -> None:
    bench = Bench()
    bench.home()
    bench.plant.enable_stuck = True
    bench.enable(False)
    bench.creep(5)
    assert switches(bench) & signals.ENABLE_SENSE
    assert bench.tip() == pytest.approx(-250, abs=LAG_UM)
    bench.plant.enable_stuck = None
    bench.wait(100_000_000)
    assert bench.tip() == -500


def test_enable_stuck_off_keeps_it_from_moving() -> None:
    bench = Bench()
    bench.plant.enable_stuck = False
    bench.enable()
    bench.creep(5)
    assert not switches(bench) & signals.ENABLE_SENSE
    assert bench.tip() == -500


def test_a_driver_in_fault_lets_go_but_the_gate_stays() -> None:
    bench = Bench()
    bench.home()
    bench.plant.driver_fault = True
    bench.wait(100_000_000)
    assert bench.tip() == -500
    assert switches(bench) & signals.ENABLE_SENSE


def test_a_dead_driver_lets_go_and_says_nothing() -> None:
    bench = Bench()
    bench.home()
    bench.plant.driver_dead = True
    bench.wait(100_000_000)
    assert bench.tip() == -500
    assert switches(bench) & signals.ENABLE_SENSE
    assert not switches(bench) & signals.DRIVER_FAULT
    bench.plant.driver_dead = False
    bench.creep(3)
    assert bench.tip() > -500


def test_the_gates_output_is_what_its_inputs_make_or_what_it_is_stuck_at() -> None:
    bench = Bench()
    bench.enable()
    assert bench.plant.enabled
    bench.plant.enable_stuck = False
    assert not bench.plant.enabled
    bench.enable(False)
    bench.plant.enable_stuck = True
    assert bench.plant.enabled
    bench.plant.enable_stuck = None
    assert not bench.plant.enabled


def test_a_jam_blocks_both_ways() -> None:
    bench = Bench()
    bench.home()
    before = bench.tip()
    bench.plant.jam(True)
    bench.creep(7)
    assert bench.tip() == before
    bench.creep(-20)
    assert bench.tip() == before
    bench.enable(False)
    bench.wait(100_000_000)
    assert bench.tip() == before
    bench.plant.jam(False)
    bench.wait(100_000_000)
    assert bench.tip() == -500


def test_a_jam_in_free_flight_stops_it_there() -> None:
    bench = Bench(start_um=0)
    bench.wait(1_500_000)
    before = bench.tip()
    bench.plant.jam(True)
    bench.wait(100_000_000)
    assert -500 < bench.tip() == before < 0


def test_load_resists_outward_motion_only() -> None:
    """7 N on top of 1.7 N are more than 8 N; inward the spring helps and the load is not felt."""
    bench = Bench()
    bench.home()
    before = bench.tip()
    bench.plant.load_mn = 7_000
    bench.creep(1)
    assert bench.tip() == before
    bench.creep(-9)
    assert bench.tip() == pytest.approx(before - 80, abs=LAG_UM)


def test_a_stalled_rotor_tries_again_when_the_load_is_gone() -> None:
    """The field waits one step ahead: nearer than the place three steps behind."""
    bench = Bench()
    bench.home()
    before = bench.tip()
    bench.plant.load_mn = 7_000
    bench.creep(1)
    assert bench.tip() == before
    bench.plant.load_mn = 0
    bench.wait(10_000_000)
    assert bench.tip() == pytest.approx(-300 + STEP_UM, abs=LAG_UM)


def test_a_jammed_rotor_tries_again_when_the_jam_is_gone() -> None:
    bench = Bench()
    bench.home()
    bench.plant.jam(True)
    bench.creep(1)
    bench.plant.jam(False)
    bench.wait(10_000_000)
    assert bench.tip() == pytest.approx(-300 + STEP_UM, abs=LAG_UM)


def test_the_field_keeps_its_phase_through_a_stall_and_a_cut() -> None:
    """21 steps from -500 um it is at -290 um, whatever the rotor did; the place nearest to the back stop is -490 um."""
    bench = Bench()
    bench.home()
    bench.plant.load_mn = 7_000
    bench.creep(1)
    bench.plant.load_mn = 0
    bench.wait(10_000_000)
    bench.enable(False)
    bench.wait(100_000_000)
    assert bench.tip() == -500
    bench.enable()
    assert bench.tip() == pytest.approx(-490, abs=LAG_UM)


def test_a_stalled_rotor_falls_back_when_the_field_is_half_a_period_ahead() -> None:
    """Two steps ahead the field pulls neither way; the spring decides, and the next place is two steps behind."""
    bench = Bench()
    bench.home()
    bench.plant.load_mn = 7_000
    bench.creep(2)
    assert bench.tip() == pytest.approx(-300 - 2 * STEP_UM, abs=LAG_UM)


def test_swallowed_steps() -> None:
    bench = Bench()
    bench.home()
    bench.plant.steps_to_lose = 3
    bench.creep(10)
    assert bench.plant.steps_to_lose == 0
    assert bench.tip() == pytest.approx(-300 + 7 * STEP_UM, abs=LAG_UM)


def test_swallowed_inward_steps() -> None:
    bench = Bench()
    bench.home()
    bench.plant.lose_inward_only = True
    bench.plant.steps_to_lose = 3
    bench.creep(10)
    assert bench.tip() == pytest.approx(-300 + 10 * STEP_UM, abs=LAG_UM)
    bench.creep(-10)
    assert bench.tip() == pytest.approx(-300 + 3 * STEP_UM, abs=LAG_UM)


def test_extra_steps_go_on_in_the_present_direction() -> None:
    bench = Bench()
    bench.home()
    bench.creep(1)
    bench.plant.extra_steps(6, bench.t_ns)
    assert bench.tip() == pytest.approx(-300 + 7 * STEP_UM, abs=LAG_UM)
    bench.creep(-1)
    bench.plant.extra_steps(2, bench.t_ns)
    assert bench.tip() == pytest.approx(-300 + 4 * STEP_UM, abs=LAG_UM)


def test_extra_steps_stop_at_the_stop() -> None:
    bench = Bench(skin=skin_for("soft"))
    bench.home()
    bench.plant.extra_steps(500, bench.t_ns)
    assert bench.plant.max_tip_um == 3_150


def test_reversed_direction() -> None:
    bench = Bench()
    bench.home()
    bench.plant.reversed_dir = True
    bench.creep(5)
    assert bench.tip() == pytest.approx(-350, abs=LAG_UM)


@pytest.mark.parametrize(("level", "direction"), [(True, 1), (False, -1)])
def test_a_stuck_direction(level: bool, direction: int) -> None:
    """Whichever way five steps are sent, they go the way it is stuck; whole again, they go as sent."""
    bench = Bench()
    bench.home()
    bench.creep(10)
    bench.plant.stuck_dir = level
    bench.creep(5)
    assert bench.tip() == pytest.approx(-200 + direction * 50, abs=LAG_UM)
    bench.creep(-5)
    assert bench.tip() == pytest.approx(-200 + direction * 100, abs=LAG_UM)
    bench.plant.stuck_dir = None
    bench.creep(-2)
    assert bench.tip() == pytest.approx(-200 + direction * 100 - 20, abs=LAG_UM)


def test_worn_needles_dimple_more_and_go_less_deep_from_then_on() -> None:
    """Typical skin, twelve needles: they enter at 0.04 N each, worn at 0.2 N, which 0.15 N/mm reach at 1.33 mm."""
    bench = Bench()
    bench.home()
    bench.stroke(1_000)
    bench.plant.needles = "worn"
    bench.wait(1_000_000_000)
    bench.stroke(1_000)
    bench.plant.needles = "sharp"
    bench.wait(1_000_000_000)
    bench.stroke(1_000)
    sharp, worn, again = bench.plant.truth
    assert sharp.penetration_um == pytest.approx(1_000 * 10 / 13, abs=5)
    assert worn.penetration_um == 0
    assert again.penetration_um == pytest.approx(sharp.penetration_um, abs=5)


def test_a_slip_on_the_screw_moves_tip_and_sensor_for_good() -> None:
    """33 um are 109.2 counts in four; the noise of a sum is 3.3 counts."""
    bench = Bench()
    bench.home()
    bench.plant.sample(bench.t_ns)
    before_um, before_counts = bench.tip(), bench.plant.adc[0]
    bench.plant.slip_um(33, bench.t_ns)
    bench.plant.sample(bench.t_ns)
    assert bench.tip() == before_um + 33
    assert bench.plant.adc[0] - before_counts == pytest.approx(109.2, abs=7 * 3.4)
    bench.creep(1)
    assert bench.tip() == pytest.approx(-300 + 33 + STEP_UM, abs=LAG_UM)


def test_strokes_are_written_down() -> None:
    """To 1.0 mm in typical skin: dimple 3/13 of the depth, so 768 um deep; the lag takes a few um of it."""
    bench = Bench()
    bench.home()
    begin_ns = bench.t_ns
    bench.stroke(1_000)
    bench.stroke(500)
    first, second = bench.plant.truth
    assert first.peak_um == pytest.approx(1_000, abs=LAG_UM)
    assert first.penetration_um == pytest.approx(1_000 * 10 / 13, abs=5)
    assert second.peak_um == pytest.approx(500, abs=LAG_UM)
    assert begin_ns < first.start_ns < first.peak_ns < first.end_ns < second.start_ns
    assert bench.plant.max_tip_um == first.peak_um


def test_faster_strokes_go_less_deep() -> None:
    """The surface needs tens of milliseconds to come back, so a stroke that follows at once finds it displaced."""
    bench = Bench(skin=skin_for("soft"))
    bench.home()
    bench.stroke(1_000)
    bench.stroke(1_000)
    bench.wait(1_000_000_000)
    bench.stroke(1_000)
    first, hurried, rested = (stroke.penetration_um for stroke in bench.plant.truth)
    assert hurried < first - 20
    assert rested == pytest.approx(first, abs=1)

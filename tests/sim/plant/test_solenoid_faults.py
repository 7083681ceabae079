"""Every knob of the solenoid's plant changes what it says, and leaves the rest alone."""

import pytest

from pen_sim.loader import load_board
from pen_sim.plant import signals
from pen_sim.plant.choice import plant_for
from pen_sim.plant.sensor import NO_FIELD_V
from pen_sim.plant.solenoid import SolenoidPlant
from pen_sim.plant.stepper import StepperPlant
from tests.sim.plant.solenoid_bench import BOARD, MS, SEAT_UM, SETTLED_NS, Bench

SIGMAS = 5
TIP_NOISE_SUM = 2 * BOARD.PLANT_TIP_NOISE_NM / 1e3 / BOARD.TIP_UM_PER_V * 4_096 / 3.3
STOP_UM = 1_000.0


def pulled() -> Bench:
    bench = Bench(STOP_UM)
    bench.coil(True)
    bench.wait(SETTLED_NS)
    assert bench.tip() == STOP_UM
    return bench


def counts_um(um: float) -> float:
    return 4 * (um - BOARD.TIP_UM_AT_0V) / BOARD.TIP_UM_PER_V * 4_096 / 3.3


def switches(bench: Bench) -> int:
    bench.plant.sample(bench.t_ns)
    return bench.plant.switches


def test_the_boards_drive_chooses_the_plant() -> None:
    assert isinstance(plant_for(BOARD, 1), SolenoidPlant)
    board = load_board("bench_stepper")
    assert isinstance(plant_for(board, 1), StepperPlant)
    board.__dict__["DRIVE"] = "clockwork"
    with pytest.raises(ValueError, match="clockwork"):
        plant_for(board, 1)


def test_at_the_start() -> None:
    plant = plant_for(BOARD, 1)
    plant.sample(0)
    assert plant.switches == signals.HOME | signals.CARTRIDGE
    assert plant.tip_um(0) == SEAT_UM
    assert plant.current_ma(0) == 0
    assert not plant.enabled


def test_the_coil_works_only_while_the_gate_is_on() -> None:
    bench = Bench(STOP_UM)
    bench.plant.set_enable(0, False)
    bench.coil(True)
    bench.wait(SETTLED_NS)
    assert bench.amps() == 0
    bench.plant.set_enable(bench.t_ns, True)
    bench.wait(SETTLED_NS)
    assert bench.tip() == STOP_UM


@pytest.mark.parametrize(
    ("knob", "broken", "whole"),
    [("enable_stuck", False, None), ("driver_fault", True, False), ("driver_dead", True, False)],
)
def test_a_driver_that_lets_go_lets_the_carriage_go(knob: str, broken: object, whole: object) -> None:
    bench = pulled()
    setattr(bench.plant, knob, broken)
    bench.wait(SETTLED_NS)
    assert bench.tip() == SEAT_UM
    assert bench.amps() == 0
    setattr(bench.plant, knob, whole)
    bench.wait(SETTLED_NS)
    assert bench.tip() == STOP_UM


def test_the_driver_says_its_fault_and_the_gate_is_read_back() -> None:
    bench = Bench()
    assert switches(bench) & signals.ENABLE_SENSE
    bench.plant.driver_fault = True
    assert switches(bench) & signals.DRIVER_FAULT
    bench.plant.set_enable(bench.t_ns, False)
    assert not switches(bench) & signals.ENABLE_SENSE
    bench.plant.enable_stuck = True
    assert switches(bench) & signals.ENABLE_SENSE


@pytest.mark.parametrize(
    ("knob", "bit"),
    [("trigger_held", signals.TRIGGER), ("estop_pressed", signals.ESTOP), ("cartridge_seated", signals.CARTRIDGE)],
)
def test_switches_are_their_bits(knob: str, bit: int) -> None:
    bench = Bench()
    before = switches(bench)
    setattr(bench.plant, knob, not getattr(bench.plant, knob))
    assert switches(bench) == before ^ bit


def test_the_tip_sensor_sees_the_tip() -> None:
    bench = pulled()
    bench.plant.sample(bench.t_ns)
    assert bench.plant.adc[0] == pytest.approx(counts_um(STOP_UM), abs=SIGMAS * TIP_NOISE_SUM)
    bench.coil(False)
    bench.wait(SETTLED_NS)
    bench.plant.sample(bench.t_ns)
    assert bench.plant.adc[0] == pytest.approx(counts_um(SEAT_UM), abs=SIGMAS * TIP_NOISE_SUM)


def test_a_lost_magnet_is_no_field() -> None:
    bench = Bench()
    bench.plant.magnet_lost = True
    bench.plant.sample(bench.t_ns)
    assert bench.plant.adc[0] == pytest.approx(4 * NO_FIELD_V * 4_096 / 3.3, abs=SIGMAS * TIP_NOISE_SUM)
    bench.plant.magnet_lost = False
    bench.plant.sample(bench.t_ns)
    assert bench.plant.adc[0] == pytest.approx(counts_um(SEAT_UM), abs=SIGMAS * TIP_NOISE_SUM)


def test_a_jam_holds_it_either_way() -> None:
    bench = Bench(STOP_UM)
    bench.plant.jam(True)
    bench.coil(True)
    bench.wait(SETTLED_NS)
    assert bench.tip() == SEAT_UM
    bench.plant.jam(False)
    bench.wait(SETTLED_NS)
    assert bench.tip() == STOP_UM
    bench.plant.jam(True)
    bench.coil(False)
    bench.wait(SETTLED_NS)
    assert bench.tip() == STOP_UM
    bench.plant.jam(False)
    bench.wait(SETTLED_NS)
    assert bench.tip() == SEAT_UM


def test_a_jam_in_flight_stops_it_there() -> None:
    bench = Bench(STOP_UM)
    bench.coil(True)
    bench.wait(2 * MS)
    um = bench.tip()
    assert SEAT_UM < um < STOP_UM
    bench.plant.jam(True)
    bench.wait(SETTLED_NS)
    assert bench.tip() == pytest.approx(um, abs=2.0)  # a look is a reading between two ends of a slice


def test_a_load_resists_outward_motion() -> None:
    bench = Bench(STOP_UM)
    bench.plant.load_mn = 20_000
    bench.coil(True)
    bench.wait(SETTLED_NS)
    assert bench.tip() == SEAT_UM
    bench.plant.load_mn = 0
    bench.wait(SETTLED_NS)
    assert bench.tip() == STOP_UM
    bench.plant.load_mn = 20_000
    bench.coil(False)
    bench.wait(SETTLED_NS)
    assert bench.tip() == SEAT_UM


def test_without_its_spring_it_does_not_come_back_from_the_air() -> None:
    bench = Bench(-100.0)
    bench.plant.spring_broken = True
    bench.coil(True)
    bench.wait(SETTLED_NS)
    bench.coil(False)
    bench.wait(SETTLED_NS)
    assert SEAT_UM < bench.tip() <= -100.0
    bench.plant.spring_broken = False
    bench.wait(SETTLED_NS)
    assert bench.tip() == SEAT_UM


def test_a_lost_clamp_makes_the_return_later() -> None:
    def back_ns(clamp_lost: bool) -> int:
        bench = pulled()
        bench.plant.clamp_lost = clamp_lost
        bench.coil(False)
        reached_ns = bench.until(SEAT_UM)
        assert reached_ns
        return reached_ns

    assert back_ns(True) > back_ns(False) + MS


@pytest.mark.parametrize("needles", ["worn", "blunt"])
def test_bad_needles_take_longer(needles: str) -> None:
    def out_ns(name: str) -> int:
        bench = Bench(STOP_UM)
        bench.plant.supply_mv = 4_200
        bench.plant.needles = name
        bench.coil(True)
        return bench.until(STOP_UM) or SETTLED_NS

    assert out_ns(needles) > out_ns("sharp")


def test_a_reader_reads_the_cartridge() -> None:
    bench = Bench()
    first = bench.plant.cartridge_code
    bench.plant.seat_new()
    assert bench.plant.cartridge_code != first, "no two have the same number"
    bench.plant.cartridge_code = "2d00000000000000"
    bench.plant.seat_new()
    assert bench.plant.cartridge_code == "2d00000000000000", "whoever sets it by hand decides"


def test_a_plant_that_keeps_no_record_still_knows_its_strokes() -> None:
    bench = Bench(STOP_UM)
    bench.plant.record = False
    before = len(bench.plant.curve)
    bench.coil(True)
    bench.wait(5 * MS)
    bench.coil(False)
    bench.wait(SETTLED_NS)
    assert len(bench.plant.curve) == before
    assert [stroke.peak_um for stroke in bench.plant.truth] == [STOP_UM]

"""The table of named faults: how one is asked for, and when it happens."""

import re
from pathlib import Path

import pytest

from pen_sim import faults
from pen_sim.faults.seen import SCAN_S, SCAN_TO_OFF_S
from pen_sim.insides import CHIP, SIM
from pen_sim.loader import pure
from pen_sim.machine import Machine
from pen_sim.plant.solenoid import SolenoidPlant
from pen_sim.words import all_names

SAFETY = Path(__file__).resolve().parents[2] / "docs" / "safety.md"
FIRMWARE = pure("pen.faults")
TABLE = FIRMWARE.TABLE
ELSEWHERE = {
    129: "tests/firmware/test_keeping.py: the store has knobs of its own",
}
# Those that docs/safety.md gives a time to be seen, under its names of their causes.
DEBOUNCED = {
    "e-stop": ("estop",),
    "driver": ("driver_fault",),
    "sensor range": ("tip_sensor_open", "tip_sensor_short"),
    "current": ("over_current",),
    "supply high": ("supply_high", "supply_spike"),
    "supply low": ("supply_low", "supply_sag"),
    "cartridge": ("cartridge_out",),
    "temperature": ("over_temperature",),
}
BOARDS = {faults.STEPPER: "bench_stepper", faults.SOLENOID: "pen_solenoid"}
HERE = [(BOARDS[drive], name) for drive in faults.DRIVES for name in faults.on(SIM, drive)]
here = pytest.mark.parametrize(("board", "name"), HERE)
_BOOT_S = 3.0  # a soft reset waits for the drive to go off, and a boot takes half of it


@pytest.mark.parametrize("text", ["stall@1.5", "stall@0", "stall@0.8mm", "stall@-0.2mm"])
def test_a_fault_is_parsed(text: str) -> None:
    fault, seconds, depth_mm = faults.parse(text)
    assert fault.name == "stall"
    assert (seconds is None) != (depth_mm is None)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("stal@1", "no fault named 'stal'"),
        ("stall", "stall@1.5"),
        ("stall@", "stall@1.5"),
        ("stall@x", "0.8mm"),
        ("", "there are"),
    ],
)
def test_a_wrong_one_is_refused_with_what_works(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        faults.parse(text)


@pytest.mark.parametrize("name", ["stall@nan", "stall@inf", "stall@infmm"])
def test_times_are_numbers(name: str) -> None:
    with pytest.raises(ValueError, match="when"):
        faults.parse(name)


def test_every_fault_of_the_firmware_has_an_injector() -> None:
    injected = {code for fault in faults.TABLE.values() for code in fault.expected}
    assert set(TABLE) - injected == ELSEWHERE.keys()
    assert injected <= set(TABLE)


def test_every_fault_says_what_it_is_about_and_where_it_cannot_be() -> None:
    for name, fault in faults.TABLE.items():
        assert fault.name == name
        assert fault.subject
        assert fault.meaning
        assert set(fault.lacks) <= {SIM, CHIP, *faults.DRIVES}
        assert not set(faults.DRIVES) <= set(fault.lacks)
        assert all(fault.lacks.values())
        assert set(fault.differs) <= set(faults.DRIVES) - set(fault.lacks)


@pytest.mark.parametrize("cause", DEBOUNCED)
def test_how_long_a_cause_may_last_unseen_is_the_safety_files(cause: str) -> None:
    """Such as: "supply high 1 ms, supply low and cartridge 2 ms". A scan's period, and 250 us to the enable, come to it."""
    text = " ".join((SAFETY.read_text(encoding="utf-8").partition("- **Debouncing**")[2].partition("\n- ")[0]).split())
    found = {
        name: float(ms)
        for names, ms in re.findall(r"([a-z][a-z -]+) ([\d.]+) ms", text)
        for name in names.split(" and ")
    }
    assert found.keys() == {*DEBOUNCED, "host"}, "the host is asked in strokes only"
    assert faults.TABLE["link_lost"].lease_s == pytest.approx(found["host"] / 1e3)
    for name in DEBOUNCED[cause]:
        assert faults.TABLE[name].seen_s == pytest.approx(found[cause] / 1e3 + SCAN_S + SCAN_TO_OFF_S)


@pytest.mark.parametrize(
    ("drive", "name"), [(drive, name) for drive in faults.DRIVES for name in faults.on("either", drive)]
)
def test_what_a_row_says_fits_together(drive: str, name: str) -> None:
    row = faults.TABLE[name].of(drive)
    reactions = [TABLE[code][1] for code in row.expected]
    assert row.retracts == (reactions[:1] == [FIRMWARE.RETRACT]), "the first code is the usual one"
    assert row.expected or not (row.seen_s or row.stands or row.holds), "what must do no harm shows nothing"
    assert not row.stands or row.lasts
    assert row.seen_s is None or 0 < row.seen_s < 0.1
    assert row.lease_s is None or (row.expected and row.seen_s is None)
    assert row.restarts or not row.cured
    assert not row.refuses or (row.lasts and not row.expected)


def test_what_a_target_cannot_have_is_refused_with_the_reason() -> None:
    with pytest.raises(faults.NotHere, match="cpu_dead cannot happen on target sim: the simulator has no watchdog"):
        faults.inject(Machine(), "cpu_dead")
    with pytest.raises(faults.NotHere):
        faults.schedule(Machine(), "cpu_dead@1")
    assert "cpu_dead" in faults.on(CHIP)


def test_what_a_drive_cannot_have_is_refused_with_the_reason() -> None:
    says = "coil_open cannot happen on a pen with a stepper: a stepper makes its strokes"
    with pytest.raises(faults.NotHere, match=says):
        faults.inject(Machine(), "coil_open")
    with pytest.raises(faults.NotHere, match=says):
        faults.schedule(Machine(), "coil_open@1")
    with pytest.raises(faults.NotHere, match="stop_slip"):
        faults.inject(Machine("pen_solenoid"), "carriage_slip")
    assert "coil_open" in faults.on(SIM, faults.SOLENOID)
    assert "coil_open" not in faults.on(SIM, faults.STEPPER)


@pytest.mark.parametrize("board", BOARDS.values())
def test_what_is_off_is_off_by_the_boards_own_limits(board: str) -> None:
    machine = Machine(board)
    plant, limits = machine.plant, machine.board
    for name, low_mv, high_mv in (
        ("supply_low", 0.8 * limits.SUPPLY_MIN_MV, limits.SUPPLY_MIN_MV),
        ("supply_high", limits.SUPPLY_MAX_MV, 1.5 * limits.SUPPLY_MAX_MV),
        ("supply_spike", limits.SUPPLY_MAX_MV, 1.5 * limits.SUPPLY_MAX_MV),
        ("supply_brownout", 0.0, 0.96 * limits.SUPPLY_MIN_MV),
    ):
        faults.inject(machine, name)
        assert plant.supply_mv is not None
        assert low_mv < plant.supply_mv < high_mv
    faults.inject(machine, "over_current")
    assert plant.current_offset_ma > limits.CURRENT_MAX_MA
    faults.inject(machine, "over_temperature")
    assert plant.temperature_dc == limits.TEMPERATURE_MAX_DC + 200


# What the plant is once the fault is there, and what it was: its truth, whatever the firmware makes of it.
BROKEN = {
    "coil_open": ("coil_open", True),
    "coil_shorted": ("coil_shorted", True),
    "clamp_lost": ("clamp_lost", True),
    "spring_broken": ("spring_broken", True),
    "stop_loose": ("stop_slips", True),
    "stop_bouncy": ("stop_bounce", 4.0),
    "seat_bouncy": ("seat_bounce", 4.0),
    "magnet_lost": ("magnet_lost", True),
    "cell_empty": ("charge_permille", 0.0),
    "cell_aged": ("cell_ohm", 3.0),
    "cell_hot": ("housing_dc", 1_050.0),
    "coil_hot": ("coil_dc", 1_050.0),
    "thermistor_off": ("thermistor_off", True),
    "memory_garbled": ("memory_garbled", True),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_solenoids_fault_is_in_its_plant(name: str) -> None:
    machine = Machine("pen_solenoid")
    knob, broken = BROKEN[name]
    whole = getattr(machine.plant, knob)
    faults.inject(machine, name)
    assert getattr(machine.plant, knob) == broken != whole
    faults.repair(machine, name)
    assert getattr(machine.plant, knob) == whole


@pytest.mark.parametrize(("name", "um"), [("stop_slip", 16.0), ("stop_slip_inward", -50.0)])
def test_a_stop_that_slips(name: str, um: float) -> None:
    machine = Machine("pen_solenoid")
    plant = machine.plant
    assert isinstance(plant, SolenoidPlant)
    plant.slip_um(1_000.0, 0)
    before_um = plant.stop_um
    faults.inject(machine, name)
    assert plant.stop_um == before_um + um


def test_a_fault_comes_at_its_time() -> None:
    machine = Machine()
    faults.schedule(machine, "estop@0.2")
    machine.run_for(0.199)
    assert not machine.plant.estop_pressed
    machine.run_for(0.002)
    assert machine.plant.estop_pressed


def test_a_fault_comes_at_its_place() -> None:
    machine = Machine()
    faults.schedule(machine, "estop@-0.6mm")
    machine.run_for(0.001)
    assert machine.plant.estop_pressed, "the tip rests at -0.5 mm, beyond that place"
    other = Machine()
    faults.schedule(other, "estop@0mm")
    other.run_for(0.1)
    assert not other.plant.estop_pressed


@here
def test_repair_takes_a_fault_away(board: str, name: str) -> None:
    machine = Machine(board)
    machine.connect(True)
    machine.run_for(0.05)
    faults.inject(machine, name)
    machine.run_for(0.02)
    faults.repair(machine, name)
    machine.run_for(_BOOT_S)
    machine.receive()
    machine.send(b"\n*TST?\n")
    machine.run_for(0.05)
    assert machine.receive() == b"0\n"


@here
def test_inject_and_repair_may_come_in_any_order_and_again(board: str, name: str) -> None:
    machine = Machine(board)
    machine.connect(True)
    faults.repair(machine, name)
    for _ in range(2):
        faults.inject(machine, name)
        machine.run_for(0.003)
        faults.inject(machine, name)
        machine.run_for(0.003)
        faults.repair(machine, name)
        faults.repair(machine, name)
    machine.run_for(_BOOT_S)
    machine.receive()
    machine.send(b"\n*TST?\n")
    machine.run_for(0.05)
    assert machine.receive() == b"0\n"


@here
def test_one_seed_one_course(board: str, name: str) -> None:
    assert _course(board, name) == _course(board, name)


def _course(board: str, name: str) -> tuple[str, list[str]]:
    """Armed, stroking, and after the repair: the trace's hash, and what the seed has drawn."""
    machine = Machine(board, seed=3)
    machine.connect(True)
    machine.run_for(0.05)
    machine.send(b"ZONE CHEEK;ARM\n")
    machine.run_for(0.4)
    machine.send(b"RUN 1\n")
    machine.run_for(0.0803)
    faults.inject(machine, name)
    machine.run_for(0.1)
    faults.repair(machine, name)
    machine.run_for(0.3)
    machine.receive()
    return machine.trace_hash(), machine.remarks


def test_a_fault_at_a_time_of_every_name_can_be_asked_for() -> None:
    for drive in faults.DRIVES:
        for name in faults.on(SIM, drive):
            assert faults.parse(f"{name}@0.5", SIM, drive)[:2] == (faults.TABLE[name], 0.5)


# --- memory


@pytest.mark.parametrize(
    ("text", "word", "bit"),
    [("memory_limits:LI_CAP_UM.7", "LI_CAP_UM", 7), ("memory_orders:100.31", "OR_PEAK_UM+1", 31)],
)
def test_a_certain_bit_flips_and_flips_back(text: str, word: str, bit: int) -> None:
    names = all_names()
    place = getattr(names, word.partition("+")[0]) + (1 if "+" in word else 0)
    machine = Machine()
    machine.run_for(0.05)
    before = machine.insides.word(place)
    assert before is not None
    faults.inject(machine, text)
    after = machine.insides.word(place)
    assert after is not None
    assert (before ^ after) & 0xFFFF_FFFF == 1 << bit
    assert -(1 << 31) <= after < 1 << 31
    assert machine.remarks == [f"{word} bit {bit}: {before} became {after}"]
    faults.repair(machine, text)
    assert machine.insides.word(place) == before


def test_what_has_been_written_since_is_not_flipped_back() -> None:
    machine = Machine()
    faults.inject(machine, "memory_limits:LI_CAP_UM.7")
    machine.insides.put_word(all_names().LI_CAP_UM, 500)
    faults.repair(machine, "memory_limits")
    assert machine.insides.word(all_names().LI_CAP_UM) == 500


@pytest.mark.parametrize("name", ["memory_limits", "memory_orders", "memory_state"])
def test_seed_and_time_draw_the_bit(name: str) -> None:
    def drawn(seed: int, seconds: float) -> str:
        machine = Machine(seed=seed)
        machine.run_for(seconds)
        faults.inject(machine, name)
        return machine.remarks[0].partition(":")[0]

    some = {drawn(seed, seconds) for seed in (1, 2) for seconds in (0.01, 0.02, 0.03, 0.04)}
    assert len(some) >= 6
    assert drawn(1, 0.02) == drawn(1, 0.02)
    prefix = {"memory_limits": "LI_", "memory_orders": "OR_", "memory_state": "ST_"}[name]
    assert all(one.startswith(prefix) for one in some)


@pytest.mark.parametrize(
    "text", ["memory_limits:LI_CAP_UM", "memory_limits:LI_CAP_UM.32", "memory_limits:ST_FAULT.1", "memory_limits:"]
)
def test_a_bit_that_is_none_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"write WORD.BIT, such as LI_PERIOD_US.7"):
        faults.named(text)


def test_only_memory_takes_a_detail() -> None:
    with pytest.raises(ValueError, match="takes nothing behind a colon"):
        faults.named("stall:1.2")

"""The cell of a whole pen: what is left by the plant's own book, and that what is begun is finished."""

from types import ModuleType

import pytest

from pen_sim.loader import load_board
from tests.firmware.support import Pen

BOARD: ModuleType = load_board("pen_solenoid")
RUN_S = 60
LOW_PERMILLE = 200
GAUGE = 30  # thousandths: 5 mV where the curve is flattest, and noise
MINUTES = 0.25  # of the minutes said: the first strokes are harder than the learnt ones


def pen_with(permille: float, depth: str = "1.0", rate: str = "100", **knobs: float) -> Pen:
    pen = Pen(board="pen_solenoid")
    pen.plant.charge_permille = permille
    for name, value in knobs.items():
        setattr(pen.plant, name, value)
    pen.run_for(3.0)  # the gauge is slow
    pen.say("ZONE BODY")
    pen.say("RATE 20")
    pen.say(f"DEPT {depth}")
    most = pen.say("RATE? MAX") if rate == "MAX" else rate
    pen.say(f"RATE {most}")
    assert pen.errors() == []
    return pen


def battery(pen: Pen) -> tuple[int, int, bool, int]:
    percent, minutes, low, mohm = pen.say("MEAS:BATT?").split(",")
    return int(percent), int(minutes), low == "1", int(mohm)


def refused(pen: Pen) -> str:
    """What ARM says, "" if it arms."""
    pen.say("ARM", 1.0)
    errors = pen.errors()
    assert bool(errors) is (pen.state == "IDLE")
    return errors[0] if errors else ""


@pytest.mark.parametrize("permille", [50, 150, 400, 700, 1_000])
def test_the_charge_is_the_plants(permille: int) -> None:
    assert battery(pen_with(permille, rate="20"))[0] * 10 == pytest.approx(permille, abs=GAUGE)


def test_the_charge_while_it_strokes() -> None:
    """The cell sags by half a volt in every pulse."""
    pen = pen_with(600)
    assert not refused(pen)
    pen.say("RUN 10", 5.0)
    for _ in range(20):
        pen.run_for(0.1)
        assert battery(pen)[0] * 10 == pytest.approx(pen.plant.charge_permille, abs=GAUGE)


@pytest.mark.minutes
@pytest.mark.parametrize(("depth", "rate"), [("1.0", "100")])
def test_the_minutes_are_those_of_the_charge_that_strokes_take(depth: str, rate: str) -> None:
    """What a run takes of the plant's charge is how long the rest of it lasts, to where these strokes end."""
    pen = pen_with(800, depth, rate)
    assert not refused(pen)
    pen.say("RUN 30", 10.0)
    before = pen.plant.charge_permille
    pen.run_for(15.0)
    taken = before - pen.plant.charge_permille
    _, minutes, _, _ = battery(pen)
    needs = pen.machine.app.quota._needs_permille(round(float(depth) * 1_000), round(float(rate) * 10))
    wanted = (pen.plant.charge_permille - needs) / taken * 15 / 60
    assert minutes == pytest.approx(wanted, rel=MINUTES)
    assert minutes <= wanted + 1, "rather too few"


def test_without_a_zone_the_minutes_are_of_waiting() -> None:
    pen = Pen(board="pen_solenoid")
    pen.run_for(2.0)
    percent, minutes, _, _ = battery(pen)
    assert minutes == pytest.approx(percent / 100 * BOARD.CELL_MAH / BOARD.CELL_IDLE_MA * 60, rel=0.03)


@pytest.mark.parametrize("multiple", [1.0, 2.0, 3.0])
def test_homing_measures_the_resistance(multiple: float) -> None:
    pen = pen_with(600, cell_ohm=multiple)
    assert not refused(pen)
    wanted = multiple * BOARD.PLANT_CELL_MOHM + BOARD.PLANT_WIRING_MOHM
    assert battery(pen)[3] == pytest.approx(wanted, abs=3)


def least_charge(depth: str, rate: str) -> tuple[int, str]:
    """The least charge with which it arms, to 10 thousandths, and what it says with less."""
    within, beyond, said = 1_000, 0, ""
    while within - beyond > 10:
        middle = (within + beyond) // 2
        if sentence := refused(pen_with(middle, depth, rate)):
            beyond, said = middle, sentence
        else:
            within = middle
    return within, said


@pytest.mark.minutes
@pytest.mark.requirement("SR-07")
@pytest.mark.parametrize(("depth", "rate"), [("1.0", "100")])
def test_what_is_begun_is_finished(depth: str, rate: str) -> None:
    """With the least charge that arms, a whole run in firm skin ends as it should; with less, it says what would work."""
    permille, sentence = least_charge(depth, rate)
    assert 50 < permille < 300
    assert f"{RUN_S} s" in sentence
    assert "charge it" in sentence
    assert "RATE" in sentence
    pen = pen_with(permille, depth, rate)
    assert not refused(pen)
    pen.say(f"RUN {RUN_S}", RUN_S + 0.5)
    assert pen.state == "READY", pen.say("FAUL?")
    assert pen.word("ST_STROKES") == pytest.approx(RUN_S * float(rate), abs=1)


@pytest.mark.requirement("SR-07")
def test_the_rate_that_it_names_works() -> None:
    """Where it names one. Nothing works with an empty cell."""
    pen = pen_with(130)
    sentence = refused(pen)
    rate = sentence.partition("RATE ")[2].split()[0]
    pen.say(f"RATE {rate}")
    assert not refused(pen)
    assert "RATE" not in refused(pen_with(30))


@pytest.mark.minutes
@pytest.mark.parametrize(("permille", "depth"), [(1_000, "0.5")])
def test_the_greatest_rate_that_is_allowed_lasts_for_a_whole_run(permille: int, depth: str) -> None:
    """A minute at the edge of the envelope: the cell has fallen, and the coil has warmed."""
    pen = pen_with(permille, depth, "MAX")
    assert not refused(pen)
    pen.say(f"RUN {RUN_S}", RUN_S + 0.5)
    assert pen.state == "READY", pen.say("FAUL?")


@pytest.mark.requirement("SR-07")
@pytest.mark.parametrize("ms", [0.5, 2.0, 3.5, 6.0])
def test_a_supply_that_gives_out_in_a_stroke_retracts_then_turns_off(ms: float) -> None:
    """Fault 112: the coil goes off, the tip comes back, and only then the enable goes; no stroke begins any more."""
    pen = Pen(board="pen_solenoid", keep=True)
    for line in ("ZONE CHEEK", "DEPT 1.0", "RATE 50"):
        pen.say(line)
    pen.say("ARM", 1.0)
    pen.say("RUN 5", 0.5)
    begun_ns = pen.plant.truth[-1].start_ns + 20_000_000
    pen.machine.run_until(begun_ns + round(ms * 1e6))
    pen.plant.supply_mv = float(BOARD.SUPPLY_MIN_MV - 50)
    pen.run_for(0.2)
    assert pen.say("FAUL?").startswith('112,"SUPPLY_LOW"')
    off_ns = [t_ns for t_ns, level in pen.machine.edges.of(4) if not level][-1]  # the gate
    back_um = [um for t_ns, um in pen.plant.curve if begun_ns < t_ns <= off_ns]
    assert back_um[-1] == pytest.approx(-BOARD.CLEARANCE_UM, abs=1), "it is back when the enable goes"
    later_um = [um for t_ns, um in pen.plant.curve if t_ns > off_ns]
    assert max(later_um, default=-BOARD.CLEARANCE_UM) < -BOARD.CLEARANCE_UM + 1
    assert off_ns - begun_ns < (ms + 2 + 20) * 1e6, "two milliseconds to be sure, and one stroke"


def test_a_low_cell_is_said_by_light_and_log_once() -> None:
    """Below a fifth, and no longer from a quarter on."""
    pen = pen_with(LOW_PERMILLE + 30, rate="20")
    assert pen.say("IND?").startswith("BLUE")
    assert not battery(pen)[2]
    pen.plant.charge_permille = LOW_PERMILLE - 30
    pen.run_for(5.0)
    assert pen.say("IND?").startswith("CYAN")
    assert battery(pen)[2]
    assert sum(",BATTERY," in line for line in pen.machine.app.log.lines) == 1
    pen.plant.charge_permille = LOW_PERMILLE + 30
    pen.run_for(5.0)
    assert battery(pen)[2]
    pen.plant.charge_permille = LOW_PERMILLE + 80
    pen.run_for(5.0)
    assert not battery(pen)[2]
    assert pen.say("IND?").startswith("BLUE")


def test_a_pen_on_a_cable_has_none_of_it() -> None:
    pen = Pen()
    assert pen.say("MEAS:BATT?") == ""
    assert pen.errors()[0].startswith("-113")

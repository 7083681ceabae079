"""The coil's three thermometers, on a whole pen: the plant knows how hot it is, and where the thermistor is."""

import pytest

from pen_sim.loader import load_board
from tests.firmware.support import Pen

BOARD = load_board("pen_solenoid")
CLOSE_DC = 25  # supply, current and their noise: 0.3 % each; the current has settled to 0.7 %
ENAMEL_DC = 1_300  # [boards/pen_solenoid.py]

pytestmark = pytest.mark.requirement("SR-17")


def pen_at(coil_dc: float, **knobs: float) -> Pen:
    pen = Pen(board="pen_solenoid")
    for name, value in knobs.items():
        setattr(pen.plant, name, value)
    pen.say("ZONE CHEEK")
    pen.plant.coil_dc = coil_dc
    return pen


def warm_pen_at(coil_dc: float, **knobs: float) -> Pen:
    """The housing is 20 degrees cooler."""
    return pen_at(coil_dc, housing_dc=coil_dc - 200, **knobs)


def said_dc(pen: Pen) -> float:
    """What homing has written down of the coil, as tenths of a degree."""
    line = next(line for line in pen.machine.app.log.lines if ",COIL," in line)
    return 10 * float(line.split(",")[2])


@pytest.mark.parametrize(
    ("coil_dc", "knobs"),
    [
        (250, {}),
        (700, {}),
        (700, {"charge_permille": 150}),
        (250, {"cell_ohm": 3.0}),
        (0, {"charge_permille": 1_000}),
    ],
)
def test_homing_measures_the_coil_whatever_the_cell(coil_dc: float, knobs: dict[str, float]) -> None:
    pen = warm_pen_at(coil_dc, **knobs)
    pen.say("ARM", 0.15)
    true_dc = pen.plant.circuit.heat.coil_dc
    assert said_dc(pen) == pytest.approx(true_dc, abs=CLOSE_DC)
    pen.run_for(1.0)
    assert pen.state == "READY"
    assert pen.plant.max_tip_um < 0


@pytest.mark.parametrize("apart_dc", [150, 300])
def test_a_thermistor_that_is_not_where_the_coil_is(apart_dc: int) -> None:
    """25 degrees apart it is refused, before a needle is out; 20 that its pulses have not made are too many as well."""
    pen = pen_at(250 + apart_dc)
    pen.plant.thermistor_off = True
    pen.say("ARM", 1.0)
    if apart_dc < 250:
        assert pen.state == "READY"
        return
    answer = pen.say("FAUL?")
    assert answer.startswith('111,"OVER_TEMP"')
    assert "by its thermistor" in answer
    assert "by its resistance" in answer
    assert pen.machine.gate == 0
    assert pen.plant.max_tip_um < 0


def test_a_coil_that_has_cooled_is_armed_again() -> None:
    pen = pen_at(550)
    pen.plant.thermistor_off = True
    pen.say("ARM", 1.0)
    pen.run_for(90.0)
    pen.say("FAUL:CLE")
    pen.say("ARM", 1.0)
    assert pen.state == "READY"


def test_a_thermistor_that_comes_off_in_a_run_does_not_let_the_coil_cook() -> None:
    """The hardest run there is, on and on: the pulses' I^2 t tells, before the coil is hot."""
    pen = pen_at(250)
    for line in ("ZONE BODY", "DEPT 0.5", "RATE 140"):
        pen.say(line)
    pen.say("ARM", 1.0)
    assert pen.state == "READY", pen.errors()
    pen.say("RUN 60", 2.0)
    pen.plant.thermistor_off = True
    hottest_dc = 0.0
    for _ in range(60):
        pen.run_for(1.0)
        hottest_dc = max(hottest_dc, pen.plant.circuit.heat.coil_dc)
        if pen.state == "FAULT":
            break
    answer = pen.say("FAUL?")
    assert answer.startswith('111,"OVER_TEMP"')
    assert "by its pulses" in answer
    assert pen.machine.gate == 0
    assert pen.plant.tip_um(pen.machine.now_ns) == pytest.approx(-BOARD.CLEARANCE_UM, abs=1)
    assert hottest_dc < BOARD.TEMPERATURE_MAX_DC < ENAMEL_DC


def test_one_whose_wire_breaks_is_a_fault() -> None:
    """No current in it is 3.3 V: colder than anything."""
    pen = pen_at(250)
    pen.say("ARM", 1.0)
    pen.plant.temperature_dc = -2_500.0
    pen.run_for(0.1)
    assert pen.say("FAUL?").startswith('111,"OVER_TEMP"')


@pytest.mark.minutes
def test_a_healthy_one_is_believed_over_minutes() -> None:
    """Hard and idle by turns, also while the coil cools: no word about thermometers."""
    pen = pen_at(500)
    for line in ("ZONE BODY", "DEPT 0.5", "RATE 140"):
        pen.say(line)
    pen.say("ARM", 1.0)
    for _ in range(2):
        pen.say("RUN 25", 40.0)
    assert pen.say("FAUL?").startswith("0,")


def test_the_board_has_its_own() -> None:
    """Read while homing moves the stop; then, and if the homing is broken off, it is the coil's again."""
    pen = pen_at(600, housing_dc=400)
    pen.say("ARM", 1.0)
    assert float(pen.say("MEAS:TEMP:BOARD?")) == pytest.approx(40, abs=1.5)
    coil_c = pen.plant.circuit.heat.coil_dc / 10
    assert float(pen.say("MEAS:TEMP?")) == pytest.approx(coil_c, abs=1.5)
    assert coil_c > 50
    pen.say("DIS", 0.2)
    pen.say("ARM", 0.06)
    assert pen.state == "HOMING"
    assert float(pen.say("MEAS:TEMP?")) == pytest.approx(pen.plant.circuit.heat.housing_dc / 10, abs=1.5)
    pen.say("DIS", 0.1)
    assert pen.state == "IDLE"
    assert float(pen.say("MEAS:TEMP?")) == pytest.approx(pen.plant.circuit.heat.coil_dc / 10, abs=1.5)


def test_what_homing_measured_before_a_fault_is_forgotten() -> None:
    """It was hot, the drive went off before anybody compared, and it has cooled since."""
    pen = pen_at(250)
    drive = pen.machine.app.drive
    pen.say("ARM", 0.5)
    hot = (drive.probe[0], drive.probe[1] * 3 // 4)  # copper a third dearer is 85 degrees warmer
    pen.say("DIS", 0.1)
    drive.probes, drive.probe = drive.probes + 1, hot
    pen.run_for(0.1)
    pen.say("ARM", 0.5)
    assert pen.state == "READY", pen.say("FAUL?")

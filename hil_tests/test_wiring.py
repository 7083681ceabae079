"""First of all: is this a pen, is it well, and does every signal say something plausible?"""

from types import ModuleType

import pytest

from hil_tests import trace
from hil_tests.measure import Measure
from hil_tests.pen import Pen
from hil_tests.rig import Rig
from pen_sim.faults import SOLENOID


@pytest.mark.requirement("SR-21")
def test_the_pen_says_who_it_is(pen: Pen, board: ModuleType) -> None:
    """And what it runs: version, runtime, and a CRC-32, which is in the trace and in the log as well."""
    maker, model, number, firmware = pen.query("*IDN?").split(",")
    assert (maker, model) == ("needlepen", board.NAME)
    assert number
    version, runtime, crc = firmware.split()
    assert version[0].isdigit()
    assert runtime[0].isalpha()
    assert len(crc) == 8
    assert trace.decode(pen.block("TRAC?")).program == int(crc, 16) > 0
    log = pen.client.log()
    assert log.events[0][1] == "BOOT"
    assert log.events[0][2].endswith(firmware)


@pytest.mark.requirement("SR-22")
def test_the_self_test_has_passed(pen: Pen) -> None:
    assert pen.query("*TST?") == "0"


@pytest.mark.requirement("SR-22")
def test_an_idle_pen_has_no_fault_and_no_error(pen: Pen) -> None:
    state = pen.state()
    assert (state.name, state.fault, state.lease_s) == ("IDLE", 0, 0.0)
    assert pen.errors() == []
    assert pen.fault().name == "NONE"


def test_the_signals_of_an_idle_pen_are_plausible(pen: Pen, board: ModuleType, measure: Measure) -> None:
    measure("supply", pen.number("MEAS:VOLT?"), board.SUPPLY_MIN_MV / 1e3, board.SUPPLY_MAX_MV / 1e3, "V")
    measure("temperature", pen.number("MEAS:TEMP?"), 5.0, board.TEMPERATURE_MAX_DC / 10, "degC")
    measure("current with the drive off", pen.number("MEAS:CURR?"), 0.0, board.CURRENT_MAX_MA / 20, "mA")


@pytest.mark.requirement("SR-05")
def test_the_signals_of_a_ready_pen_are_plausible(pen: Pen, board: ModuleType, measure: Measure) -> None:
    """Homing itself proves that home switch, tip sensor and count agree; then the drive holds, or a spring without current."""
    pen.arm("CHEEK", 1.0, 20.0)
    pen.run_for(0.1)
    measure("supply under load", pen.number("MEAS:VOLT?"), board.SUPPLY_MIN_MV / 1e3, board.SUPPLY_MAX_MV / 1e3, "V")
    held_ma = (
        (0.0, board.CURRENT_MAX_MA / 20)
        if board.DRIVE == SOLENOID
        else (board.CURRENT_MAX_MA / 20, board.CURRENT_MAX_MA)
    )
    measure("holding current", pen.number("MEAS:CURR?"), *held_ma, "mA")


@pytest.mark.needs("rig.truth", "rig.edges")
@pytest.mark.requirement("SR-05")
def test_homing_finds_retracted(pen: Pen, rig: Rig, board: ModuleType, measure: Measure) -> None:
    """To a step, and without the needles ever coming out."""
    assert not rig.powered()
    pen.arm("CHEEK", 1.0, 20.0)
    pen.run_for(0.05)
    assert rig.powered()
    measure("tip from retracted", rig.tip_um() + board.CLEARANCE_UM, -board.STEP_UM, board.STEP_UM, "um")
    measure("farthest tip while homing", rig.max_tip_um(), -board.BACK_TRAVEL_UM, 0.0, "um")


@pytest.mark.needs("rig.edges")
@pytest.mark.requirement("SR-10")
def test_an_idle_pen_stays_still(pen: Pen, rig: Rig) -> None:
    pen.run_for(1.0)
    assert not rig.powered()
    assert rig.edges("step") == []
    assert rig.edges("enable") == []

"""An enable that does not go low: nothing that the firmware does turns the drive off. It says so, and moves no needle."""

import pytest

from hil_tests.limits import RETRACTED_UM
from hil_tests.pen import Pen
from hil_tests.rig import Rig

ENABLE_READBACK, DEADMAN, SELF_TEST = 123, 122, 126

pytestmark = [
    pytest.mark.needs("rig.faults", "rig.truth", "rig.edges", "virtual_time"),
    pytest.mark.requirement("SR-09"),
    pytest.mark.requirement("SR-15"),
]


def test_while_idle(pen: Pen, rig: Rig) -> None:
    rig.inject("enable_stuck_high")
    pen.run_for(0.1)
    assert pen.fault().code == ENABLE_READBACK
    pen.refusal("ARM")
    assert rig.edges("step") == []
    pen.refusal("FAUL:CLE")
    rig.repair("enable_stuck_high")
    pen.run_for(0.1)
    pen.command("FAUL:CLE")
    pen.arm("CHEEK", 1.0, 10.0)


def test_while_the_dead_man_is_proven(pen: Pen, rig: Rig) -> None:
    """It does not take the enable away, so the pen does not home."""
    pen.prepare("CHEEK", 1.0, 10.0)
    pen.send(b"ARM\n")
    rig.inject("enable_stuck_high")
    pen.run_for(0.2)
    assert pen.fault().code in (DEADMAN, ENABLE_READBACK)
    assert rig.edges("step") == []


def test_in_a_stroke(pen: Pen, rig: Rig) -> None:
    """What ends the run retracts first, so that the needles are in; then the pen says that the drive is still on."""
    pen.arm("CHEEK", 1.0, 10.0)
    pen.command("RUN 10")
    pen.run_for(0.1)
    rig.run_to("out", 1_000.0)
    rig.inject("enable_stuck_high")
    pen.run_for(0.2)
    pen.stop()
    pen.run_for(0.3)
    assert rig.powered()
    assert rig.tip_um() < RETRACTED_UM
    assert rig.max_tip_um() < 1_020.0
    assert pen.fault().code == ENABLE_READBACK
    rig.repair("enable_stuck_high")
    pen.run_for(0.1)
    pen.command("FAUL:CLE")
    assert not rig.powered()


@pytest.mark.requirement("SR-22")
def test_what_only_the_self_test_sees_forbids_arming(pen: Pen, rig: Rig) -> None:
    pen.prepare("CHEEK", 1.0, 10.0)
    rig.inject("oscillator_stopped")
    assert "clock" in pen.refusal("ARM").detail
    pen.run_for(0.1)
    assert pen.fault().code == SELF_TEST
    assert "clock" in pen.refusal("FAUL:CLE").detail
    assert rig.edges("gate") == []
    rig.repair("oscillator_stopped")
    pen.command("FAUL:CLE")
    pen.run_for(0.1)
    pen.arm("CHEEK", 1.0, 10.0)

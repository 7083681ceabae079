"""Resets of each kind, and what ends the program: in every phase the drive goes off, stays off, and the pen comes back."""

from math import inf

import pytest

from hil_tests import expected
from hil_tests.expected import RATE_HZ, RESTARTS, Expected
from hil_tests.limits import BEYOND_CAP_UM, RETRACTED_UM, SPRING_BACK_S
from hil_tests.measure import Measure
from hil_tests.motion import back_for_good_s
from hil_tests.pen import Pen
from hil_tests.rig import Rig

_BOOT_S = 3.5  # the emulated chip takes 2.7
_CAP_MM = 1.5

pytestmark = [
    pytest.mark.needs("rig.faults", "rig.truth", "rig.edges", "virtual_time"),
    pytest.mark.requirement("SR-09"),
    pytest.mark.requirement("SR-13"),
    pytest.mark.requirement("SR-25"),
]

each_restart = pytest.mark.parametrize("fault", RESTARTS, ids=expected.name_of, indirect=True)


@each_restart
@pytest.mark.sample(9)
@pytest.mark.parametrize("phase", ["out", "rest", "ready", "homing", "idle"])
def test_the_drive_goes_off_and_nothing_moves_until_armed(
    pen: Pen, rig: Rig, measure: Measure, fault: Expected, phase: str
) -> None:
    if reason := rig.lacks(fault.name):
        pytest.skip(reason)
    _bring_to(pen, rig, phase)
    since_s, driven = pen.now(), rig.powered()
    rig.inject(fault.name)
    pen.run_for(0.5)
    measure("tip beyond the cap", rig.max_tip_um() - _CAP_MM * 1e3, -inf, BEYOND_CAP_UM, "um")
    assert not rig.powered()
    falls = [at_s for at_s, level in rig.edges("gate", since_s) if not level]
    assert len(falls) == (1 if driven else 0)
    off_s = falls[0] if driven else since_s
    measure("drive off after", (off_s - since_s) * 1e3, 0.0, fault.seen_s * 1e3, "ms")
    back_s = max(back_for_good_s(rig.course(since_s), RETRACTED_UM) - off_s, 0.0)
    measure("tip back after the drive is off", back_s * 1e3, 0.0, SPRING_BACK_S * 1e3, "ms")
    rig.repair(fault.name)
    pen.run_for(_BOOT_S)
    _check_return(pen, rig, fault, off_s)


def _bring_to(pen: Pen, rig: Rig, phase: str) -> None:
    pen.prepare("CHEEK", _CAP_MM, RATE_HZ)
    if phase == "idle":
        return
    pen.command("ARM")
    if phase == "homing":
        pen.run_for(0.0123)
        return
    pen.wait_for("READY")
    if phase == "ready":
        return
    pen.command("RUN 10")
    pen.run_for(0.1)
    rig.run_to("out" if phase == "out" else "rest", _CAP_MM * 1e3)


def _check_return(pen: Pen, rig: Rig, fault: Expected, off_s: float) -> None:
    """Idle, or in a fault of this row; the drive has not been turned on since; and then it arms and strokes as ever."""
    pen.client.open()
    state = pen.state()
    assert state.name == "IDLE" or (state.name, state.fault in fault.codes) == ("FAULT", True)
    assert not [name for name in ("enable", "gate") for _, level in rig.edges(name, off_s + 1e-6) if level]
    pen.command("FAUL:CLE")
    pen.wait_for("IDLE")
    assert pen.query("*TST?") == "0"
    pen.arm("CHEEK", _CAP_MM, RATE_HZ)
    rig.mark()
    pen.run(0.2)
    assert rig.truth().strokes == 2

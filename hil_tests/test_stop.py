"""`!`, STOP and the trigger's release: at whatever point of a stroke, the tip turns round at once."""

import pytest

from hil_tests.limits import AT_HOME_UM, ORDER_S, RETRACTED_UM, STOP_S
from hil_tests.measure import Measure
from hil_tests.motion import last_outward_s, tip_at
from hil_tests.pen import Pen
from hil_tests.rig import PLACES, Place, Rig

pytestmark = pytest.mark.requirement("SR-12")

each_place = pytest.mark.parametrize("place", PLACES)
true_motion = pytest.mark.needs("rig.truth", "rig.edges", "virtual_time")
switches = pytest.mark.needs("rig.switches")

_DEPTH_UM = 1_500.0


def _stroking(pen: Pen, rig: Rig, place: Place) -> float:
    """In the middle of a run, at this place of a stroke; returns the time."""
    pen.arm("CHEEK", _DEPTH_UM / 1e3, 15.0)
    pen.command("RUN 10")
    pen.run_for(0.1)
    rig.run_to(place, _DEPTH_UM)
    return pen.now()


def _turned(pen: Pen, rig: Rig, measure: Measure, since_s: float, within_s: float = STOP_S) -> None:
    pen.run_for(0.15)
    course = rig.course(since_s)
    measure("last motion away from retracted", (last_outward_s(course) - since_s) * 1e3, 0.0, within_s * 1e3, "ms")
    measure("tip at the end", rig.tip_um(), -600.0, RETRACTED_UM, "um")


def _drive_went_off_retracted(rig: Rig, measure: Measure, since_s: float) -> None:
    falls = [at_s for at_s, level in rig.edges("gate", since_s) if not level]
    assert len(falls) == 1
    tip_um = tip_at(rig.course(since_s), falls[0])
    measure("tip from retracted as the drive goes off", tip_um + 300.0, -AT_HOME_UM, AT_HOME_UM, "um")


@true_motion
@each_place
@pytest.mark.parametrize(
    "line", [b"!", b"DEPT 0.!50\n", b"*WAI;RUN 9!\n", b"\x03"], ids=["alone", "inside", "held", "ctrl-c"]
)
def test_a_stop_byte(pen: Pen, rig: Rig, measure: Measure, place: Place, line: bytes) -> None:
    """Wherever it stands. It is no fault; what it stood in is forgotten."""
    since_s = _stroking(pen, rig, place)
    pen.send(line)
    _turned(pen, rig, measure, since_s)
    _drive_went_off_retracted(rig, measure, since_s)
    pen.send(b"\n")
    state = pen.state()
    assert (state.name, state.fault) == ("IDLE", 0)
    assert pen.number("DEPT?") == _DEPTH_UM / 1e3
    assert pen.errors() == []


@true_motion
@each_place
def test_stop_stays_ready(pen: Pen, rig: Rig, measure: Measure, place: Place) -> None:
    since_s = _stroking(pen, rig, place)
    pen.send(b"STOP\n")
    _turned(pen, rig, measure, since_s, ORDER_S)
    assert pen.state().name == "READY"
    assert rig.powered()
    measure("tip from retracted", rig.tip_um() + 300.0, -AT_HOME_UM, AT_HOME_UM, "um")


@true_motion
@each_place
@pytest.mark.parametrize("line", [b"DIS\n", b"*RST\n"], ids=["disarm", "reset"])
def test_leaving_ready(pen: Pen, rig: Rig, measure: Measure, place: Place, line: bytes) -> None:
    since_s = _stroking(pen, rig, place)
    pen.send(line)
    _turned(pen, rig, measure, since_s, ORDER_S)
    _drive_went_off_retracted(rig, measure, since_s)
    assert pen.state().name == "IDLE"


@true_motion
@switches
@each_place
def test_the_triggers_release(pen: Pen, rig: Rig, measure: Measure, place: Place) -> None:
    pen.arm("CHEEK", _DEPTH_UM / 1e3, 15.0)
    rig.trigger(True)
    pen.run_for(0.1)
    rig.run_to(place, _DEPTH_UM)
    since_s = pen.now()
    rig.trigger(False)
    _turned(pen, rig, measure, since_s)
    assert pen.state().name == "READY"
    assert rig.powered()
    measure("tip from retracted", rig.tip_um() + 300.0, -AT_HOME_UM, AT_HOME_UM, "um")


@true_motion
@switches
@each_place
def test_the_triggers_release_after_a_lease(pen: Pen, rig: Rig, measure: Measure, place: Place) -> None:
    """Pressed during a lease and held beyond its end: from then on it is the trigger that counts."""
    pen.arm("CHEEK", _DEPTH_UM / 1e3, 15.0)
    pen.command("RUN 0.2")
    rig.trigger(True)
    pen.run_for(0.4)
    assert pen.state().name == "RUNNING"
    rig.run_to(place, _DEPTH_UM)
    since_s = pen.now()
    rig.trigger(False)
    _turned(pen, rig, measure, since_s)
    assert pen.state().name == "READY"


def test_a_stop_without_a_rig(pen: Pen) -> None:
    """What a console alone can see of it, on every target."""
    pen.arm("CHEEK", 1.0, 20.0)
    pen.command("RUN 30")
    pen.run_for(0.3)
    pen.stop()
    assert pen.wait_for("IDLE", timeout_s=0.5).fault == 0
    strokes = pen.state().strokes
    pen.run_for(0.3)
    assert pen.state().strokes == strokes


def test_a_stop_breaks_off_homing(pen: Pen) -> None:
    pen.prepare("CHEEK", 1.0, 20.0)
    pen.command("ARM")
    pen.run_for(0.02)
    pen.stop()
    pen.wait_for("IDLE", timeout_s=0.5)
    pen.run_for(0.2)
    assert pen.state().name == "IDLE"


def test_stop_on_the_line_of_its_run(pen: Pen) -> None:
    """However fast the orders come: the last one holds. A stroke that began between the two turns round."""
    pen.arm("CHEEK", 1.0, 20.0)
    strokes = pen.state().strokes
    pen.send(b"RUN 5;STOP\n")
    pen.run_for(0.5)
    state = pen.state()
    assert state.name == "READY"
    assert state.strokes <= strokes + 1


def test_nothing_sent_before_a_stop_moves_after_it(pen: Pen) -> None:
    pen.arm("CHEEK", 1.0, 20.0)
    pen.send(b"*WAI;RUN 5\nRUN 5\nARM;*WAI;RUN 5!\n")
    pen.wait_for("IDLE", timeout_s=0.5)
    strokes = pen.state().strokes
    pen.run_for(0.5)
    state = pen.state()
    assert (state.name, state.strokes) == ("IDLE", strokes)

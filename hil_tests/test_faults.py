"""Each fault the rig can make happen, at several places of a stroke at the zone's cap: it ends as its row of the table says."""

from math import inf
from types import ModuleType

import pytest

from hil_tests import expected
from hil_tests.expected import (
    BEARABLE,
    ELSEWHERE,
    HARMLESS,
    HOMING,
    MOTION,
    RATE_HZ,
    REFUSED,
    RESTARTS,
    SIGNALS,
    Expected,
    of_drive,
)
from hil_tests.limits import (
    AT_HOME_UM,
    BEYOND_CAP_UM,
    DEPTH_UM,
    RETRACTED_UM,
    SPRING_BACK_S,
    STOP_S,
    turned_off_um,
)
from hil_tests.measure import Measure
from hil_tests.motion import back_for_good_s, last_outward_s, tip_at
from hil_tests.pen import Pen
from hil_tests.rig import PLACES, Place, Rig
from hil_tests.zones import BY_NAME, Zone, name_of
from pen_sim import faults as injected

CONFLICT = -221
_HOT, _COOLS_S = (
    ("cell_hot", "coil_hot"),
    60.0,
)  # what has been measured hot is warm for twice HEAT_TAU_MS by I^2 t [safety]
_GIVES_UP_S = 0.005  # a scan notices in 2 ms that the gate is low
_RETURN_S = 0.1  # a stroke's way back, and more: RATE_HZ allows no longer one

pytestmark = [
    pytest.mark.needs("rig.faults", "rig.truth", "rig.edges", "virtual_time"),
    pytest.mark.requirement("SR-03"),
    pytest.mark.requirement("SR-04"),
    pytest.mark.requirement("SR-07"),
    pytest.mark.requirement("SR-08"),
    pytest.mark.requirement("SR-13"),
    pytest.mark.requirement("SR-14"),
    pytest.mark.requirement("SR-17"),
]

each_fault = pytest.mark.parametrize("fault", SIGNALS + MOTION, ids=expected.name_of, indirect=True)
each_signal = pytest.mark.parametrize("fault", SIGNALS, ids=expected.name_of, indirect=True)


def test_no_fault_is_forgotten() -> None:
    for drive in injected.DRIVES:
        here = {name: row.of(drive) for name, row in injected.TABLE.items() if drive not in row.lacks}
        covered = {row.name for row in of_drive(SIGNALS + MOTION + HOMING + BEARABLE + REFUSED + RESTARTS, drive)}
        assert covered.isdisjoint(ELSEWHERE)
        assert covered | set(HARMLESS) | set(ELSEWHERE) == set(here)
        timed = {name for name, row in here.items() if row.seen_s is not None}
        assert {row.name for row in of_drive(SIGNALS, drive)} == timed


@each_fault
@pytest.mark.sample(2, of="fault")
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("zone", [BY_NAME["CHEEK"], BY_NAME["BODY"]], ids=name_of)
def test_in_a_stroke(
    pen: Pen, rig: Rig, measure: Measure, board: ModuleType, fault: Expected, place: Place, zone: Zone
) -> None:
    pen.arm(zone.name, zone.cap_mm, RATE_HZ)
    pen.command("RUN 10")
    pen.run_for(0.1)
    rig.run_to(place, zone.cap_mm * 1e3)
    since_s = pen.now()
    rig.inject(fault.name)
    pen.run_for(fault.seen_s + _RETURN_S + SPRING_BACK_S)
    measure("tip beyond the cap", rig.max_tip_um() - zone.cap_mm * 1e3, -inf, BEYOND_CAP_UM, "um")
    _check_reaction(rig, measure, board, fault, since_s)
    _check_console(pen, rig, fault)
    _check_recovery(pen, rig, measure, fault, zone)


@each_signal
def test_when_ready(pen: Pen, rig: Rig, measure: Measure, fault: Expected) -> None:
    """The tip is retracted already: whatever the reaction, the drive goes off at once."""
    zone = BY_NAME["CHEEK"]
    pen.arm(zone.name, zone.cap_mm, RATE_HZ)
    pen.run_for(0.0123)
    _inject_before_strokes(pen, rig, measure, fault, zone)


@each_signal
def test_while_homing(pen: Pen, rig: Rig, measure: Measure, fault: Expected) -> None:
    zone = BY_NAME["CHEEK"]
    pen.prepare(zone.name, zone.cap_mm, RATE_HZ)
    pen.command("ARM")
    pen.run_for(0.0123)
    _inject_before_strokes(pen, rig, measure, fault, zone, fault.homing_s)


def _inject_before_strokes(
    pen: Pen, rig: Rig, measure: Measure, fault: Expected, zone: Zone, later_s: float = 0.0
) -> None:
    since_s, off_s = pen.now(), fault.seen_s + later_s
    rig.inject(fault.name)
    pen.run_for(off_s + SPRING_BACK_S)
    measure("farthest tip", rig.max_tip_um(), -inf, 0.0, "um")
    falls = [at_s for at_s, level in rig.edges("gate", since_s) if not level]
    measure("drive off after", (falls[0] - since_s) * 1e3, 0.0, off_s * 1e3, "ms")
    _check_console(pen, rig, fault)
    _check_recovery(pen, rig, measure, fault, zone)


@pytest.mark.parametrize("fault", HOMING, ids=expected.name_of, indirect=True)
@pytest.mark.requirement("SR-05")
def test_homing_fails(pen: Pen, rig: Rig, measure: Measure, board: ModuleType, fault: Expected) -> None:
    zone = BY_NAME["CHEEK"]
    if board.DRIVE == injected.SOLENOID:  # its stop is out then, and homing has to take it in
        pen.arm(zone.name, zone.cap_mm, RATE_HZ)
        pen.command("DIS")
        pen.wait_for("IDLE")
    pen.prepare(zone.name, zone.cap_mm, RATE_HZ)
    rig.inject(fault.name)
    pen.send(b"ARM\n")  # whoever asked for errors at once might take the fault's away
    pen.run_for(fault.seen_s)
    measure("farthest tip", rig.max_tip_um(), -inf, 0.0, "um")
    assert not rig.powered()
    _check_console(pen, rig, fault)
    _check_recovery(pen, rig, measure, fault, zone)


@pytest.mark.parametrize(
    "fault",
    [fault for fault in SIGNALS if fault.stands and fault.name != "scan_dead"],
    ids=expected.name_of,
    indirect=True,
)
@pytest.mark.requirement("SR-19")
def test_arming_is_refused_while_it_stands(pen: Pen, rig: Rig, fault: Expected) -> None:
    """Before arming it is no fault, only a refusal that says why."""
    pen.prepare("CHEEK", 1.0, RATE_HZ)
    rig.inject(fault.name)
    pen.run_for(0.05)
    assert pen.refusal("ARM").code == CONFLICT
    pen.run_for(0.1)
    assert (pen.state().name, pen.fault().code) == ("IDLE", 0)
    assert rig.edges("step") == []
    rig.repair(fault.name)
    pen.run_for(0.05)
    pen.arm("CHEEK", 1.0, RATE_HZ)


@pytest.mark.requirement("SR-14")
def test_a_scan_that_dies_while_idle_is_a_fault(pen: Pen, rig: Rig) -> None:
    rig.inject("scan_dead")
    pen.run_for(0.05)
    assert (pen.state().name, pen.fault().name) == ("FAULT", "SCAN_LATE")
    rig.repair("scan_dead")
    pen.run_for(0.05)
    pen.command("FAUL:CLE")
    pen.arm("CHEEK", 1.0, RATE_HZ)


@pytest.mark.parametrize("name", HARMLESS)
def test_no_harm(pen: Pen, rig: Rig, name: str) -> None:
    """A trigger held during a lease changes nothing before the lease ends."""
    pen.arm("CHEEK", 1.5, RATE_HZ)
    rig.mark()
    pen.command("RUN 0.5")
    pen.run_for(0.1)
    rig.inject(name)
    pen.run_for(0.25)  # before the last stroke, in which a trigger that is still held takes over
    rig.repair(name)
    pen.run_for(0.35)
    state = pen.state()
    assert (state.name, state.fault, state.strokes) == ("READY", 0, 5)


@pytest.mark.parametrize("fault", BEARABLE, ids=expected.name_of, indirect=True)
def test_it_is_borne_or_named(pen: Pen, rig: Rig, measure: Measure, fault: Expected) -> None:
    pen.arm("CHEEK", 1.5, RATE_HZ)
    rig.mark()
    pen.command("RUN 0.5")
    pen.run_for(0.1)
    rig.inject(fault.name)
    pen.run_for(0.8)
    measure("tip beyond the cap", rig.max_tip_um() - 1_500, -inf, BEYOND_CAP_UM, "um")
    state = pen.state()
    assert (state.name, state.fault, state.strokes) == ("READY", 0, 5) or state.fault in fault.codes
    rig.repair(fault.name)
    pen.stop()
    pen.run_for(0.1)
    assert not rig.powered()


@pytest.mark.requirement("SR-19")
@pytest.mark.parametrize("fault", REFUSED, ids=expected.name_of, indirect=True)
def test_it_is_refused_with_what_to_do(pen: Pen, rig: Rig, fault: Expected) -> None:
    """A run that is under way goes on to its end: nobody changes the cartridge meanwhile."""
    pen.arm("CHEEK", 1.0, RATE_HZ)
    pen.command("RUN 0.3")
    pen.run_for(0.1)
    rig.inject(fault.name)
    pen.run_for(0.4)
    assert (pen.state().name, pen.state().strokes) == ("READY", 3)
    pen.command("DIS")
    pen.run_for(0.5)
    off_s = pen.now()
    assert "clean its contacts, or seat another one" in pen.refusal("ARM").detail
    pen.run_for(0.1)
    assert (pen.state().name, pen.state().fault) == ("IDLE", 0)
    assert rig.edges("gate", off_s) == []
    rig.repair(fault.name)
    pen.arm("CHEEK", 1.0, RATE_HZ)


def _check_reaction(rig: Rig, measure: Measure, board: ModuleType, fault: Expected, since_s: float) -> None:
    """Cut: off within its time. Retract: turned round within its time, off once the tip is back."""
    falls = [at_s for at_s, level in rig.edges("gate", since_s) if not level]
    assert len(falls) == 1, "the drive goes off once, and stays off"
    course = rig.course(since_s)
    if fault.cuts(fault.codes[0]):
        measure("drive off after", (falls[0] - since_s) * 1e3, 0.0, fault.seen_s * 1e3, "ms")
    else:
        turned_s = last_outward_s([point for point in course if point[0] <= falls[0]]) - since_s
        measure("last motion outward", turned_s * 1e3, 0.0, (fault.seen_s + STOP_S) * 1e3, "ms")
        tip_um = tip_at(course, falls[0])
        beyond_um = tip_um + board.CLEARANCE_UM
        measure("tip from retracted as the drive goes off", beyond_um, -AT_HOME_UM, turned_off_um(board), "um")
    pulsed = any(level for _, level in rig.edges("coil", falls[0] + _GIVES_UP_S))
    assert not pulsed or fault.name == "scan_dead", "no pulse, even to a coil without power"
    assert all(at_s <= falls[0] + SPRING_BACK_S for at_s, _ in rig.edges("step", since_s)) or fault.name == "scan_dead"
    if not fault.holds:
        back_s = max(back_for_good_s(course, RETRACTED_UM) - falls[0], 0.0)
        measure("tip back after the drive is off", back_s * 1e3, 0.0, SPRING_BACK_S * 1e3, "ms")


def _check_console(pen: Pen, rig: Rig, fault: Expected) -> None:
    """The fault is latched under its name, in FAUL? and in the error queue; nothing arms, and what stands is not cleared."""
    if fault.deaf:
        rig.repair(fault.name)
        pen.run_for(0.02)
    errors = pen.errors()
    latched = pen.fault()
    assert latched.code in fault.codes
    name, meaning, after = fault.words(latched.code)
    assert (latched.name, latched.after) == (name, after)
    assert latched.meaning == meaning or fault.name in {row.name for row in HOMING}
    assert [(code, text.partition(":")[0]) for code, text in errors] == [(latched.code, name)]
    assert (pen.state().name, pen.state().fault) == ("FAULT", latched.code)
    assert str(latched.code) in pen.refusal("ARM").detail
    if fault.stands:
        assert pen.refusal("FAUL:CLE").code == CONFLICT
    assert pen.fault().code == latched.code
    assert not rig.powered()


def _check_recovery(pen: Pen, rig: Rig, measure: Measure, fault: Expected, zone: Zone) -> None:
    """After repair and clear: idle, still off; and then strokes as ever."""
    rig.repair(fault.name)
    pen.run_for(_COOLS_S if fault.name in _HOT else 0.1)
    measure("tip after repair", rig.tip_um(), -600.0, RETRACTED_UM, "um")
    pen.command("FAUL:CLE")
    pen.wait_for("IDLE")
    assert not rig.powered()
    assert pen.fault().code == 0
    assert pen.query("*TST?") == "0"  # a pen that has reset itself meanwhile wants it
    pen.arm(zone.name, zone.cap_mm, RATE_HZ)
    rig.mark()
    pen.run(0.2)
    truth = rig.truth()
    assert truth.strokes == 2
    measure("depth afterwards", truth.depth_max_um, zone.cap_mm * 1e3 - DEPTH_UM, zone.cap_mm * 1e3 + DEPTH_UM, "um")

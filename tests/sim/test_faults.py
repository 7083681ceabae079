"""The table of named faults: how one is asked for, and when it happens."""

import pytest

from pen_sim import faults
from pen_sim.loader import pure
from pen_sim.machine import Machine

TABLE = pure("pen.faults").TABLE


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
    # TRIGGER_STUCK needs no fault: somebody holds the trigger while arming. STORAGE does not come while strokes are made:
    # the store has knobs of its own (pen_sim/store.py).
    assert set(TABLE) - injected == {117, 129}
    assert injected <= set(TABLE)


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


@pytest.mark.parametrize("name", list(faults.TABLE))
def test_repair_takes_a_fault_away(name: str) -> None:
    machine = Machine()
    machine.connect(True)
    machine.run_for(0.05)
    faults.TABLE[name].inject(machine)
    machine.run_for(0.02)
    faults.TABLE[name].repair(machine)
    machine.run_for(0.05)
    machine.send(b"*TST?\n")
    machine.run_for(0.05)
    assert machine.receive() == b"0\n"

"""The self test at start, at arming and on demand: whatever fails is named and forbids to arm."""

import pytest

from pen_sim.loader import pure
from pen_sim.machine import Machine
from tests.firmware.support import Pen

checks = pure("pen.checks")
faults = pure("pen.faults")

HAL_BITS = {
    "PROGRAM": "program checksum", "RAM": "memory", "OSCILLATOR": "clock", "WATCHDOG": "watchdog",
    "HEAP": "too little memory", "PINS": "an output does not go low",
}  # fmt: skip


class Old(Pen):
    """A pen that something is wrong with from the start."""

    def __init__(self, **knobs: object) -> None:
        self.machine = Machine(keep=False)
        for name, value in knobs.items():
            setattr(self.machine.hal, name, value)
        self.machine.connect(True)
        self.run_for(0.05)


def test_bits_are_single_and_all_have_a_name() -> None:
    bits = [1 << k for k in range(12)]
    assert [getattr(checks, name) for name in HAL_BITS] == [32, 64, 128, 512, 1_024, 2_048]
    assert all(checks.names(bit) for bit in bits)
    assert checks.names(0) == ""
    assert checks.names(sum(bits)).count(",") == len(bits) - 1
    assert checks.PASSING == checks.TIP | checks.SUPPLY | checks.ENABLE


@pytest.mark.parametrize("bit", HAL_BITS)
@pytest.mark.requirement("SR-22")
def test_what_fails_at_start_is_a_fault_that_names_it(bit: str) -> None:
    pen = Old(broken_tests=getattr(checks, bit))
    assert pen.state == "FAULT"
    assert pen.say("FAUL?").startswith('126,"SELF_TEST"')
    assert HAL_BITS[bit] in pen.say("FAUL?")
    assert pen.say("*TST?") == str(getattr(checks, bit))
    pen.say("FAUL:CLE")
    assert any("self test failed: " + HAL_BITS[bit] in error for error in pen.errors())
    pen.say("ZONE CHEEK")
    pen.say("ARM", 0.2)
    assert pen.state == "FAULT"
    assert not pen.machine.gate


@pytest.mark.requirement("SR-22")
def test_what_was_wrong_and_is_right_again_can_be_cleared() -> None:
    """But for the program's checksum, which is made at start alone."""
    pen = Old(broken_tests=checks.RAM | checks.PROGRAM)
    pen.machine.hal.broken_tests = 0
    pen.say("FAUL:CLE")
    assert pen.state == "FAULT"
    assert "program checksum" in pen.errors()[-1]
    pen = Old(broken_tests=checks.RAM)
    pen.machine.hal.broken_tests = 0
    pen.say("FAUL:CLE")
    assert pen.state == "IDLE"
    pen.arm()


@pytest.mark.requirement("SR-22")
def test_what_fails_later_is_found_at_arming() -> None:
    pen = Pen(seed=1)
    pen.say("ZONE CHEEK")
    pen.machine.hal.broken_tests = checks.PINS
    pen.say("ARM", 0.2)
    assert (pen.state, pen.word("ST_FAULT")) == ("FAULT", faults.SELF_TEST)
    assert not pen.machine.gate


@pytest.mark.requirement("SR-22")
def test_an_old_runtime_is_refused() -> None:
    pen = Old(runtime=lambda: (1, 25))
    assert pen.say("*TST?") == "1"
    assert "older than 1.26" in pen.say("FAUL?")


@pytest.mark.parametrize("factor", [0.9, 1.1])
@pytest.mark.requirement("SR-22")
def test_a_scan_that_runs_at_another_rate(factor: float) -> None:
    """Counted at start: 20 ms, within 2 % and two scans."""
    machine = Machine(keep=False)
    slow_ns = machine.hal.period_ns
    machine.hal.period_ns = round(slow_ns * factor)
    machine.run_for(0.2)
    assert machine.fault == (faults.SELF_TEST if abs(factor - 1) * 20 > 2.4 else 0) or machine.fault == faults.SELF_TEST


@pytest.mark.parametrize(("plugged", "bit"), [({"supply_mv": 0.0}, 8)])
def test_what_somebody_may_yet_plug_in_is_no_fault(plugged: dict[str, float], bit: int) -> None:
    machine = Machine(keep=False)
    for name, value in plugged.items():
        setattr(machine.plant, name, value)
    machine.run_for(0.1)
    assert (machine.state, machine.app.session.tests.result) == ("IDLE", bit)

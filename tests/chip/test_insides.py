"""What is reached inside the chip without the firmware's help: its process image, and the gate behind its pins."""

from __future__ import annotations

import pytest

from pen_sim import faults
from pen_sim.words import all_names
from tests.chip.bench_pen import BenchPen
from tests.chip.conftest import MakePen

NAMES = all_names()
SENSE = 11  # GPIO of the gate's output, read back [board]


def word(pen: BenchPen, name: str) -> int:
    found = pen.machine.insides.word(getattr(NAMES, name))
    assert found is not None
    return found


@pytest.mark.requirement("SR-23")
def test_the_image_is_found_and_a_bit_in_it_flips(make_pen: MakePen) -> None:
    pen = make_pen()
    assert pen.machine.insides.word(0) is None, "it has not booted yet"
    faults.inject(pen.machine, "memory_limits")
    pen.start().arm()
    assert [word(pen, name) for name in ("LI_HEARTBEAT_US", "LI_CAP_UM", "LI_STEP_UM")] == [50_000, 1_500, 10]
    assert word(pen, "ST_PHASE") == NAMES.PHASE_HOLD
    assert 0 <= pen.machine.ticks_us() - word(pen, "IN_NOW_US") <= 200
    faults.inject(pen.machine, "memory_limits:LI_LATE_US.2")
    assert (word(pen, "LI_LATE_US"), pen.machine.remarks) == (54, ["LI_LATE_US bit 2: 50 became 54"])
    faults.repair(pen.machine, "memory_limits")
    assert word(pen, "LI_LATE_US") == 50
    faults.inject(pen.machine, "memory_limits:LI_SUPPLY_MIN_RAW.12")
    pen.run_for(0.05)
    assert pen.say("FAUL?").startswith(("112,", "127,")), "the scan reads what was written: 15.4 V at least"


def test_after_a_reset_it_is_found_anew(make_pen: MakePen) -> None:
    pen = make_pen().start().arm()
    pen.chip.reset("RUN")
    pen.run_for(0.02)
    pen.scans_begin().wait("IDLE")
    assert (word(pen, "LI_CAP_UM"), word(pen, "LI_HEARTBEAT_US")) == (0, 50_000)
    assert 0 <= pen.machine.ticks_us() - word(pen, "IN_NOW_US") <= 1_100


@pytest.mark.requirement("SR-15")
def test_a_stuck_gate_is_seen_at_the_driver_and_read_back(make_pen: MakePen) -> None:
    pen = make_pen().start()
    assert (pen.machine.gate, pen.chip.pin(SENSE).level) == (False, 0)
    faults.inject(pen.machine, "enable_stuck_high")
    pen.run_for(0.005)
    assert (pen.machine.gate, pen.chip.pin(SENSE).level) == (True, 1)
    faults.repair(pen.machine, "enable_stuck_high")
    pen.arm()
    for name in ("enable_stuck_low", "deadman_open"):
        assert (pen.machine.gate, pen.chip.pin(SENSE).level) == (True, 1)
        faults.inject(pen.machine, name)
        pen.run_for(0.000_3)
        assert (pen.machine.gate, pen.chip.pin(SENSE).level) == (False, 0), name
        faults.repair(pen.machine, name)
        pen.run_for(0.000_3)


@pytest.mark.requirement("SR-15")
def test_a_stuck_charge_pump_outlives_the_carrier(make_pen: MakePen) -> None:
    pen = make_pen().start().arm()
    faults.inject(pen.machine, "deadman_stuck")
    pen.chip.defects.cut_timer(True)
    pen.run_for(0.006)
    assert pen.machine.gate, "the dead-man has starved, and nothing came of it"
    faults.repair(pen.machine, "deadman_stuck")
    assert not pen.machine.gate

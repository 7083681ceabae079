"""What is kept without power, on the chip: in the flash's filesystem, through every kind of reset."""

from __future__ import annotations

import pytest

from tests.chip.bench_pen import BenchPen
from tests.chip.conftest import MakePen

SETTLES_S = 0.3  # off, the trace complete, the scan slow, and written
TWO_SCANS_US = 2_000  # slow ones: none was left out


def stopped(pen: BenchPen) -> None:
    """By the emergency stop, in the middle of a stroke; it is released again."""
    pen.arm().stroke("out")
    pen.plant.estop_pressed = True
    pen.run_for(SETTLES_S)
    pen.plant.estop_pressed = False
    pen.wait("FAULT,118")


@pytest.mark.parametrize("kind", ["POWER_ON", "RUN"])
@pytest.mark.requirement("SR-25")
def test_a_fault_that_was_not_cleared_is_there_after_a_reset(kind: str, make_pen: MakePen) -> None:
    """Nothing rises until it is cleared; cleared, it is gone, also after the next."""
    pen = make_pen().start()
    stopped(pen)
    pen.chip.reset(kind)
    since_s = pen.now_s
    pen.scans_begin().wait("FAULT,118")
    assert "before the restart" in pen.say("FAUL?")
    pen.say("ZONE CHEEK")
    pen.say("ARM", 0.2)
    assert not pen.rises(since_s, "enable", "carrier", "gate", "step")
    pen.say("FAUL:CLE", SETTLES_S)
    pen.wait("IDLE")
    assert pen.say("*OPC?") == "1", "and written down"
    pen.chip.reset(kind)
    pen.scans_begin().wait("IDLE")
    pen.arm().stroke()


@pytest.mark.requirement("SR-25")
def test_a_watchdog_reset_is_there_after_the_power_was_off(make_pen: MakePen) -> None:
    pen = make_pen().start().arm().stroke()
    pen.order("hang_deaf")
    pen.run_for(0.05)
    pen.scans_begin().wait("FAULT,125")
    pen.run_for(1.0 + SETTLES_S)  # the self test comes first
    pen.chip.reset("POWER_ON")
    pen.scans_begin().wait("FAULT,125")


@pytest.mark.requirement("SR-14")
@pytest.mark.requirement("SR-25")
def test_a_record_is_written_when_the_drive_is_off_and_the_trace_complete(make_pen: MakePen) -> None:
    """Seen from outside: when the flash changes."""
    pen = make_pen().start().arm().stroke()
    flash = pen.chip.dump_filesystem()
    since_s = pen.now_s
    pen.plant.estop_pressed = True
    while pen.chip.dump_filesystem() == flash:
        pen.run_for(0.002)
        assert pen.now_s < since_s + 1
    off_s = since_s + pen.off_ms(since_s) / 1e3
    assert pen.now_s - off_s > 0.05, "the trace has its rows behind the fault"
    assert max(pen.gaps_us(since_s, pen.now_s)) < TWO_SCANS_US
    pen.run_for(SETTLES_S)
    assert pen.say("FAUL?").startswith("118,")
    assert "SCAN_LATE" not in "".join(pen.log())

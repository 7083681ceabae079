"""What is kept without power, on the chip: in the flash's filesystem, through every kind of reset."""

from __future__ import annotations

import re
import zlib

import pytest

from pen_sim.loader import pure
from tests.chip.bench_pen import BenchPen
from tests.chip.conftest import MakePen
from tests.host_tools.deploy_bench import files_in

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
    pen.say("FAUL:CLE")
    pen.wait("IDLE")
    assert pen.say("*OPC?", SETTLES_S) == "1", "written down, after the self test"
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


@pytest.mark.parametrize("kind", ["POWER_ON", "RUN"])
@pytest.mark.requirement("SR-20")
def test_settings_and_log_are_there_after_a_reset(kind: str, make_pen: MakePen) -> None:
    """The settings only when somebody asks for them."""
    pen = make_pen().start().arm().stroke()
    pen.say("DEPT 0.8;RATE 12.5")
    assert pen.say("DIS;*OPC?", SETTLES_S) == "1"
    assert pen.say("*SAV 2;*OPC?", SETTLES_S) == "1"
    told = [line for line in pen.say("LOG?", 0.2).split("\n") if re.search(",(ARM|RUN|OFF),", line)]
    assert len(told) == 3
    pen.chip.reset(kind)
    pen.scans_begin().wait("IDLE")
    said = pen.say("LOG?", 0.2)
    before, _, after = said.rpartition(",BOOT,")
    assert all(line in before for line in told)
    assert "ARM" not in after
    assert pen.say("ZONE?") == "NONE"
    assert pen.say("*RCL 2;*OPC?", SETTLES_S) == "1"
    assert pen.say("ZONE?;DEPT?;RATE?") == "CHEEK;0.80;12.5"
    pen.say("ARM", 0.5)
    pen.wait("READY")
    pen.stroke()


@pytest.mark.requirement("SR-21")
def test_it_names_the_files_that_are_in_its_flash(make_pen: MakePen) -> None:
    """By the CRC-32 of their checksums, which are theirs; in every record, too."""
    pen = make_pen().start()
    firmware = pen.say("*IDN?").split(",")[3]
    files = files_in(pen.chip.dump_filesystem())
    for line in files["sums"].decode().splitlines():
        crc, path = line.split()
        assert int(crc, 16) == zlib.crc32(files[path])
    version, runtime, crc = firmware.split()
    assert (version, int(crc, 16)) == (pure("pen.version").VERSION, zlib.crc32(files["sums"]))
    assert re.fullmatch(r"mp1\.\d+\.\d+.*", runtime)
    assert f",BOOT,POWER_ON {firmware}\n" in pen.say("LOG?", 0.2)
    stopped(pen)
    files = files_in(pen.chip.dump_filesystem())
    for name in ("fault.0", "fault.1", "log.0", "log.1"):
        assert f"{int.from_bytes(files['records/' + name][4:8], 'little'):08x}" == crc

"""The scan's time: late on purpose, under load, and next to the flash."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.chip.bench_pen import PERIOD_ERROR_US, PLACES, BenchPen
from tests.chip.conftest import MakePen
from tests.firmware.support import Pen

LATE_NS = 350_000
BURST_US = 49  # two scans closer than half a period, by a clock of whole microseconds, would be one made up for
CUT_US = 250  # fault seen by the scan, to enable off [design] section 6
READ_ONLY = 30  # EROFS
WRITTEN = b"x" * 1_000  # a part of what the bench writes
FREE_BYTES = 80 * 1_024  # after boot [design] section 6 of the chip's numbers
BLOCK_BYTES = 16  # of MicroPython's heap
PIECE_BYTES = 8 * 1_024

LATE: dict[str, Callable[[BenchPen], None]] = {
    "the program masks interrupts": lambda pen: pen.order("late"),
    "the core does": lambda pen: (
        pen.chip.mask_interrupts(),
        pen.machine.at(pen.machine.now_ns + LATE_NS, lambda: pen.chip.mask_interrupts(False)),
    )[0],
}


@pytest.mark.parametrize("why", LATE)
@pytest.mark.requirement("SR-14")
def test_a_late_scan_cuts_and_is_not_made_up_for(why: str, make_pen: MakePen) -> None:
    pen = make_pen().start().arm().stroke("out")
    since_s = pen.now_s
    LATE[why](pen)
    pen.run_for(0.05)
    gaps = pen.gaps_us(since_s - 0.001)
    assert max(gaps) >= LATE_NS / 1e3
    # A call that comes less than half a period after the late one is left out, so the gap behind it may have half a period more.
    assert sum(gap > 150 + PERIOD_ERROR_US for gap in gaps) == 1
    assert min(gaps) >= BURST_US
    off_s = since_s + pen.off_ms(since_s) / 1e3
    assert (off_s - pen.scan_before_s(off_s)) * 1e6 <= CUT_US, "the scan that sees it cuts"
    assert pen.say("FAUL?").startswith('120,"SCAN_LATE"')
    assert pen.say("STAT?").startswith("FAULT,120,")


@pytest.mark.requirement("SR-14")
def test_scans_that_are_missed_altogether_are_gone(make_pen: MakePen) -> None:
    """Interrupts held back for 1.5 ms, which the dead-man bears: one scan comes then, not fifteen."""
    pen = make_pen().start().arm().stroke("rest")
    since_s = pen.now_s
    pen.chip.mask_interrupts()
    pen.run_for(0.001_5)
    pen.chip.mask_interrupts(False)
    pen.run_for(0.05)
    gaps = pen.gaps_us(since_s - 0.001)
    assert max(gaps) >= 1_500
    assert min(gaps) >= BURST_US
    assert pen.say("FAUL?").startswith("120,")


@pytest.mark.requirement("SR-14")
def test_no_flash_write_while_the_drive_is_on(make_pen: MakePen) -> None:
    """Refused at every place of a stroke and in homing; done when the drive is off."""
    pen = make_pen().start()
    pen.say("ZONE CHEEK")
    pen.say("ARM", 0.08)
    armed_s = pen.now_s
    assert write_flash(pen) == READ_ONLY, "homing"
    pen.wait("READY")
    assert write_flash(pen) == READ_ONLY
    pen.stroke()
    for place in PLACES:
        pen.rig.run_to(place, 1_000.0)
        assert write_flash(pen) == READ_ONLY, place
    assert max(abs(gap - 100) for gap in pen.gaps_us(armed_s)) <= PERIOD_ERROR_US
    assert pen.machine.gate
    assert WRITTEN not in pen.chip.dump_filesystem()
    pen.say("DIS", 0.2)
    assert pen.send(b"\x03", 0.1).endswith(b">>> ")
    pen.send(b"with open('note', 'w') as f: f.write('x' * 3000)\r\n\r\n", 1.0)
    assert WRITTEN in pen.chip.dump_filesystem()


@pytest.mark.requirement("SR-20")
def test_a_running_pen_may_write_while_the_drive_is_off(make_pen: MakePen) -> None:
    """Five kilobytes, which it must also find a place for in its memory; afterwards it is as before."""
    pen = make_pen().start()
    assert write_flash(pen) == 0
    assert WRITTEN in pen.chip.dump_filesystem()
    assert pen.say("STAT?").startswith("IDLE,0,")
    pen.arm()
    assert write_flash(pen) == READ_ONLY
    pen.say("DIS", 0.2)
    assert write_flash(pen) == 0


@pytest.mark.requirement("SR-14")
def test_no_flash_write_through_a_file_that_is_open_already(make_pen: MakePen) -> None:
    """Opened while the drive was off. The filesystem is whole afterwards."""
    pen = make_pen().start()
    assert write_flash(pen, "open_file") == 0
    pen.arm().stroke()
    since_s = pen.now_s
    assert write_flash(pen, "write_kept") == READ_ONLY
    assert max(abs(gap - 100) for gap in pen.gaps_us(since_s)) <= PERIOD_ERROR_US
    assert pen.machine.gate
    assert WRITTEN not in pen.chip.dump_filesystem()
    pen.say("DIS", 0.2)
    assert write_flash(pen) == 0
    assert pen.say("STAT?").startswith("IDLE,0,")


def write_flash(pen: BenchPen, order: str = "write_flash") -> int:
    """What the program got for it."""
    pen.order(order)
    for _ in range(100):
        pen.run_for(0.005)
        if (answer := pen.answer()) >= 0:
            return answer
    raise AssertionError(f"no answer: {pen.machine.receive().decode()}")


@pytest.mark.requirement("SR-14")
def test_there_is_memory_and_most_of_it_is_in_one_piece(make_pen: MakePen) -> None:
    """Of 80 KiB in pieces of one nobody could take two: whoever asked would end the program."""
    pen = make_pen().start().arm()
    pen.say("DIS", 0.2)
    pen.order("collect")
    pen.run_for(0.2)
    assert pen.answer() >= FREE_BYTES
    pen.send(b"\x03", 0.2)
    said = pen.send(b"import micropython; micropython.mem_info()\r\n", 0.5).decode()
    blocks = int(said.rpartition("max free sz: ")[2].partition("\r")[0])
    assert blocks * BLOCK_BYTES >= PIECE_BYTES


@pytest.mark.requirement("SR-14")
def test_no_scan_waits_for_the_collector_or_the_console(make_pen: MakePen) -> None:
    """As many queries as it can answer in three seconds, whose litter it has to collect several times, while it strokes."""
    pen = make_pen().start().arm().stroke()
    since_s, answered = pen.now_s, 0
    while pen.now_s < since_s + 3:
        if not pen.machine.waiting():
            pen.machine.send(b"STAT?;MEAS:DEPT? MEAN;*IDN?\nFAUL?\n" * 8)
        answered += pen.send(b"").count(b"\n")
    assert answered > 30
    assert pen.machine.gate
    assert max(abs(gap - 100) for gap in pen.gaps_us(since_s)) <= PERIOD_ERROR_US
    pen.run_for(1.0)
    pen.machine.receive()
    assert pen.say("STAT?").startswith("RUNNING,0,")


def queries() -> list[str]:
    """Every query there is but the one that waits for the end of all strokes; who wants an argument answers with an error."""
    headers = Pen().say("SYST:HELP:HEAD?", 0.5).split("\n")
    named = [line.rpartition("#")[2].lstrip("0123456789") for line in headers if line and "/nquery/" not in line]
    return [f"{name.partition('/')[0].rstrip('?')}?" for name in named if name != "*OPC"]


@pytest.mark.requirement("SR-14")
@pytest.mark.requirement("SR-26")
def test_no_query_takes_the_foreground_so_long_that_the_scan_cuts(make_pen: MakePen) -> None:
    """Each alone, and eight at once, while strokes are made: the drive stays on and the rate exact."""
    pen = make_pen().start().arm().stroke()
    since_s = pen.now_s
    pen.rig.mark()
    for query in queries():
        for times in (1, 8):
            pen.send(f"{query}\n".encode() * times, 0.06)
            assert pen.machine.gate, f"{query}, {times} times"
    assert max(abs(gap - 100) for gap in pen.gaps_us(since_s)) <= PERIOD_ERROR_US
    assert pen.rig.truth().rate_hz == pytest.approx(27.1, rel=1e-3)
    pen.run_for(4.0)
    pen.machine.receive()
    assert pen.say("FAUL?").startswith("0,")

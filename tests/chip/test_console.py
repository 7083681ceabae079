"""What a host can do to the pen by what it sends, and by what it does not read."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from hil_tests.rig import Place
from tests.chip.bench_pen import PERIOD_ERROR_US, PLACES, BenchPen
from tests.chip.conftest import Filesystem, MakePen

STORM = b"\x03" * 10_000
STOP_MS = 5.0  # a stop byte received, to the last motion away from retracted [design] section 6
RETURN_MS = 40.0  # and to the drive off: the longest way back, and the packets before it
RAW = b"raw REPL; CTRL-B to exit\r\n>"


@pytest.fixture
def make_plain_pen(micropython: Path, filesystem: Filesystem) -> MakePen:
    """With the main.py of every pen."""
    path = filesystem({})
    return lambda: BenchPen(micropython, path)


def assert_scans_in_time(pen: BenchPen, since_s: float, until_s: float) -> None:
    gaps = pen.gaps_us(since_s, until_s)
    assert len(gaps) == pytest.approx((until_s - since_s) * 1e4, abs=2)
    assert max(abs(gap - 100) for gap in gaps) <= PERIOD_ERROR_US


def assert_stopped(pen: BenchPen, since_s: float) -> float:
    """The tip went back, and then the drive off. Returns when that was."""
    off_ms = pen.off_ms(since_s)
    assert off_ms <= RETURN_MS
    off_s = since_s + off_ms / 1e3
    course = pen.rig.course(since_s)
    outward = [t_s for (t_s, um), (_, after_um) in pairwise(course) if after_um > um + 1.0]
    assert max(outward, default=since_s) - since_s <= STOP_MS / 1e3
    return off_s


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.requirement("SR-12")
@pytest.mark.requirement("SR-14")
def test_a_storm_of_ctrl_c_while_stroking(place: Place, make_pen: MakePen) -> None:
    """10,000 of them, as fast as USB carries them: no scan is lost, the pen stops, and its program goes on."""
    pen = make_pen().start().arm().stroke(place)
    since_s = pen.now_s
    pen.machine.send(STORM)
    pen.run_for(0.05)
    off_s = assert_stopped(pen, since_s)
    assert_scans_in_time(pen, since_s, off_s)
    assert not pen.machine.receive(), "not at the prompt while the drive was on"
    while pen.machine.waiting():
        pen.run_for(0.1)
    pen.run_for(0.2)
    assert not pen.rises(off_s)
    assert pen.outputs() == [0, 0, 0, 0]


@pytest.mark.requirement("SR-12")
def test_a_storm_of_ctrl_c_while_homing_and_while_ready(make_pen: MakePen) -> None:
    pen = make_pen().start()
    pen.say("ZONE CHEEK")
    pen.say("ARM", 0.08)
    assert pen.machine.gate
    for wait_s in (0.0, 0.3):
        since_s = pen.now_s
        pen.run_for(wait_s)
        assert pen.machine.gate
        since_s = pen.now_s
        pen.machine.send(b"\x03" * 1_000)
        pen.run_for(0.05)
        off_s = assert_stopped(pen, since_s)
        assert_scans_in_time(pen, since_s, off_s)
        pen.run_for(1.0)
        pen.send(b"\x04", 0.2)
        pen.scans_begin().wait("IDLE")
        pen.say("ZONE CHEEK")
        pen.say("ARM", 0.08)


@pytest.mark.parametrize("times", [1, 2, 5, 1_000])
@pytest.mark.requirement("SR-09")
def test_ctrl_c_leads_an_idle_pen_to_the_prompt_and_ctrl_d_back(times: int, make_plain_pen: MakePen) -> None:
    """However often: what the first one began is not broken off by the next."""
    pen = make_plain_pen().start()
    said = pen.send(b"\x03" * times, 0.3)
    assert said.endswith(b">>> ")
    scans = len(pen.scans_ns)
    assert pen.send(b"print(6*7)\r\n", 0.1).endswith(b"42\r\n>>> ")
    assert len(pen.scans_ns) == scans, "the scan has ended"
    assert pen.outputs() == [0, 0, 0, 0]
    pen.send(b"\x04", 0.2)
    pen.scans_begin().wait("IDLE")
    assert not pen.rises(0.0)
    assert pen.log()[0] == "BOOT,RESET"


def test_it_says_that_it_stopped_and_how_to_go_on(make_plain_pen: MakePen) -> None:
    assert b"needlepen stopped. Ctrl-D starts it again." in make_plain_pen().start().send(b"\x03", 0.1)


@pytest.mark.requirement("SR-09")
def test_the_raw_prompt_of_an_idle_pen(make_plain_pen: MakePen) -> None:
    """As mpremote enters it, uses it and leaves: by a soft reset, after which the pen runs again."""
    pen = make_plain_pen().start()
    pen.send(b"\r\x03", 0.1)
    assert pen.send(b"\r\x01", 0.1).endswith(RAW)
    assert pen.send(b"import os; print(sorted(os.listdir()))\x04", 0.1).startswith(b"OK['board.mpy', 'boot.py'")
    pen.send(b"\x02", 0.05)
    pen.send(b"\x04", 0.2)
    pen.scans_begin().wait("IDLE")
    assert not pen.rises(0.0)


@pytest.mark.parametrize("wait_s", [0.0, 0.002, 0.1])
@pytest.mark.requirement("SR-12")
@pytest.mark.requirement("SR-26")
def test_who_wants_the_raw_prompt_of_an_armed_pen_gets_a_stop(wait_s: float, make_plain_pen: MakePen) -> None:
    pen = make_plain_pen().start().arm().stroke("out")
    since_s = pen.now_s
    pen.send(b"\r\x03", wait_s)
    pen.send(b"\r\x01", 0.3)
    off_s = assert_stopped(pen, since_s)
    assert_scans_in_time(pen, since_s, off_s)
    pen.say("")
    assert pen.wait("IDLE").startswith("IDLE,0,")
    assert not pen.rises(off_s)


@pytest.mark.requirement("SR-12")
@pytest.mark.requirement("SR-26")
def test_ctrl_d_and_ctrl_b_are_no_orders_to_an_armed_pen(make_plain_pen: MakePen) -> None:
    pen = make_plain_pen().start().arm().stroke("out")
    since_s = pen.now_s
    pen.send(b"\x04\x02\x05\x01\x04\n", 0.2)
    assert pen.machine.gate
    assert_scans_in_time(pen, since_s, pen.now_s)
    assert pen.say("STAT?").startswith("RUNNING,0,")


@pytest.mark.requirement("SR-14")
@pytest.mark.requirement("SR-16")
def test_a_host_that_stops_reading_for_ten_seconds(make_pen: MakePen) -> None:
    """The rate, the depth and every scan are as if it read; what it asked is answered when it does."""
    pen = make_pen().start().arm().stroke()
    since_s = pen.now_s
    pen.machine.receive()
    pen.rig.mark()
    pen.machine.host_reads(False)
    for _ in range(20):
        pen.say("STAT?", 0.5)
    assert pen.machine.gate
    assert_scans_in_time(pen, since_s, pen.now_s)
    truth = pen.rig.truth()
    assert truth.rate_hz == pytest.approx(27.1, rel=1e-3), "CHEEK's default"
    assert (truth.depth_min_um, truth.depth_max_um) == pytest.approx((1_000, 1_000), abs=30)
    assert not pen.machine.receive()
    pen.machine.host_reads(True)
    pen.run_for(0.5)
    answers = pen.machine.receive().decode().splitlines()
    assert len(answers) >= 20 - 1
    assert {answer.partition(",")[0] for answer in answers} == {"RUNNING"}
    assert pen.say("STAT?").startswith("RUNNING,0,")
    assert pen.machine.gate


@pytest.mark.requirement("SR-12")
def test_an_old_stop_byte_is_no_new_one(make_plain_pen: MakePen) -> None:
    """It lies in the controller's memory until something is written over it, behind every packet that is shorter."""
    pen = make_plain_pen().start()
    pen.say("01234567890123456789!")
    pen.arm().stroke()
    since_s, stops = pen.now_s, str(pen.log()).count("!")
    for line in ("STAT?", "MEAS:DEPT?", "*IDN?", "STAT?", "RATE?") * 8:
        assert pen.say(line, 0.03)
    assert pen.machine.gate
    assert str(pen.log()).count("!") == stops
    assert_scans_in_time(pen, since_s, pen.now_s)
    assert pen.say("STAT?").startswith("RUNNING,0,")


@pytest.mark.parametrize("stop", [b"!", b"\x03", b"DEPT 0.9!\n", b"0123456789" * 6 + b"012!"])
@pytest.mark.requirement("SR-12")
def test_a_stop_that_other_packets_follow_at_once(stop: bytes, make_plain_pen: MakePen) -> None:
    """At every distance in which USB carries them: it stops, and nothing of them is lost."""
    pen = make_plain_pen().start()
    for gap_us in (*range(3, 140, 14), 200, 300):  # the stack lets the next packet come after 30 us or more
        pen.arm().stroke("out")
        pen.machine.receive()
        since_s = pen.now_s
        pen.machine.send(stop)
        for _ in range(3):
            pen.run_for(gap_us / 1e6)
            pen.machine.send(b"\n*ESE?\n")
        pen.run_for(0.2)
        assert_stopped(pen, since_s)
        assert pen.machine.receive().split() == [b"0"] * 3, gap_us
        pen.wait("IDLE")

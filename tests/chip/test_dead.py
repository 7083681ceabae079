"""Whatever dies, the drive is off 2.5 ms later and stays off; and what keeps the dead-man from being fooled."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hil_tests.rig import Place
from tests.chip import memory
from tests.chip.bench_pen import DEAD_MS, PLACES, BenchPen
from tests.chip.conftest import MakePen

WATCHDOG_MS = 10.1  # 10 ms after the last feed, which is at the end of a scan
DEADMAN_FIFO = 0x5030_0010  # TXF0 of PIO 1
FEED = 47  # counts of one feed [firmware/pen/hal/rp2040_pio.py]
DEPTH_UM_MOST = 1_020.0  # beyond the set depth of 1 mm by what the cap may be passed

Death = Callable[[BenchPen], None]
DEATHS: dict[str, tuple[Death, Death]] = {
    "the core": (lambda pen: pen.chip.hang_cpu(), lambda pen: pen.chip.hang_cpu(False)),
    "interrupts": (lambda pen: pen.chip.mask_interrupts(), lambda pen: pen.chip.mask_interrupts(False)),
    "the timer": (lambda pen: pen.chip.defects.cut_timer(True), lambda pen: pen.chip.defects.cut_timer(False)),
    "a program that masks interrupts": (lambda pen: pen.order("hang_deaf"), lambda pen: None),
    "an exception in the scan": (lambda pen: pen.order("raise_in_scan"), lambda pen: None),
}


@pytest.mark.parametrize(
    ("what", "place"),
    [*((what, "out") for what in DEATHS), *(("the core", place) for place in PLACES if place != "out")],
)
@pytest.mark.requirement("SR-13")
@pytest.mark.requirement("SR-09")
@pytest.mark.requirement("SR-25")
def test_a_dead_scan_loses_the_drive_and_does_not_get_it_back(what: str, place: Place, make_pen: MakePen) -> None:
    """The dead-man cuts, the watchdog restarts, and the pen knows why; then nothing rises until somebody arms it."""
    pen = make_pen().start().arm().stroke(place)
    die, revive = DEATHS[what]
    since_s = pen.now_s
    die(pen)
    pen.run_for(0.03)
    off_s = since_s + pen.off_ms(since_s) / 1e3
    last_s = pen.scan_before_s(off_s)
    assert 0 < (off_s - last_s) * 1e3 <= DEAD_MS
    enable_s = [at_s for at_s, level in pen.rig.edges("enable", since_s) if not level][-1]
    assert (enable_s - last_s) * 1e3 <= WATCHDOG_MS, "the chip's reset lets the pin go"
    revive(pen)
    pen.scans_begin()
    assert pen.wait("FAULT").startswith("FAULT,125,")
    assert pen.log()[0] == "BOOT,WATCHDOG"
    pen.say("ARM", 0.1)
    assert not pen.rises(enable_s)
    assert pen.plant.max_tip_um < DEPTH_UM_MOST
    pen.say("FAUL:CLE")
    pen.arm()


@pytest.mark.requirement("SR-14")
@pytest.mark.requirement("SR-13")
def test_a_hung_foreground_is_cut_by_the_scan(make_pen: MakePen) -> None:
    pen = make_pen().start().arm().stroke("rest")
    since_s = pen.now_s
    pen.order("hang")
    pen.run_for(0.1)
    assert 47 <= pen.off_ms(since_s) <= 53, "50 ms after the last turn began, and the order comes within one"
    assert max(pen.gaps_us(since_s)) < 115
    assert not pen.watched()


@pytest.mark.requirement("SR-13")
def test_feeding_a_dead_deadman_does_not_revive_it(make_pen: MakePen) -> None:
    pen = make_pen().start().arm().stroke("out")
    since_s = pen.now_s
    pen.chip.defects.cut_timer(True)
    pen.run_for(0.004)
    assert pen.off_ms(since_s) <= DEAD_MS
    for _ in range(30):
        memory.write32(pen.chip, DEADMAN_FIFO, FEED)
        pen.run_for(0.000_1)
    assert not pen.machine.gate
    assert not pen.rises(since_s, "enable", "carrier", "gate")
    assert pen.outputs()[0] == 1, "it was the carrier alone: the watchdog has not bitten yet"


@pytest.mark.parametrize("by", ["program", "bus"])
@pytest.mark.requirement("SR-13")
def test_a_flood_of_feeds_does_not_prolong_its_life(by: str, make_pen: MakePen) -> None:
    """By a program that feeds as if it were the scan; or so that the FIFO is full when the last scan has been."""
    pen = make_pen().start().arm().stroke("rest")
    if by == "program":
        pen.order("flood_deadman")
        pen.run_for(0.01)
        assert pen.answer() == 0
        assert pen.machine.gate
    since_s = pen.now_s
    pen.chip.defects.cut_timer(True)
    for _ in range(100 if by == "bus" else 0):
        memory.write32(pen.chip, DEADMAN_FIFO, FEED)
    pen.run_for(0.004)
    assert pen.off_ms(since_s) <= DEAD_MS


@pytest.mark.requirement("SR-13")
@pytest.mark.requirement("SR-09")
def test_feeding_an_idle_pen_turns_nothing_on(make_pen: MakePen) -> None:
    """The carrier may live, fed from nowhere: without the enable pin it is worth nothing."""
    pen = make_pen().start()
    for _ in range(100):
        memory.write32(pen.chip, DEADMAN_FIFO, FEED)
        pen.run_for(0.000_1)
    assert not pen.rises(0.0, "enable", "gate", "step")
    pen.run_for(0.01)
    assert pen.outputs() == [0, 0, 0, 0]


@pytest.mark.requirement("SR-13")
def test_the_watchdog_runs_while_the_drive_is_on_and_only_then(make_pen: MakePen) -> None:
    pen = make_pen()
    assert not pen.watched()
    pen.start()
    assert not pen.watched()
    pen.say("ZONE CHEEK")
    pen.say("ARM", 0.08)
    assert pen.machine.gate
    assert pen.watched(), "homing"
    pen.wait("READY")
    assert pen.watched()
    pen.stroke()
    assert pen.watched()
    pen.say("DIS", 0.1)
    assert not pen.machine.gate
    assert not pen.watched()
    pen.arm().stroke("out")
    pen.rig.inject("estop")
    pen.run_for(0.005)
    assert not pen.machine.gate
    assert not pen.watched()
    pen.run_for(0.1)
    assert pen.say("FAUL?").startswith("118,")

"""Every kind of reset, at every place of a stroke: outputs let go, stay off, and the pen knows what happened."""

from __future__ import annotations

import pytest

from hil_tests.rig import Place
from tests.chip import memory
from tests.chip.bench_pen import DEAD_MS, PLACES, BenchPen
from tests.chip.conftest import MakePen
from tests.firmware.support import BOARD

# What the log says afterwards; RUN clears the scratch registers, as power does [RP2040 datasheet 4.7.4].
CAUSES = {"POWER_ON": "BOOT,POWER_ON", "RUN": "BOOT,POWER_ON", "WATCHDOG": "BOOT,WATCHDOG"}


@pytest.mark.requirement("SR-09")
def test_from_the_first_edge_no_output_rises_until_armed(make_pen: MakePen) -> None:
    pen = make_pen().start()
    pen.say("ZONE CHEEK")
    pen.run_for(0.2)
    assert not pen.rises(0.0, "enable", "carrier", "gate", "step", "dir")
    assert pen.outputs() == [0, 0, 0, 0], "driven, not floating"
    assert pen.log()[0] == "BOOT,POWER_ON"
    armed_s = pen.now_s
    pen.arm()
    assert {name for name, _ in pen.rises(armed_s)} == {"enable", "carrier", "gate", "step"}


@pytest.mark.parametrize("kind", CAUSES)
@pytest.mark.requirement("SR-09")
def test_a_reset_lets_go_at_once_and_nothing_rises_until_armed(kind: str, make_pen: MakePen) -> None:
    pen = make_pen().start().arm().stroke("out")
    since_s = pen.now_s
    pen.chip.reset(kind)
    assert pen.off_ms(since_s) == 0
    assert pen.outputs() == [None, None, None, None], "pulled down outside"
    pen.scans_begin().wait("FAULT" if kind == "WATCHDOG" else "IDLE")
    assert pen.log()[0] == CAUSES[kind]
    pen.run_for(0.1)
    assert not pen.rises(since_s + 1e-6, "enable", "carrier", "gate", "step", "dir")
    assert pen.outputs() == [0, 0, 0, 0]
    pen.say("FAUL:CLE")
    pen.arm()


@pytest.mark.parametrize("kind", CAUSES)
@pytest.mark.requirement("SR-09")
def test_a_reset_right_after_the_port_was_opened_and_closed(kind: str, make_pen: MakePen) -> None:
    """What the host was about to say is void with the reset: the pen starts, enumerates and answers."""
    pen = make_pen().scans_begin()
    for open_, for_ms in ((False, 3.0), (True, 0.3), (False, 0.1)):
        pen.machine.connect(open_)
        pen.run_for(for_ms / 1e3)
    pen.chip.reset(kind)
    pen.run_for(0.02)
    pen.scans_begin()
    assert pen.say("STAT?", 0.1)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.requirement("SR-09")
@pytest.mark.requirement("SR-13")
def test_a_soft_reset_turns_off_and_the_pen_comes_back_idle(place: Place, make_pen: MakePen) -> None:
    """The runtime leaves pins, state machines and DMA as they are; what the pen did not stop would go on into the next run."""
    pen = make_pen().start().arm().stroke(place)
    since_s = pen.now_s
    pen.order("soft_reset")
    pen.run_for(0.02)
    off_s = since_s + pen.off_ms(since_s) / 1e3
    assert (off_s - pen.scan_before_s(off_s)) * 1e3 <= DEAD_MS
    assert pen.outputs() == [0, 0, 0, 0]
    pen.scans_begin().wait("IDLE")
    assert pen.log()[0] == "BOOT,RESET"
    pen.run_for(0.2)
    assert not pen.rises(off_s, "enable", "carrier", "gate", "step")
    assert not pen.watched()
    pen.arm().stroke()
    assert pen.say("FAUL?").startswith("0,")


@pytest.mark.parametrize("kind", [*CAUSES, "soft"])
@pytest.mark.requirement("SR-09")
def test_a_reset_in_the_middle_of_a_beep_leaves_it_dark_and_silent(kind: str, make_pen: MakePen) -> None:
    """PWM goes on through a soft reset of the runtime, unless somebody takes the pin away from it."""
    pen = make_pen().start().arm()
    pen.plant.estop_pressed = True
    pen.run_for(0.1)
    assert pen.rises(pen.now_s - 0.01, "buzzer")
    pen.plant.estop_pressed = False
    if kind == "soft":
        pen.order("soft_reset")
        pen.run_for(0.1)  # the fault is written down first
    else:
        pen.chip.reset(kind)
        pen.run_for(0.02)
    since_s = pen.now_s
    pins = (BOARD.PIN_LED_RED, BOARD.PIN_LED_GREEN, BOARD.PIN_LED_BLUE, BOARD.PIN_BUZZER)
    assert {pen.chip.pin(number).output for number in pins} <= {0, None}, "low, or pulled down by what hangs on it"
    if kind == "soft":
        pen.scans_begin().wait("FAULT,118")  # as it was written down, and it sounds again
        pen.say("FAUL:CLE", 0.3)
        since_s = pen.now_s
    pen.scans_begin().wait("IDLE")
    pen.run_for(0.5)
    assert not pen.rig.edges("buzzer", since_s)
    assert [pen.chip.pin(number).output for number in pins] == [0, 0, 1, 0], "blue: idle"


@pytest.mark.requirement("SR-09")
def test_soft_resets_in_a_row(make_pen: MakePen) -> None:
    """Nothing of one run is left in the next: no interrupt, no state machine, no memory that something writes to."""
    pen = make_pen().start()
    for _ in range(3):
        pen.order("soft_reset")
        pen.run_for(0.05)
        pen.scans_begin().wait("IDLE")
    assert not pen.rises(0.0)
    assert pen.log()[0] == "BOOT,RESET"
    pen.arm().stroke()


def first_scan_s(pen: BenchPen) -> float:
    """When it came; the pen has just begun to scan."""
    return pen.scans_begin().scans_ns[-1] / 1e9


@pytest.mark.requirement("SR-09")
def test_ctrl_c_while_it_starts(make_pen: MakePen) -> None:
    """Whoever connects just then sends one. The pen is at the prompt, its outputs safe, and Ctrl-D starts it."""
    start_s = first_scan_s(make_pen())
    for before_ms in (30, 5, 1, 0.2):
        pen = make_pen()
        pen.machine.connect(True)
        pen.machine.at(round((start_s - before_ms / 1e3) * 1e9), lambda pen=pen: pen.machine.send(b"\x03"))
        pen.run_for(start_s + 0.1)
        assert pen.machine.receive().endswith(b">>> "), before_ms
        assert pen.outputs() == [0, 0, 0, 0]
        assert pen.send(b"print(1+1)\r\n") == b"print(1+1)\r\n2\r\n>>> "
        pen.send(b"\x04", 0.1)
        pen.scans_begin().wait("IDLE")
        assert not pen.rises(0.0)
        assert not pen.watched()


@pytest.mark.requirement("SR-09")
def test_scratch_registers_that_say_nothing_to_it_do_not_matter(make_pen: MakePen) -> None:
    """A watchdog reset while the drive was off is not one that the pen had to make."""
    pen = make_pen().start()
    memory.write32(pen.chip, memory.SCRATCH[0], 0x1234_5678)
    pen.chip.reset("WATCHDOG")
    pen.scans_begin().wait("IDLE")
    assert pen.log()[0] == "BOOT,RESET"

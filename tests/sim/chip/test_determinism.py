"""One script, one course of things: whoever else uses the computer, and however time is cut into calls."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pen_sim.chip.emulator import Chip

_SCRIPT = """
import machine, micropython, rp2, time, gc
from machine import Pin

Pin(16, Pin.OUT)
@micropython.viper
def toggle(t):
    ptr32(uint(0xD0000000))[7] = 1 << 16
timer = machine.Timer()
timer.init(period=100, tick_hz=1000000, hard=True, callback=toggle)
@rp2.asm_pio(set_init=rp2.PIO.OUT_LOW)
def blink():
    set(pins, 1)[3]
    set(pins, 0)[7]
sm = rp2.StateMachine(0, blink, freq=333_333, set_base=Pin(17))
sm.active(1)
adc = machine.ADC(0)
words = {}
for k in range(150):
    words[k % 7] = str(adc.read_u16()) * 3
    if k % 50 == 0:
        gc.collect()
        print(k, time.ticks_us())
timer.deinit()
sm.active(0)
"""


def course(image: Path, step_ns: int) -> str:
    chip = Chip(image)
    chip.adc(lambda _channel, t_ns: t_ns // 10_007 & 0xFFF)
    digest = hashlib.sha256()
    for number in (16, 17):
        chip.pin(number).listen(lambda level, n=number: digest.update(f"{chip.now_ns} {n} {level} ".encode()))
    chip.run_for_ns(60_000_000)
    chip.send(b"\r\x03\x01")
    chip.run_for_ns(5_000_000)
    chip.send(_SCRIPT.encode() + b"\x04")
    end_ns = chip.now_ns + 60_000_000
    while chip.now_ns < end_ns:
        chip.run_until_ns(min(chip.now_ns + step_ns, end_ns))
    assert chip.output.count(b"\x04") == 2, bytes(chip.output)
    digest.update(bytes(chip.output))
    return digest.hexdigest()


@pytest.fixture(scope="module")
def usual(runtime: Path) -> str:
    return course(runtime, 60_000_000)


@pytest.mark.parametrize("step_ns", [1_000_000, 100_000, 7_777])
def test_cutting_time_into_pieces_changes_nothing(usual: str, runtime: Path, step_ns: int) -> None:
    """Up to the ends of the pieces: nothing is looked at in between."""
    assert course(runtime, step_ns) == usual


def test_a_busy_computer_changes_nothing(usual: str, runtime: Path) -> None:
    rivals = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    try:
        assert course(runtime, 60_000_000) == usual
    finally:
        for rival in rivals:
            rival.kill()
            rival.wait()


def test_two_chips_at_once_do_not_know_of_each_other(runtime: Path) -> None:
    first, second = Chip(runtime), Chip(runtime)
    first.boot()
    second.run_for_ns(30_000_000)
    first.exec_raw("x = 5")
    second.boot()
    assert second.exec_raw("print('x' in globals())") == ("False\n", "")
    assert first.exec_raw("print(x)") == ("5\n", "")


def test_time_is_never_short_and_at_most_an_instruction_long(pico: Any) -> None:
    for step_ns in (1, 8, 1_000, 123_457):
        before = pico.chip.now_ns
        pico.chip.run_for_ns(step_ns)
        assert step_ns <= pico.chip.now_ns - before < step_ns + 300

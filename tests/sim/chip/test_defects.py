"""Something in the chip breaks, and the rest goes on."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

TIMERAWL = 0x4005_4028
SM0_CLKDIV = 0x5020_00C8  # of PIO 0 [RP2040 datasheet 3.7]
_BLINK = """
import machine, micropython, rp2, time
from machine import Pin
@rp2.asm_pio(set_init=rp2.PIO.OUT_LOW)
def blink():
    set(pins, 1)[4]
    set(pins, 0)[4]
sm = rp2.StateMachine(0, blink, freq=100_000, set_base=Pin(16))
sm.active(1)
Pin(17, Pin.OUT)
@micropython.viper
def toggle(t):
    ptr32(uint(0xD0000000))[7] = 1 << 17
timer = machine.Timer()
timer.init(period=1000, tick_hz=1000000, hard=True, callback=toggle)
"""
MS = 1_000_000


def alive(pico: Any) -> tuple[int, int]:
    """Edges of the state machine and of the timer's callback in 10 ms: 200 and 10 if all is well."""
    pio, timer = [0], [0]
    mcu = pico.chip._mcu
    removers = [
        mcu.gpio[16].add_listener(lambda *_: pio.__setitem__(0, pio[0] + 1)),
        mcu.gpio[17].add_listener(lambda *_: timer.__setitem__(0, timer[0] + 1)),
    ]
    pico.chip.run_for_ns(10 * MS)
    for remove in removers:
        remove()
    return pio[0], timer[0]


def test_a_hung_core(pico: Any) -> None:
    """Nothing is executed; PIO and clock go on, and the watchdog bites."""
    pico.run(_BLINK + "w = machine.WDT(timeout=100)")
    assert alive(pico) == (200, 10)
    at = pico.chip.pc
    pico.chip.hang_cpu()
    assert alive(pico) == (200, 0)
    assert pico.chip.pc == at
    pico.chip.run_for_ns(100 * MS)
    assert pico.chip.read32(0x4005_8008) == 1


def test_masked_interrupts(pico: Any) -> None:
    """The program goes on, its timer does not."""
    pico.run(_BLINK)
    pico.chip.send(b"\r\x03\x01")
    pico.chip.run_for_ns(5 * MS)
    pico.chip.send(b"while True: pass\x04")
    pico.chip.run_for_ns(5 * MS)
    at = set[int]()
    pico.chip.mask_interrupts()
    assert alive(pico) == (200, 0)
    for _ in range(20):
        pico.chip.run_for_ns(10_000)
        at.add(pico.chip.pc)
    assert len(at) > 1
    pico.chip.mask_interrupts(False)
    assert alive(pico)[1] >= 10


def test_a_hung_foreground_still_serves_interrupts(pico: Any) -> None:
    pico.run(_BLINK)
    pico.chip.defects.hang_foreground(True)
    assert alive(pico) == (200, 10)
    pico.chip.send(b"\r\x03\x01")
    pico.chip.run_for_ns(20 * MS)
    assert not pico.chip.output
    pico.chip.defects.hang_foreground(False)
    assert pico.run("print(1)") == "1\n"


def test_a_cut_timer(pico: Any) -> None:
    pico.run(_BLINK)
    pico.chip.defects.cut_timer(True)
    assert alive(pico) == (200, 0)
    pico.chip.defects.cut_timer(False)
    assert alive(pico)[1] >= 10


def test_a_state_machine_without_clock_goes_on_where_it_was(pico: Any) -> None:
    pico.run(_BLINK)
    pico.chip.defects.freeze_machine(0, 0, True)
    assert alive(pico) == (0, 10)
    pico.chip.defects.freeze_machine(0, 0, False)
    edges, timer = alive(pico)
    assert abs(edges - 200) <= 1
    assert timer == 10


def test_a_state_machine_with_a_slow_clock(pico: Any) -> None:
    """3 % longer: 200 edges take 10.3 ms, also when its divider is written anew; until that is taken back."""
    pico.run(_BLINK)
    edges = pico.edges(16)
    for factor, wanted_ns in ((1.03, 51_500), (1.0, 50_000)):
        pico.chip.defects.stretch_machine(0, 0, factor)
        for _ in range(2):
            edges.clear()
            pico.chip.run_for_ns(20 * MS)
            gaps = [b[0] - a[0] for a, b in pairwise(edges[1:])]
            assert abs(sum(gaps) / len(gaps) - wanted_ns) < 20
            pico.chip._mcu.write_uint32(SM0_CLKDIV, pico.chip.read32(SM0_CLKDIV))


@pytest.mark.parametrize("ppm", [30_000, -30_000])
def test_a_timer_that_is_not_true(pico: Any, ppm: int) -> None:
    """A period of 1000 of its microseconds; the state machine does not know, and the count goes on where it was."""
    pico.run(_BLINK)
    pulses, calls = pico.edges(16), pico.edges(17)
    before = pico.chip.read32(TIMERAWL)
    pico.chip.defects.hurry_timer(ppm)
    assert 0 <= pico.chip.read32(TIMERAWL) - before <= 1
    pico.chip.run_for_ns(20 * MS)
    counted = pico.chip.read32(TIMERAWL) - before
    assert counted == pytest.approx(20_000 * (1 + ppm / 1e6), abs=2)
    assert gap_ns(calls) == pytest.approx(MS / (1 + ppm / 1e6), abs=1_000)
    assert gap_ns(pulses) == 50_000
    pico.chip.defects.hurry_timer(0)
    del calls[:]
    pico.chip.run_for_ns(20 * MS)
    assert gap_ns(calls) == pytest.approx(MS, abs=1_000)
    told = int(pico.run("import time; print(time.ticks_us())"))
    assert told - before >= counted + 20_000, "what the program reads is the same count"


def gap_ns(edges: list[Any]) -> float:
    """From edge to edge, in the mean; the first few may still be of before."""
    gaps = [b[0] - a[0] for a, b in pairwise(edges[2:])]
    return sum(gaps) / len(gaps)


def test_stalled_interrupts(pico: Any) -> None:
    """The two edges of a callback that reads the pins between them are 62 us further apart, and its period is as before."""
    pico.run(
        _BLINK.replace(
            "ptr32(uint(0xD0000000))[7] = 1 << 17",
            "p = ptr32(uint(0xD0000000))\n    p[7] = 1 << 17\n    k = p[1]\n    p[7] = 1 << 17",
        )
    )
    lengths: list[int] = []
    for stall_us in (0, 62):
        edges = pico.edges(17)
        pico.chip.defects.stall_interrupts(stall_us)
        pico.chip.run_for_ns(5 * MS)
        lengths.append(min(b[0] - a[0] for a, b in pairwise(edges)))
    assert abs(lengths[1] - lengths[0] - 62_000) < 50


def test_a_request_that_starts_nothing(blank: Any) -> None:
    blank.chip.defects.cut_dma(0, True)
    for offset, value in ((0x00, 0x2000_0000), (0x04, 0x5020_0010), (0x08, 3), (0x0C, 2 << 2 | 1)):
        blank.write(0x5000_0000 + offset, value)
    blank.run_ns(1_000)
    assert (blank.read(0x5020_000C) & 15, blank.read(0x5000_000C) >> 24 & 1) == (0, 0)
    blank.chip.defects.cut_dma(0, False)
    blank.write(0x5000_000C, 2 << 2 | 1)
    blank.run_ns(1_000)
    assert blank.read(0x5020_000C) & 15 == 3

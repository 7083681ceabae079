"""The timer [RP2040 datasheet, 4.6]: an alarm fires when the low word of the count is equal to it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

TIMER = 0x4005_4000
ALARM0, ARMED, RAWH, RAWL, INTR, INTE, INTS = (TIMER + at for at in (0x10, 0x20, 0x24, 0x28, 0x34, 0x38, 0x40))
CLEAR = 0x3000


def fires_at(bus: Any, alarm_us: int, offset_ns: int) -> int:
    """The count that is read when the alarm fires, armed in the middle of a microsecond."""
    bus.run_ns(offset_ns)
    bus.write(ALARM0, alarm_us)
    assert bus.read(ARMED) == 1
    while not bus.read(INTR) & 1:
        bus.run_ns(8)
    return bus.read(RAWL)


def test_an_alarm_fires_at_its_count_and_stock_before_it(blank: Any, stock: Any) -> None:
    assert fires_at(blank, 100, 10_600) == 100
    assert fires_at(stock, 100, 10_600) == 99


@pytest.mark.parametrize("offset_ns", [0, 8, 504, 992])
def test_the_moment_is_exact(blank: Any, offset_ns: int) -> None:
    blank.run_ns(offset_ns)
    fired: list[int] = []
    blank.write(INTE, 1)
    interrupt = blank.mcu.set_interrupt
    blank.mcu.timer._set_interrupt = lambda line, on: (fired.append(blank.chip.now_ns), interrupt(line, on))
    blank.write(ALARM0, 50)
    blank.run_ns(100_000)
    assert fired == [50_000]
    assert (blank.read(ARMED), blank.read(INTS)) == (0, 1)


def test_an_interrupt_stays_until_it_is_cleared(blank: Any) -> None:
    blank.write(INTE, 1)
    blank.write(ALARM0, 5)
    blank.run_ns(6_000)
    blank.write(INTR + CLEAR, 1)  # the SDK's way; any write clears
    assert blank.read(INTR) == 0


def test_a_count_that_is_past_is_reached_after_a_lap(blank: Any) -> None:
    blank.run_ns(10_000)
    blank.write(ALARM0, 3)
    blank.run_ns(1_000_000_000)
    assert blank.read(INTR) == 0
    assert blank.read(ARMED) == 1


def test_disarming(blank: Any) -> None:
    blank.write(ALARM0, 5)
    blank.write(ARMED, 1)
    blank.run_ns(10_000)
    assert (blank.read(INTR), blank.read(ARMED)) == (0, 0)


def test_the_high_word_is_latched_with_the_low_one(blank: Any) -> None:
    lap_ns = (1 << 32) * 1_000
    blank.run_ns(lap_ns - 500)
    assert blank.read(TIMER + 0x0C) == 0xFFFF_FFFF
    blank.run_ns(1_000)
    assert blank.read(TIMER + 0x08) == 0
    assert (blank.read(RAWH), blank.read(RAWL)) == (1, 0)


def test_a_hard_timer_is_called_every_100_us_however_the_program_keeps_busy(pico: Any) -> None:
    """Measured at a pin that the callback toggles; the callback waits for no more than the end of a locked section."""
    edges = pico.edges(16)
    pico.run(_TOGGLES)
    at = [t_ns for t_ns, _ in edges]
    gaps = [later - earlier for earlier, later in pairwise(at)]
    assert len(gaps) > 180
    assert abs(sum(gaps) / len(gaps) - 100_000) < 10
    assert all(98_000 <= gap <= 102_000 for gap in gaps)


_TOGGLES = """
import machine, micropython, time
machine.Pin(16, machine.Pin.OUT)
@micropython.viper
def toggle(t):
    ptr32(uint(0xD0000000))[7] = 1 << 16
timer = machine.Timer()
timer.init(period=100, tick_hz=1000000, hard=True, callback=toggle)
words = []
start = time.ticks_ms()
while time.ticks_ms() - start < 20:
    words.append("x" * 20)
    if len(words) > 50:
        words = []
timer.deinit()
"""

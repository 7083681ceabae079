"""The ADC at its registers [RP2040 datasheet, 4.9]: a conversion takes 96 cycles of 48 MHz, 2 us."""

from __future__ import annotations

from typing import Any

import pytest

CS, RESULT, FCS, FIFO, DIV = 0x4004_C000, 0x4004_C004, 0x4004_C008, 0x4004_C00C, 0x4004_C010
EN, ONCE, MANY, READY = 1, 4, 8, 1 << 8
DMA = 0x5000_0000
RING = 0x2000_2000
DREQ_ADC = 36
PERIOD_NS = 6_250  # DIV.INT 299: 300 cycles
CONVERSION_NS = 2_000
ROBIN = 0b10111 << 16  # channels 0, 1, 2, 4
ORDER = (0, 1, 2, 4)


def ring(bus: Any, halfwords: int = 1 << 20) -> None:
    """Channel 0 of the DMA writes 16 halfwords round and round."""
    bus.write(DMA + 0x00, FIFO)
    bus.write(DMA + 0x04, RING)
    bus.write(DMA + 0x08, halfwords)
    bus.write(DMA + 0x0C, DREQ_ADC << 15 | 1 << 10 | 5 << 6 | 1 << 5 | 1 << 2 | 1)
    bus.write(FCS, 1 << 24 | 1 << 3 | 1)


def stamped(bus: Any) -> list[tuple[int, int]]:
    """Makes every conversion's result its number; fills with (channel, ns)."""
    seen: list[tuple[int, int]] = []

    def convert(channel: int, t_ns: int) -> int:
        seen.append((channel, t_ns))
        return len(seen) & 0xFFF

    bus.chip.adc(convert)
    return seen


def test_round_robin_visits_the_selected_channels_and_stock_does_not(blank: Any, stock: Any) -> None:
    seen = stamped(blank)
    stock.mcu.adc.channel_values[:] = range(5)
    for bus in (blank, stock):
        bus.write(FCS, 1)
        bus.write(CS, ROBIN | MANY | EN)
    blank.run_ns(4 * CONVERSION_NS)
    assert [channel for channel, _ in seen] == list(ORDER)
    assert blank.read(CS) >> 12 & 7 == ORDER[0]  # AINSEL follows
    results: list[int] = []
    for _ in range(4):
        stock.run_ns(CONVERSION_NS)
        results.append(stock.read(FIFO))
    assert results != list(ORDER)


def test_a_single_conversion_takes_2_us_and_clears_nothing_else(blank: Any) -> None:
    blank.chip.adc(lambda channel, _: 100 + channel)
    blank.write(CS, 2 << 12 | ONCE | EN)
    assert not blank.read(CS) & READY
    blank.run_ns(CONVERSION_NS - 8)
    assert not blank.read(CS) & READY
    blank.run_ns(16)
    assert blank.read(CS) & READY
    assert blank.read(RESULT) == 102
    assert not blank.read(CS) & ONCE


@pytest.mark.parametrize(("div", "period_ns"), [(0, 2_000), (95 << 8, 2_000), (299 << 8, 6_250), (2_999 << 8, 62_500)])
def test_the_divider_is_one_more_than_it_says_and_at_least_96(blank: Any, div: int, period_ns: int) -> None:
    seen = stamped(blank)
    blank.write(DIV, div)
    blank.write(CS, MANY | EN)
    blank.run_ns(20 * period_ns + CONVERSION_NS)
    starts = [t_ns - CONVERSION_NS for _, t_ns in seen]
    assert starts == [k * period_ns for k in range(len(starts))]
    assert len(starts) in (20, 21)


def test_the_fifo_holds_four_and_tells_of_the_fifth_and_of_none(blank: Any) -> None:
    stamped(blank)
    blank.write(FCS, 1)
    assert blank.read(FCS) & 1 << 8  # EMPTY
    blank.read(FIFO)
    assert blank.read(FCS) & 1 << 10  # UNDER
    blank.write(FCS, 1 << 10 | 1)
    assert not blank.read(FCS) & 1 << 10
    blank.write(CS, MANY | EN)
    blank.run_ns(4 * CONVERSION_NS)
    assert blank.read(FCS) >> 16 & 15 == 4
    assert blank.read(FCS) & 1 << 9  # FULL
    assert not blank.read(FCS) & 1 << 11
    blank.run_ns(CONVERSION_NS)
    assert blank.read(FCS) & 1 << 11  # OVER
    assert [blank.read(FIFO) for _ in range(4)] == [1, 2, 3, 4]


def test_conversions_go_round_the_ring_each_at_its_time(blank: Any) -> None:
    seen = stamped(blank)
    blank.write(DIV, 299 << 8)
    ring(blank)
    blank.write(CS, ROBIN | MANY | EN)
    blank.run_ns(39 * PERIOD_NS + CONVERSION_NS)
    assert [t_ns for _, t_ns in seen] == [CONVERSION_NS + k * PERIOD_NS for k in range(40)]
    assert [channel for channel, _ in seen] == [ORDER[k % 4] for k in range(40)]
    words = [blank.mcu.read_uint16(RING + 2 * k) for k in range(16)]
    assert words == [33, 34, 35, 36, 37, 38, 39, 40, 25, 26, 27, 28, 29, 30, 31, 32]
    assert blank.read(DMA + 0x08) == (1 << 20) - 40
    assert blank.read(DMA + 0x04) == RING + 2 * (40 % 16)


def test_the_cpu_reads_the_ring_as_it_is_at_that_moment(pico: Any) -> None:
    """The result of a conversion is when it ended, in us: what the CPU reads ended before, and its place's next has not."""
    pico.chip.adc(lambda _channel, t_ns: t_ns // 1_000 & 0xFFF)
    printed = pico.run(_READS_THE_RING)
    period_us, rounds = 6.25, 16
    for line in printed.splitlines():
        before, after, *ring_us = map(int, line.split())
        for then in ring_us:
            age = (before - then) & 0xFFF
            assert age < rounds * period_us + 1 or (then - before) & 0xFFF <= (after - before) & 0xFFF
    assert len(printed.splitlines()) == 50


_READS_THE_RING = """
import rp2, uctypes, micropython
from machine import ADC, mem32
for k in (0, 1, 2, 4):
    ADC(k)
memory = bytearray(64)
at = (uctypes.addressof(memory) + 31) & ~31
dma = rp2.DMA()
dma.config(read=0x4004C00C, write=at, count=1000000, trigger=True, ctrl=dma.pack_ctrl(size=1, inc_read=False,
    inc_write=True, ring_size=5, ring_sel=True, treq_sel=36))
mem32[0x4004C010] = 299 << 8
mem32[0x4004C008] = 1 << 24 | 1 << 3 | 1
mem32[0x4004C000] = 0b10111 << 16 | 1 << 3 | 3
copy = bytearray(40)
@micropython.viper
def look(ring: int, out):
    r = ptr32(ring)
    o = ptr32(out)
    t = ptr32(0x40054028)
    o[0] = t[0]
    k = 0
    while k < 8:
        o[k + 1] = r[k]
        k += 1
    o[9] = t[0]
for _ in range(50):
    look(at, copy)
    words = [int.from_bytes(copy[4 + 2 * k:6 + 2 * k], "little") for k in range(16)]
    print(int.from_bytes(copy[:4], "little") & 0xFFF, int.from_bytes(copy[36:], "little") & 0xFFF, *words)
"""


@pytest.mark.parametrize("how", ["abort", "disable"])
def test_a_channel_that_is_stopped_writes_nothing_more(blank: Any, how: str) -> None:
    """What comes later stays in the FIFO, which overflows after four."""
    seen = stamped(blank)
    blank.write(DIV, 299 << 8)
    ring(blank)
    blank.write(CS, ROBIN | MANY | EN)
    blank.run_ns(9 * PERIOD_NS + CONVERSION_NS)
    if how == "abort":
        blank.write(DMA + 0x444, 1)
    else:
        blank.write(DMA + 0x10, blank.read(DMA + 0x10) & 0xFFFFFE)
    blank.run_ns(10 * PERIOD_NS)
    assert [blank.mcu.read_uint16(RING + 2 * k) for k in range(16)] == [*range(1, 11), *[0] * 6]
    assert len(seen) == 20
    assert blank.read(FCS) & 1 << 11
    assert [blank.read(FIFO) for _ in range(4)] == [11, 12, 13, 14]


def test_the_last_transfers_chain_to_the_next_channel(blank: Any) -> None:
    """After the last of 100 halfwords channel 1 is started, and writes its word once [2.5.2.2]."""
    stamped(blank)
    blank.write(DIV, 299 << 8)
    blank.mcu.write_uint32(0x2000_3000, 0x1234_5678)
    for offset, value in ((0x40, 0x2000_3000), (0x44, 0x2000_3004), (0x48, 1), (0x50, 63 << 15 | 1 << 11 | 2 << 2 | 1)):
        blank.write(DMA + offset, value)
    ring(blank, 100)
    blank.write(DMA + 0x10, blank.read(DMA + 0x0C) & ~(15 << 11) & 0xFFFFFF | 1 << 11)
    blank.write(CS, ROBIN | MANY | EN)
    blank.run_ns(98 * PERIOD_NS + CONVERSION_NS + 100)
    assert (blank.read(DMA + 0x08), blank.read(0x2000_3004)) == (1, 0)
    blank.run_ns(PERIOD_NS)
    assert (blank.read(DMA + 0x08), blank.read(0x2000_3004)) == (0, 0x1234_5678)
    assert not blank.read(DMA + 0x0C) & 1 << 24

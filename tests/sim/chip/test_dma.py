"""The DMA at its registers [RP2040 datasheet, 2.5]."""

from __future__ import annotations

from typing import Any

DMA, CHAN_ABORT = 0x5000_0000, 0x5000_0444
BUSY = 1 << 24
DREQ_PIO0_TX0, DREQ_PIO0_RX0 = 0, 4


def paced(bus: Any, count: int, request: int, read: int = 0x2000_0000, write: int = 0x2000_1000) -> None:
    for offset, value in ((0x00, read), (0x04, write), (0x08, count), (0x0C, request << 15 | 2 << 2 | 1)):
        bus.write(DMA + offset, value)


def test_an_abort_clears_counter_and_busy_and_stock_keeps_the_counter(blank: Any, stock: Any) -> None:
    """2.5.5.3: it "clears the transfer counter and forces the channel into an inactive state"; poll until it reads 0."""
    left: list[int] = []
    for bus in (blank, stock):
        paced(bus, 5, DREQ_PIO0_RX0)
        assert bus.read(DMA + 0x0C) & BUSY
        bus.write(CHAN_ABORT, 1)
        assert not bus.read(DMA + 0x0C) & BUSY
        left.append(bus.read(DMA + 0x08))
    assert left == [0, 5]
    assert blank.read(CHAN_ABORT) == 0
    assert stock.read(CHAN_ABORT) != 0


def test_a_count_of_zero_has_finished_and_stock_is_busy_for_ever(blank: Any, stock: Any) -> None:
    for bus in (blank, stock):
        paced(bus, 0, 63)
        bus.run_ns(1_000)
    assert not blank.read(DMA + 0x0C) & BUSY
    assert stock.read(DMA + 0x0C) & BUSY


def test_a_channel_waits_for_its_request_and_fills_the_fifo(blank: Any) -> None:
    """Four words fit into a PIO's FIFO; the fifth waits until there is room."""
    paced(blank, 6, DREQ_PIO0_TX0, write=0x5020_0010)
    blank.run_ns(1_000)
    assert blank.read(0x5020_000C) & 15 == 4
    assert blank.read(DMA + 0x08) == 2
    blank.write(0x5020_00D8, 0x80A0)  # `pull(block)`, executed at once
    blank.run_ns(1_000)
    assert blank.read(DMA + 0x08) == 1


def test_an_empty_receive_fifo_gives_nothing(blank: Any) -> None:
    paced(blank, 3, DREQ_PIO0_RX0, read=0x5020_0020)
    blank.run_ns(10_000)
    assert blank.read(DMA + 0x08) == 3
    assert blank.read(DMA + 0x0C) & BUSY


def test_the_dma_goes_on_while_the_core_hangs(blank: Any) -> None:
    blank.mcu.write_uint32(0x2000_0000, 7)
    paced(blank, 1, 63)
    blank.run_ns(100)
    assert blank.read(0x2000_1000) == 7

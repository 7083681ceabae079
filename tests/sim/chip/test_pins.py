"""Pads [RP2040 datasheet, 2.19.4]: the input path reads the pad, whoever drives it."""

from __future__ import annotations

from typing import Any


def test_an_output_can_be_read_at_its_own_input(pico: Any) -> None:
    printed = pico.run(
        "from machine import Pin, mem32\np = Pin(16, Pin.OUT)\n"
        "for level in (1, 0, 1):\n    p(level)\n    print(mem32[0xD0000004] >> 16 & 1)\n"
    )
    assert printed.split() == ["1", "0", "1"]


def test_stock_does_not_read_its_outputs(stock: Any) -> None:
    stock.write(0x4001_4000 + 8 * 16 + 4, 5)
    stock.write(0xD000_0024, 1 << 16)
    stock.write(0xD000_0014, 1 << 16)
    assert not stock.read(0xD000_0004) >> 16 & 1


def test_levels_from_outside_and_pulls(pico: Any) -> None:
    pico.run("from machine import Pin\np = Pin(16, Pin.IN, Pin.PULL_UP)")
    pin = pico.chip.pin(16)
    assert pico.run("print(p())") == "1\n"
    pin.drive(False)
    assert pico.run("print(p())") == "0\n"
    pin.release()
    assert pico.run("print(p())") == "1\n"
    pin.drive(True)
    pico.run("p = Pin(16, Pin.OUT, value=0)")
    assert pico.run("print(p())") == "0\n"  # the chip is stronger
    assert pico.run("p = Pin(16, Pin.IN, Pin.PULL_DOWN)\nprint(p())") == "1\n"  # and then lets go again


def test_an_interrupt_at_an_edge_from_outside(pico: Any) -> None:
    pico.run("from machine import Pin\nseen = []\np = Pin(16, Pin.IN)\np.irq(lambda _: seen.append(1), Pin.IRQ_RISING)")
    start_ns = pico.chip.now_ns
    for k in range(5):
        pico.chip.at(start_ns + k * 1_000_000, lambda: pico.chip.pin(16).drive(False))
        pico.chip.at(start_ns + k * 1_000_000 + 500_000, lambda: pico.chip.pin(16).drive(True))
    pico.chip.run_for_ns(10_000_000)
    assert pico.run("print(len(seen))") == "5\n"


def test_an_edge_made_by_the_cpu_has_the_time_of_its_instruction(pico: Any) -> None:
    """Two stores to SIO in a row: one cycle of 8 ns apart [Cortex-M0+ TRM, table 3-1: single-cycle I/O]."""
    edges = pico.edges(16)
    pico.run(
        "import micropython\nfrom machine import Pin\nPin(16, Pin.OUT)\n"
        "@micropython.asm_thumb\ndef pulse():\n    mov(r0, 0xD0)\n    mov(r1, 24)\n    lsl(r0, r1)\n    mov(r2, 1)\n    mov(r1, 16)\n"
        "    lsl(r2, r1)\n    str(r2, [r0, 0x14])\n    str(r2, [r0, 0x18])\npulse()"
    )
    assert [level for _, level in edges] == [1, 0]
    assert edges[1][0] - edges[0][0] == 8


def test_pwm_counts_edges_at_its_b_pin_and_stock_does_not(blank: Any, stock: Any) -> None:
    """4.5.2.5: slice 0, DIVMODE rising edges, B pin 17."""
    counts: list[int] = []
    for bus in (blank, stock):
        bus.write(0x4001_4000 + 8 * 17 + 4, 4)
        bus.write(0x4001_C004 + 4 * 17, 0x40)
        bus.write(0x4005_0010, 0xFFFF)
        bus.write(0x4005_0000, 2 << 4 | 1)
        for level in (True, False) * 5:
            bus.mcu.gpio[17].set_input_value(level)
        counts.append(bus.read(0x4005_0008))
    assert counts == [5, 0]


def test_pwm_enables_read_back_and_stock_reads_none(blank: Any, stock: Any) -> None:
    for bus in (blank, stock):
        bus.write(0x4005_0000, 1)
        bus.write(0x4005_0000 + 5 * 0x14, 1)
    assert (blank.read(0x4005_00A0), stock.read(0x4005_00A0)) == (1 << 0 | 1 << 5, 0)

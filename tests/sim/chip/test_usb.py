"""The host's side of the console: nothing is lost, nothing is made up, and an idle bus costs no interrupts."""

from __future__ import annotations

from typing import Any

IRQ_USB = 5


def test_an_idle_console_raises_no_interrupt(pico: Any) -> None:
    """Stock: one every 10 us, 10,000 in this time, and the CPU serves each."""
    raised: list[int] = []
    mcu = pico.chip._mcu
    tell = mcu.set_interrupt
    mcu.set_interrupt = lambda line, on: (raised.append(line) if on else None, tell(line, on))
    pico.chip.run_for_ns(100_000_000)
    assert raised.count(IRQ_USB) == 0


def test_a_flood_in_both_directions_arrives_whole(pico: Any) -> None:
    """20 kB into a program that echoes them in its own time."""
    text = "".join(chr(48 + k % 64) for k in range(20_000))
    pico.chip.send(b"\r\x03\x01")
    pico.chip.run_for_ns(5_000_000)
    pico.chip.output.clear()
    pico.chip.send(
        b"import sys\nn = 0\nwhile n < 20000:\n    s = sys.stdin.read(100)\n    n += len(s)\n    print(s, end='')\n\x04"
    )
    pico.chip.run_for_ns(5_000_000)
    pico.chip.send(text.encode())
    pico.chip.run_for_ns(1_500_000_000)
    assert bytes(pico.chip.output).removeprefix(b"OK").partition(b"\x04")[0].decode() == text
    assert pico.chip.host.unsent == 0


def test_a_host_that_does_not_read_stops_the_console_and_loses_nothing(pico: Any) -> None:
    """What fits into the chip's buffers is written, then the program waits; when the host reads again, all of it comes."""
    pico.chip.send(b"\r\x03\x01")
    pico.chip.run_for_ns(5_000_000)
    pico.chip.output.clear()
    pico.chip.host_reads(False)
    pico.chip.send(b"for k in range(200): print(k)\n\x04")
    pico.chip.run_for_ns(100_000_000)
    assert not pico.chip.output
    pico.chip.host_reads(True)
    pico.chip.run_for_ns(200_000_000)
    said = bytes(pico.chip.output).removeprefix(b"OK").partition(b"\x04")[0].decode().split()
    assert said == [str(k) for k in range(200)]


_WATCHES_ITS_BUFFER = """
from machine import mem32
import time
seen = []
time.sleep_ms(20)
print("x")
for _ in range(4):
    time.sleep_ms(10)
    seen.append(mem32[0x50100090] >> 10 & 1)
"""


def test_a_packet_stays_available_until_the_host_takes_it(pico: Any) -> None:
    """4.1.2.5.1: the processor sets AVAILABLE, the controller clears it when the packet is gone. Endpoint 2 IN is the console."""
    pico.chip.send(b"\r\x03\x01")
    pico.chip.run_for_ns(5_000_000)
    pico.chip.send(_WATCHES_ITS_BUFFER.encode() + b"\x04")
    pico.chip.run_for_ns(15_000_000)  # it sleeps, with its OK gone
    pico.chip.host_reads(False)
    pico.chip.run_for_ns(30_000_000)
    pico.chip.host_reads(True)
    pico.chip.run_for_ns(50_000_000)
    assert pico.run("print(seen[0], seen[-1])") == "1 0\n"


def test_opening_and_closing_the_port_reaches_the_chip(pico: Any) -> None:
    """SET_CONTROL_LINE_STATE is 0x2221 in the first half of the setup packet, DTR bit 0 of the second [USB CDC PSTN 6.3.12]."""
    for open_ in (False, True):
        pico.chip.connect(open_)
        pico.chip.run_for_ns(3_000_000)
        word = pico.chip.read32(0x5010_0000)
        assert (word & 0xFFFF, word >> 16 & 1) == (0x2221, int(open_))


def test_closed_the_port_takes_nothing(pico: Any) -> None:
    pico.chip.connect(False)
    pico.chip.run_for_ns(3_000_000)
    pico.chip.output.clear()
    pico.chip.send(b"print(1)\r\n")
    pico.chip.run_for_ns(50_000_000)
    assert not pico.chip.output

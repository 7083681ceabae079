"""The host's side of the console: nothing is lost, nothing is made up, and an idle bus costs no interrupts."""

from __future__ import annotations

from typing import Any

import pytest

from pen_sim.chip.emulator import Chip

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


BUFFER_CONTROL, ENDPOINT_CONTROL = 0x5010_0094, 0x5010_0014  # of endpoint 2 OUT, the console's [4.1.2.4]
AVAILABLE, FULL, LENGTH = 1 << 10, 1 << 15, 0x3FF
BYTE_NS = 8_000 / 12  # full speed is 12 Mbit/s
CRC_AND_END_NS = 19_000 / 12  # CRC16 and three bits; the acknowledge follows [USB 2.0, 8.3.5, 7.1.13]
LOOK_NS = 500
WORD = 4
PACKET = bytes(range(128, 192))


def buffer_at(chip: Any) -> int:
    return 0x5010_0000 + (chip.read32(ENDPOINT_CONTROL) & 0xFFC0)


def stored(chip: Any, length: int) -> bytes:
    at = buffer_at(chip)
    words = [chip.read32(at + k).to_bytes(4, "little") for k in range(0, 64, WORD)]
    return b"".join(words)[:length]


@pytest.mark.parametrize("length", [1, 5, 63, 64])
def test_data_are_in_the_buffer_as_they_come_and_full_is_said_at_the_end(pico: Any, length: int) -> None:
    """4.1.2.6.3: data are stored in the data phase; FULL, and no longer AVAILABLE, is for the status phase after the ACK."""
    chip, sent = pico.chip, PACKET[:length]
    chip.hang_cpu()
    seen: list[tuple[int, int, int]] = []
    chip.send(sent)
    for _ in range(200):
        chip.run_for_ns(LOOK_NS)
        data = stored(chip, length)
        count = next((k for k in range(length) if data[k] != sent[k]), length)
        seen.append((chip.now_ns, count, chip.read32(BUFFER_CONTROL)))
    counts = [count for _, count, _ in seen]
    assert counts == sorted(counts)
    first = next(t for t, count, _ in seen if count)
    whole = next(t for t, count, _ in seen if count == length)
    full = next(t for t, _, value in seen if value & FULL)
    assert abs(whole - first - (length - min(length, WORD)) * BYTE_NS) <= 2 * LOOK_NS
    assert full - whole >= CRC_AND_END_NS
    assert all(value & (AVAILABLE | FULL) == AVAILABLE for t, _, value in seen if t < full)
    assert seen[-1][2] & (AVAILABLE | FULL | LENGTH) == FULL | length


def test_who_writes_to_a_buffer_it_gave_away_spoils_what_has_come(pico: Any) -> None:
    """AVAILABLE, it is the controller's; what it stores afterwards stays [4.1.2.5.1]."""
    chip = pico.chip
    chip.hang_cpu()
    chip.send(PACKET)
    chip.run_for_ns(30_000)
    at = buffer_at(chip)
    for k in range(0, 64, WORD):
        chip._mcu.write_uint32(at + k, 0)
    chip.run_for_ns(30_000)
    assert chip.read32(BUFFER_CONTROL) & FULL
    data = stored(chip, 64)
    lost = len(data) - len(data.lstrip(b"\0"))
    assert 0 < lost < 64
    assert data[lost:] == PACKET[lost:]


def test_a_packet_that_finds_its_buffer_gone_is_sent_once_more(pico: Any) -> None:
    chip = pico.chip
    chip.hang_cpu()
    offered = chip.read32(BUFFER_CONTROL)
    chip.send(PACKET)
    chip.run_for_ns(30_000)
    chip._mcu.write_uint32(BUFFER_CONTROL, 0)
    chip.run_for_ns(100_000)
    assert not chip.read32(BUFFER_CONTROL) & FULL
    assert chip.host.unsent == 64
    chip._mcu.write_uint32(BUFFER_CONTROL, offered)
    chip.run_for_ns(100_000)
    assert chip.read32(BUFFER_CONTROL) & (FULL | LENGTH) == FULL | 64
    assert stored(chip, 64) == PACKET
    assert chip.host.unsent == 0


def test_bytes_in_a_trickle_get_through(pico: Any) -> None:
    """A byte more does not put off the packet that carries the ones before."""
    for byte in b"print(6*7)\r":
        pico.chip.send(bytes([byte]))
        pico.chip.run_for_ns(30_000)
    assert pico.chip.host.unsent <= 4, "what came in two packets' time"
    pico.chip.run_for_ns(5_000_000)
    assert b"42\r\n" in pico.chip.output


EP0_IN, EP0_OUT, SETUP_REC = 0x5010_0080, 0x5010_0084, 1 << 17
SET_ADDRESS, GET_DESCRIPTOR, SET_CONFIGURATION, SET_LINES = 5, 6, 9, 0x22


def watch_setups(chip: Any) -> list[tuple[int, int, bool]]:
    """A list that fills with each SETUP packet as it comes: ns, bRequest, and whether the status of a read before it has come."""
    seen: list[tuple[int, int, bool]] = []
    usb = chip._mcu.usb_ctrl
    update = usb._sie_status_updated

    def updated() -> None:
        if usb._sie_status & SETUP_REC and (not seen or seen[-1][0] != chip.now_ns):
            left = (chip.read32(EP0_IN) | chip.read32(EP0_OUT)) & AVAILABLE
            told = bool(chip.read32(EP0_OUT) & FULL) and not left
            seen.append((chip.now_ns, chip.read32(0x5010_0000) >> 8 & 0xFF, told))
        update()

    usb._sie_status_updated = updated
    return seen


@pytest.mark.parametrize("slow_us", [0, 20, 60, 200, 3_000])
def test_a_request_waits_for_the_one_before_however_slow_the_program(pico: Any, slow_us: int) -> None:
    """USB 2.0, 5.5.5: no SETUP before the previous control transfer is complete. A device has 50 ms and more [9.2.6]."""
    chip = pico.chip
    seen = watch_setups(chip)
    for after_us in range(0, 1_000, 50):
        chip.reset("POWER_ON")
        del seen[:]
        while not seen:
            chip.run_for_ns(10_000)
        chip.run_for_ns(after_us * 1_000)
        chip.defects.hang_foreground(True)
        chip.run_for_ns(slow_us * 1_000)
        chip.defects.hang_foreground(False)
        chip.boot()
        requests = [request for _, request, _ in seen]
        assert requests == [SET_ADDRESS, GET_DESCRIPTOR, GET_DESCRIPTOR, SET_CONFIGURATION, SET_LINES]
        assert [told for _, _, told in seen[2:4]] == [True, True]


def test_the_host_says_nothing_before_it_has_reset_the_bus(pico: Any) -> None:
    """USB 2.0, 9.1.2 and 7.1.7.5: a device that is new on the bus is reset for 10 ms, and the first thing it hears is its address."""
    chip = pico.chip
    seen = watch_setups(chip)
    for kind in ("POWER_ON", "RUN", "WATCHDOG"):
        for open_ in (False, True):
            chip.connect(open_)
            chip.run_for_ns(300_000)
        chip.reset(kind)
        since = chip.now_ns
        del seen[:]
        chip.boot()
        assert seen[0][1] == SET_ADDRESS
        assert seen[0][0] - since >= 10_000_000


def test_a_controller_that_its_software_resets_forgets_all_and_is_gone_from_the_bus(blank: Any) -> None:
    """RESETS.RESET, bit 24 is USBCTRL [2.14.2]; INTE and SIE_CTRL are 0 afterwards [4.1.4]."""
    enabled, sie, held, hold, release = 0x5011_0090, 0x5011_004C, 0x4000_C000, 0x4000_E000, 0x4000_F000
    left: list[int] = []
    forget = blank.mcu.usb_ctrl.on_reset
    blank.mcu.usb_ctrl.on_reset = lambda: (left.append(1), forget())
    blank.write(enabled, 0x11010)
    blank.write(sie, 1 << 29)
    blank.write(hold, 1 << 23)  # another block
    assert (blank.read(enabled), blank.read(sie), left) == (0x11010, 1 << 29, [])
    blank.write(hold, 1 << 24)
    assert (blank.read(enabled), blank.read(sie), left) == (0, 0, [1])
    blank.write(release, 3 << 23)
    assert blank.read(held) == 0
    assert left == [1]


def test_what_is_sent_before_the_chip_is_on_the_bus_waits_for_it(runtime: Any) -> None:
    """As whoever has the port open waits for a pen that is being switched on."""
    chip = Chip(runtime)
    chip.send(b"print(6 * 7)\r\n")
    chip.run_for_ns(1_500_000_000)
    assert b"\r\n42\r\n" in chip.output


def test_bytes_come_after_the_port_is_open(pico: Any) -> None:
    """However soon they are sent: else the answer to them would find no host, and be lost."""
    for _ in range(3):
        pico.chip.connect(False)
        pico.chip.run_for_ns(20_000_000)
        pico.chip.output.clear()
        pico.chip.connect(True)
        pico.chip.send(b"6 * 7\r\n")
        pico.chip.run_for_ns(20_000_000)
        assert bytes(pico.chip.output).endswith(b"42\r\n>>> ")

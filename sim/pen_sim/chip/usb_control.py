"""Requests to the control endpoint: one at a time, each with its data and its status [USB 2.0, 5.5.5 and 8.5.3].

Stock, the next SETUP packet comes 10 us after the last byte of data, with the status of the request before it outstanding.
Software that is not that fast finds its status packet's buffer AVAILABLE still when it offers the next, and gives up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

PACKET_NS = 50_000  # one packet of 64 bytes: 19 of them fit into a frame of 1 ms [USB 2.0, table 5-9]
AVAILABLE, FULL, LENGTH = 1 << 10, 1 << 15, 0x3FF  # of a buffer control [RP2040 datasheet, 4.1.2.5.3]
IN, OUT = 0x80, 0x84  # buffer controls of the control endpoint
_STALL = 1 << 11
_PACKET = 64
_TO_HOST = 0x80


def control(mcu: Any, offset: int) -> int:
    """A buffer control."""
    return int.from_bytes(bytes(mcu.usb_dpram[offset : offset + 4]), "little")


def fill(mcu: Any, offset: int, length: int) -> None:
    """A packet of `length` has come whole: its buffer is the chip's again [4.1.2.6.3, status phase]."""
    value = control(mcu, offset) & ~(AVAILABLE | LENGTH) | FULL | length
    mcu.usb_dpram[offset : offset + 4] = value.to_bytes(4, "little")
    mcu.usb_ctrl._indicate_buffer_ready((offset - OUT) // 8, True)


class Requests:
    """Takes the place of the library's way to send them. `attached`: the chip is on the bus; `idle` is called after the last one."""

    def __init__(self, mcu: Any) -> None:
        self._mcu = mcu
        self._usb = mcu.usb_ctrl
        self._queue: list[bytes] = []
        self._under_way: bytes | None = None
        self._heard = False  # its SETUP packet
        self._expected = 0  # bytes of data to come; then comes the status
        self.attached = False
        self.idle: Callable[[], None] = lambda: None
        self._setup_alarm = mcu.clock.create_alarm(self._set_up)
        self._step_alarm = mcu.clock.create_alarm(self._step)
        self._deliver, self._usb.send_setup_packet = self._usb.send_setup_packet, self.send
        self._updated = self._usb.dpram_updated
        self._was_reset, self._usb.on_reset_received = self._usb.on_reset_received, self._on_bus_reset

    def send(self, packet: bytes | bytearray) -> None:
        """Queues a request. Before the bus has been reset there is nobody to send it to [USB 2.0, 9.1.2]."""
        if self.attached:
            self._queue.append(bytes(packet))
            self._next()

    @property
    def busy(self) -> bool:
        """One is under way."""
        return self._under_way is not None

    def forget(self) -> None:
        """The device fell off the bus."""
        self.attached = False
        self._under_way = None
        self._queue.clear()
        self._setup_alarm.cancel()
        self._step_alarm.cancel()

    def _on_bus_reset(self) -> None:
        self.forget()
        self.attached = True
        if self._was_reset:
            self._was_reset()

    def _next(self) -> None:
        if self._under_way is None and self._queue:
            self._under_way = self._queue.pop(0)
            self._heard = False
            self._setup_alarm.schedule(PACKET_NS)

    def _set_up(self) -> None:
        packet = self._under_way
        if packet is not None:
            self._expected = packet[6] | packet[7] << 8
            self._heard = True
            self._deliver(packet)
            self._step_alarm.schedule(PACKET_NS)

    def on_buffer(self, value: int) -> None:
        """The chip has written one of the endpoint's two buffer controls."""
        if value & _STALL and self._under_way is not None and self._heard:
            self._step_alarm.cancel()
            self._done()
        elif value & AVAILABLE:
            self._step_alarm.schedule(PACKET_NS)

    def _step(self) -> None:
        """The packet that is due in the request, if the chip is ready for it; else `on_buffer` comes back here."""
        packet = self._under_way
        if packet is None or not self._heard:
            return
        to_host = bool(packet[0] & _TO_HOST)
        if to_host and not self._expected:
            if control(self._mcu, OUT) & AVAILABLE:
                fill(self._mcu, OUT, 0)
                self._done()
        elif (value := control(self._mcu, IN)) & AVAILABLE:
            self._updated(IN, value)
            length = value & LENGTH
            if not to_host:
                self._done()
            elif length < _PACKET:
                self._expected = 0
            else:
                self._expected = max(0, self._expected - length)

    def _done(self) -> None:
        self._under_way = None
        self._next()
        if not self.busy:
            self.idle()

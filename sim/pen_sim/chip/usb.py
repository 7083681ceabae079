"""The host at the other end of the chip's USB cable, and what the emulator gets wrong about it.

Stock, an OUT endpoint that nobody sends to is answered with an empty packet every 10 us: some 38,000 interrupts a second;
a host leaves it alone, and the endpoint waits. A packet to the host leaves at once, whether the host reads or not. And a
buffer is no longer AVAILABLE as soon as the chip says that it is, and not when its packet has come or gone.
"""

from __future__ import annotations

from typing import Any

PACKET_NS = 50_000  # one packet of 64 bytes: 19 of them fit into a frame of 1 ms [USB 2.0, table 5-9]
CONTROL_NS = 1_000_000  # requests to the control endpoint keep this distance
_OPEN = 3  # DTR and RTS
_AVAILABLE = 1 << 10
_LENGTH = 0x3FF
_BUFFERS, _FIRST = 0x80, 0x88  # endpoint n's buffer control: IN at 0x80 + 8 n, OUT 4 behind it; 0 is not ours


class Host:
    """Sends and receives over the CDC console, one packet at a time; `open` from the start or by `connect`."""

    def __init__(self, device: Any, open_: bool) -> None:
        self.output = bytearray()
        self.reads = True
        self.open = open_
        self._queue = bytearray()
        self._device = device
        self._cdc = device.cdc
        self._usb = device.mcu.usb_ctrl
        self._asked: int | None = None  # buffer control of the packet that the chip has room for
        self._offered: int | None = None  # and of the one it has for us
        clock = device.mcu.clock
        self._send_alarm = clock.create_alarm(self._send_packet)
        self._take_alarm = clock.create_alarm(self._take_packet)
        self._line_alarm = clock.create_alarm(self._tell_lines)
        self._line_due_ns = 0.0
        self._wire()

    def _wire(self) -> None:
        cdc, usb = self._cdc, self._usb
        cdc.on_serial_data = self.output.extend
        self._updated, usb.dpram_updated = usb.dpram_updated, self._on_dpram
        self._forget, usb.on_reset = usb.on_reset, self._on_reset
        self._set_lines, cdc._cdc_set_control_line_state = cdc._cdc_set_control_line_state, self._on_configured

    # To the chip.

    def send(self, data: bytes) -> None:
        """Queues bytes; the chip gets them as it has room."""
        self._queue += data
        if self._asked is not None:
            self._send_alarm.schedule(PACKET_NS)

    @property
    def unsent(self) -> int:
        """Bytes the chip has not taken yet."""
        return len(self._queue)

    def _send_packet(self) -> None:
        offset = self._asked
        if offset is None or not self._queue:
            return
        self._asked = None
        value = self._control(offset)
        packet = bytes(self._queue[: value & _LENGTH])
        del self._queue[: value & _LENGTH]
        self._device.mcu.usb_dpram[offset : offset + 4] = (value & ~_AVAILABLE).to_bytes(4, "little")
        self._usb._finish_read(self._cdc._out_endpoint, packet)

    def _control(self, offset: int) -> int:
        return int.from_bytes(bytes(self._device.mcu.usb_dpram[offset : offset + 4]), "little")

    # From the chip.

    def read(self, on: bool) -> None:
        """The host takes packets, or leaves them in the chip."""
        self.reads = on
        self._resume()

    def _resume(self) -> None:
        if self._offered is not None and self.reads and self.open:
            self._take_alarm.schedule(PACKET_NS)

    def _on_dpram(self, offset: int, value: int) -> None:
        into, out = _BUFFERS + 8 * self._cdc._in_endpoint, _BUFFERS + 4 + 8 * self._cdc._out_endpoint
        if into < _FIRST or offset not in (into, out) or not value & _AVAILABLE:
            self._updated(offset, value)
        elif offset == into:
            self._offered = offset
            self._resume()
        else:
            self._asked = offset
            if self._queue:
                self._send_alarm.schedule(PACKET_NS)

    def _take_packet(self) -> None:
        offset = self._offered
        if offset is None or not self.reads or not self.open:
            return
        self._offered = None
        value = self._control(offset)
        if value & _AVAILABLE:  # else the chip has taken it back
            self._updated(offset, value)

    # The control lines.

    def connect(self, open_: bool) -> None:
        """Opens or closes the port: DTR and RTS."""
        if open_ != self.open:
            self.open = open_
            if self._cdc._initialized:
                now = self._device.mcu.clock.nanos
                self._line_alarm.schedule(max(0.0, self._line_due_ns - now))
            self._resume()

    def _on_configured(self, value: int | None = None, interface_number: int | None = None) -> None:
        """The device is enumerated: the library would open the port here by itself."""
        self._tell_lines()

    def _tell_lines(self) -> None:
        self._line_due_ns = self._device.mcu.clock.nanos + CONTROL_NS
        self._set_lines(_OPEN if self.open else 0)

    def _on_reset(self) -> None:
        """The chip fell off the bus, and what was in its buffers with it."""
        self._asked = self._offered = None
        self._queue.clear()
        if self._forget:
            self._forget()

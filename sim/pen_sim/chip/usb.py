"""The host at the other end of the chip's USB cable, and what the emulator gets wrong about it.

Stock, an OUT endpoint that nobody sends to is answered with an empty packet every 10 us: some 38,000 interrupts a second;
a host leaves it alone, and the endpoint waits. A packet to the host leaves at once, whether the host reads or not. And a
buffer is no longer AVAILABLE as soon as the chip says that it is, and not when its packet has come or gone.
"""

from __future__ import annotations

from typing import Any

from pen_sim.chip.usb_control import AVAILABLE, IN, OUT, PACKET_NS, Requests, control
from pen_sim.chip.usb_out import Packets

CONTROL_NS = 1_000_000  # from one setting of the lines to the next
_OPEN = 3  # DTR and RTS
_FIRST = 0x88  # buffer control of endpoint 1, IN; below it is the control endpoint


class Host:
    """Sends and receives over the CDC console, one packet at a time; `open` from the start or by `connect`."""

    def __init__(self, device: Any, open_: bool) -> None:
        self.output = bytearray()
        self.reads = True
        self.open = open_
        self._device = device
        self._cdc = device.cdc
        self._usb = device.mcu.usb_ctrl
        self._offered: int | None = None  # buffer control of the packet that the chip has for us
        clock = device.mcu.clock
        self._take_alarm = clock.create_alarm(self._take_packet)
        self._line_alarm = clock.create_alarm(self._tell_lines)
        self._line_due_ns = 0.0
        self._telling = False
        self._requests = Requests(device.mcu)
        self._packets = Packets(device.mcu, lambda: self._telling or self._requests.busy)
        self._requests.idle = self._packets.go
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
        self._packets.send(data)

    @property
    def unsent(self) -> int:
        """Bytes the chip has not taken yet."""
        return len(self._packets.queue)

    # From the chip.

    def read(self, on: bool) -> None:
        """The host takes packets, or leaves them in the chip."""
        self.reads = on
        self._resume()

    def _resume(self) -> None:
        if self._offered is not None and self.reads and self.open:
            self._take_alarm.schedule(PACKET_NS)

    def _on_dpram(self, offset: int, value: int) -> None:
        into, out = IN + 8 * self._cdc._in_endpoint, OUT + 8 * self._cdc._out_endpoint
        if offset in (IN, OUT):
            self._requests.on_buffer(value)
        elif into < _FIRST or offset not in (into, out) or not value & AVAILABLE:
            self._updated(offset, value)
        elif offset == into:
            self._offered = offset
            self._resume()
        else:
            self._packets.offer(offset)

    def _take_packet(self) -> None:
        offset = self._offered
        if offset is None or not self.reads or not self.open:
            return
        self._offered = None
        value = control(self._device.mcu, offset)
        if value & AVAILABLE:  # else the chip has taken it back
            self._updated(offset, value)

    # The control lines.

    def connect(self, open_: bool) -> None:
        """Opens or closes the port: DTR and RTS."""
        if open_ != self.open:
            self.open = open_
            if self._cdc._initialized:
                now = self._device.mcu.clock.nanos
                self._telling = True  # a host sends nothing before the port is open
                self._line_alarm.schedule(max(0.0, self._line_due_ns - now))
            self._resume()

    def _on_configured(self, value: int | None = None, interface_number: int | None = None) -> None:
        """The device is enumerated: the library would open the port here by itself."""
        self._tell_lines()

    def _tell_lines(self) -> None:
        self._telling = False
        self._line_due_ns = self._device.mcu.clock.nanos + CONTROL_NS
        self._set_lines(_OPEN if self.open else 0)

    def _on_reset(self) -> None:
        """The chip fell off the bus, and what was in its buffers or under way to it is gone; what waits for it to come is not."""
        self._offered = None
        self._take_alarm.cancel()
        self._line_alarm.cancel()
        self._telling = False
        self._line_due_ns = 0.0
        if self._requests.attached:
            self._packets.forget()
        self._requests.forget()
        if self._forget:
            self._forget()

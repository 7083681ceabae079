"""A packet on its way into the chip, as it looks from inside.

The controller stores data as they come, while the buffer is AVAILABLE and thus its own; FULL, and the interrupt, follow when
the packet has been found whole [RP2040 datasheet, 4.1.2.6.3: data phase, ACK phase, status phase].
Stock, both are there at once. What the software does to a buffer that it has given away would never be seen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pen_sim.chip.usb_control import AVAILABLE, FULL, LENGTH, OUT, PACKET_NS, control, fill

BIT_NS = 1_000 / 12  # full speed
_WORD = 4  # bytes; the controller's memory has words
_TOKEN_BITS = 43  # an OUT token to its end of packet, and nearly as much of the next packet as comes before its data
_TAIL_BITS = 44  # CRC and end of packet 19, turnaround 6, ACK 19 [USB 2.0, 7.1.18, 8.4]
TOKEN_NS, TAIL_NS = round(_TOKEN_BITS * BIT_NS), round(_TAIL_BITS * BIT_NS)


class Packets:
    """What the host has for one endpoint, in packets of up to what the chip has room for."""

    def __init__(self, mcu: Any, held: Callable[[], bool]) -> None:
        """`held` tells whether the host keeps them for now."""
        self.queue = bytearray()
        self._held = held
        self._mcu = mcu
        self._room: int | None = None  # buffer control of the packet that the chip has room for
        self._busy = False
        self._packet = b""
        self._stored = 0
        self._whole = False
        self._token_alarm = mcu.clock.create_alarm(self._begin)
        self._word_alarm = mcu.clock.create_alarm(self._store)
        self._end_alarm = mcu.clock.create_alarm(self._end)

    def send(self, data: bytes) -> None:
        """Queues bytes."""
        self.queue += data
        self.go()

    def offer(self, offset: int) -> None:
        """The chip has room for a packet; `offset` of its buffer control."""
        self._room = offset
        self.go()

    def forget(self) -> None:
        """The device fell off the bus, and what was meant for it is void."""
        self.queue.clear()
        self._room = None
        self._busy = False
        for alarm in (self._token_alarm, self._word_alarm, self._end_alarm):
            alarm.cancel()

    def go(self) -> None:
        """The next one, if there is one and room for it."""
        if self._room is not None and self.queue and not self._busy and not self._held():
            self._busy = True
            self._token_alarm.schedule(TOKEN_NS)
            self._end_alarm.schedule(PACKET_NS)

    def _begin(self) -> None:
        """What the packet carries is settled. A short one comes late in its time, so that all end after the same."""
        self._stored, self._whole = 0, False
        if (room := self._free()) is not None:
            self._packet = bytes(self.queue[: control(self._mcu, room) & LENGTH])
            after_first = max(0, len(self._packet) - _WORD)
            self._word_alarm.schedule(PACKET_NS - TAIL_NS - TOKEN_NS - after_first * 8 * BIT_NS)

    def _free(self) -> int | None:
        """The buffer control, unless the chip has taken the buffer back."""
        room = self._room
        return room if room is not None and control(self._mcu, room) & (AVAILABLE | FULL) == AVAILABLE else None

    def _store(self) -> None:
        room = self._free()
        if room is None:
            return
        usb, dpram = self._mcu.usb_ctrl, self._mcu.usb_dpram
        data = self._packet[self._stored : self._stored + _WORD]
        at = usb._get_endpoint_buffer_offset((room - OUT) // 8, True) + self._stored
        dpram[at : at + len(data)] = data
        self._stored += len(data)
        if rest := self._packet[self._stored : self._stored + _WORD]:
            self._word_alarm.schedule(len(rest) * 8 * BIT_NS)
        self._whole = not rest

    def _end(self) -> None:
        """Acknowledged; or not, and it is sent once more when there is room."""
        self._busy = False
        room = self._free()
        if room is None:
            self._room = None
        elif not self._whole:
            self.go()
        else:
            self._room = None
            del self.queue[: self._stored]
            fill(self._mcu, room, self._stored)

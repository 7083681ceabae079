"""The event log: the last things that happened, in memory, for LOG?."""

import binascii

from micropython import const

_MOST = const(64)  # events kept
_TEXT_MOST = const(60)  # characters of one detail


class EventLog:
    """A ring of events. `now_ms` is set by the foreground's loop."""

    def __init__(self):
        self.now_ms = 0
        self.lost = 0
        self.events = []

    def add(self, event, detail):
        """Notes `event` with up to 60 characters of detail; the oldest event makes room."""
        if len(self.events) >= _MOST:
            self.events.pop(0)
            self.lost += 1
        self.events.append((self.now_ms, event, detail[:_TEXT_MOST]))

    def line(self, event):
        """`ms,event,detail` of one event."""
        return "{},{},{}\n".format(*event)

    def block(self, lines):
        """The lines as ASCII, then their CRC-32 as four bytes, low byte first."""
        text = "".join(lines).encode()
        return text + binascii.crc32(text).to_bytes(4, "little")

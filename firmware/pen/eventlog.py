"""The event log: the last things that happened, for LOG?; the last of them are kept without power."""

import binascii

from micropython import const

_MOST = const(64)  # events in memory
_KEPT = const(16)  # and in flash
_TEXT_MOST = const(60)  # characters of one detail


class EventLog:
    """A ring of lines `ms,event,detail`, and a thing that is kept, see keeping.py. `now_ms` is set by the foreground's loop.

    The first event is BOOT. It stays, for it says what firmware the others are of. `before`: lines of earlier starts, each with
    its own BOOT in front; they go when the ring is full.
    """

    NAME = "log"

    def __init__(self):
        self.now_ms = 0
        self.lines = []
        self.before = ""
        self.dirty = False

    def add(self, event, detail):
        """Notes `event` with up to 60 characters of detail; the oldest event but one makes room."""
        if len(self.lines) >= _MOST:
            self.lines.pop(1)
            self.before = ""
        self.lines.append("{},{},{}\n".format(self.now_ms, event, detail[:_TEXT_MOST]))

    def block(self):
        """(all lines, their CRC-32 as four bytes, low byte first)"""
        text = (self.before + "".join(self.lines)).encode()
        return text, binascii.crc32(text).to_bytes(4, "little")

    def take(self, data):
        """Lines of earlier starts. Raises ValueError."""
        text = data.decode()
        if text and (",BOOT," not in text[: text.find("\n")] or text[-1] != "\n"):
            raise ValueError(len(text))
        self.before = text

    def data(self):  # [SR-20]
        """The last 16 lines, as `take` gets them. The BOOT of the first of them is one."""
        lines = (self.before + "".join(self.lines)).split("\n")
        while len(lines) > _KEPT + 1:  # there is nothing behind the last line end
            del lines[0 if ",BOOT," in lines[1] else 1]
        return "\n".join(lines).encode()

    def lost(self):
        """Nobody knows what was before this start."""
        self.before = ""

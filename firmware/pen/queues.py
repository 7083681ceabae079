"""What waits before and behind the console: bytes that came in, buffers that go out."""

from micropython import const

_CR = const(13)
_LF = const(10)
_RING = const(512)
_SLICE = const(64)

# Stands where bytes were lost. Ctrl-C never gets into the inbox, so its number is free.
CUT = const(3)


class Inbox:
    """A ring of 512 bytes. When it is full, the line that came last is lost up to its end, and CUT stands for it."""

    def __init__(self):
        self.count = 0
        self._bytes = bytearray(_RING)
        self._first = 0
        self._losing = False

    def put(self, byte):  # [SR-26]
        """Adds a byte (0 to 255, not CUT)."""
        if self._losing:
            self._losing = byte not in (_CR, _LF)
        elif self.count < _RING - 1:
            self._push(byte)
        else:
            self._losing = byte not in (_CR, _LF)
            if self._bytes[(self._first + self.count - 1) % _RING] != CUT:
                self._push(CUT)

    def extend(self, view):
        """Adds bytes (none of them CUT) if all of them fit and no line is being lost; whether it did."""
        if self._losing or self.count + len(view) >= _RING:
            return False
        first = (self._first + self.count) % _RING
        fitting = min(len(view), _RING - first)
        self._bytes[first : first + fitting] = view[:fitting]
        self._bytes[: len(view) - fitting] = view[fitting:]
        self.count += len(view)
        return True

    def _push(self, byte):
        self._bytes[(self._first + self.count) % _RING] = byte
        self.count += 1

    def take(self):
        """Removes and returns the oldest byte; there must be one (`count`)."""
        byte = self._bytes[self._first]
        self._first = (self._first + 1) % _RING
        self.count -= 1
        return byte

    def clear(self):
        """Forgets everything."""
        self.count = 0
        self._losing = False


class Outbox:
    """Buffers for `write(memoryview) -> bytes taken`, handed over in slices of at most 64 bytes, not copied.

    `allowance` is how many more slices flush() may offer.
    """

    def __init__(self, write):
        self.allowance = 0
        self._write = write
        self._views = []
        self._sent = 0

    def put(self, data):
        """Adds a bytes-like buffer, which must not change until it is sent."""
        self._views.append(memoryview(data))

    def flush(self):  # [SR-26]
        """Hands over what the other side takes; True when nothing is left."""
        while self._views:
            view = self._views[0]
            while self._sent < len(view):
                if not self.allowance:
                    return False
                self.allowance -= 1
                taken = self._write(view[self._sent : self._sent + _SLICE])
                if not taken:
                    return False
                self._sent += taken
            self._views.pop(0)
            self._sent = 0
        return True

    def clear(self):
        """Forgets everything."""
        self._views.clear()
        self._sent = 0

    def pending(self):
        """Whether anything is left."""
        return bool(self._views)

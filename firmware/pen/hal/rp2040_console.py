"""The USB console that never waits: no read without a byte there, no write without room for it."""

import select
import sys

import micropython
from machine import mem32
from micropython import const

from pen.hal import rp2040_scan as scan

_IN_CONTROL = const(0x50100090)  # buffer control of endpoint 2 IN, the console's data [RP2040 datasheet 4.1.2.5]
_BUSY = const(1 << 10)  # a packet waits for the host
_FIFO = const(256)  # TinyUSB's transmit FIFO in MicroPython's rp2 port


class Console:
    """`state`: the HAL's; bytes that come say that a host is there, even if its opening was missed."""

    def __init__(self, state):
        self._state = state
        readable, writable = select.poll(), select.poll()
        readable.register(sys.stdin, select.POLLIN)
        writable.register(sys.stdout, select.POLLOUT)
        self._readable = readable.ipoll
        self._writable = writable.ipoll
        self._take = sys.stdin.buffer.readinto  # pyright: ignore[reportAttributeAccessIssue] the stubs lack it
        self._give = sys.stdout.buffer.write
        self._byte = bytearray(1)
        self._room = 0

    def read(self, buffer):
        """Bytes received, into `buffer`; returns how many."""
        for _ in self._readable(0):
            self._state[scan.LINKED] = 1
            return _fill(buffer, len(buffer), self._byte, self._take, self._readable)
        return 0

    def write(self, view):
        """Returns how many bytes of `view` were taken. Without a host all of them are, and are gone.

        The runtime's write waits for room. When no packet waits before and after the USB stack has run, its FIFO is empty;
        from there on what was written is counted, and beyond that a single byte fits if the stack says that one does.
        """
        if not self._state[scan.LINKED]:
            return len(view)
        idle = not mem32[_IN_CONTROL] & _BUSY
        for _ in self._writable(0):
            if idle and not mem32[_IN_CONTROL] & _BUSY:
                self._room = _FIFO
            count = min(len(view), self._room) or 1
            self._room = max(self._room - count, 0)
            self._give(view[:count])
            return count
        return 0


@micropython.viper
def _fill(buffer, size: int, byte, take, readable) -> int:
    """The first byte is there; the runtime's read waits for every other, so each is asked for."""
    target = ptr8(buffer)
    source = ptr8(byte)
    count = 0
    more = 1
    while more:
        take(byte)
        target[count] = source[0]
        count += 1
        more = 0
        if count < size:
            for _ in readable(0):
                more = 1
    return count

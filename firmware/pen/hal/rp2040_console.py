"""The USB console that never waits: no read without a byte there, no write without room for it."""

import select
import sys

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
        self._in = sys.stdin.buffer
        self._out = sys.stdout.buffer
        self._readable = select.poll()
        self._readable.register(sys.stdin, select.POLLIN)
        self._writable = select.poll()
        self._writable.register(sys.stdout, select.POLLOUT)
        self._byte = bytearray(1)
        self._room = 0

    def read(self, buffer):
        """Bytes received, into `buffer`; returns how many."""
        count = 0
        size = len(buffer)
        byte, take, ready = self._byte, self._in.readinto, self._readable.ipoll  # pyright: ignore[reportAttributeAccessIssue] the stubs lack readinto
        while count < size and _any(ready(0)):
            take(byte)
            buffer[count] = byte[0]
            count += 1
        if count:
            self._state[scan.LINKED] = 1
        return count

    def write(self, view):
        """Returns how many bytes of `view` were taken. Without a host all of them are, and are gone.

        The runtime's write waits for room. When no packet waits before and after the USB stack has run, its FIFO is empty;
        from there on what was written is counted, and beyond that a single byte fits if the stack says that one does.
        """
        if not self._state[scan.LINKED]:
            return len(view)
        idle = not mem32[_IN_CONTROL] & _BUSY
        if not _any(self._writable.ipoll(0)):
            return 0
        if idle and not mem32[_IN_CONTROL] & _BUSY:
            self._room = _FIFO
        count = min(len(view), max(self._room, 1))
        self._room -= count
        self._out.write(view[:count])
        return count


def _any(events):
    for _ in events:
        return True
    return False

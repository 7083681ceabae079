"""MicroPython's raw REPL at a serial port, by mpremote; its errors become ours, and nothing of it gets to stdout."""

from __future__ import annotations

import io
import struct
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, redirect_stdout, suppress
from typing import Any

from mpremote.transport import TransportError  # pyright: ignore[reportMissingTypeStubs] it has no types at all
from mpremote.transport_serial import SerialTransport  # pyright: ignore[reportMissingTypeStubs]
from serial import SerialException

from pen_tools.deploying.errors import DeviceError, lost
from pen_tools.errors import NoPen
from pen_tools.links import SerialLink

_READ_S = 5.0  # one packet of the runtime's flow control; it answers within a millisecond
_ENTER_S = 4.0  # a pen that has been interrupted says so at once; its soft reset takes half a second
_TRIES = 2  # the byte that asks for the raw REPL may still fall to the program that is being interrupted
_ANSWER_S = 10.0  # between two bytes of an answer
_LOST = (OSError, SerialException, TransportError, TypeError, struct.error)
_INTERRUPT, _FRIENDLY, _SOFT_RESET = b"\r\x03", b"\r\x02", b"\x04"

# A soft reset does not end what a program has its DMA do [MicroPython, ports/rp2/rp2_dma.c], and that then writes into
# what is the heap of the next program: here, the one that copies. The ADC asks for it without end, so it stops first;
# a channel is disabled before it is aborted [RP2040 datasheet 2.5.7, 4.9.6, RP2040-E13].
_STILL = """
import sys
if "RP2040" in getattr(sys.implementation, "_machine", ""):
    from machine import mem32
    mem32[0x4004C000] = 0
    for channel in range(12):
        mem32[0x50000010 + 0x40 * channel] = channel << 11
    mem32[0x50000444] = 0xFFF
    while mem32[0x50000444]:
        pass
"""


class Repl:
    """An open port; also a Link for a PenClient, while the pen's own program runs. Methods raise LinkLost when it is gone."""

    step_s = 0.005

    def __init__(self, port: str) -> None:
        """Raises NoPen if the port cannot be opened."""
        self.name = port
        self._transport: Any = _open(port)
        self._serial: Any = self._transport.serial
        self._serial.write_timeout = _READ_S

    # As a link.

    def write(self, data: bytes) -> None:
        """Sends all of `data`."""
        with self._guard():
            self._serial.write(data)

    def read(self) -> bytes:
        """What has come since the last call; does not wait."""
        data = bytearray()
        with self._guard():
            while waiting := self._serial.in_waiting:
                data += self._serial.read(waiting)
        return bytes(data)

    def run_for(self, seconds: float) -> None:
        """Lets the wall's time pass."""
        time.sleep(seconds)

    def now_s(self) -> float:
        """The wall's time."""
        return time.monotonic()

    def close(self) -> None:
        """Hangs up."""
        sock = getattr(self._serial, "_socket", None)
        with suppress(OSError, SerialException):
            self._transport.close()
        if sock:  # pyserial forgets to close a socket whose other end has gone
            sock.close()

    # As a REPL.

    def enter(self) -> None:
        """Ends the program that runs there, starts MicroPython afresh and waits for its raw REPL. Raises NoPen without one."""
        for left in reversed(range(_TRIES)):
            try:
                self._enter(soft_reset=False)
                break
            except NoPen:
                if not left:
                    raise
        self.run(_STILL)
        self._enter(soft_reset=True)

    def _enter(self, *, soft_reset: bool) -> None:
        try:
            with redirect_stdout(io.StringIO()):
                self._transport.enter_raw_repl(soft_reset=soft_reset, timeout_overall=_ENTER_S)
        except TransportError as error:
            hint = "put a runtime on it: pen build runtime makes it; hold BOOTSEL, plug the pen in, copy the UF2"
            raise NoPen(f"no MicroPython answers at {self.name}", hint) from error
        except _LOST as error:
            raise lost(self.name, error) from error

    def run(self, code: str, each: Callable[[str], None] | None = None) -> str:
        """What `code` prints there. `each` is called with every line as soon as it comes. Raises DeviceError."""
        taken = _Lines(each) if each else None
        with self._guard():
            printed, raised = self._transport.exec_raw(code, _ANSWER_S, taken)
        if raised:
            raise DeviceError(raised.decode("utf-8", "replace"))
        return "" if taken else printed.decode("utf-8", "replace").replace("\r\n", "\n")

    def restart(self) -> None:
        """Leaves the raw REPL, whatever it is doing, and lets the pen start its program."""
        self.write(_INTERRUPT + _FRIENDLY + _SOFT_RESET)

    @contextmanager
    def _guard(self) -> Generator[None]:
        try:
            with redirect_stdout(io.StringIO()):
                yield
        except _LOST as error:
            raise lost(self.name, error) from error


class _Lines:
    """Takes bytes as mpremote has them, hands on whole lines."""

    def __init__(self, each: Callable[[str], None]) -> None:
        self._each = each
        self._line = bytearray()

    def __call__(self, came: bytes) -> None:
        for byte in came.replace(_SOFT_RESET, b""):
            if byte == ord("\n"):
                self._each(self._line.decode("utf-8", "replace").rstrip("\r"))
                self._line.clear()
            else:
                self._line.append(byte)


def _open(port: str) -> Any:
    try:
        return SerialTransport(port, timeout=_READ_S)
    except (TransportError, ValueError, OSError) as error:
        SerialLink(port).close()  # it knows why
        raise NoPen(f"cannot open {port}: {error}", "pen info lists the ports there are") from error

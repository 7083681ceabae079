"""Links to a pen: bytes out, bytes in, and time. In the simulator time is virtual and passes only when asked to."""

from __future__ import annotations

import time
from os import strerror
from typing import TYPE_CHECKING, Protocol

import serial

from pen_tools.errors import LinkLost, NoPen

if TYPE_CHECKING:
    from pen_sim.virtual import VirtualPen


class Link(Protocol):
    """A pen at the other end. Methods raise LinkLost when it is gone."""

    name: str
    step_s: float  # a good length of time to wait for an answer

    def write(self, data: bytes) -> None:
        """Sends all of `data`."""
        ...

    def read(self) -> bytes:
        """What has come since the last call; does not wait."""
        ...

    def run_for(self, seconds: float) -> None:
        """Lets time pass: virtual time, or the wall's."""
        ...

    def now_s(self) -> float:
        """The time that `run_for` moves, in seconds."""
        ...

    def close(self) -> None:
        """Hangs up."""
        ...


class SimLink:
    """A pen in this process."""

    step_s = 0.001

    def __init__(self, machine: VirtualPen) -> None:
        self.machine = machine
        self.name = "sim"
        machine.connect(True)

    def write(self, data: bytes) -> None:
        """Sends all of `data`."""
        self.machine.send(data)

    def read(self) -> bytes:
        """What has come since the last call."""
        return self.machine.receive()

    def run_for(self, seconds: float) -> None:
        """Lets virtual time pass."""
        self.machine.run_for(seconds)

    def now_s(self) -> float:
        """Virtual time."""
        return self.machine.now_ns / 1e9

    def close(self) -> None:
        """Hangs up."""
        self.machine.connect(False)


class SerialLink:
    """A pen at a serial port, or at any URL pyserial knows (socket://host:port)."""

    step_s = 0.005

    def __init__(self, port: str) -> None:
        self.name = port
        try:
            self._serial = serial.serial_for_url(port, baudrate=115_200, timeout=0, write_timeout=2, exclusive=True)
        except ValueError as error:
            raise NoPen(f"no such port: {port}", "pen info lists the ports there are") from error
        except (OSError, serial.SerialException) as error:
            raise _cannot_open(port, error) from error

    def write(self, data: bytes) -> None:
        """Sends all of `data`."""
        try:
            self._serial.write(data)
        except (OSError, serial.SerialException) as error:
            raise self._lost(error) from error

    def read(self) -> bytes:
        """What has come since the last call."""
        try:
            return self._serial.read(65_536)
        except (OSError, serial.SerialException, TypeError) as error:
            raise self._lost(error) from error

    def run_for(self, seconds: float) -> None:
        """Lets the wall's time pass."""
        time.sleep(seconds)

    def now_s(self) -> float:
        """The wall's time."""
        return time.monotonic()

    def close(self) -> None:
        """Hangs up."""
        sock = getattr(self._serial, "_socket", None)
        try:
            self._serial.close()
        except (OSError, serial.SerialException):
            return
        finally:
            if sock:  # pyserial forgets to close a socket whose other end has gone
                sock.close()

    def _lost(self, error: BaseException) -> LinkLost:
        # pyserial's words for an end of file fill two lines.
        reason = "it was unplugged or switched off" if "returned no data" in str(error) else str(error)
        return LinkLost(f"the link to {self.name} is lost: {reason}", "check the cable; the pen stops by itself")


def _cannot_open(port: str, error: BaseException) -> NoPen:
    text = str(error).lower()
    if "permission" in text:
        return NoPen(f"no permission for {port}", "join the group that owns it (dialout on Debian), then log in again")
    if "busy" in text or "lock" in text or "exclusive" in text:
        return NoPen(f"{port} is in use by another program", "close the other program, or pick another port")
    code = getattr(error, "errno", None)  # pyserial's own words say it twice
    return NoPen(f"cannot open {port}: {strerror(code) if code else error}", "pen info lists the ports there are")

"""Which serial ports there are, and at which of them a pen is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pen_tools.errors import NoPen, PenError

if TYPE_CHECKING:
    from serial.tools.list_ports_common import ListPortInfo

RP2040 = (0x2E8A, 0x0005)  # USB vendor and product of MicroPython on an RP2040
_PROBE_S = 0.3  # a pen answers within a few milliseconds
_HINT = "--target sim uses a simulated pen; one served by pen sim must be named with --port"


@dataclass(frozen=True)
class Found:
    """A serial port: `answer` is what it said to *IDN?, "" for nothing, or why it was not asked, in brackets."""

    device: str
    product: str
    serial_number: str
    is_rp2040: bool
    answer: str

    @property
    def is_pen(self) -> bool:
        """An RP2040, or something that says it is a pen."""
        return self.is_rp2040 or self.answer.startswith("needlepen,")

    def describe(self) -> str:
        """One line for people."""
        name = self.product or "unknown product"
        answer = self.answer if self.answer.startswith("(") else f"answered {self.answer or 'nothing'}"
        return f"{self.device}: {name}, serial number {self.serial_number or '-'}, {answer}"


def find() -> list[Found]:
    """All serial ports. Those on USB are asked who they are; nothing is sent to others, whatever hangs there."""
    from serial.tools.list_ports import comports

    return [_found(port) for port in sorted(comports(), key=lambda port: port.device)]


def _found(port: ListPortInfo) -> Found:
    answer = _ask(port.device) if port.vid is not None else "(not on USB, not asked)"
    is_rp2040 = (port.vid, port.pid) == RP2040
    return Found(port.device, port.product or "", port.serial_number or "", is_rp2040, answer)


def _ask(device: str) -> str:
    """The answer to *IDN?, or the reason why there is none, in brackets."""
    from pen_tools.links import SerialLink

    try:
        link = SerialLink(device)
        try:
            link.write(b"\n*IDN?\n")
            link.run_for(_PROBE_S)
            return _identity(link.read())
        finally:
            link.close()
    except PenError as error:
        return f"({error})"


def _identity(came: bytes) -> str:
    """The line that looks like an identity, else the last line."""
    lines = came.decode("ascii", "replace").split("\n")
    lines = [line.strip() for line in lines if line.strip()]
    pens = [line for line in lines if line.startswith("needlepen,")]
    return (pens or lines or [""])[-1][:80]


def pick(ports: Iterable[Found] | None = None) -> str:
    """The port of the only pen there is. Raises NoPen with the list of what there is otherwise."""
    found = find() if ports is None else list(ports)
    pens = [port for port in found if port.is_pen]
    if len(pens) == 1:
        return pens[0].device
    listed = "".join("\n  " + port.describe() for port in found)
    if pens:
        raise NoPen(f"there are {len(pens)} pens, say which: --port PORT{listed}", "--port takes one of these")
    raise NoPen(f"no pen found; {_count(len(found))}{listed}", _HINT)


def _count(ports: int) -> str:
    return {0: "there is no serial port", 1: "there is one serial port"}.get(ports, f"there are {ports} serial ports")

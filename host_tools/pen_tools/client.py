"""The client: a pen's console as methods. It knows no more about the pen than any SCPI client could."""

from __future__ import annotations

import binascii
import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pen_tools import eventlog
from pen_tools.errors import LinkLost, NoPen, PenFault, Refused, StrayAnswer
from pen_tools.eventlog import Log
from pen_tools.links import Link

ANSWER_S = 3.0  # an answer that takes longer is none
_BOOT_S = 8.0  # on a virtual chip that runs slower than the wall clock, too
IN_USE = b"in use by another client"  # what a served pen says to a second client before it hangs up
_MARK = "1999.0"  # what SYST:VERS? answers; sent behind a query, it shows where a missing answer would have been
_SHOWN = 60  # characters of an answer that is none
_ERROR = (int, str)
_STATE = (str, int, int, float)
_FAULT = (int, str, float, str, str)
HINTS = {-113: "HELP? lists the commands", -222: "DEPT? MAX and RATE? MAX tell what is allowed now"}


@dataclass(frozen=True)
class State:
    """STAT?: `name` of the state, latched fault (0: none), strokes of this run, seconds left of the lease."""

    name: str
    fault: int
    strokes: int
    lease_s: float


@dataclass(frozen=True)
class Fault:
    """FAUL?: code (0: none), name, seconds since the pen's start, meaning, what to do next."""

    code: int
    name: str
    at_s: float
    meaning: str
    after: str


class PenClient:
    """A pen at the end of a link. Any method raises LinkLost if no answer comes."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self._buffer = bytearray()
        self.transcript: list[tuple[float, str, str]] = []  # (time in s, ">" or "<", text)

    def open(self) -> str:
        """Gets a clean start whatever was typed before, and answers the pen's identity.

        One that has just got its power lets its watchdog reset it once and tests itself: it may take three seconds.
        """
        self.link.write(b"\nSYST:ECHO OFF;*CLS\n")
        self.link.run_for(0.05)
        check_free(self.link.read(), self.link.name)
        self._buffer.clear()
        return self.query("*IDN?", _BOOT_S)

    def command(self, text: str) -> None:
        """Gives an order and waits until it was taken. Raises Refused with the pen's own words."""
        self._send(text)
        refusals = [(code, detail) for code, detail in self.errors() if code < 0]
        if refusals:
            code, detail = refusals[0]
            raise Refused(code, detail, HINTS.get(code, ""))

    def query(self, text: str, timeout_s: float = ANSWER_S) -> str:
        """Asks, and returns the answer's line. Raises Refused if there is an error instead of an answer."""
        if "VERS" in text.upper():  # the mark itself
            self._send(text)
            return self._line(timeout_s)
        self._send(text + "\nSYST:VERS?")
        answer = self._line(timeout_s)
        if answer != _MARK:
            self._line(timeout_s)
            return answer
        for code, detail in self.errors():
            raise Refused(code, detail, HINTS.get(code, ""))
        raise LinkLost(f"the pen did not answer {text}", "is this a pen?")

    def block(self, text: str) -> bytes:
        """Asks for a definite-length block; its CRC-32 is checked and taken off. Raises LinkLost if it does not match."""
        self._send(text)
        head = self._take(2, ANSWER_S)
        if head[:1] != b"#" or not head[1:].isdigit():
            raise LinkLost(f"no block came for {text}", "is this a pen?")
        length = int(self._take(int(head[1:]), ANSWER_S))
        data = self._take(length, ANSWER_S + length / 5_000)
        self._take(1, ANSWER_S)
        body, crc = data[:-4], int.from_bytes(data[-4:], "little")
        if binascii.crc32(body) != crc:
            raise LinkLost(f"the block of {text} arrived damaged", "ask again; if it returns, check the cable")
        return body

    def log(self) -> Log:
        """LOG?"""
        return eventlog.read(self.block("LOG?"))

    def errors(self) -> list[tuple[int, str]]:
        """Empties the error queue: (code, text), oldest first; positive codes are faults."""
        found: list[tuple[int, str]] = []
        while True:
            self._send("SYST:ERR?")
            code, detail = _parts("SYST:ERR?", self._line(ANSWER_S), _ERROR)
            if code == "0":
                return found
            found.append((int(code), detail.partition(";")[2] or detail))

    def state(self) -> State:
        """STAT?"""
        name, fault, strokes, lease = _parts("STAT?", self.query("STAT?"), _STATE)
        return State(name, int(fault), int(strokes), float(lease))

    def fault(self) -> Fault:
        """FAUL?"""
        code, name, at_s, meaning, after = _parts("FAUL?", self.query("FAUL?"), _FAULT)
        return Fault(int(code), name, float(at_s), meaning, after)

    def raise_for_fault(self) -> None:
        """Raises PenFault if one is latched."""
        fault = self.fault()
        if fault.code:
            raise PenFault(fault.code, fault.name, fault.meaning, fault.after)

    def wait_for(self, *names: str, timeout_s: float = 10.0) -> State:
        """Waits until the state is one of `names`, or FAULT; returns it. Raises LinkLost if that takes too long."""
        until_s = self.link.now_s() + timeout_s
        while True:
            state = self.state()
            if state.name in names or state.name == "FAULT":
                return state
            if self.link.now_s() > until_s:
                raise LinkLost(f"the pen stays {state.name}, {' or '.join(names)} was expected", "read LOG? and FAUL?")
            self.link.run_for(0.01)

    def stop(self) -> None:
        """Sends `!`: the stroke returns and the drive goes off, whatever the console is doing."""
        self.transcript.append((self.link.now_s(), ">", "!"))
        self.link.write(b"!\n")

    def _send(self, text: str) -> None:
        for line in text.split("\n"):
            self.transcript.append((self.link.now_s(), ">", line))
        self.link.write(text.encode() + b"\n")

    def _line(self, timeout_s: float) -> str:
        while b"\n" not in self._buffer:
            timeout_s = self._wait(timeout_s)
        line, _, rest = self._buffer.partition(b"\n")
        check_free(line, self.link.name)
        check_free(line, self.link.name)
        self._buffer = bytearray(rest)
        text = line.decode("ascii", "replace").rstrip("\r")
        self.transcript.append((self.link.now_s(), "<", text))
        return text

    def _take(self, count: int, timeout_s: float) -> bytes:
        while len(self._buffer) < count:
            timeout_s = self._wait(timeout_s)
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        return data

    def _wait(self, timeout_s: float) -> float:
        """Lets a little time pass and takes what has come; returns the time that is left."""
        came = self.link.read()
        if not came:
            if timeout_s <= 0:
                raise LinkLost(f"{self.link.name} does not answer", "is it a pen, switched on, and not in the REPL?")
            self.link.run_for(self.link.step_s)
            timeout_s -= self.link.step_s
        self._buffer += came
        return timeout_s


def check_free(came: bytes | bytearray, name: str) -> None:
    """Raises NoPen if this is what a served pen says to its second client."""
    if IN_USE in came:
        raise NoPen(f"{name} is in use by another client", "close the other program")


def _parts(question: str, answer: str, kinds: Sequence[Callable[[str], object]]) -> list[str]:
    """The fields of an answer that has one of each of these kinds. Raises StrayAnswer for any other line."""
    parts = fields(answer)
    try:
        for kind, part in zip(kinds, parts, strict=True):
            kind(part)
    except ValueError as error:
        hint = "its program has ended or restarted: read LOG? and FAUL?, or switch it off and on"
        raise StrayAnswer(f"the pen answered {answer[:_SHOWN]!r} to {question}", hint) from error
    return parts


def fields(line: str) -> list[str]:
    """The comma-separated fields of an answer, quotes taken off."""
    return next(csv.reader([line]), [""])

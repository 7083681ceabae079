"""The console's talk with the pen: a line out, its answers and errors back, and the pen's state in between."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from pen_tools.client import ANSWER_S, check_free, fields
from pen_tools.errors import LinkLost, NoPen
from pen_tools.links import Link
from pen_tools.terminal_answers import Answers

LONGEST_S = 65.0  # *OPC? waits for a whole lease, which is 60 s at most
_MARK = b":SYST:ERR?;:SYST:VERS?\n"  # its answer ends a line's answers: a queued error and the version, in one line
_MARKED = re.compile(r'(?P<error>[+-]?\d+,".*");1999\.0')
_QUIET_S = 0.05


@dataclass(frozen=True)
class Pen:
    """What the prompt shows."""

    state: str
    fault: int
    lease_s: float
    zone: str
    depth_mm: str
    rate_hz: str

    @property
    def moves(self) -> bool:
        """Needles move, or may at once."""
        return self.state in ("RUNNING", "HOMING")


@dataclass(frozen=True)
class Reply:
    """Lines of answer, and (code, standard text, detail) of the errors queued until then; positive codes are faults."""

    lines: list[str] = field(default_factory=list[str])
    errors: list[tuple[int, str, str]] = field(default_factory=list[tuple[int, str, str]])


class Talk:
    """A pen that may come and go. `opener` opens a link to it. Methods raise LinkLost when it is gone."""

    def __init__(self, opener: Callable[[], Link]) -> None:
        self._opener = opener
        self._link: Link | None = None
        self._answers = Answers()

    def connect(self) -> str:
        """Opens the link, gets a clean start, and answers the pen's identity. Raises NoPen or LinkLost."""
        self.hang_up()
        link = self._link = self._opener()
        try:
            link.write(b"\nSYST:ECHO OFF;*CLS\n")
            link.run_for(_QUIET_S)
            check_free(link.read(), link.name)
            self._answers.clear()
            identity = " ".join(self.ask("*IDN?", 1.0).lines)
            if not identity.startswith("needlepen,"):
                raise NoPen(f"no pen at {link.name}: it says {identity[:60]!r}", "pen info lists the ports there are")
        except BaseException:
            self.hang_up()
            raise
        return identity

    @property
    def connected(self) -> bool:
        """Whether there is a link; it may be dead already."""
        return self._link is not None

    def hang_up(self) -> None:
        """Closes the link."""
        if self._link:
            self._link.close()
        self._link = None

    def ask(self, line: str, timeout_s: float = ANSWER_S) -> Reply:
        """Sends a line and returns what came of it."""
        link = self._alive()
        reply = Reply()
        link.write(line.encode("ascii", "replace") + b"\n" + _MARK)
        while True:
            text = self._line(timeout_s)
            marked = _MARKED.fullmatch(text)
            if not marked:
                reply.lines.append(text)
                continue
            code, words = fields(marked["error"])
            if code in ("0", "+0"):
                return reply
            standard, _, detail = words.partition(";")
            reply.errors.append((int(code), standard, detail))
            link.write(_MARK)

    def state(self) -> tuple[Pen, Reply]:
        """The pen's state, and a reply with the errors that came up by themselves."""
        reply = self.ask("STAT?;:ZONE?;:DEPT?;:RATE?")
        try:
            stat, zone, depth_mm, rate_hz = reply.lines[-1].split(";")
            state, fault, _, lease = fields(stat)
            return Pen(state, int(fault), float(lease), zone, depth_mm, rate_hz), Reply([], reply.errors)
        except (IndexError, ValueError) as error:
            raise LinkLost(f"{self._alive().name} does not answer like a pen", "is it a pen?") from error

    def stop(self) -> None:
        """Sends `!` at once; then waits for what is still on its way and forgets it."""
        link = self._alive()
        link.write(b"!\n")
        came = b"!"
        while came:
            link.run_for(_QUIET_S)
            came = link.read()
        self._answers.clear()

    def _alive(self) -> Link:
        if self._link is None:
            raise LinkLost("there is no link to the pen", "it is tried again every second")
        return self._link

    def _line(self, timeout_s: float) -> str:
        link = self._alive()
        until_s = link.now_s() + timeout_s
        while (text := self._answers.take()) is None:
            came = link.read()
            if not came and link.now_s() > until_s:
                raise LinkLost(f"{link.name} does not answer", "is it a pen, switched on, and not in the REPL?")
            if not came:
                link.run_for(link.step_s)
            self._answers.feed(came)
        check_free(text.encode(), link.name)
        return text

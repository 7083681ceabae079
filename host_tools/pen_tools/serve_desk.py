"""The person who serves a pen: reads what happens to it, and makes faults happen by typing their names."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from pen_sim import faults
from pen_sim.loader import pure
from pen_tools.serve import Server

if TYPE_CHECKING:
    from pen_sim.rig import Rig

HELP = "NAME makes a fault happen, NAME@1.5 in 1.5 seconds, NAME@0.8mm at a depth; repair NAME, list, help; Ctrl-C ends"


def obey(rig: Rig, line: str) -> str:
    """Does what a typed line says, and returns the answer."""
    words = line.split()
    match words:
        case []:
            return ""
        case ["help" | "?"]:
            return HELP
        case ["list"]:
            return "\n".join(f"{fault.name:20} {fault.meaning}" for fault in faults.TABLE.values())
        case ["repair", name] if name in faults.TABLE:
            rig.repair(name)
            return f"{name} is repaired"
        case [name] if name in faults.TABLE:
            rig.inject(name)
            return faults.TABLE[name].meaning
        case [text] if "@" in text:
            return _later(rig, text)
        case _:
            return f"'{line.strip()}' is no fault: list shows them, help the rest"


def _later(rig: Rig, text: str) -> str:
    try:
        rig.schedule(text)
    except ValueError as error:
        return str(error)
    return f"{text} will happen"


class Desk:
    """Tells, by `say`, when a client comes or goes and when the pen's state changes; reads lines if `listens`."""

    def __init__(self, server: Server, rig: Rig, say: Callable[[str], None], *, listens: bool) -> None:
        self._server = server
        self._rig = rig
        self._say = say
        self._present = False
        self._state = ""
        self._typed = b""
        self._stdin = sys.stdin.fileno() if listens else -1
        server.extra = [self._stdin] if listens else []
        server.tick = self.look

    def look(self) -> None:
        """One look at everything."""
        if self._server.present != self._present:
            self._present = self._server.present
            self._say("a client is connected" if self._present else "the client is gone")
        state = self._server.machine.state
        if state != self._state:
            self._state = state
            self._say(self._told(state))
        if self._server.extra:
            self._listen()

    def _told(self, state: str) -> str:
        code = self._server.machine.fault
        if not code:
            return state
        name, _, meaning, after = pure("pen.faults").describe(code)
        return f"{state} {code} {name}: {meaning}; next: {after}"

    def _listen(self) -> None:
        import select

        if not select.select([self._stdin], [], [], 0)[0]:
            return
        if os.tcgetpgrp(self._stdin) != os.getpgrp():
            self._server.extra = ()  # in the background; reading would stop the process
            return
        data = os.read(self._stdin, 1_024)
        if not data:
            self._server.extra = ()  # Ctrl-D: nothing more to say
        *lines, self._typed = (self._typed + data).split(b"\n")
        for line in lines:
            self._say(obey(self._rig, line.decode(errors="replace")))

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
    from pen_sim.plant.choice import Plant
    from pen_sim.rig import Rig

HELP = (
    "c pulls the cartridge or seats a new one, e presses or pulls the e-stop, t holds or lets go of the trigger, each with Enter;\n"
    "NAME makes a fault happen, NAME@1.5 in 1.5 seconds, NAME@0.8mm at a depth; repair NAME, list, help; Ctrl-C ends"
)
# Key: (what is broken, is it now, what is said when it becomes so, and when it is not so any more)
_KEYS: dict[str, tuple[str, Callable[[Plant], bool], str, str]] = {
    "c": ("cartridge_out", lambda plant: not plant.cartridge_seated, "the cartridge is out", "the cartridge is seated"),
    "e": (
        "estop",
        lambda plant: plant.estop_pressed,
        "the emergency stop is pressed",
        "the emergency stop is released",
    ),
    "t": ("trigger_held", lambda plant: plant.trigger_held, "the trigger is held", "the trigger is released"),
}


def obey(rig: Rig, line: str) -> str:
    """Does what a typed line says, and returns the answer."""
    remarks = len(rig.machine.remarks)
    try:
        return "\n".join([_obey(rig, line), *rig.machine.remarks[remarks:]])
    except ValueError as error:
        return str(error)


def _obey(rig: Rig, line: str) -> str:
    words = line.split()
    match words:
        case []:
            return ""
        case ["help" | "?"]:
            return HELP
        case ["list"]:
            return _listed(rig.machine.insides.target, rig.machine.board.DRIVE)
        case [key] if key in _KEYS:
            return _toggled(rig, *_KEYS[key])
        case ["repair", name] if _is_fault(name):
            rig.repair(name)
            return f"{name} is repaired"
        case [text] if "@" in text:
            rig.schedule(text)
            return f"{text} will happen"
        case [name] if _is_fault(name):
            rig.inject(name)
            return faults.named(name).meaning
        case _:
            return f"'{line.strip()}' is no fault: list shows them, help the rest"


def _is_fault(text: str) -> bool:
    return text.partition(":")[0] in faults.TABLE


def _toggled(rig: Rig, name: str, broken: Callable[[Plant], bool], said: str, said_not: str) -> str:
    if broken(rig.machine.plant):
        rig.repair(name)
        return said_not
    rig.inject(name)
    return said


def _listed(target: str, drive: str) -> str:
    here = faults.on(target, drive).values()
    lines: list[str] = []
    for subject in dict.fromkeys(fault.subject for fault in here):
        lines.append(f"{subject}:")
        lines += [f"  {fault.name:22} {fault.meaning}" for fault in here if fault.subject == subject]
    return "\n".join(lines)


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
        if code not in pure("pen.faults").TABLE:  # none, or what a flipped bit made of it
            return f"{state} {code}" if code else state
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

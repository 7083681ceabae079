"""`pen faults`: what the pen calls each fault, and what a person does next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pen_tools import options

if TYPE_CHECKING:
    from pen_tools.client import PenClient

_FIELDS = 3  # of FAUL:CAT? for each fault
_CODES_MOST = 6  # shown of those a fault may latch
_NAMES = ("code", "name", "reaction", "meaning", "next_step")


def faults(port: options.Port = None, board: options.Board = None, as_json: options.Json = False) -> None:
    """Show the faults, their reactions and next steps, and the names that --fault takes in the simulator.

    Asks a simulated pen, or the one at --port. CUT: drive off at once; RETRACT: turn the stroke round, then off; REFUSE:
    the drive is not turned on.
    """
    from pen_tools import output, targets

    with targets.opened(targets.choose(None, port, board)) as opened:
        found = read(opened.pen)
        injectable = _injectable(opened.rig.machine.board.DRIVE) if opened.rig else []
        if as_json:
            output.as_json({"board": opened.identity.board, "faults": found, "injectable": injectable})
            return
        head = ("code", "<name", "<reaction", "<meaning", "<next step")
        output.table(head, [[fault[name] for name in _NAMES] for fault in found])
        if injectable:
            output.say("Make one happen to a virtual pen: pen run --fault NAME@SECONDS, or type its name at pen sim")
            for subject in dict.fromkeys(each["subject"] for each in injectable):
                shown = [_row(each) for each in injectable if each["subject"] == subject]
                output.table((subject, "<may latch", "<what happens"), shown)
            output.say("A certain bit of the memory: memory_limits:LI_CAP_UM.7@SECONDS")


def read(pen: PenClient) -> list[dict[str, Any]]:
    """The pen's faults in the order of their codes."""
    from pen_tools.client import fields

    listed = fields(pen.query("FAUL:CAT?"))
    found: list[dict[str, Any]] = []
    for code in listed[::_FIELDS]:
        _, *texts = fields(pen.query("FAUL:DESC? " + code))
        found.append(dict(zip(_NAMES, (int(code), *texts), strict=True)))
    return found


def _injectable(drive: str) -> list[dict[str, Any]]:
    """What a pen with that drive can have, on one target or another."""
    from pen_sim.faults import DRIVES, TABLE

    here = (each.of(drive) for each in TABLE.values() if drive not in each.lacks)
    return [
        {
            "name": each.name,
            "subject": each.subject,
            "expected": list(each.expected),
            "refuses": each.refuses,
            "meaning": each.meaning,
            "lacks": {kind: reason for kind, reason in each.lacks.items() if kind not in DRIVES},
        }
        for each in here
    ]


def _row(fault: dict[str, Any]) -> tuple[str, str, str]:
    lacks = "".join(f" (not on target {kind})" for kind in fault["lacks"])
    said = "nothing, but is not armed" if fault["refuses"] else _codes(fault["expected"])
    return fault["name"], said, fault["meaning"] + lacks


def _codes(expected: list[int]) -> str:
    if len(expected) > _CODES_MOST:
        return f"{', '.join(str(code) for code in expected[:_CODES_MOST])}, ..."
    return ", ".join(str(code) for code in expected) or "nothing"

"""Named faults: what can be made to happen to a virtual pen, at a time or at a place of the tip.

One table for the command line, Python and the tests, on the simulator and on the chip. A file a subject.
"""

from __future__ import annotations

from dataclasses import replace
from math import isfinite, nan

from pen_sim.faults import console, drive, memory, motion, program, resets, sensor, solenoid, switches
from pen_sim.faults.fault import DRIVES, SOLENOID, STEPPER, Action, Fault
from pen_sim.virtual import VirtualPen

__all__ = [
    "DRIVES",
    "SOLENOID",
    "STEPPER",
    "TABLE",
    "Action",
    "Fault",
    "NotHere",
    "inject",
    "named",
    "on",
    "parse",
    "repair",
    "schedule",
]

_LOOK_NS = 50_000  # how often the tip's place is looked at, for faults at a place

TABLE: dict[str, Fault] = {
    fault.name: replace(fault, subject=fault.subject or part.SUBJECT)
    for part in (sensor, motion, solenoid, switches, drive, program, memory, console, resets)
    for fault in part.FAULTS
}


class NotHere(ValueError):
    """The target, or the pen's drive, cannot have this fault; the text says why."""


def on(target: str, drive: str = STEPPER) -> dict[str, Fault]:
    """The faults that a target can have, "sim" or "chip", with a drive, each as it is there."""
    return {
        name: fault.of(drive) for name, fault in TABLE.items() if target not in fault.lacks and drive not in fault.lacks
    }


def named(text: str) -> Fault:
    """The fault of that name; "memory_limits:LI_CAP_UM.7" is one of a certain bit. Raises ValueError saying what there is."""
    name, _, detail = text.partition(":")
    if name not in TABLE:
        raise ValueError(f"no fault named '{name}'; there are: {', '.join(TABLE)}")
    fault = TABLE[name]
    if not detail and name == text:
        return fault
    if name not in memory.PREFIXES:
        raise ValueError(f"'{text}': {name} takes nothing behind a colon")
    return replace(fault, name=text, inject=memory.inject_at(name, memory.PREFIXES[name], detail))


def parse(text: str, target: str | None = None, drive: str | None = None) -> tuple[Fault, float | None, float | None]:
    """(fault, seconds, depth in mm) of "stall@1.5" or "stall@0.8mm"; raises ValueError saying what there is.

    `target`, `drive`: raises NotHere for what one of them cannot have.
    """
    name, _, when = text.partition("@")
    fault = named(name)
    _require(fault, target, drive)
    number = when.removesuffix("mm")
    try:
        value = float(number)
    except ValueError:
        value = nan
    if not isfinite(value):
        raise ValueError(f"'{text}': when? Write {name}@1.5 for seconds or {name}@0.8mm for a depth")
    return (fault, value, None) if number == when else (fault, None, value)


def _require(fault: Fault, target: str | None, drive: str | None) -> Fault:
    for kind, text in (("target", target), ("a pen with a", drive)):
        if reason := fault.lacks.get(text or ""):
            raise NotHere(f"{fault.name} cannot happen on {kind} {text}: {reason}")
    return fault


def _of(pen: VirtualPen, name: str) -> Fault:
    return _require(named(name), pen.insides.target, pen.board.DRIVE)


def inject(pen: VirtualPen, name: str) -> None:
    """Makes a named fault happen now. Raises ValueError for a name that is none, and NotHere."""
    _of(pen, name).inject(pen)


def repair(pen: VirtualPen, name: str) -> None:
    """Takes a named fault away again, and seats a new cartridge; raises as `inject`."""
    _of(pen, name).repair(pen)
    pen.plant.seat_new()


def schedule(pen: VirtualPen, text: str, *, origin_ns: int | None = None) -> None:
    """Injects the fault of `text` at its time after `origin_ns` (now, if None), or when the tip next passes its depth.

    Raises as `parse`.
    """
    fault, seconds, depth_mm = parse(text, pen.insides.target, pen.board.DRIVE)
    if seconds is not None:
        origin = pen.now_ns if origin_ns is None else origin_ns
        pen.at(origin + round(seconds * 1e9), lambda: fault.inject(pen))
        return
    depth_um = (depth_mm or 0.0) * 1_000

    def look() -> None:
        pen.settle()
        if pen.plant.tip_um(pen.now_ns) >= depth_um:
            fault.inject(pen)
        else:
            pen.at(pen.now_ns + _LOOK_NS, look)

    pen.at(pen.now_ns, look)

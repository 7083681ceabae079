"""What a named fault is, and the usual ways to make one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

from pen_sim.virtual import VirtualPen

STEPPER, SOLENOID = DRIVES = ("stepper", "solenoid")  # as boards name their drives

Action = Callable[[VirtualPen], None]


@dataclass(frozen=True)
class Fault:
    """`inject` makes it happen now; `repair` takes it away again; `repair` of what cannot last does nothing.

    Both may be called in any phase, and again. `lacks`: targets and drives that cannot have it, each with the reason.
    `differs`: what of a row is otherwise on a drive; the row itself is of the first drive that can have it.

    What follows is what whoever judges the pen must know, by docs/safety.md and not by the firmware. `expected`: the codes
    that the pen may latch for it, none if it must take no harm; `homing`: others that are right while it homes. `seen_s`:
    from the fault to the drive off, if it shows whatever the tip does (`seen.py`); None: it shows in motion, or may not show.
    `homing_s`: so much later while it homes.

    `stands`: it shows with the drive off, and cannot be cleared. `retracts`: a stroke is turned round before the drive goes
    off. `holds`: the needles cannot come back before the repair. `deaf`: the console does not answer before the repair.
    `restarts`: the pen boots, and forgets its settings. `cured`: and if it does so by its watchdog, the cause is gone.
    `passes`: it is over before anybody repairs it, or may be too little to show; `passes_on_chip`: it is so there.
    `homing_only`: strokes do not show it, but homing or arming does. `lease_s`: it shows only in a lease, after so long.
    `refuses`: no fault is latched for it, but the pen is not armed, and says why.
    `moves`, `powers`: it moves the tip, or turns the drive on, whatever the firmware does. `needles`: what they are from then on.
    """

    name: str
    expected: tuple[int, ...]
    meaning: str
    inject: Action
    repair: Action
    subject: str = ""
    lacks: Mapping[str, str] = field(default_factory=dict[str, str])
    differs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    homing: tuple[int, ...] = ()
    seen_s: float | None = None
    homing_s: float = 0.0
    stands: bool = False
    retracts: bool = False
    holds: bool = False
    deaf: bool = False
    restarts: bool = False
    cured: bool = False
    passes: bool = False
    passes_on_chip: bool = False
    homing_only: bool = False
    lease_s: float | None = None
    refuses: bool = False
    moves: bool = False
    powers: bool = False
    needles: str = ""

    @property
    def lasts(self) -> bool:
        """It is there until it is repaired, and must be noticed."""
        return not self.passes and self.repair is not nothing

    def of(self, drive: str) -> Fault:
        """The row as it is on that drive."""
        return replace(self, **self.differs[drive]) if drive in self.differs else self


def nothing(_: VirtualPen) -> None:
    """For what happens once and leaves nothing to repair."""


def plant(name: str, broken: object, whole: object) -> tuple[Action, Action]:
    """Injector and repair that set an attribute of the plant, at the time the plant is brought to.

    A value that is a function is asked with the pen's board.
    """

    def put(value: object) -> Action:
        def act(pen: VirtualPen) -> None:
            pen.settle()
            setattr(pen.plant, name, value(pen.board) if callable(value) else value)

        return act

    return put(broken), put(whole)


def of_board(name: str, factor: float) -> Callable[[ModuleType], float]:
    """A multiple of a number of the board's, for `plant`."""
    return lambda board: factor * getattr(board, name)


def sensor(name: str, broken: object, whole: object) -> tuple[Action, Action]:
    """The same for an attribute of the tip sensor."""

    def put(value: object) -> Action:
        def act(pen: VirtualPen) -> None:
            pen.settle()
            setattr(pen.plant.tip_sensor, name, value)

        return act

    return put(broken), put(whole)


def briefly(pair: tuple[Action, Action], duration_ns: int) -> tuple[Action, Action]:
    """It lasts so long, and then is over by itself."""
    inject, repair = pair

    def act(pen: VirtualPen) -> None:
        inject(pen)
        pen.at(pen.now_ns + duration_ns, lambda: repair(pen))

    return act, repair

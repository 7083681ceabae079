"""What a named fault is, and the usual ways to make one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pen_sim.virtual import VirtualPen

Action = Callable[[VirtualPen], None]


@dataclass(frozen=True)
class Fault:
    """`inject` makes it happen now; `repair` takes it away again; `repair` of what cannot last does nothing.

    Both may be called in any phase, and again. `expected`: the codes that the pen may latch for it; none: it must take no
    harm. `lacks`: targets that cannot have it, each with the reason. `restarts`: the pen boots, and forgets its settings.
    """

    name: str
    expected: tuple[int, ...]
    meaning: str
    inject: Action
    repair: Action
    subject: str = ""
    lacks: Mapping[str, str] = field(default_factory=dict[str, str])
    restarts: bool = False


def nothing(_: VirtualPen) -> None:
    """For what happens once and leaves nothing to repair."""


def plant(name: str, broken: object, whole: object) -> tuple[Action, Action]:
    """Injector and repair that set an attribute of the plant, at the time the plant is brought to."""

    def put(value: object) -> Action:
        def act(pen: VirtualPen) -> None:
            pen.settle()
            setattr(pen.plant, name, value)

        return act

    return put(broken), put(whole)


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

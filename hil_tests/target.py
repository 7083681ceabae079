"""Targets: what the suite can run on, chosen by --target and --rig."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hil_tests.pen import Pen
from hil_tests.rig import Rig
from pen_tools.errors import Usage


@dataclass
class Bench:
    """What one test gets: a pen in a known state, and the rig around it if there is one."""

    pen: Pen
    rig: Rig | None


class Target(Protocol):
    """`supplier`: the option that would supply what `capabilities` lacks. `seed` is None where nothing is drawn from it."""

    name: str
    board: str
    seed: int | None
    capabilities: frozenset[str]
    supplier: str

    def fresh(self) -> Bench:
        """A pen that is idle, without a zone, a fault or an error. Raises PenError if that cannot be had."""
        ...

    def close(self) -> None:
        """The last test is over."""
        ...


def choose(name: str, board: str | None, seed: int, rig: str | None) -> Target:
    """The target of that name. Raises Usage if there is none, or if it cannot have that rig or board."""
    if name == "sim":
        from hil_tests.sim_target import SimTarget

        return SimTarget(board or "bench_stepper", seed, with_rig=rig != "none")
    if name == "chip":
        raise Usage("target chip is not available in this version; there are: sim, serial:PORT")
    kind, _, port = name.partition(":")
    if kind != "serial" or not port:
        raise Usage(f"no target '{name}'; there are: sim, serial:PORT (such as serial:COM3, serial:socket://HOST:PORT)")
    if rig == "sim":
        raise Usage("the simulator's rig cannot stand around a pen at a serial port; leave out --rig")
    from hil_tests.serial_target import SerialTarget

    return SerialTarget(port, board)

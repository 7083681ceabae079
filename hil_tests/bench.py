"""The bench: a target, and what one test gets from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hil_tests.pen import Pen
from hil_tests.rig import Rig


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

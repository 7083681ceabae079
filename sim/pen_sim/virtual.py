"""What every virtual pen offers to whoever lets its time pass: the firmware under CPython, and the real runtime on the chip."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Protocol

from pen_sim.edges import Edges
from pen_sim.insides import Insides
from pen_sim.plant.choice import Plant


class VirtualPen(Protocol):
    """Time is in nanoseconds since the pen got its power, and moves only inside `run_for` and `run_until`."""

    name: str
    seed: int
    board: ModuleType
    plant: Plant
    edges: Edges
    insides: Insides
    remarks: list[str]  # what the seed has drawn, for whoever wants to see it: which bit has flipped

    @property
    def now_ns(self) -> int:
        """Virtual time."""
        ...

    @property
    def gate(self) -> bool:
        """The driver's enable, at the driver."""
        ...

    @property
    def state(self) -> str:
        """What can be told without asking the pen: the session's state, or on the chip whether the drive is on."""
        ...

    @property
    def fault(self) -> int:
        """The latched fault's code, 0 without one and where it cannot be known without asking."""
        ...

    def at(self, t_ns: int, action: Callable[[], None]) -> None:
        """Calls `action` at that time; as soon as time passes, if it is past."""
        ...

    def run_for(self, seconds: float) -> None:
        """Lets time pass."""
        ...

    def run_until(self, end_ns: int) -> None:
        """Lets time pass until then."""
        ...

    def settle(self) -> None:
        """Brings the plant up to now."""
        ...

    def ticks_us(self) -> int:
        """The pen's own clock, as its trace shows it."""
        ...

    def connect(self, open_: bool) -> None:
        """A host opens or closes the console."""
        ...

    def send(self, data: bytes) -> None:
        """Bytes from the host."""
        ...

    def waiting(self) -> int:
        """Bytes sent and not yet taken by the pen."""
        ...

    def receive(self) -> bytes:
        """Everything the pen has sent since the last call."""
        ...

    def host_reads(self, reads: bool) -> None:
        """Whether the host takes what the pen sends; nothing is lost meanwhile."""
        ...

    def trace_hash(self) -> str:
        """One seed and one script, one hash."""
        ...

"""The `rig` fixture: what stands outside the pen, works its switches, and knows the truth. Times are in the pen's `now()`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Protocol

from pen_sim.plant.track import Stroke
from pen_sim.rig import Truth

Place = Literal["out", "brake", "peak", "return", "rest"]
PLACES: tuple[Place, ...] = ("out", "brake", "peak", "return", "rest")


class Rig(Protocol):
    """A rig; which part of it a target has is named by the capability beside it."""

    def mark(self) -> None:
        """rig.truth: what was before this moment no longer counts in `strokes` and `truth`."""
        ...

    def strokes(self) -> list[Stroke]:
        """rig.truth: every finished stroke since the mark."""
        ...

    def truth(self) -> Truth:
        """rig.truth: the strokes since the mark, summed up."""
        ...

    def tip_um(self) -> float:
        """rig.truth: where the tip is."""
        ...

    def max_tip_um(self) -> float:
        """rig.truth: the deepest it has ever been."""
        ...

    def course(self, since_s: float = 0.0) -> list[tuple[float, float]]:
        """rig.truth: (seconds, um) of the tip; it stays at each until the next."""
        ...

    def run_to(self, place: Place, depth_um: float) -> None:
        """rig.truth, virtual_time: lets time pass until the tip is at this place of a stroke of this depth."""
        ...

    def powered(self) -> bool:
        """rig.edges: the enable, at the driver."""
        ...

    def edges(self, signal: str, since_s: float = 0.0) -> list[tuple[float, int]]:
        """rig.edges: (seconds, level) of a signal: step, dir, enable, carrier, gate, home, trigger, estop, ..."""
        ...

    def trace_hash(self) -> str:
        """rig.edges: one seed and one script, one hash."""
        ...

    def inject(self, name: str) -> None:
        """rig.faults: makes a fault of pen_sim.faults.TABLE happen now."""
        ...

    def repair(self, name: str) -> None:
        """rig.faults: takes it away again."""
        ...

    def lacks(self, name: str) -> str:
        """rig.faults: why this target cannot have that fault; "" if it can."""
        ...

    def trigger(self, held: bool) -> None:
        """rig.switches."""
        ...

    def estop(self, pressed: bool) -> None:
        """rig.switches."""
        ...

    def cartridge(self, seated: bool) -> None:
        """rig.switches."""
        ...

    def link(self, open_: bool) -> None:
        """rig.switches: a host holds the console open, or not."""
        ...

    def power_cycle(self) -> None:
        """rig.power: off and on again, then waits until the pen is idle."""
        ...

    def save_waves(self, folder: Path) -> list[Path]:
        """rig.edges: writes what the pins did; returns the files."""
        ...

"""The truth about the tip: where it is, where it has been, and the strokes it made."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from pen_sim.plant.skin import Skin


@dataclass(frozen=True, slots=True)
class Stroke:
    """A finished stroke: out of the nose cone's face and back behind it."""

    start_ns: int  # the tip crosses the face outward
    peak_ns: int
    peak_um: float
    penetration_um: float  # deepest in the skin, from its surface then
    end_ns: int  # the tip crosses the face inward


class Curve:
    """Recorded points of the tip, in two arrays; it stays where it is until the next point."""

    __slots__ = ("t_ns", "um")

    def __init__(self) -> None:
        self.t_ns = array("q")
        self.um = array("d")

    def __len__(self) -> int:
        return len(self.t_ns)

    def __iter__(self) -> Iterator[tuple[int, float]]:
        return zip(self.t_ns, self.um, strict=True)


class Track:
    """Keeps the tip's position and writes down what it does."""

    __slots__ = (
        "_append_ns", "_append_um", "_max_um", "_out", "_peak_ns", "_peak_um", "_start_ns", "_tip", "curve", "record",
        "skin", "truth",
    )  # fmt: skip

    def __init__(self, tip_um: float, t_ns: int, skin: Skin) -> None:
        self._tip = self._max_um = self._peak_um = tip_um
        self._out = tip_um > 0.0
        self._start_ns = self._peak_ns = t_ns
        self.skin = skin
        self.truth: list[Stroke] = []
        self.curve = Curve()
        self._append_ns, self._append_um = self.curve.t_ns.append, self.curve.um.append
        self.record = True
        self._write(tip_um, t_ns)

    @property
    def max_tip_um(self) -> float:
        """The deepest the tip has ever been."""
        return max(self._max_um, self._peak_um)

    def _write(self, tip_um: float, t_ns: float) -> None:
        if self.record:
            self._append_ns(int(t_ns))
            self._append_um(tip_um)

    def _reach(self, tip_um: float, t_ns: float) -> None:
        """The tip is here now. Only the step's own path, for speed, does the same by itself."""
        self._tip = tip_um
        self._write(tip_um, t_ns)
        if tip_um > self._peak_um:
            self._peak_um = tip_um
            self._peak_ns = int(t_ns)
        if (tip_um > 0.0) is not self._out:
            self._cross(tip_um > 0.0, int(t_ns))

    def _cross(self, out: bool, t_ns: int) -> None:
        self._out = out
        if out:
            self._start_ns = t_ns
            self.skin.deepest_um = 0.0
            return
        stroke = Stroke(self._start_ns, self._peak_ns, self._peak_um, self.skin.deepest_um, t_ns)
        self.truth.append(stroke)
        self._max_um = max(self._max_um, self._peak_um)
        self._peak_um = self._tip

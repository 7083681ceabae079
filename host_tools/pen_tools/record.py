"""What a run was and what came of it: filled in while it goes, so that a run that breaks off loses nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING

from pen_tools.client import Fault
from pen_tools.errors import LinkLost
from pen_tools.trace import Trace

if TYPE_CHECKING:
    from pen_sim.rig import Rig
    from pen_tools.targets import Opened

FELL_SHORT = 1  # nothing is wrong with the pen, but it was not done as asked
INTERRUPTED = 130  # Ctrl-C: 128 and the signal's number, as shells count


@dataclass(frozen=True)
class Plan:
    """What to do. `depth_mm` and `rate_hz` None: the zone's own. `faults` as pen_sim.faults.parse takes them."""

    zone: str
    depth_mm: float | None
    rate_hz: float | None
    seconds: float
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Spread:
    """Least, mean and greatest of a series, in mm."""

    least: float
    mean: float
    greatest: float

    def as_json(self) -> dict[str, float]:
        """As `{min, mean, max}`, to 0.1 um."""
        return {"min": round(self.least, 4), "mean": round(self.mean, 4), "max": round(self.greatest, 4)}


@dataclass(frozen=True)
class Figures:
    """What was done, by the pen's own account or by the rig's. `penetration_mm` is known to the rig alone."""

    strokes: int
    rate_hz: float
    depth_mm: Spread
    current_mean_ma: float
    current_max_ma: float
    penetration_mm: Spread | None = None

    def as_json(self) -> dict[str, object]:
        """As `pen run --json` shows it."""
        shown: dict[str, object] = {
            "strokes": self.strokes,
            "rate_hz": round(self.rate_hz, 4),
            "depth_mm": self.depth_mm.as_json(),
            "current_ma": {"mean": round(self.current_mean_ma, 1), "max": round(self.current_max_ma, 1)},
        }
        if self.penetration_mm:
            shown["penetration_mm"] = self.penetration_mm.as_json()
        return shown


@dataclass
class Record:
    """A run. Times ending in `_s` are the link's; `fault_s` counts from `order`."""

    opened: Opened
    plan: Plan
    zone: str = ""
    cap_mm: float = 0.0
    depth_mm: float = 0.0
    rate_hz: float = 0.0
    trace: Trace | None = None
    zero_s: float = 0.0  # the link's time at RUN, or at ARM as long as there was no RUN
    ran: bool = False  # RUN was given
    virtual_s: float = 0.0
    wall_s: float = 0.0
    measured: Figures | None = None
    truth: Figures | None = None
    fault: Fault | None = None
    fault_s: float = 0.0
    events: list[tuple[float, str, str]] = field(default_factory=list[tuple[float, str, str]])
    trace_hash: str | None = None
    link_lost: LinkLost | None = None
    interrupted: bool = False
    unsaved: bool = False  # a file could not be written
    restarted: bool = False  # the pen has booted meanwhile
    remarks: list[str] = field(default_factory=list[str])  # what the simulator has drawn: which bit has flipped

    @property
    def ok(self) -> bool:
        """Done as asked: the strokes were made, and no fault was latched."""
        broken = self.fault or self.link_lost or self.interrupted or self.unsaved
        return not broken and self._enough()

    @property
    def order(self) -> str:
        """What time counts from."""
        return "RUN" if self.ran else "ARM"

    @property
    def strokes(self) -> int:
        """How many were asked for: the first begins at once."""
        return ceil(self.plan.seconds * self.rate_hz - 1e-6)

    def _enough(self) -> bool:
        """All strokes but one, or one more: whether the last one fits into the lease is a matter of microseconds."""
        made = self.measured.strokes if self.measured else 0
        return made > 0 and abs(made - self.strokes) <= 1

    @property
    def deepest_mm(self) -> float | None:
        """The farthest the tip has been out: the truth if there is a rig, else what the trace has of it."""
        if self.opened.rig:
            return self.opened.rig.max_tip_um() / 1_000
        rows = self.trace.rows if self.trace else []
        return max(row.measured_um for row in rows) / 1_000 if rows else None

    def as_json(self) -> dict[str, object]:
        """The one object of `pen run --json`."""
        faults = [self.fault] if self.fault else []
        ratio = self.virtual_s / self.wall_s if self.wall_s else 0.0
        return {
            "target": self.opened.kind,
            "board": self.opened.identity.board,
            "firmware": self.opened.identity.version,
            "identity": str(self.opened.identity),
            "seed": self.opened.seed,
            "zone": self.zone,
            "set": {"depth_mm": self.depth_mm, "rate_hz": self.rate_hz, "seconds": self.plan.seconds},
            "measured": self.measured.as_json() if self.measured else None,
            "truth": self.truth.as_json() if self.truth else None,
            "speed": {
                "virtual_s": round(self.virtual_s, 3),
                "wall_s": round(self.wall_s, 3),
                "ratio": round(ratio, 2),
            },
            "faults": [{"code": each.code, "name": each.name, "at_s": round(self.fault_s, 3)} for each in faults],
            "remarks": self.remarks,
            "trace_hash": self.trace_hash,
            "ok": self.ok,
        }


def figures_of_rig(rig: Rig) -> Figures:
    """The truth about the strokes since the rig's mark."""
    truth = rig.truth()
    depth = (truth.depth_min_um, truth.depth_mean_um, truth.depth_max_um)
    into = (truth.penetration_min_um, truth.penetration_mean_um, truth.penetration_max_um)
    return Figures(
        truth.strokes,
        truth.rate_hz,
        Spread(*(um / 1_000 for um in depth)),
        truth.current_mean_ma,
        truth.current_max_ma,
        Spread(*(um / 1_000 for um in into)),
    )

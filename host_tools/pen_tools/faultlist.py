"""--fault NAME@WHEN, read before anything moves. WHEN: seconds after RUN, 0 for before arming, or a depth such as 0.8mm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from pen_tools.errors import Usage

if TYPE_CHECKING:
    from pen_sim.faults import Fault

HELP = (
    "Make a fault happen in the simulator, as often as you like: stall@1.5 (seconds after RUN), stall@0 (before arming), "
    "stall@0.8mm (when the tip first gets there after RUN). pen faults lists the names."
)


@dataclass(frozen=True)
class Planned:
    """A fault to inject: `text` as pen_sim.faults.schedule takes it."""

    name: str
    text: str
    seconds: float | None
    depth_mm: float | None

    @property
    def before_arming(self) -> bool:
        """It is there from the start."""
        return self.seconds == 0.0


def read(texts: Sequence[str], run_s: float, target: str, board: str) -> list[Planned]:
    """The faults of a run of `run_s` seconds. Raises Usage for what cannot happen in it, or not on this target or board."""
    drive = _drive(board) if texts else None
    return [_read(text, run_s, target, drive) for text in texts]


def _drive(board: str) -> str | None:
    """Of the board; None for a board that is none, which whoever opens the pen says."""
    from pen_sim.loader import load_board

    try:
        return str(load_board(board).DRIVE)
    except ValueError:
        return None


def _read(text: str, run_s: float, target: str, drive: str | None) -> Planned:
    from pen_sim import faults

    try:
        fault, seconds, depth_mm = faults.parse(text, target, drive)
    except faults.NotHere as error:
        raise Usage(
            str(error), f"pick another fault, or {_elsewhere(faults.named(text.partition('@')[0]), drive)}"
        ) from error
    except ValueError as error:
        raise Usage(str(error), "pen faults lists the names; write stall@1.5 or stall@0.8mm") from error
    if not all(isfinite(value) for value in (seconds, depth_mm) if value is not None):
        raise Usage(f"'{text}': that is no time", f"write {fault.name}@1.5")
    if seconds is not None and not 0 <= seconds < run_s:
        raise Usage(
            f"'{text}': the run lasts from 0 to {run_s:g} s, it would not happen",
            f"{fault.name}@0 happens before arming; --seconds makes the run longer",
        )
    return Planned(fault.name, text, seconds, depth_mm)


def _elsewhere(fault: Fault, drive: str | None) -> str:
    from pen_tools.targets import VIRTUAL

    if drive in fault.lacks:
        return f"a board whose drive can have it: {', '.join(_boards(fault))}"
    able = [kind for kind in VIRTUAL if kind not in fault.lacks]
    return " or ".join(f"--target {kind}" for kind in able)


def _boards(fault: Fault) -> list[str]:
    from pen_sim.loader import board_names

    return [f"--board {board}" for board in board_names() if (_drive(board) or "") not in fault.lacks]


def check_depths(planned: Sequence[Planned], depth_mm: float) -> None:
    """Raises Usage for a fault at a depth which strokes of `depth_mm` do not reach."""
    for fault in planned:
        if fault.depth_mm is not None and fault.depth_mm > depth_mm:
            raise Usage(f"'{fault.text}': the strokes go no deeper than {depth_mm:.2f} mm", "name a lesser depth")

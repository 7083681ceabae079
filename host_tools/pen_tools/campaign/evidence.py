"""What one run left behind: the truth of plant and pins, and apart from it what the pen said. Times are in seconds since power-on."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

Out = tuple[float, float, float]  # the tip was beyond the face from, to, and at most this far out in um
Order = tuple[float, str]  # when the host gave it, and its words
Edge = tuple[float, int]


@dataclass
class Evidence:
    """Of the truth: `gate` and `trigger` are edges at driver and button, `asked` those of the pen's own enable pin, `outs`
    every time the needles were out.

    `injected_s` and `repaired_s` are None if the run never came to it, `again_s` is when the pen was armed again at the end.
    `still_s`: from the last stop order to the last motion outward.

    Of the pen's words: `identity` is what *IDN? said, `code` the fault latched, `refused` why it would not arm or run, `standing` and `gone` what came of
    FAUL:CLE with the cause there and after its repair ("", "cleared" or the refusal), `again` what was latched when a pen
    that had been cleared too early went on, 0 for nothing, None if it did not; `late` what was latched at the end. `remarks`: what the fault has drawn for itself.
    """

    injected_s: float | None = None
    repaired_s: float | None = None
    again_s: float | None = None
    end_s: float = 0.0
    max_tip_um: float = 0.0
    tip_um: float = 0.0
    powered: bool = False
    gate: list[Edge] = field(default_factory=list[Edge])
    asked: list[Edge] = field(default_factory=list[Edge])
    trigger: list[Edge] = field(default_factory=list[Edge])
    outs: list[Out] = field(default_factory=list[Out])
    orders: list[Order] = field(default_factory=list[Order])
    still_s: float | None = None
    identity: str = ""
    code: int = 0
    deaf: bool = False
    refused: str = ""
    standing: str = ""
    again: int | None = None
    gone: str = ""
    late: int = 0
    ended: str = ""
    error: str = ""
    remarks: list[str] = field(default_factory=list[str])
    trace_hash: str = ""

    def as_json(self) -> dict[str, Any]:
        """What `of_json` takes."""
        return asdict(self)


def of_json(found: dict[str, Any]) -> Evidence:
    """The evidence of a line in the results. Raises TypeError if it is none."""
    return Evidence(**found)

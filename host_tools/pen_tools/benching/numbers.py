"""The numbers to hold, as docs/design.md has them in section 6 and the firmware in its source, and whether they are held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Held:
    """A measured value beside its limit; None if there was nothing to measure, which is not held.

    `least`: the limit is a lower one. `key`: where the value stands in the JSON.
    """

    key: str
    what: str
    value: float | None
    limit: float
    unit: str
    least: bool = False
    note: str = ""

    @property
    def ok(self) -> bool:
        """It is held."""
        if self.value is None:
            return False
        return self.value >= self.limit if self.least else self.value <= self.limit

    @property
    def margin(self) -> str:
        """How far from the limit, and on which side."""
        if self.value is None:
            return "not measured"
        apart = self.value - self.limit if self.least else self.limit - self.value
        return f"{_number(abs(apart))} {'left' if apart >= 0 else 'too little' if self.least else 'too much'}"

    def row(self) -> tuple[str, str, str, str, str, str]:
        """For a table: what, value, limit, margin, verdict, note."""
        sign = "at least" if self.least else "at most"
        value = "-" if self.value is None else f"{_number(self.value)} {self.unit}"
        verdict = "pass" if self.ok else "FAIL"
        return self.what, value, f"{sign} {_number(self.limit)}", self.margin, verdict, self.note


HEAD = ("", "measured", "limit", "margin", "<", "<")


def _number(value: float) -> str:
    """Short, and never rounded to what it is not."""
    if value == 0:
        return "0"
    if value == int(value) or abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.1f}"


def as_json(rows: Sequence[Held]) -> dict[str, Any]:
    """`limits` by key, `failed` the keys of those that are not held, `ok` if there are none."""
    failed = [row.key for row in rows if not row.ok]
    return {"ok": not failed, "failed": failed, "limits": {row.key: row.limit for row in rows}}

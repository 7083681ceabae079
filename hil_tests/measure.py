"""Measurements with limits: each one a row of the report, and a failure at once if it is outside."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import isfinite

import pytest


@dataclass(frozen=True)
class Row:
    """One measurement. The limits belong to the range; NaN is never within it."""

    name: str
    value: float
    low: float
    high: float
    unit: str = ""

    @property
    def ok(self) -> bool:
        """Within the limits."""
        return self.low <= self.value <= self.high

    def text(self) -> str:
        """For people: "tip beyond the cap: -1.4 um (at most 20 um)"."""
        return f"{self.name}: {self.value:.6g} {self.unit} ({self.range()})"

    def range(self) -> str:
        """The range in words."""
        low, high = (f"{limit:.6g} {self.unit}".rstrip() for limit in (self.low, self.high))
        if not isfinite(self.low):
            return f"at most {high}" if isfinite(self.high) else "any"
        return f"{low} to {high}" if isfinite(self.high) else f"at least {low}"

    def data(self) -> dict[str, object]:
        """For JSON, which has no infinity and no NaN: null."""
        fields = asdict(self)
        for name in ("value", "low", "high"):
            fields[name] = fields[name] if isfinite(fields[name]) else None
        return {**fields, "ok": self.ok}


class Measure:
    """The fixture: `measure(name, value, low, high, unit)` returns the value, or fails the test.

    It fails at once, so that a test never goes on from a wrong number; what was measured before stays in the report.
    """

    def __init__(self, properties: list[tuple[str, object]]) -> None:
        self._properties = properties
        self.rows: list[Row] = []

    def __call__(self, name: str, value: float, low: float, high: float, unit: str = "") -> float:
        """Notes the value; fails the test if it is not within `low` to `high`."""
        __tracebackhide__ = True
        row = Row(name, float(value), float(low), float(high), unit)
        self.rows.append(row)
        self._properties.append((name, f"{row.value:.6g} {unit} ({row.range()})"))
        if not row.ok:
            pytest.fail(row.text())
        return row.value

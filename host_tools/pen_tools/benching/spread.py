"""Order statistics of what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil


def percentile(values: Sequence[float], percent: float) -> float:
    """The least of the values that `percent` of them are not above: a value that was measured, not one in between.

    Raises ValueError without a value, or for a percentage that is not in (0, 100].
    """
    if not values or not 0 < percent <= 100:
        raise ValueError(f"no {percent:g} % of {len(values)} values")
    return sorted(values)[ceil(len(values) * percent / 100) - 1]


def worst(values: Sequence[float]) -> float:
    """The greatest distance from 0; 0.0 without a value."""
    return max((abs(value) for value in values), default=0.0)

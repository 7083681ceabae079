"""A sample of each test's cases, for a target on which a stroke takes three times as long as on a pen.

All cases take the emulated chip twenty minutes on two cores. They differ in the place of a stroke, the zone or the kind of
fault; what differs between the chip and the simulator is the HAL and the runtime under them, which every case exercises.
So a few of each, spread evenly, tell in five minutes whether the chip behaves; `--full` runs them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pytest

MOST = 6


def leave_out(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The cases that are not in the sample. Of every test at least one case is."""
    groups: dict[str, list[pytest.Item]] = {}
    for item in items:
        groups.setdefault(item.nodeid.partition("[")[0], []).append(item)
    return [item for group in groups.values() for item in _rest(group)]


def _rest(group: list[pytest.Item]) -> list[pytest.Item]:
    marker = group[0].get_closest_marker("sample")
    most = int(marker.args[0]) if marker else MOST
    of = marker.kwargs.get("of") if marker else None
    kinds: dict[str, list[pytest.Item]] = {}
    for item in group:
        kinds.setdefault(_kind(item, of), []).append(item)
    return [item for first, kind in enumerate(kinds.values()) for item in _but(kind, most, first if of else 0)]


def _kind(item: pytest.Item, of: str | None) -> str:
    """The value of the parameter `of`: that many cases are kept of each. Without one all cases are of a kind."""
    return repr(cast("pytest.Function", item).callspec.params[of]) if of else ""


def _but(cases: list[pytest.Item], most: int, first: int) -> list[pytest.Item]:
    """All but `most` of them, evenly from number `first` on, so that kinds differ in where they are looked at."""
    count = len(cases)
    kept = {(first + k * count // most) % count for k in range(most)} if count > most else set(range(count))
    return [case for k, case in enumerate(cases) if k not in kept]

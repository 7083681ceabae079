"""A sample of each test's cases, for a target on which a stroke takes three times as long as on a pen.

All cases take the emulated chip twenty minutes on two cores. They differ in the place of a stroke, the zone or the kind of
fault; what differs between the chip and the simulator is the HAL and the runtime under them, which every case exercises.
So a few of each, spread evenly, tell in five minutes whether the chip behaves; `--full` runs them all.
"""

from __future__ import annotations

from collections.abc import Sequence

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
    count = len(group)
    kept = {k * count // most for k in range(most)} if count > most else set(range(count))
    return [item for k, item in enumerate(group) if k not in kept]

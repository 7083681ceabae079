"""The zones to parametrize by, from the firmware's own table: known before there is a pen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pen_sim.loader import pure

_table: Any = pure("pen.zones")


@dataclass(frozen=True)
class Zone:
    """One zone, in the units of the console."""

    name: str
    depth_mm: float
    cap_mm: float
    rate_hz: float
    rate_max_hz: float


def _zone(name: str) -> Zone:
    depth_um, cap_um, rate_dhz, rate_max_dhz, _ = _table.TABLE[name]
    return Zone(name, depth_um / 1e3, cap_um / 1e3, rate_dhz / 10, rate_max_dhz / 10)


ALL = tuple(_zone(name) for name in _table.NAMES)
BLOCKED = tuple(zone for zone in ALL if not zone.cap_mm)
TREATED = tuple(zone for zone in ALL if zone.cap_mm)
BY_NAME = {zone.name: zone for zone in ALL}


def name_of(value: object) -> str:
    """For pytest's ids."""
    return value.name.lower() if isinstance(value, Zone) else str(value)

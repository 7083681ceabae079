"""What the safety file still waits for. An entry goes as soon as it is untrue: the check fails until it does."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Waiting:
    """`what` is not kept yet. `whole`: nothing of the requirement is. `faults`: codes that the firmware raises once it is."""

    what: str
    whole: bool = False
    faults: tuple[int, ...] = ()


WAITING: dict[str, Waiting] = {}

# Faults that need no injector of their own: what to inject, and when.
INJECTED_BY: dict[int, tuple[str, str]] = {
    115: ("trigger_stuck", "until the zone has had twice its dose"),
    117: ("trigger_held", "while arming"),
    129: ("power_lost", "while a record is written, and the store's own knobs"),
}

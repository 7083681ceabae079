"""What the safety file still waits for. An entry goes as soon as it is untrue: the check fails until it does."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Waiting:
    """`what` is not kept yet. `whole`: nothing of the requirement is. `faults`: codes that the firmware raises once it is."""

    what: str
    whole: bool = False
    faults: tuple[int, ...] = ()


WAITING: dict[str, Waiting] = {
    "SR-15": Waiting("the test of the dead-man at every arming", whole=True, faults=(122,)),
    "SR-17": Waiting("I^2 t of the coil"),
    "SR-18": Waiting("limits of dose and session", faults=(114, 115)),
    "SR-19": Waiting("cartridges with a code"),
    "SR-20": Waiting("settings, calibration and log that outlive a power loss", whole=True, faults=(129,)),
    "SR-21": Waiting("versions and checksum in every record"),
    "SR-22": Waiting("self tests of program, memory and clock", faults=(126, 127, 128)),
    "SR-23": Waiting("limits held twice", whole=True),
    "SR-25": Waiting("a fault that was not cleared, after a reset"),
}

# Faults that need no injector of their own: what to inject, and when.
INJECTED_BY: dict[int, tuple[str, str]] = {117: ("trigger_held", "while arming")}

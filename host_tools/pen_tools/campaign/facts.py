"""What the judge knows about a fault: its row of the faults' table, as it is to be read in a campaign."""

from __future__ import annotations

from dataclasses import replace

from pen_sim import faults
from pen_sim.faults.fault import Fault, nothing
from pen_tools.campaign.draw import NO_FAULT

HOME, STALL, MISMATCH, OVER_DEPTH, WATCHDOG = 106, 103, 102, 101, 125
STALLS = (STALL, MISMATCH)  # what a drive that loses steps may be called

# While it homes the pen is right to say HOME of whatever is called one of these in a stroke: what does not fit there is home.
_MISFITS = frozenset({101, 102, 103, 104, 108})

NONE = Fault(NO_FAULT, (), "nothing happens", nothing, nothing)


def of(name: str, drive: str = faults.STEPPER, *, on_chip: bool = False) -> Fault:
    """The row of that name, on that drive. Raises KeyError if there is none.

    What may be over before the drive is on, or has passed by itself, has no time in which it must be seen.
    """
    if name == NO_FAULT:
        return NONE
    fault = faults.TABLE[name].of(drive)
    fault = replace(fault, passes=fault.passes or (on_chip and fault.passes_on_chip))
    return replace(
        fault,
        seen_s=fault.seen_s if fault.lasts else None,
        homing=fault.homing or ((HOME,) if _MISFITS & set(fault.expected) else ()),
    )

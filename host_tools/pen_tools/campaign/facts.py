"""What the judge has to know about the named faults and their own table does not say.

An attribute of that name in the faults' table goes before what stands here. Times are how long the pen may take, from the
moment the fault can be seen to the drive off. They are docs/safety.md's, not the firmware's: a firmware that takes longer is late.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pen_sim import faults

HOME, STALL, MISMATCH, TRIGGER_STUCK = 106, 103, 102, 117
STALLS = (STALL, MISMATCH)  # what a drive that loses steps may be called

_SCAN_S = 0.000_1  # docs/design.md, section 1
_TO_OFF_S = 0.000_25  # from the first scan that sees a fault to the enable's fall, docs/design.md, section 6
_DEADMAN_S = 0.002_5  # docs/design.md, section 6
_HEARTBEAT_S = 0.050  # SR-14

# How long a cause must last to be one, of what shows whatever the tip does: docs/safety.md, debouncing.
_DEBOUNCED_S = {
    "tip_sensor_open": 0.000_3,
    "tip_sensor_short": 0.000_3,
    "over_current": 0.000_5,
    "driver_fault": 0.000_2,
    "over_temperature": 0.010,
    "supply_low": 0.002,
    "supply_high": 0.001,
    "cartridge_out": 0.002,
    "estop": 0.000_3,
}
_SEEN_S = {
    **{name: s + _SCAN_S + _TO_OFF_S for name, s in _DEBOUNCED_S.items()},
    "foreground_hang": _HEARTBEAT_S + 2 * _SCAN_S + _TO_OFF_S,
    "scan_dead": _DEADMAN_S,
}

# The cause shows with the drive off, so the pen must not clear its fault while it is there.
_STANDS = frozenset((*_DEBOUNCED_S, "scan_dead"))
# The needles cannot come back before the repair: power taken away is all that can be asked.
_HOLDS = frozenset({"stall"})
# The stroke is turned round first, and the drive goes off when the needles are back.
_RETRACTS = frozenset(
    {
        "over_temperature",
        "supply_low",
        "supply_sag",
        "cartridge_out",
        "link_lost",
        "generator_starved",
        "clock_slow",
        "clock_fast",
        "timer_slow",
        "timer_fast",
    }
)
# While it homes the pen is right to say HOME of whatever is called one of these in a stroke: what does not fit there is home.
_MISFITS = frozenset({101, 102, 103, 104, 108})
_IN_HOMING = {"trigger_held": (TRIGGER_STUCK,), "generator_starved": (HOME,)}  # a starved generator makes no steps
# Between strokes nobody asks the home switch: the end of the lease or the next homing sees it.
# And what only an arming looks at.
_HOMING_ONLY = frozenset({"home_stuck_open", "home_stuck_closed", "deadman_stuck", "oscillator_stopped"})
# The fault itself moves the tip, or turns the drive on, whatever the firmware does.
_MOVES = frozenset({"carriage_slip", "carriage_slip_inward", "steps_extra"})
_POWERS = frozenset({"enable_stuck_high"})
# What the needles are like from then on.
NEEDLES = {"needles_worn": "worn", "needles_blunt": "blunt"}
# It is over before anybody repairs it, or it may be too little to show: then there is nothing that must be noticed.
_PASSES = frozenset({
    "steps_lost", "steps_lost_inward", "supply_dip", "supply_sag", "supply_spike", "foreground_slow", "link_flaps",
    "memory_limits", "memory_orders", "memory_state", "needles_worn", "needles_blunt", "current_raised",
    "trigger_held", "trigger_stuck",
})  # fmt: skip
_PASSES_ON_CHIP = frozenset({"scan_long"})  # there a few scans are long, or nothing else would run
_ONCE = faults.TABLE["scan_late"].repair  # the repair of what cannot last, and does nothing


@dataclass(frozen=True)
class Facts:
    """Of one fault. `expected`: the right codes, none if it must do no harm; `homing`: others that are right in homing.

    `seen_s` None: it shows in motion, within a few strokes. `stands`: it shows with the drive off. `holds`: needles stay
    where they are. `retracts`: the stroke is turned round before the drive goes off. `lasts`: it is there until it is
    repaired, and must be noticed. `homing_only`: it does not show in strokes. `moves`, `powers`: it moves the tip, or
    turns the drive on, by itself. `restarts`: the pen boots, and has forgotten its settings.
    """

    expected: tuple[int, ...]
    homing: tuple[int, ...] = ()
    seen_s: float | None = None
    stands: bool = False
    holds: bool = False
    retracts: bool = False
    lasts: bool = True
    homing_only: bool = False
    moves: bool = False
    powers: bool = False
    restarts: bool = False


NONE = Facts((), lasts=False)


def of(name: str, *, on_chip: bool = False) -> Facts:
    """The facts about a fault of the table. Raises KeyError if there is none of that name."""
    if name == "none":
        return NONE
    fault: Any = faults.TABLE[name]
    return Facts(
        expected=fault.expected,
        homing=_IN_HOMING.get(name, (HOME,) if _MISFITS & set(fault.expected) else ()),
        seen_s=getattr(fault, "seen_s", _SEEN_S.get(name)),
        stands=getattr(fault, "stands", name in _STANDS),
        holds=getattr(fault, "holds", name in _HOLDS),
        retracts=getattr(fault, "retracts", name in _RETRACTS),
        lasts=getattr(fault, "lasts", _lasts(name, on_chip)),
        homing_only=getattr(fault, "homing_only", name in _HOMING_ONLY),
        moves=getattr(fault, "moves", name in _MOVES),
        powers=getattr(fault, "powers", name in _POWERS),
        restarts=getattr(fault, "restarts", False),
    )


def _lasts(name: str, on_chip: bool) -> bool:
    passes = name in _PASSES or (on_chip and name in _PASSES_ON_CHIP)
    return faults.TABLE[name].repair is not _ONCE and not passes

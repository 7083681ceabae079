"""The CPU dies while the pen makes strokes, in every way there is, at several places: until the drive is off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from pen_sim.edges import GATE
from pen_tools.benching.forks import in_copies
from pen_tools.benching.mailbox import Mailbox, Order
from pen_tools.benching.stage import Stage

PLACES_US = (
    1_000,
    4_337,
    7_561,
    11_083,
    14_719,
    19_251,
    25_000,
    33_777,
)  # from a stroke's first step; it takes 36 ms out and back
_WAIT_S = 0.02
KINDS = ("hang", "irq_off", "exception", "soft_reset")
SCAN_DEAD = "scan_dead"  # only the timer's interrupt is gone; the CPU goes on


@dataclass(frozen=True)
class Death:
    """How it died, where, and how long the drive was on after that, in microseconds; None: it stayed on.

    `again`: the drive came on again by itself.
    """

    kind: str
    way: str
    place_us: int
    off_us: float | None
    again: bool


_ORDERED = {
    "irq_off": (Order.HANG_DEAF,),
    "exception": (Order.RAISE, Order.RAISE_IN_SCAN),
    "soft_reset": (Order.SOFT_RESET,),
}


def dead_cpu(stage: Stage, mailbox: Mailbox, done: Callable[[int, int], None], every: int = 1) -> list[Death]:
    """`stage` makes strokes, with the bench's main program. `done` gets how many are done, of how many; see faultruns."""
    stage.to_stroke(3)
    defects = stage.machine.chip.defects
    sudden = (
        ("hang", "core stopped", defects.hang_cpu),
        ("irq_off", "masked", defects.mask_interrupts),
        (SCAN_DEAD, "timer cut off", defects.cut_timer),
    )
    jobs = [partial(_sudden, stage, kind, way, defect, place) for kind, way, defect in sudden for place in PLACES_US]
    jobs += [
        partial(_order, stage, mailbox, kind, order, place)
        for kind, orders in _ORDERED.items()
        for order in orders
        for place in PLACES_US
    ]
    jobs = jobs[::every]
    return in_copies(jobs, lambda count: done(count, len(jobs)))


def _to(stage: Stage, place_us: int) -> None:
    stage.machine.run_until(stage.first_ns + place_us * 1_000)


def _sudden(stage: Stage, kind: str, way: str, defect: Callable[[bool], None], place_us: int) -> Death:
    _to(stage, place_us)
    defect(True)
    return _died(stage, kind, way, place_us, stage.machine.now_ns)


def _order(stage: Stage, mailbox: Mailbox, kind: str, order: Order, place_us: int) -> Death:
    _to(stage, place_us)
    return _died(stage, kind, order.name.lower(), place_us, mailbox.give(order))


def _died(stage: Stage, kind: str, way: str, place_us: int, dead_ns: int) -> Death:
    stage.machine.run_for(_WAIT_S)
    edges = [(t_ns, level) for t_ns, level in stage.machine.edges.of(GATE) if t_ns >= dead_ns]
    off = [t_ns for t_ns, level in edges if not level]
    return Death(kind, way, place_us, (off[0] - dead_ns) / 1_000 if off else None, any(level for _, level in edges))

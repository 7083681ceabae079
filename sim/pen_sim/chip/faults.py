"""The simulator's named faults on the chip: the same plant breaks the same way, and what sat in its HAL has its like here.

In place of the HAL's knobs there is what does such a thing to a real chip: a program that no longer gets out of a loop, an
interrupt line that is off, instructions that wait for memory, a state machine whose clock is stopped or off, a request that
starts nothing. `scan_late` holds interrupts back for 250 us, so whichever scan is due then comes that late.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from pen_sim import faults
from pen_sim.chip.machine import ChipMachine

_LATE_NS = 250_000
_LONG_NS = 1_000_000
_STALL_US = 66  # a scan of 17 to 43 us takes 83 to 109: longer than allowed, and the next one is not late
_STRETCH = 1.03
_GENERATOR = (0, 0)  # PIO block and state machine that make the steps
_GENERATOR_REQUEST = 0  # DREQ_PIO0_TX0, by which the DMA feeds it
_LOOK_NS = 50_000  # how often the tip's place is looked at, for faults at a place

Action = Callable[[ChipMachine], None]


@dataclass(frozen=True)
class ChipFault:
    """`inject` makes it happen now; `repair` takes it away again; `repair` of what cannot last does nothing."""

    inject: Action
    repair: Action


def _nothing(_: ChipMachine) -> None:
    """For what happens once and leaves nothing to repair."""


def _late(machine: ChipMachine) -> None:
    defects = machine.chip.defects
    defects.mask_interrupts(True)
    machine.at(machine.now_ns + _LATE_NS, lambda: defects.mask_interrupts(False))


def _long(machine: ChipMachine) -> None:
    """For a few scans: with all of them long there would be no time left for the foreground, which is another fault."""
    defects = machine.chip.defects
    defects.stall_interrupts(_STALL_US)
    machine.at(machine.now_ns + _LONG_NS, lambda: defects.stall_interrupts(0))


_OWN: dict[str, ChipFault] = {
    "foreground_hang": ChipFault(
        lambda m: m.chip.defects.hang_foreground(True), lambda m: m.chip.defects.hang_foreground(False)
    ),
    "scan_late": ChipFault(_late, _nothing),
    "scan_long": ChipFault(_long, lambda m: m.chip.defects.stall_interrupts(0)),
    "scan_dead": ChipFault(lambda m: m.chip.defects.cut_timer(True), lambda m: m.chip.defects.cut_timer(False)),
    "generator_hang": ChipFault(
        lambda m: m.chip.defects.freeze_machine(*_GENERATOR, True),
        lambda m: m.chip.defects.freeze_machine(*_GENERATOR, False),
    ),
    "generator_starved": ChipFault(
        lambda m: m.chip.defects.cut_dma(_GENERATOR_REQUEST, True),
        lambda m: m.chip.defects.cut_dma(_GENERATOR_REQUEST, False),
    ),
    "clock_slow": ChipFault(
        lambda m: m.chip.defects.stretch_machine(*_GENERATOR, _STRETCH),
        lambda m: m.chip.defects.stretch_machine(*_GENERATOR, 1.0),
    ),
    "link_lost": ChipFault(lambda m: m.connect(False), lambda m: m.connect(True)),
}


def _of_plant(action: Callable[[Any], None]) -> Action:
    """A knob of the plant is the same on every machine; it takes effect at the time the plant has reached."""

    def act(machine: ChipMachine) -> None:
        machine.settle()
        action(machine)

    return act


TABLE: dict[str, ChipFault] = {
    name: _OWN.get(name) or ChipFault(_of_plant(fault.inject), _of_plant(fault.repair))
    for name, fault in cast("dict[str, Any]", faults.TABLE).items()
}


def schedule(machine: ChipMachine, text: str, *, origin_ns: int | None = None) -> None:
    """Injects the fault of `text` at its time after `origin_ns` (now, if None), or when the tip next passes its depth."""
    named, seconds, depth_mm = faults.parse(text)
    fault = TABLE[named.name]
    if seconds is not None:
        origin = machine.now_ns if origin_ns is None else origin_ns
        machine.at(origin + round(seconds * 1e9), lambda: fault.inject(machine))
        return
    depth_um = (depth_mm or 0.0) * 1_000

    def look() -> None:
        if machine.plant.tip_um(machine.now_ns) >= depth_um:
            fault.inject(machine)
        else:
            machine.at(machine.now_ns + _LOOK_NS, look)

    look()

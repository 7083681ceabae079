"""A machine's edges and the tip's course as a value change dump, for GTKWave and PulseView.

The timescale is 1 us: steps are whole microseconds apart by design, and PulseView, which keeps a sample for every unit
of time, opens minutes of it; at 1 ns five seconds would be five thousand million samples.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

from vcd import VCDWriter

from pen_sim.edges import SIGNALS, STEP, STEP_PULSE_NS

if TYPE_CHECKING:
    from pen_sim.virtual import VirtualPen

STATES = ("BOOT", "SELFTEST", "IDLE", "HOMING", "READY", "RUNNING", "FAULT")
TIP = len(SIGNALS)
STATE = TIP + 1
_UNIT_NS = 1_000

Change = tuple[int, int, int | float | str]  # time in ns, number of the signal, value


def write(
    file: TextIO, machine: VirtualPen, session: Iterable[tuple[float, str]] = (), *, identity: str = "needlepen"
) -> None:
    """Writes all kept edges, the tip's position in um and `session`: (seconds, state) in the order of time.

    `identity` is what the pen says to *IDN?, for the file's comment.
    """
    comment = f"{identity}; board {machine.name}, seed {machine.seed}"
    with VCDWriter(file, timescale="1 us", comment=comment) as writer:
        pins = [writer.register_var("pins", name, "wire", size=1, init=0) for name in SIGNALS]
        tip = writer.register_var("tip", "tip_um", "real", init=machine.plant.curve.um[0])
        state = writer.register_var("session", "state", "string", init="BOOT")
        variables = [*pins, tip, state]
        for t_ns, signal, value in heapq.merge(_edges(machine), _tip(machine), _states(session)):
            writer.change(variables[signal], t_ns // _UNIT_NS, value)
        writer.close(machine.now_ns // _UNIT_NS)


def _edges(machine: VirtualPen) -> Iterator[Change]:
    return heapq.merge(*(_signal(machine, number) for number in range(len(SIGNALS))))


def _signal(machine: VirtualPen, number: int) -> Iterator[Change]:
    """A step is kept as one edge; its pulse ends STEP_PULSE_NS later."""
    for t_ns, level in machine.edges.of(number):
        yield t_ns, number, level
        if number == STEP:
            yield t_ns + STEP_PULSE_NS, number, 0


def _tip(machine: VirtualPen) -> Iterator[Change]:
    return ((t_ns, TIP, round(um, 2)) for t_ns, um in machine.plant.curve)


def _states(session: Iterable[tuple[float, str]]) -> Sequence[Change]:
    return [(round(at_s * 1e9), STATE, name) for at_s, name in session]

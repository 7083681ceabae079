"""What can go wrong inside the chip while everything else in it goes on."""

from __future__ import annotations

from typing import Any

from pen_sim.chip import repairs
from pen_sim.chip.engine import Engine
from pen_sim.chip.pio import Block
from pen_sim.chip.timer import Timer

_CYCLES_PER_US = 125


class Defects:
    """Switches; each stays until it is switched back, and survives a reset."""

    def __init__(self, mcu: Any, engine: Engine, timer: Timer, blocks: tuple[Block, ...]) -> None:
        self._clocks = mcu.clocks
        self._engine = engine
        self._timer = timer
        self._blocks = blocks
        self._cut: set[int] = set()  # DMA requests
        for channel in mcu.dma.channels:
            self._gate(channel)

    def _gate(self, channel: Any) -> None:
        start = channel.start

        def start_unless_cut() -> None:
            if channel.treq not in self._cut:
                start()

        channel.start = start_unless_cut

    def hang_cpu(self, on: bool) -> None:
        """The core executes nothing, not even an interrupt; clock, PIO, DMA, ADC, timer and watchdog go on."""
        self._engine.hung = on

    def mask_interrupts(self, on: bool) -> None:
        """The core takes no interrupt, as with PRIMASK set and never cleared. What the firmware sees of PRIMASK is its own."""
        self._engine.deaf = on

    def hang_foreground(self, on: bool) -> None:
        """The program does not get any further, from where it next can be interrupted; interrupts are served as before."""
        self._engine.stuck = on

    def stall_interrupts(self, us: int) -> None:
        """Whatever reads the pins in an interrupt waits so long, as if the bus or the flash were busy."""
        self._engine.stall = us * _CYCLES_PER_US

    def stop_oscillator(self, on: bool) -> None:
        """The ring oscillator stands; nothing but the frequency counter looks at it."""
        self._clocks.rosc_khz = 0 if on else repairs.ROSC_KHZ

    def cut_timer(self, on: bool) -> None:
        """The timer counts, but none of its interrupts reaches the core."""
        self._timer.cut(on)

    def hurry_timer(self, ppm: int) -> None:
        """The timer's tick is fast by so much, in thousandths: it is made apart from the clock of CPU and PIO."""
        self._timer.hurry(1_000 + ppm // 1_000)
        self._engine.count_time(self._timer.epoch_ns, self._timer.pace)

    def freeze_machine(self, block: int, machine: int, on: bool) -> None:
        """A PIO state machine gets no clock; afterwards it goes on where it was."""
        self._blocks[block].freeze(machine, on)

    def stretch_machine(self, block: int, machine: int, factor: float) -> None:
        """A PIO state machine's cycles are `factor` times as long as its divider says."""
        self._blocks[block].stretch(machine, factor)

    def cut_dma(self, request: int, on: bool) -> None:
        """DMA channels paced by this request do not start; one under way goes on."""
        if on:
            self._cut.add(request)
        else:
            self._cut.discard(request)

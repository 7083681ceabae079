"""What can be broken inside a pen on the emulated chip.

In place of the simulated HAL's knobs there is what does such a thing to a real chip: a program that no longer gets out of a
loop, an interrupt line that is off, instructions that wait for memory, a state machine whose clock is stopped or off, a
request that starts nothing, an object in memory that is none any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pen_sim.chip.heap import NONE, RAM, SMALL_0
from pen_sim.insides import CHIP, Reset

if TYPE_CHECKING:
    from pen_sim.chip.machine import ChipMachine

_LATE_NS = 250_000  # whichever scan is due then comes that late
_LONG_NS = 1_000_000
_STALL_US = 66  # a scan of 17 to 43 us takes 83 to 109: longer than allowed, and the next one is not late
_GENERATOR = (0, 0)  # PIO block and state machine that make the steps
_GENERATOR_REQUEST = 0  # DREQ_PIO0_TX0, by which the DMA feeds it
_HALT_NS, _PROMPT_NS = 200_000_000, 100_000_000  # a stop and the drive's going off; the program's end


class ChipInsides:
    """Implements pen_sim.insides.Insides."""

    target = CHIP

    def __init__(self, machine: ChipMachine) -> None:
        self._machine = machine
        self._chip = machine.chip
        self._defects = machine.chip.defects
        self._broken_cells: list[int] = []

    def hang_foreground(self, on: bool) -> None:
        """From where it next can be interrupted."""
        self._defects.hang_foreground(on)

    def stop_oscillator(self, on: bool) -> None:
        """The frequency counter counts nothing of it."""
        self._defects.stop_oscillator(on)

    def raise_in_foreground(self) -> None:
        """Whoever next looks into the process image finds a number in its place."""
        if (image := self._image()) is not None:
            for place in self._machine.heap.attributes(image):
                self._machine.heap.words[place] = SMALL_0

    def delay_scan(self) -> None:
        """Interrupts are held back."""
        self._defects.mask_interrupts(True)
        self._machine.at(self._machine.now_ns + _LATE_NS, lambda: self._defects.mask_interrupts(False))

    def lengthen_scans(self, on: bool) -> None:
        """For a few scans: with all of them long there would be no time left for the foreground, which is another fault."""
        self._defects.stall_interrupts(_STALL_US if on else 0)
        if on:
            self._machine.at(self._machine.now_ns + _LONG_NS, lambda: self._defects.stall_interrupts(0))

    def raise_in_scan(self) -> None:
        """The address of its state is no number any more."""
        if (image := self._image()) is not None:
            self._broken_cells = self._machine.heap.state_cells(image)
            for place in self._broken_cells:
                self._machine.heap.words[place] = NONE

    def cut_scan(self, on: bool) -> None:
        """The timer counts, but none of its interrupts reaches the core. A scan that has raised comes again by a reset alone."""
        self._defects.cut_timer(on)
        if not on and any(self._machine.heap.words[place] == NONE for place in self._broken_cells):
            self.reset("RUN")
        self._broken_cells = self._broken_cells if on else []

    def hang_cpu(self, on: bool) -> None:
        """Not even an interrupt."""
        self._defects.hang_cpu(on)

    def freeze_generator(self, on: bool) -> None:
        """Afterwards it goes on where it was."""
        self._defects.freeze_machine(*_GENERATOR, on)

    def starve_generator(self, on: bool) -> None:
        """DMA that is under way goes on."""
        self._defects.cut_dma(_GENERATOR_REQUEST, on)

    def stretch_generator(self, ppm: int) -> None:
        """Its divider is not what was written."""
        self._defects.stretch_machine(*_GENERATOR, 1 + ppm / 1e6)

    def hurry_clock(self, ppm: int) -> None:
        """The tick that the timer counts."""
        self._defects.hurry_timer(ppm)

    def hold_pump(self, level: bool | None) -> None:
        """As the gate's second input sees it."""
        self._machine.settle()
        self._machine.wiring.hold_pump(level)

    def hold_enable(self, level: bool | None) -> None:
        """As the driver sees it."""
        self._machine.settle()
        self._machine.plant.enable_stuck = level
        self._machine.wiring.look_at_gate()

    def word(self, at: int) -> int | None:
        """None while there is no image."""
        image = self._image()
        return None if image is None else self._machine.heap.words[(image - RAM) // 4 + at]

    def put_word(self, at: int, value: int) -> None:
        """Nothing while there is no image."""
        if (image := self._image()) is not None:
            self._machine.heap.words[(image - RAM) // 4 + at] = value

    def _image(self) -> int | None:
        return self._machine.heap.image(self._machine.ticks_us())

    def reset(self, kind: Reset) -> None:
        """A soft one is the host's: a stop that turns the drive off, the end of the program, and its start."""
        machine = self._machine
        if kind != "SOFT":
            self._chip.reset(kind)
            return
        machine.send(b"\x03\n")
        machine.at(machine.now_ns + _HALT_NS, lambda: machine.send(b"\x03"))
        # The prompt takes Ctrl-D on an empty line alone, and who asked the pen something meanwhile has written into it.
        machine.at(machine.now_ns + _HALT_NS + _PROMPT_NS, lambda: machine.send(b"\x03\x04"))

    def power(self, on: bool) -> None:
        """The core stands still until there is power again; every block is as after power-on."""
        self._defects.hang_cpu(not on)
        self._chip.reset("POWER_ON")

"""The rig around a pen on the emulated chip: the same truth as the simulator's, from the same plant."""

from __future__ import annotations

from pen_sim.chip import faults
from pen_sim.chip.machine import ChipMachine
from pen_sim.rig import Rig


class ChipRig(Rig):
    """A rig around a pen on the emulated chip."""

    def __init__(self, machine: ChipMachine) -> None:
        super().__init__(machine)
        self._emulated = machine

    def inject(self, name: str) -> None:
        """Makes a named fault happen now. Raises KeyError for a name that is none."""
        faults.TABLE[name].inject(self._emulated)

    def repair(self, name: str) -> None:
        """Takes a named fault away again."""
        faults.TABLE[name].repair(self._emulated)

    def schedule(self, text: str) -> None:
        """Injects "NAME@seconds" from now, or "NAME@0.80mm" when the tip next passes that depth."""
        faults.schedule(self._emulated, text)

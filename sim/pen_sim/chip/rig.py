"""The rig around a pen on the emulated chip: the same truth as the simulator's, from the same plant."""

from __future__ import annotations

from pen_sim.chip.machine import ChipMachine
from pen_sim.rig import Rig


class ChipRig(Rig):
    """A rig around a pen on the emulated chip."""

    def __init__(self, machine: ChipMachine) -> None:
        super().__init__(machine)

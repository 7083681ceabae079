"""What a virtual pen meets: skin, needles, the cell's charge. `--skin`, `--needles`, `--charge`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pen_sim.plant.skin_spec import NEEDLES, SKINS
from pen_tools.errors import Usage

if TYPE_CHECKING:
    from pen_sim.rig import Rig


@dataclass(frozen=True)
class Conditions:
    """None: as the simulator has it by itself. `charge_percent` is the cell's."""

    skin: str | None = None
    needles: str | None = None
    charge_percent: float | None = None

    @property
    def any(self) -> bool:
        """Something is asked for."""
        return (self.skin, self.needles, self.charge_percent) != (None, None, None)

    def check(self, *, virtual: bool) -> None:
        """Raises Usage for what there is not, and if the pen is a real one."""
        if self.any and not virtual:
            raise Usage("--skin, --needles and --charge are for virtual pens", "leave them out")
        for option, value, known in (("skin", self.skin, SKINS), ("needles", self.needles, NEEDLES)):
            if value is not None and value not in known:
                raise Usage(f"--{option} {value}: there is no such", "there are: " + ", ".join(known))
        if self.charge_percent is not None and not 0 <= self.charge_percent <= 100:
            raise Usage(f"--charge {self.charge_percent:g} is not possible", "between 0 and 100 percent")

    def apply(self, rig: Rig) -> None:
        """Makes it so, from now on. Raises Usage for the charge of a pen without a cell."""
        from pen_sim.plant.solenoid import SolenoidPlant

        plant = rig.machine.plant
        rig.machine.settle()
        if self.skin is not None:
            plant.put_on(SKINS[self.skin])
        if self.needles is not None:
            plant.needles = self.needles
        if self.charge_percent is not None:
            if not isinstance(plant, SolenoidPlant):
                raise Usage(f"{rig.machine.name} has no cell to be charged", "leave --charge out")
            plant.charge_permille = 10 * self.charge_percent

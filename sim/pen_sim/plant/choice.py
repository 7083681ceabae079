"""Which plant a board has."""

from types import ModuleType

from pen_sim.plant.skin_spec import SkinSpec
from pen_sim.plant.solenoid import SolenoidPlant
from pen_sim.plant.stepper import StepperPlant

Plant = StepperPlant | SolenoidPlant


def plant_for(board: ModuleType, seed: int, skin: SkinSpec | None = None) -> Plant:
    """The plant of the board's drive; raises ValueError for a drive that nobody has modelled."""
    match board.DRIVE:
        case "stepper":
            return StepperPlant(board, seed, skin)
        case "solenoid":
            return SolenoidPlant(board, seed, skin)
        case drive:
            raise ValueError(f"no plant for the drive '{drive}'; there are: stepper, solenoid")

"""Two bodies that get warm, one in the other: the coil over the housing, the housing over the air. And their thermistors."""

from math import exp
from types import ModuleType

_ZERO_DC = -2_731.5  # absolute zero
_THERMISTOR_DC = 250.0  # where it has its nominal resistance
SUPPLY_V = 3.3  # of the thermistors' pull-up, and of the converter


class Heat:
    """Temperatures in tenths of a degree, powers in watts. `beat_s` is how often `beat` comes."""

    __slots__ = (
        "_ambient_dc",
        "_coil_dc_per_w",
        "_coil_part",
        "_housing_dc_per_w",
        "_housing_part",
        "coil_over_dc",
        "housing_dc",
    )

    def __init__(self, board: ModuleType, beat_s: float) -> None:
        self._ambient_dc = self.housing_dc = float(board.PLANT_AMBIENT_DC)
        self.coil_over_dc = 0.0
        self._coil_dc_per_w = board.PLANT_COIL_MK_PER_W / 100
        self._housing_dc_per_w = board.PLANT_HOUSING_MK_PER_W / 100
        self._coil_part = 1.0 - exp(-beat_s * 1_000 / board.PLANT_COIL_TAU_MS)
        self._housing_part = 1.0 - exp(-beat_s * 1_000 / board.PLANT_HOUSING_TAU_MS)

    @property
    def coil_dc(self) -> float:
        """The coil's temperature."""
        return self.housing_dc + self.coil_over_dc

    @coil_dc.setter
    def coil_dc(self, value: float) -> None:
        self.coil_over_dc = value - self.housing_dc

    def beat(self, coil_w: float, board_w: float) -> None:
        """One beat with this in the coil, and this in the board beside it; all of it leaves through the housing."""
        self.coil_over_dc += (self._coil_dc_per_w * coil_w - self.coil_over_dc) * self._coil_part
        settled = self._ambient_dc + self._housing_dc_per_w * (coil_w + board_w)
        self.housing_dc += (settled - self.housing_dc) * self._housing_part


def thermistor_v(board: ModuleType, temperature_dc: float) -> float:
    """Voltage of a thermistor below a pull-up of its nominal resistance: it falls when hot."""
    nearer = 10.0 / (temperature_dc - _ZERO_DC) - 10.0 / (_THERMISTOR_DC - _ZERO_DC)
    ratio = exp(board.PLANT_THERMISTOR_B_K * nearer)
    return SUPPLY_V * ratio / (ratio + 1.0)

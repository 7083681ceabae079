"""What the drive takes from the supply, what is left of it, and how warm that makes the board."""

from math import exp
from types import ModuleType

LOAD_MA = 150.0  # more at full load: CURRENT_MAX_MA is twice PLANT_MOVE_MA plus this [judgement]
MOVING_NS = 5_000_000  # the driver falls back to its hold current this long after the last step
DRIVER_LOCKOUT_MV = 8_000  # below, the driver switches itself off (common drivers: about 8 V) [judgement]

HEATING_DC_PER_A2 = 700.0  # 14 degrees at the 0.45 A of stroking, 25 at 0.6 A, in a small case [judgement]
THERMAL_S = 180.0  # time constant of board and case [judgement]
CHIP_V_AT_27C = 0.706  # the RP2040's own sensor [RP2040 datasheet 4.9.5]
CHIP_V_PER_DC = -0.000_172_1


class Current:
    """The current in mA of a drive that is switched on."""

    __slots__ = ("hold_ma", "move_ma")

    def __init__(self, board: ModuleType) -> None:
        self.hold_ma = float(board.PLANT_HOLD_MA)
        self.move_ma = float(board.PLANT_MOVE_MA)

    def at(self, since_step_ns: int, load: float) -> float:
        """`load` is the drive's force over its pull-out force, signed."""
        return self.move_ma + LOAD_MA * abs(load) if since_step_ns < MOVING_NS else self.hold_ma


class Warmth:
    """The chip's temperature in tenths of a degree: first order, heated by I^2."""

    __slots__ = ("_ambient_dc", "_part", "temperature_dc")

    def __init__(self, ambient_dc: float, beat_s: float) -> None:
        self._ambient_dc = self.temperature_dc = ambient_dc
        self._part = 1.0 - exp(-beat_s / THERMAL_S)

    def beat(self, current_ma: float) -> None:
        """One beat at this current."""
        settled = self._ambient_dc + HEATING_DC_PER_A2 * current_ma * current_ma * 1e-6
        self.temperature_dc += (settled - self.temperature_dc) * self._part

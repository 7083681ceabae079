"""The tip sensor: a voltage in proportion to where the needle tips are, and the ways it breaks."""

from types import ModuleType

from pen_sim.plant.adc import Channel
from pen_sim.plant.signals import ADC_FULL, CONVERSIONS, COUNTS_PER_V

NO_FIELD_V = 1.65  # a ratiometric Hall sensor at 3.3 V


class TipSensor(Channel):
    """volts = (tip_um - TIP_UM_AT_0V) / TIP_UM_PER_V. Faults change the line, never the path of a sample."""

    __slots__ = ("_frozen", "_magnet_lost", "_noise_factor", "_offset_um", "_open", "_scale", "_shorted", "_stuck")

    def __init__(self, board: ModuleType, noise: list[float]) -> None:
        um_per_v = float(board.TIP_UM_PER_V)
        noise_counts = board.PLANT_TIP_NOISE_NM / 1_000 / um_per_v * COUNTS_PER_V
        super().__init__(1 / um_per_v, -board.TIP_UM_AT_0V / um_per_v, noise_counts, noise)
        self._frozen = self._open = self._shorted = self._stuck = self._magnet_lost = False
        self._offset_um = 0.0
        self._scale = self._noise_factor = 1.0

    @property
    def frozen(self) -> bool:
        """The very same result for ever: the last one given."""
        return self._frozen

    @frozen.setter
    def frozen(self, value: bool) -> None:
        self._frozen = value
        self._retune()

    @property
    def stuck(self) -> bool:
        """Its output stays at the last voltage; what is converted from it still has its noise."""
        return self._stuck

    @stuck.setter
    def stuck(self, value: bool) -> None:
        self._stuck = value
        self._retune()

    @property
    def open(self) -> bool:
        """The wire is off: the ADC pin's pull-down takes it to 0 V."""
        return self._open

    @open.setter
    def open(self, value: bool) -> None:
        self._open = value
        self._retune()

    @property
    def shorted(self) -> bool:
        """The output is shorted to the sensor's supply: full scale."""
        return self._shorted

    @shorted.setter
    def shorted(self, value: bool) -> None:
        self._shorted = value
        self._retune()

    @property
    def magnet_lost(self) -> bool:
        """Its magnet has come off: the voltage of no field, whatever the tip does."""
        return self._magnet_lost

    @magnet_lost.setter
    def magnet_lost(self, value: bool) -> None:
        self._magnet_lost = value
        self._retune()

    @property
    def offset_um(self) -> float:
        """Reads this much too deep."""
        return self._offset_um

    @offset_um.setter
    def offset_um(self, value: float) -> None:
        self._offset_um = value
        self._retune()

    @property
    def scale(self) -> float:
        """Reads this multiple of the depth, about the nose cone's face."""
        return self._scale

    @scale.setter
    def scale(self, value: float) -> None:
        self._scale = value
        self._retune()

    @property
    def noise_factor(self) -> float:
        """Noise as a multiple of the board's."""
        return self._noise_factor

    @noise_factor.setter
    def noise_factor(self, value: float) -> None:
        self._noise_factor = value
        self._retune()

    def repair(self) -> None:
        """Takes every fault away."""
        self._frozen = self._open = self._shorted = self._stuck = self._magnet_lost = False
        self._offset_um = 0.0
        self._scale = self._noise_factor = 1.0
        self._retune()

    def _retune(self) -> None:
        """A dead wire hides everything else; a frozen output hides what the tip does."""
        if self._open or self._shorted:
            self._tune(0.0, ADC_FULL if self._shorted else 0.0, 0.0)
        elif self._frozen or self._stuck:
            self._tune(0.0, self.last_sum / CONVERSIONS, 0.0 if self._frozen else self._noise)
        elif self._magnet_lost:
            self._tune(0.0, NO_FIELD_V * COUNTS_PER_V, self._noise)
        else:
            base = self._base + self._offset_um * self._gain
            self._tune(self._gain * self._scale, base, self._noise * self._noise_factor)

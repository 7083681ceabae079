"""The coil in its circuit: cell, half-bridge, freewheeling path and clamp; and the books of charge and heat.

While both sides of the bridge are on, the cell drives the coil. With the low side alone the current goes on through a diode
drop, as between chops. When the low side is off, by its pin or because the enable is gone, the current falls against the clamp.
"""

from types import ModuleType

from pen_sim.plant.cell import Cell
from pen_sim.plant.coil import Coil
from pen_sim.plant.heat import Heat

DEAD, DRIVEN, FREEWHEELS, CLAMPED = range(4)
BEAT_NS = 97_000_000  # heat and charge follow this often; not a round number, so that no stroke rate keeps step with it
BEAT_S = BEAT_NS * 1e-9
FIELD_GONE = 0.02  # A: 0.06 mN
_COPPER_DC = 200.0  # where PLANT_COIL_MOHM is said
_SHORTED = 0.1  # what is left of the turns' resistance


class Circuit(Coil):
    """Volts, ohms, amperes; `mode` says what the current flows through."""

    __slots__ = (
        "_board", "_clamp_v", "_clamped", "_coil_ohm", "_copper", "_diode_v", "_eddied", "_paths", "_series_ohm", "_squared",
        "_taken", "cell", "clamp_lost", "cold_ohm", "heat", "idle_a", "mode", "open", "open_v", "override_mv", "shorted",
        "slope", "source_ohm",
    )  # fmt: skip

    def __init__(self, board: ModuleType) -> None:
        super().__init__(board.PLANT_EDDY_US * 1e-6)
        self._board = board
        self.cell = Cell(board)
        self.heat = Heat(board, BEAT_S)
        self.cold_ohm = board.PLANT_COIL_MOHM / 1_000
        self._copper = board.PLANT_COPPER_PPM * 1e-7  # for a tenth of a degree
        self._series_ohm = board.PLANT_BRIDGE_MOHM / 1_000
        self._clamp_v = board.PLANT_CLAMP_MV / 1_000
        self._diode_v = board.PLANT_DIODE_MV / 1_000
        self.slope = board.PLANT_COIL_UH_PER_MM * 1e-9  # H/um
        self.idle_a = board.PLANT_IDLE_MA / 1_000
        self.mode = DEAD
        self.open = self.shorted = self.clamp_lost = False
        self.override_mv: float | None = None
        self._taken = self._squared = self._clamped = self._eddied = 0.0
        self.tune()

    def tune(self) -> None:
        """Temperatures, charge or a fault may have changed what the current meets."""
        board, heat = self._board, self.heat
        millivolts = self.cell.open_mv() if self.override_mv is None else self.override_mv
        self.open_v = millivolts / 1_000
        self.source_ohm = self.cell.ohm(heat.housing_dc) + board.PLANT_WIRING_MOHM / 1_000
        coil = self.cold_ohm * (1.0 + self._copper * (heat.coil_dc - _COPPER_DC))
        self._coil_ohm = coil * _SHORTED if self.shorted else coil
        ohm = self._coil_ohm + self._series_ohm
        driven = (self.open_v - self.idle_a * self.source_ohm, ohm + self.source_ohm)
        self._paths = ((0.0, ohm), driven, (-self._diode_v, ohm), (-self._clamp_v, ohm))
        self._aim()

    def _aim(self) -> None:
        self.volts, self.ohm = self._paths[self.mode]

    def switch(self, high: bool, low: bool) -> None:
        """Which sides of the bridge conduct. The high side alone is as none: the clamp keeps more than the cell has."""
        if self.open:
            self.amps = 0.0  # in a spark
        if high and low and not self.open:
            mode = DRIVEN
        elif self.amps <= 0.0:
            mode = DEAD
        elif low or self.clamp_lost:
            mode = FREEWHEELS
        else:
            mode = CLAMPED
        self.mode = mode
        self.volts, self.ohm = self._paths[mode]

    def pass_by(self, seconds: float, way_um: float) -> None:
        """What was solved last has happened, and the armature has gone so far: current and field are as at its end."""
        mode = self.mode
        self.field = field = self.end_field
        if mode == DEAD:
            if field < FIELD_GONE:
                self.rest()
            return
        first, middle, last = self.amps, self.half_amps, self.end_amps
        sixth = seconds / 6.0
        self._squared += sixth * (first * first + 4.0 * middle * middle + last * last)
        if mode == DRIVEN:
            self._taken += sixth * (first + 4.0 * middle + last)
        elif mode == CLAMPED:
            self._clamped += sixth * (first + 4.0 * middle + last)
        if way_um:
            between = self.half_field
            self._eddied += 0.5 * self.slope * (middle * middle - between * between) * way_um
        self.amps = last
        if last <= 0.0 and mode != DRIVEN:
            self.amps = 0.0
            self.mode = DEAD
            self._aim()

    def beat(self) -> None:
        """Heat and charge of the last beat; the iron's heat is the coil's, the clamp's and the bridge's the board's."""
        coil_j = self._squared * self._coil_ohm + self._eddied
        board_j = self._squared * self._series_ohm + self._clamped * self._clamp_v
        self.heat.beat(coil_j / BEAT_S, board_j / BEAT_S)
        self.cell.take(self._taken + self.idle_a * BEAT_S)
        self._taken = self._squared = self._clamped = self._eddied = 0.0
        self.tune()

    def rail_v(self, amps: float) -> float:
        """The supply behind cell and wiring, with this in the coil."""
        drawn = amps + self.idle_a if self.mode == DRIVEN else self.idle_a
        return max(0.0, self.open_v - drawn * self.source_ohm)

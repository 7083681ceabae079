"""The plant of a board with a stepper: `bench_stepper`. Pins in, switches and ADC values out."""

from types import ModuleType

from pen_sim.plant.adc import CONVERTER_NOISE, Channel, deviates
from pen_sim.plant.carriage import BEAT_NS
from pen_sim.plant.rotor import Rotor
from pen_sim.plant.signals import ADC_FULL_SUM, HOME
from pen_sim.plant.skin_spec import SkinSpec
from pen_sim.plant.supply import CHIP_V_AT_27C, CHIP_V_PER_DC, DRIVER_LOCKOUT_MV, LOAD_MA, MOVING_NS, Current, Warmth


class StepperPlant(Rotor):
    """With the drive off the spring holds the carriage at the back stop; from `start_um` it sets out at once."""

    __slots__ = ("_current", "_nominal_mv", "_ohm", "_warmth")

    def __init__(
        self,
        board: ModuleType,
        seed: int,
        skin: SkinSpec | None = None,
        start_um: float | None = None,
        start_ns: int = 0,
    ) -> None:
        self._current = Current(board)
        self._warmth = Warmth(float(board.PLANT_AMBIENT_DC), BEAT_NS * 1e-9)
        super().__init__(board, skin, start_um, start_ns)
        self._wire(board, seed, float(board.HOME_OPENS_UM - board.CLEARANCE_UM), DRIVER_LOCKOUT_MV)
        self._nominal_mv = float(board.PLANT_SUPPLY_MV)
        self._ohm = board.PLANT_SUPPLY_MOHM / 1_000
        chip_v_at_0 = CHIP_V_AT_27C - 270 * CHIP_V_PER_DC  # inside the chip, in tenths of a degree
        noise_table = deviates(seed, "temperature")
        self._temperature_channel = Channel(CHIP_V_PER_DC, chip_v_at_0, CONVERTER_NOISE, noise_table)

    def sample(self, t_ns: int) -> None:
        """Brings everything to `t_ns`: `adc` (sums of four conversions) and `switches`."""
        self._seen_ns = t_ns
        if t_ns >= self._due_ns:
            self._run(t_ns)
        tip = self._tip
        current_ma = 0.0
        if self._driven:  # as _current_ma, _open_mv and _sensed do, in line: this is called most, besides `step`
            current = self._current
            moving = t_ns - self._last_ns < MOVING_NS
            current_ma = current.move_ma + LOAD_MA * abs(self._load) if moving else current.hold_ma
            if current_ma > self.peak_ma:
                self.peak_ma = current_ma
        open_mv = self._nominal_mv if self._supply_mv is None else self._supply_mv
        chip_dc = self._warmth.temperature_dc if self.temperature_dc is None else self.temperature_dc
        adc = self.adc
        adc[0] = self.tip_sensor.total(tip)
        shunt, supply, temperature = self._shunt, self._supply_channel, self._temperature_channel
        adc[1] = counts1 = int((current_ma + self.current_offset_ma) * shunt.slope + shunt.draw())
        adc[2] = counts2 = int((open_mv - current_ma * self._ohm) * supply.slope + supply.draw())
        adc[3] = counts3 = int(chip_dc * temperature.slope + temperature.draw())
        if not (0 <= counts1 <= ADC_FULL_SUM and 0 <= counts2 <= ADC_FULL_SUM and 0 <= counts3 <= ADC_FULL_SUM):
            adc[1:] = [min(max(counts, 0), ADC_FULL_SUM) for counts in adc[1:]]
        if tip <= self._home_um:
            self.switches |= HOME
        else:
            self.switches &= ~HOME

    def current_ma(self, t_ns: int) -> float:
        """The drive's true current."""
        self.advance(t_ns)
        return self._current_ma(t_ns)

    def _current_ma(self, t_ns: int) -> float:
        return self._current.at(t_ns - self._last_ns, self._load) if self._driven else 0.0

    def rail_mv(self, t_ns: int) -> float:
        """The supply's true voltage under this current."""
        return self._open_mv() - self.current_ma(t_ns) * self._ohm

    def _open_mv(self) -> float:
        return self._nominal_mv if self._supply_mv is None else self._supply_mv

    def _sensed(self) -> float:
        return self._warmth.temperature_dc if self.temperature_dc is None else self.temperature_dc

    def _beat(self, t_ns: int) -> None:
        self._warmth.beat(self._current_ma(t_ns))

"""The plant of a board with a stepper: `bench_stepper`. Pins in, switches and ADC values out.

Time is passed in and never goes back. Attributes take effect at the time the plant has reached: call `advance(t_ns)`
before changing one at a certain time. One seed and the same edges give the same results; how often the plant is looked
at changes nothing but how far the noise has run.
"""

from math import inf
from types import ModuleType

from pen_sim.plant import signals
from pen_sim.plant.adc import CONVERTER_NOISE, Channel, deviates
from pen_sim.plant.carriage import BEAT_NS
from pen_sim.plant.rotor import Rotor
from pen_sim.plant.sensor import TipSensor
from pen_sim.plant.signals import ADC_FULL_SUM, COUNTS_PER_V, ENABLE_SENSE, HOME, ChannelName
from pen_sim.plant.skin import Skin
from pen_sim.plant.skin_spec import TYPICAL, SkinSpec, under
from pen_sim.plant.supply import CHIP_V_AT_27C, CHIP_V_PER_DC, DRIVER_LOCKOUT_MV, LOAD_MA, MOVING_NS, Current, Warmth
from pen_sim.plant.switches import Switch


class StepperPlant(Rotor):
    """With the drive off the spring holds the carriage at the back stop; from `start_um` it sets out at once."""

    __slots__ = (
        "_current", "_driver_dead", "_driver_fault", "_enable_stuck", "_gate", "_home_opens", "_home_stuck", "_home_um",
        "_needles", "_nominal_mv", "_ohm", "_shunt", "_spec", "_supply_channel", "_supply_mv", "_temperature_channel",
        "_warmth", "adc", "cartridge_code", "current_offset_ma", "peak_ma", "switches", "temperature_dc", "tip_sensor",
    )  # fmt: skip

    trigger_held = Switch(signals.TRIGGER)
    cartridge_seated = Switch(signals.CARTRIDGE)
    estop_pressed = Switch(signals.ESTOP)

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
        self._spec = skin or TYPICAL
        self._needles = "sharp"
        super().__init__(board, Skin(self._spec, board.PLANT_NEEDLES), start_um, start_ns)
        self.adc = [0, 0, 0, 0]
        self.switches = signals.CARTRIDGE
        self._wire(board, seed)
        self._nominal_mv = float(board.PLANT_SUPPLY_MV)
        self._ohm = board.PLANT_SUPPLY_MOHM / 1_000
        self._home_opens = float(board.HOME_OPENS_UM - board.CLEARANCE_UM)
        self._home_um = self._home_opens
        self._home_stuck: bool | None = None
        self._enable_stuck: bool | None = None
        self._supply_mv: float | None = None
        self._gate = self._driver_fault = self._driver_dead = False
        self.cartridge_code = ""  # of the one in the seat, as a reader reads it
        self.current_offset_ma = 0.0
        self.peak_ma = 0.0  # the greatest true current at a sample; whoever wants to know sets it back
        self.temperature_dc: float | None = None  # overrides the model

    def _wire(self, board: ModuleType, seed: int) -> None:
        """The four analog inputs; the temperature's is inside the chip, in tenths of a degree."""
        self.tip_sensor = TipSensor(board, deviates(seed, "tip"))
        v_per_ma = 1 / board.CURRENT_MA_PER_V
        noise = board.PLANT_CURRENT_NOISE_UA / 1_000 * v_per_ma * COUNTS_PER_V
        self._shunt = Channel(v_per_ma, 0.0, noise, deviates(seed, "current"))
        self._supply_channel = Channel(1 / board.SUPPLY_MV_PER_V, 0.0, CONVERTER_NOISE, deviates(seed, "supply"))
        chip_v_at_0 = CHIP_V_AT_27C - 270 * CHIP_V_PER_DC
        noise_table = deviates(seed, "temperature")
        self._temperature_channel = Channel(CHIP_V_PER_DC, chip_v_at_0, CONVERTER_NOISE, noise_table)

    def sample(self, t_ns: int) -> None:
        """Brings everything to `t_ns`: `adc` (sums of four conversions) and `switches`."""
        self._seen_ns = t_ns
        if t_ns >= self._due_ns:
            self._run(t_ns)
        tip = self._tip
        current_ma = 0.0
        if self._driven:  # as _current_ma, _open_mv and _chip_dc do, in line: this is called most, besides `step`
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

    def adc_counts(self, channel_name: ChannelName, t_ns: int) -> int:
        """One 12-bit conversion, for a chip that converts one by one."""
        self.advance(t_ns)
        match channel_name:
            case "tip":
                return self.tip_sensor.once(self._tip)
            case "current":
                return self._shunt.once(self.current_ma(t_ns) + self.current_offset_ma)
            case "supply":
                return self._supply_channel.once(self.rail_mv(t_ns))
            case "temperature":
                return self._temperature_channel.once(self._chip_dc())

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

    def _chip_dc(self) -> float:
        return self._warmth.temperature_dc if self.temperature_dc is None else self.temperature_dc

    def _beat(self, t_ns: int) -> None:
        self._warmth.beat(self._current_ma(t_ns))

    def set_enable(self, t_ns: int, on: bool) -> None:
        """The enable gate's output as the pins make it."""
        self.advance(t_ns)
        self._gate = on
        self._switch_drive()

    @property
    def enabled(self) -> bool:
        """The enable gate's output, at the driver."""
        return self._gate if self._enable_stuck is None else self._enable_stuck

    def _switch_drive(self) -> None:
        """The driver works while it is enabled, well and supplied."""
        enabled = self.enabled
        self.switches = self.switches | ENABLE_SENSE if enabled else self.switches & ~ENABLE_SENSE
        healthy = not (self._driver_fault or self._driver_dead) and self._open_mv() >= DRIVER_LOCKOUT_MV
        self._drive(enabled and healthy, self._seen_ns)

    @property
    def home_stuck(self) -> bool | None:
        """The home switch says this whatever the tip does; None: it works."""
        return self._home_stuck

    @home_stuck.setter
    def home_stuck(self, value: bool | None) -> None:
        self._home_stuck = value
        self._home_um = self._home_opens if value is None else inf if value else -inf

    @property
    def enable_stuck(self) -> bool | None:
        """The enable gate's output is stuck there; None: it works."""
        return self._enable_stuck

    @enable_stuck.setter
    def enable_stuck(self, value: bool | None) -> None:
        self._enable_stuck = value
        self._switch_drive()

    @property
    def driver_fault(self) -> bool:
        """The driver reports a fault and has switched its outputs off, as drivers do."""
        return self._driver_fault

    @driver_fault.setter
    def driver_fault(self, value: bool) -> None:
        self._driver_fault = value
        self.switches = self.switches | signals.DRIVER_FAULT if value else self.switches & ~signals.DRIVER_FAULT
        self._switch_drive()

    @property
    def driver_dead(self) -> bool:
        """The driver has switched its outputs off and does not say so."""
        return self._driver_dead

    @driver_dead.setter
    def driver_dead(self, value: bool) -> None:
        self._driver_dead = value
        self._switch_drive()

    @property
    def needles(self) -> str:
        """What the needles are like, as skin_spec.NEEDLES names it; changed, it counts from where they are."""
        return self._needles

    @needles.setter
    def needles(self, value: str) -> None:
        self._needles = value
        self.skin.change(under(self._spec, value))

    @property
    def supply_mv(self) -> float | None:
        """The supply without load, instead of the board's; below its lockout the driver lets go."""
        return self._supply_mv

    @supply_mv.setter
    def supply_mv(self, value: float | None) -> None:
        self._supply_mv = value
        self._switch_drive()

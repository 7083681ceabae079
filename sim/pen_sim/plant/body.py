"""What every pen has, whatever makes its strokes: the enable gate, buttons and contacts, analog inputs, and their faults.

Time is passed in and never goes back. Attributes take effect at the time the plant has reached: call `advance(t_ns)`
before changing one at a certain time. One seed and the same edges give the same results; how often the plant is looked
at changes nothing but how far the noise has run.
"""

from math import inf
from types import ModuleType

from pen_sim.plant import signals
from pen_sim.plant.adc import CONVERTER_NOISE, Channel, deviates
from pen_sim.plant.sensor import TipSensor
from pen_sim.plant.signals import COUNTS_PER_V, ENABLE_SENSE, ChannelName
from pen_sim.plant.skin import Skin
from pen_sim.plant.skin_spec import TYPICAL, SkinSpec, under
from pen_sim.plant.switches import Switch
from pen_sim.plant.track import Track


class Body(Track):
    """A drive's class fills in what it does with steps, enable and forces."""

    __slots__ = (
        "_cartridge_code",
        "_driver_dead",
        "_driver_fault",
        "_due_ns",
        "_enable_stuck",
        "_gate",
        "_home_opens",
        "_home_stuck",
        "_home_um",
        "_lockout_mv",
        "_needles",
        "_seen_ns",
        "_shunt",
        "_spec",
        "_supply_channel",
        "_supply_mv",
        "_temperature_channel",
        "adc",
        "current_offset_ma",
        "peak_ma",
        "switches",
        "temperature_dc",
        "tip_sensor",
    )  # fmt: skip

    _temperature_channel: Channel
    trigger_held = Switch(signals.TRIGGER)
    cartridge_seated = Switch(signals.CARTRIDGE)
    estop_pressed = Switch(signals.ESTOP)

    def __init__(self, board: ModuleType, skin: SkinSpec | None, tip_um: float, start_ns: int) -> None:
        self._spec = skin or TYPICAL
        self._needles = "sharp"
        super().__init__(tip_um, start_ns, Skin(self._spec, board.PLANT_NEEDLES))
        self._seen_ns = start_ns
        self._due_ns: float = 0.0  # before this nothing has to be computed
        self.adc = [0, 0, 0, 0]
        self.switches: int = signals.CARTRIDGE
        self._home_stuck: bool | None = None
        self._enable_stuck: bool | None = None
        self._supply_mv: float | None = None
        self._gate = self._driver_fault = self._driver_dead = False
        self._cartridge_code = ""
        self.current_offset_ma = 0.0
        self.peak_ma = 0.0  # the greatest true current at a sample; whoever wants to know sets it back
        self.temperature_dc: float | None = None  # overrides the model

    def _wire(self, board: ModuleType, seed: int, home_opens_um: float, lockout_mv: float) -> None:
        """The switch that says home, and the analog inputs but for the temperature's."""
        self._home_opens = self._home_um = home_opens_um
        self._lockout_mv = lockout_mv
        self.tip_sensor = TipSensor(board, deviates(seed, "tip"))
        v_per_ma = 1 / board.CURRENT_MA_PER_V
        noise = board.PLANT_CURRENT_NOISE_UA / 1_000 * v_per_ma * COUNTS_PER_V
        self._shunt = Channel(v_per_ma, 0.0, noise, deviates(seed, "current"))
        self._supply_channel = Channel(1 / board.SUPPLY_MV_PER_V, 0.0, CONVERTER_NOISE, deviates(seed, "supply"))

    # What a drive does in its own way.

    def _run(self, t_ns: int) -> None:
        """Everything that happens by itself until `t_ns`, in its order."""
        raise NotImplementedError

    def _drive(self, on: bool, t_ns: int) -> None:
        """Switches the driver's outputs."""
        raise NotImplementedError

    def sample(self, t_ns: int) -> None:
        """Brings everything to `t_ns`: `adc` (sums of four conversions) and `switches`."""
        raise NotImplementedError

    def step(self, t_ns: int) -> None:
        """A rising edge on STEP."""
        raise NotImplementedError

    def set_dir(self, t_ns: int, outward: bool) -> None:
        """The level on DIR."""
        raise NotImplementedError

    def extra_steps(self, count: int, t_ns: int) -> None:
        """The driver makes steps that nobody sent, at once and whatever the forces: only the stops stop them."""
        raise NotImplementedError

    def slip_um(self, distance_um: float, t_ns: int) -> None:
        """What the screw carries slips on it, outward if positive."""
        raise NotImplementedError

    def jam(self, on: bool) -> None:
        """Blocks the carriage where it is, both ways, or frees it."""
        raise NotImplementedError

    def current_ma(self, t_ns: int) -> float:
        """The drive's true current."""
        raise NotImplementedError

    def rail_mv(self, t_ns: int) -> float:
        """The supply's true voltage under this current."""
        raise NotImplementedError

    def _open_mv(self) -> float:
        """The supply without load."""
        raise NotImplementedError

    def _sensed(self) -> float:
        """What the temperature's input is wired to, in its channel's unit."""
        raise NotImplementedError

    # What is the same for all.

    @property
    def cartridge_code(self) -> str:
        """Of the cartridge in the seat, as a reader reads it; "" for one without a code."""
        return self._cartridge_code

    @cartridge_code.setter
    def cartridge_code(self, value: str) -> None:
        self._cartridge_code = value

    def seat_new(self) -> None:
        """Somebody seats a cartridge that was never used; one without a code is as new as any."""

    def advance(self, t_ns: int) -> None:
        """Brings the mechanics to `t_ns`. Knobs take effect at the time the plant has reached: call this before."""
        self._seen_ns = t_ns
        if t_ns >= self._due_ns:
            self._run(t_ns)

    def tip_um(self, t_ns: int) -> float:
        """The true position of the needle tips."""
        self.advance(t_ns)
        return self._tip

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
                return self._temperature_channel.once(self._sensed())

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
        healthy = not (self._driver_fault or self._driver_dead) and self._open_mv() >= self._lockout_mv
        self._drive(enabled and healthy, self._seen_ns)

    @property
    def home_stuck(self) -> bool | None:
        """The home switch says this whatever is there; None: it works."""
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

    def put_on(self, skin: SkinSpec) -> None:
        """The pen is on this skin from here on; it is given as under sharp needles."""
        self._spec = skin
        self.skin.change(under(skin, self._needles))

    @property
    def supply_mv(self) -> float | None:
        """The supply without load, instead of the board's; below its lockout the driver lets go."""
        return self._supply_mv

    @supply_mv.setter
    def supply_mv(self, value: float | None) -> None:
        self._supply_mv = value
        self._switch_drive()

"""The plant of a board with a solenoid: `pen_solenoid`. Pins in, switches and ADC values out."""

from types import ModuleType

from pen_sim.plant.adc import CONVERTER_NOISE, Channel, deviates
from pen_sim.plant.circuit import DRIVEN
from pen_sim.plant.heat import thermistor_v
from pen_sim.plant.knobs import Knob
from pen_sim.plant.memory import Memory, rom_of
from pen_sim.plant.signals import ADC_FULL_SUM, HOME
from pen_sim.plant.skin_spec import SkinSpec
from pen_sim.plant.striker import Striker


class SolenoidPlant(Striker):
    """The carriage is on its seat at the start, and the stop at `stop_um`, or at its back end."""

    __slots__ = (
        "_board",
        "_board_selected",
        "_by_hand",
        "_driven",
        "_high_pin",
        "_low_pin",
        "_seated",
        "_seed",
        "_spring",
        "_spring_broken",
        "_thermistor_off",
        "_thermistor_v",
        "memory",
    )

    coil_open = Knob[bool]("circuit.open", "The coil's wire is broken.")
    coil_shorted = Knob[bool]("circuit.shorted", "Most turns are shorted: a tenth of the resistance is left.")
    clamp_lost = Knob[bool]("circuit.clamp_lost", "The clamp is shorted: the current always freewheels.")
    cell_ohm = Knob[float]("circuit.cell.aged", "The cell's resistance as a multiple of a new one's.")
    charge_permille = Knob[float]("circuit.cell.permille", "The cell's charge, 0 to 1000.")
    housing_dc = Knob[float]("circuit.heat.housing_dc", "The housing's true temperature; the coil's goes with it.")
    coil_dc = Knob[float]("circuit.heat.coil_dc", "The coil's true temperature.")
    spring_broken = Knob[bool]("_spring_broken", "The return spring is broken: no force.")
    load_mn = Knob[float]("_load_mn", "A force that resists outward motion, on top of everything else.")
    reversed_dir = Knob[bool]("stop.reversed_dir", "The driver takes DIR the wrong way round.")
    stuck_dir = Knob[bool | None](
        "stop.stuck_dir", "The driver sees DIR at this level, outward if True; None: it works."
    )
    steps_to_lose = Knob[int]("stop.steps_to_lose", "The driver swallows this many of the next steps.")
    lose_inward_only = Knob[bool]("stop.lose_inward_only", "It swallows inward ones only.")
    thermistor_off = Knob[bool]("_thermistor_off", "The coil's thermistor has come off: it is as warm as the housing.")
    memory_garbled = Knob[bool]("memory.garbled", "A bit of what the cartridge's memory sends arrives wrong.")
    magnet_lost = Knob[bool]("tip_sensor.magnet_lost", "The sensor's magnet has come off: it reads no field.")

    def __init__(
        self,
        board: ModuleType,
        seed: int,
        skin: SkinSpec | None = None,
        stop_um: float | None = None,
        start_ns: int = 0,
    ) -> None:
        self._board = board
        self._seed, self._seated, self._by_hand = seed, 0, False
        self.memory = Memory(rom_of(f"{seed}"))
        super().__init__(board, skin, stop_um, start_ns)
        self._wire(board, seed, float(board.STOP_HOME_UM), board.PLANT_LOCKOUT_MV)
        self._temperature_channel = Channel(1.0, 0.0, CONVERTER_NOISE, deviates(seed, "temperature"))
        self._spring = (self._preload, self._rate)
        self._high_pin = self._low_pin = self._driven = False
        self._spring_broken = self._board_selected = self._thermistor_off = False
        self._thermistor_v = 0.0
        self._stand()
        self._feel()

    # Pins.

    def set_coil(self, t_ns: int, high: bool, low: bool) -> None:
        """The levels on the pins of the coil's high side and of its low side, which work while the gate is on."""
        self._seen_ns = t_ns
        self._cut(t_ns)
        self._high_pin, self._low_pin = high, low
        driven = self._driven
        self.circuit.switch(driven and high, driven and low)

    def _switch(self) -> None:
        driven = self._driven
        self.circuit.switch(driven and self._high_pin, driven and self._low_pin)

    def _drive(self, on: bool, t_ns: int) -> None:
        self._cut(t_ns)
        self._driven = on
        circuit = self.circuit
        if circuit.override_mv != self._supply_mv:
            circuit.override_mv = self._supply_mv
            circuit.tune()
        self._switch()

    def set_dir(self, t_ns: int, outward: bool) -> None:
        """The level on DIR of the stop's driver."""
        self._seen_ns = t_ns
        self.stop.outward = outward

    def step(self, t_ns: int) -> None:
        """A rising edge on STEP of the stop's driver."""
        self._seen_ns = t_ns
        if self._driven:
            self._cut(t_ns)
            self.stop.step(t_ns, self._pressed_mn())
            self._resettle()

    def extra_steps(self, count: int, t_ns: int) -> None:
        """The stop's driver makes steps that nobody sent, at once and whatever the forces: only the screw's ends stop them."""
        self._seen_ns = t_ns
        self._cut(t_ns)
        self.stop.turn_regardless(count if self._driven else 0)
        self._resettle()

    def slip_um(self, distance_um: float, t_ns: int) -> None:
        """The stop slips on its screw, outward if positive, and takes a tip that is in its way along."""
        self._seen_ns = t_ns
        self._cut(t_ns)
        self.stop.slip(distance_um)
        self._resettle()

    def set_thermistor(self, t_ns: int, board: bool) -> None:
        """The analog switch's pin: the thermistor on the board, or the coil's."""
        self._seen_ns = t_ns
        self._board_selected = board
        self._feel()

    # What it measures.

    def sample(self, t_ns: int) -> None:
        """Brings everything to `t_ns`: `adc` (sums of four conversions) and `switches`."""
        self._seen_ns = t_ns
        if t_ns >= self._due_ns:
            self._run(t_ns)
        # Channel.total and Circuit.rail_v in line: this is called most.
        current_ma = 1_000.0 * self._amps
        if current_ma > self.peak_ma:
            self.peak_ma = current_ma
        sensor, shunt, adc, circuit = self.tip_sensor, self._shunt, self.adc, self.circuit
        counts = int(self._tip * sensor.slope + sensor.draw())
        sensor.last_sum = adc[0] = 0 if counts < 0 else counts if counts <= ADC_FULL_SUM else ADC_FULL_SUM
        counts = int((current_ma + self.current_offset_ma) * shunt.slope + shunt.draw())
        adc[1] = 0 if counts < 0 else counts if counts <= ADC_FULL_SUM else ADC_FULL_SUM
        drawn = self._amps + circuit.idle_a if circuit.mode == DRIVEN else circuit.idle_a
        rail_v, supply = circuit.open_v - drawn * circuit.source_ohm, self._supply_channel
        counts = int((1_000.0 * rail_v if rail_v > 0.0 else 0.0) * supply.slope + supply.draw())
        adc[2] = 0 if counts < 0 else counts if counts <= ADC_FULL_SUM else ADC_FULL_SUM
        volts = self._thermistor_v if self.temperature_dc is None else self._sensed()
        counts = int(volts * self._temperature_channel.slope + self._temperature_channel.draw())
        adc[3] = 0 if counts < 0 else counts if counts <= ADC_FULL_SUM else ADC_FULL_SUM
        if self.stop.um <= self._home_um:
            self.switches |= HOME
        else:
            self.switches &= ~HOME

    def current_ma(self, t_ns: int) -> float:
        """The coil's true current."""
        self.advance(t_ns)
        return 1_000.0 * self._amps

    def rail_mv(self, t_ns: int) -> float:
        """The cell's true voltage behind its wiring, under this current."""
        self.advance(t_ns)
        return 1_000.0 * self.circuit.rail_v(self._amps)

    def _open_mv(self) -> float:
        return self.circuit.cell.open_mv() if self._supply_mv is None else self._supply_mv

    def _sensed(self) -> float:
        """Volts: what the selected thermistor makes of its temperature."""
        return self._thermistor_v if self.temperature_dc is None else thermistor_v(self._board, self.temperature_dc)

    def _feel(self) -> None:
        heat = self.circuit.heat
        self._thermistor_v = thermistor_v(
            self._board, heat.housing_dc if self._board_selected or self._thermistor_off else heat.coil_dc
        )

    def _beat(self) -> None:
        super()._beat()
        self._feel()

    # What is true, and what is broken.

    @property
    def cartridge_code(self) -> str:
        """The number of the seated cartridge's memory, sixteen hexadecimal digits; "" if it has none."""
        return self.memory.rom.hex()

    @cartridge_code.setter
    def cartridge_code(self, value: str) -> None:
        self._by_hand = True
        self.memory.rom = bytes.fromhex(value)

    def seat_new(self) -> None:
        """Another cartridge is in the seat, which nobody has used; but for one whose code was set by hand."""
        if not self._by_hand:
            self._seated += 1
            self.memory.rom = rom_of(f"{self._seed} {self._seated}")

    @property
    def stop_um(self) -> float:
        """The true position of the stop: where the tip is stopped."""
        return self.stop.um

    def jam(self, on: bool) -> None:
        """Blocks the carriage where it is, both ways, or frees it."""
        self.before_knob()
        self._jammed = on
        self.after_knob()

    def before_knob(self) -> None:
        """The plant is brought to the time it has reached."""
        self._cut(self._seen_ns)

    def after_knob(self) -> None:
        """Something has changed: the current's circuit, or the forces on the carriage."""
        self._preload, self._rate = (0.0, 0.0) if self._spring_broken else self._spring
        self.circuit.tune()
        self._switch()
        self._feel()
        self._resettle()

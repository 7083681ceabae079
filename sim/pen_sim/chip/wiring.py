"""The plant on the chip's pins, as the board file's wiring says: edges out of the chip, levels and voltages into it."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from pen_sim.chip.emulator import Chip
from pen_sim.edges import (
    BUZZER,
    CARRIER,
    CARTRIDGE,
    COIL,
    COIL_LOW,
    DIR,
    DRIVER_FAULT,
    ENABLE,
    ESTOP,
    GATE,
    HOME,
    LED_BLUE,
    LED_GREEN,
    LED_RED,
    STEP,
    TRIGGER,
    Edges,
)
from pen_sim.plant import signals
from pen_sim.plant.choice import Plant
from pen_sim.plant.signals import CHANNEL_NAMES, ChannelName
from pen_sim.plant.solenoid import SolenoidPlant

PUMP_HOLD_US = 100  # the charge pump's output outlives the last edge of the carrier by this


class Wiring:
    """Connects them for good. Contacts close to ground, against the chip's own pull-ups."""

    def __init__(self, chip: Chip, board: ModuleType, plant: Plant, edges: Edges) -> None:
        self._chip = chip
        self._plant = plant
        self._edges = edges
        self._hold_ns = getattr(board, "PLANT_PUMP_HOLD_US", PUMP_HOLD_US) * 1_000
        self._enable = False
        self._carrier = False
        self._edge_ns = 0
        self._pump: bool | None = None  # its output is stuck there
        self.gate = False
        self._switches = plant.switches
        self._contacts = (
            (board.PIN_HOME, signals.HOME, HOME, True),
            (board.PIN_CARTRIDGE, signals.CARTRIDGE, CARTRIDGE, True),
            (board.PIN_TRIGGER, signals.TRIGGER, TRIGGER, True),
            (board.PIN_ESTOP, signals.ESTOP, ESTOP, False),
            (board.PIN_DRIVER_FAULT, signals.DRIVER_FAULT, DRIVER_FAULT, True),
        )
        self._sense = chip.pin(board.PIN_ENABLE_SENSE)
        self._connect_outputs(board)
        self._connect_analog(board)
        chip.before_reading_pins(self.settle)
        self._set_contacts()

    # Out of the chip.

    def _connect_outputs(self, board: ModuleType) -> None:
        pin = self._chip.pin
        pin(board.PIN_STEP).listen(self._on_step)
        pin(board.PIN_DIR).listen(self._on_dir)
        pin(board.PIN_ENABLE).listen(self._on_enable)
        pin(board.PIN_CARRIER).listen(self._on_carrier)
        if isinstance(self._plant, SolenoidPlant):
            self._connect_coil(board, self._plant)
            self._connect_memory(board.PIN_CARTRIDGE_CODE, self._plant)
            pin(board.PIN_THERMISTOR).listen(self._thermistor_listener(self._plant))
        self._note_edges(board.PIN_LED_RED, LED_RED)
        self._note_edges(board.PIN_LED_GREEN, LED_GREEN)
        self._note_edges(board.PIN_LED_BLUE, LED_BLUE)
        self._note_edges(board.PIN_BUZZER, BUZZER)

    def _note_edges(self, number: int, signal: int) -> None:
        self._chip.pin(number).listen(lambda level: self._edges.add(self._chip.now_ns, signal, level))

    def _connect_coil(self, board: ModuleType, plant: SolenoidPlant) -> None:
        levels = {COIL: False, COIL_LOW: False}

        def listener(signal: int) -> Callable[[int], None]:
            def listen(level: int) -> None:
                now = self._chip.now_ns
                self._edges.add(now, signal, level)
                levels[signal] = bool(level)
                plant.set_coil(now, levels[COIL], levels[COIL_LOW])

            return listen

        self._chip.pin(board.PIN_COIL).listen(listener(COIL))
        self._chip.pin(board.PIN_COIL_LOW).listen(listener(COIL_LOW))

    def _connect_memory(self, number: int, plant: SolenoidPlant) -> None:
        """The cartridge's contacts: its memory is on the wire while it is seated. Both ends can only pull it down."""
        chip, pin = self._chip, self._chip.pin(number)

        def watch(level: int | None) -> None:
            if not plant.cartridge_seated:
                return
            if level == 0:
                plant.memory.fall(chip.now_ns)
            else:
                plant.memory.rise(chip.now_ns)

        def hold(after_ns: int, for_ns: int) -> None:
            begin_ns = chip.now_ns + after_ns
            if after_ns:
                chip.at(begin_ns, lambda: pin.drive(False))
            else:
                pin.drive(False)
            chip.at(begin_ns + for_ns, pin.release)

        plant.memory.hold = hold
        pin.watch(watch)

    def _thermistor_listener(self, plant: SolenoidPlant) -> Callable[[int], None]:
        return lambda level: plant.set_thermistor(self._chip.now_ns, bool(level))

    def _on_step(self, level: int) -> None:
        if level:
            now = self._chip.now_ns
            self._plant.step(now)
            self._edges.add(now, STEP, 1)

    def _on_dir(self, level: int) -> None:
        now = self._chip.now_ns
        self._edges.add(now, DIR, level)
        self._plant.set_dir(now, bool(level))

    def _on_enable(self, level: int) -> None:
        self._enable = bool(level)
        self._edges.add(self._chip.now_ns, ENABLE, level)
        self._set_gate()

    def _on_carrier(self, _level: int) -> None:
        self._edge_ns = self._chip.now_ns
        if not self._carrier:
            self._carrier = True
            self._edges.add(self._edge_ns, CARRIER, 1)
            self._chip.at(self._edge_ns + self._hold_ns, self._look_at_carrier)
            self._set_gate()

    def _look_at_carrier(self) -> None:
        """One look a hold time, not one an edge: if there was an edge meanwhile, the next look is when that one runs out."""
        now = self._chip.now_ns
        if now < self._edge_ns + self._hold_ns:
            self._chip.at(self._edge_ns + self._hold_ns, self._look_at_carrier)
            return
        self._carrier = False
        self._edges.add(now, CARRIER, 0)
        self._set_gate()

    def _set_gate(self) -> None:
        pump = self._carrier if self._pump is None else self._pump
        self._plant.set_enable(self._chip.now_ns, self._enable and pump)
        self.look_at_gate()

    def hold_pump(self, level: bool | None) -> None:
        """The charge pump's output is stuck there from now on, or works again."""
        self._pump = level
        self._set_gate()

    def look_at_gate(self) -> None:
        """The enable gate's output may have changed by itself."""
        gate = self._plant.enabled
        if gate is not self.gate:
            self.gate = gate
            self._edges.add(self._chip.now_ns, GATE, int(gate))

    # Into the chip.

    def settle(self) -> None:
        """Brings the plant to now and its switches to the pins. The chip looks at them only by reading them."""
        plant = self._plant
        plant.sample(self._chip.now_ns)
        if plant.switches != self._switches:
            self._note()
            self._set_contacts()

    def _note(self) -> None:
        now = self._chip.now_ns
        changed = self._switches ^ self._plant.switches
        for _, bit, signal, _ in self._contacts:
            if changed & bit:
                self._edges.add(now, signal, int(self._plant.switches & bit != 0))

    def _set_contacts(self) -> None:
        self._switches = switches = self._plant.switches
        for number, bit, _, closed in self._contacts:
            if bool(switches & bit) is closed:
                self._chip.pin(number).drive(False)
            else:
                self._chip.pin(number).release()
        self._sense.drive(bool(switches & signals.ENABLE_SENSE))

    def _connect_analog(self, board: ModuleType) -> None:
        numbers = (board.ADC_TIP, board.ADC_CURRENT, board.ADC_SUPPLY, board.ADC_TEMPERATURE)
        names = dict(zip(numbers, CHANNEL_NAMES, strict=True))
        self._chip.adc(self._converter(names))

    def _converter(self, names: dict[int, ChannelName]) -> Callable[[int, int], int]:
        plant = self._plant

        def convert(channel: int, t_ns: int) -> int:
            name = names.get(channel)
            return plant.adc_counts(name, t_ns) if name else 0

        return convert

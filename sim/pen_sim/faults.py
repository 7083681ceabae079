"""Named faults: what can be made to happen to the simulated pen, at a time or at a place of the tip.

One table for the command line, Python and the tests. `expected` are the faults the pen may latch for it, none if it must take no harm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite, nan

from pen_sim.machine import Machine

_LOOK_NS = 50_000  # how often the tip's place is looked at, for faults at a place
_EXTRA_STEP_NS = 500_000  # 2,000 steps/s: what a motor at rest can follow, by the bench stepper's pull-in rate


@dataclass(frozen=True)
class Fault:
    """`inject` makes it happen now; `repair` takes it away again; `repair` of what cannot last does nothing."""

    name: str
    expected: tuple[int, ...]
    meaning: str
    inject: Callable[[Machine], None]
    repair: Callable[[Machine], None]


def _plant(name: str, broken: object, whole: object) -> tuple[Callable[[Machine], None], Callable[[Machine], None]]:
    """Injector and repair that set an attribute of the plant."""
    return (lambda m: setattr(m.plant, name, broken), lambda m: setattr(m.plant, name, whole))


def _sensor(name: str, broken: object, whole: object) -> tuple[Callable[[Machine], None], Callable[[Machine], None]]:
    return (lambda m: setattr(m.plant.tip_sensor, name, broken), lambda m: setattr(m.plant.tip_sensor, name, whole))


def _machine(name: str, broken: object, whole: object) -> tuple[Callable[[Machine], None], Callable[[Machine], None]]:
    return (lambda m: setattr(m, name, broken), lambda m: setattr(m, name, whole))


def _hal(name: str, broken: object, whole: object) -> tuple[Callable[[Machine], None], Callable[[Machine], None]]:
    return (lambda m: setattr(m.hal, name, broken), lambda m: setattr(m.hal, name, whole))


def _nothing(_: Machine) -> None:
    """For what happens once and leaves nothing to repair."""


def _jam(machine: Machine) -> None:
    machine.plant.jam(True)


def _free(machine: Machine) -> None:
    machine.plant.jam(False)


def _lose_inward(machine: Machine) -> None:
    machine.plant.lose_inward_only = True
    machine.plant.steps_to_lose = 4


def _extra_steps(machine: Machine) -> None:
    """As pulses that only the driver sees: the rotor follows its field if it can."""

    def step() -> None:
        machine.settle()
        machine.plant.step(machine.now_ns)

    for number in range(4):
        machine.at(machine.now_ns + number * _EXTRA_STEP_NS, step)


def _slip(machine: Machine) -> None:
    machine.plant.slip_um(16.0, machine.now_ns)


def _late_scan(machine: Machine) -> None:
    machine.hal.next_scan_ns += 200_000


def _hang_generator(machine: Machine) -> None:
    machine.hal.generator.hung = True


def _restart_generator(machine: Machine) -> None:
    machine.hal.generator.hung = False
    machine.hal.generator.replace(machine.now_ns, [])


def _starve(machine: Machine) -> None:
    machine.hal.generator.starved = True


def _feed(machine: Machine) -> None:
    machine.hal.generator.starved = False


def _slow_clock(machine: Machine) -> None:
    machine.hal.generator.scale_ppm = 30_000


def _true_clock(machine: Machine) -> None:
    machine.hal.generator.scale_ppm = 0


TABLE: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault("stall", (103,), "the carriage jams and does not move any more", _jam, _free),
        Fault("steps_lost_inward", (103, 102), "the driver swallows four steps of a return", _lose_inward, _nothing),
        Fault("steps_extra", (102, 103), "the driver makes four steps that nobody sent, whichever way it goes", _extra_steps, _nothing),
        Fault(
            "dir_reversed", (106, 102, 103), "the wires of DIR or of a winding are swapped",
            *_plant("reversed_dir", True, False),
        ),
        Fault("carriage_slip", (101,), "the carriage slips 16 um outward on its screw", _slip, _nothing),
        Fault("tip_sensor_frozen", (108,), "the tip sensor repeats its last reading", *_sensor("frozen", True, False)),
        Fault("tip_sensor_open", (107, 102), "the tip sensor's wire is broken", *_sensor("open", True, False)),
        Fault("tip_sensor_short", (107, 101, 102), "the tip sensor's wire is shorted to its supply", *_sensor("shorted", True, False)),
        Fault("tip_sensor_offset", (102,), "the tip sensor reads 60 um too shallow", *_sensor("offset_um", -60.0, 0.0)),
        Fault("home_stuck_open", (106,), "the home switch never closes", *_plant("home_stuck", False, None)),
        Fault("home_stuck_closed", (106,), "the home switch never opens", *_plant("home_stuck", True, None)),
        Fault("over_current", (109,), "2 A more flow than the drive takes", *_plant("current_offset_ma", 2_000.0, 0.0)),
        Fault("driver_fault", (110,), "the motor driver reports a fault and lets go", *_plant("driver_fault", True, False)),
        Fault("over_temperature", (111,), "the chip is at 90 degrees", *_plant("temperature_dc", 900.0, None)),
        Fault("supply_low", (112,), "the supply falls to 9.5 V", *_plant("supply_mv", 9_500.0, None)),
        Fault("supply_high", (113,), "the supply rises to 14.5 V", *_plant("supply_mv", 14_500.0, None)),
        Fault("cartridge_out", (116,), "the cartridge leaves its seat", *_plant("cartridge_seated", False, True)),
        Fault("trigger_held", (), "somebody holds the trigger", *_plant("trigger_held", True, False)),
        Fault("estop", (118,), "somebody presses the emergency stop", *_plant("estop_pressed", True, False)),
        Fault("foreground_hang", (119,), "the firmware's main loop hangs", *_machine("turns_stop", True, False)),
        Fault("scan_late", (120,), "one scan comes 200 us late", _late_scan, _nothing),
        Fault("scan_long", (121,), "scans take 90 us", *_hal("scan_cost_us", 90, 27)),
        Fault("scan_dead", (120, 125), "the timer interrupt dies", *_machine("scans_stop", True, False)),
        Fault("generator_hang", (104,), "the step generator stops in the middle of a stroke", _hang_generator, _restart_generator),
        Fault("generator_starved", (124,), "queued strokes do not reach the step generator", _starve, _feed),
        Fault("clock_slow", (105,), "the step generator's clock is 3 % slow", _slow_clock, _true_clock),
        Fault("link_lost", (130,), "the host goes away", *_hal("link", False, True)),
    )
}  # fmt: skip


def parse(text: str) -> tuple[Fault, float | None, float | None]:
    """(fault, seconds, depth in mm) of "stall@1.5" or "stall@0.8mm"; raises ValueError saying what there is."""
    name, _, when = text.partition("@")
    if name not in TABLE:
        raise ValueError(f"no fault named '{name}'; there are: {', '.join(TABLE)}")
    number = when.removesuffix("mm")
    try:
        value = float(number)
    except ValueError:
        value = nan
    if not isfinite(value):
        raise ValueError(f"'{text}': when? Write {name}@1.5 for seconds or {name}@0.8mm for a depth")
    return (TABLE[name], value, None) if number == when else (TABLE[name], None, value)


def schedule(machine: Machine, text: str, *, origin_ns: int | None = None) -> None:
    """Injects the fault of `text` at its time after `origin_ns` (now, if None), or when the tip next passes its depth."""
    fault, seconds, depth_mm = parse(text)
    if seconds is not None:
        origin = machine.now_ns if origin_ns is None else origin_ns
        machine.at(origin + round(seconds * 1e9), lambda: fault.inject(machine))
        return
    depth_um = (depth_mm or 0.0) * 1_000

    def look() -> None:
        machine.hal.settle(machine.now_ns)
        if machine.plant.tip_um(machine.now_ns) >= depth_um:
            fault.inject(machine)
        else:
            machine.at(machine.now_ns + _LOOK_NS, look)

    machine.at(machine.now_ns, look)

"""Faults of a solenoid's pen: coil, spring, stop, sensor, cell and the cartridge's reader. A pen with a stepper has none of these."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pen_sim.faults import sensor as sensor_faults
from pen_sim.faults import switches as switch_faults
from pen_sim.faults.fault import STEPPER, Action, Fault, nothing, plant
from pen_sim.faults.motion import slip
from pen_sim.faults.seen import lasting
from pen_sim.plant.solenoid import SolenoidPlant
from pen_sim.virtual import VirtualPen

SUBJECT = "coil, stop and cell"

_NO_COIL: Mapping[str, str] = {STEPPER: "a stepper makes its strokes, step by step, and there is no coil and no stop"}
_NO_READER: Mapping[str, str] = {STEPPER: "it has no reader: its cartridges have no memory"}
_NO_CELL: Mapping[str, str] = {STEPPER: "it has no cell: it is fed by a cable"}

_BOUNCY = 4.0  # times the restitution: a ring that has gone hard
_AGED = 3.0  # times the resistance
_STOP_S = 0.25  # the stop's way in, when the coil is off and the thermistor on the board is looked at, not the coil's [docs/safety.md]
_HOT_DC = 200.0  # above the limit; more, and the self test calls the thermometer broken


def _knob(act: Callable[[SolenoidPlant, VirtualPen], None]) -> Action:
    """Something done to the plant, at the time it is brought to. The table's `lacks` sees to whose plant it is."""

    def done(pen: VirtualPen) -> None:
        pen.settle()
        assert isinstance(pen.plant, SolenoidPlant)
        act(pen.plant, pen)

    return done


def _empty(plant: SolenoidPlant, _: VirtualPen) -> None:
    """And it is the cell that feeds the pen, whatever did before."""
    plant.supply_mv = None
    plant.charge_permille = 0.0


def _charge(plant: SolenoidPlant, pen: VirtualPen) -> None:
    plant.charge_permille = float(pen.board.PLANT_CHARGE_PERMILLE)
    plant.supply_mv = None


def _heat_coil(plant: SolenoidPlant, pen: VirtualPen) -> None:
    plant.coil_dc = pen.board.TEMPERATURE_MAX_DC + _HOT_DC


def _heat_all(plant: SolenoidPlant, pen: VirtualPen) -> None:
    """The coil's winding comes to what its housing has."""
    plant.housing_dc = pen.board.TEMPERATURE_MAX_DC + _HOT_DC


def _cool(plant: SolenoidPlant, pen: VirtualPen) -> None:
    plant.housing_dc = float(pen.board.PLANT_AMBIENT_DC)
    plant.coil_dc = float(pen.board.PLANT_AMBIENT_DC)


FAULTS = (
    Fault("coil_open", (103, 106), "the coil's wire is broken", *plant("coil_open", True, False), lacks=_NO_COIL),
    Fault(
        "coil_shorted", (109, 103, 112, 106), "most of the coil's turns are shorted", *plant("coil_shorted", True, False),
        lacks=_NO_COIL, passes=True,  # a pulse that is short enough is over before the current is too much
    ),
    Fault(
        "clamp_lost", (104, 102, 103, 106), "the clamp is shorted, and the coil's field falls slowly",
        *plant("clamp_lost", True, False), lacks=_NO_COIL, passes=True,  # slow strokes bear it
    ),
    Fault(
        "spring_broken", (104, 102, 103, 106), "the return spring is broken", *plant("spring_broken", True, False),
        lacks=_NO_COIL, holds=True,
    ),
    Fault("stop_slip", (101, 102, 103), "the stop slips 16 um outward on its screw", lambda pen: slip(pen, 16.0), nothing, lacks=_NO_COIL, passes=True, moves=True),
    Fault("stop_slip_inward", (103, 102, 106), "the stop slips 50 um inward on its screw", lambda pen: slip(pen, -50.0), nothing, lacks=_NO_COIL, passes=True, moves=True),
    Fault(
        "stop_loose", (101, 102, 103), "the stop's nut is loose: every stroke pushes it outward", *plant("stop_slips", True, False),
        lacks=_NO_COIL, passes=True,
    ),
    Fault(
        "stop_bouncy", (103, 102, 104), "the stop's ring has gone hard: the tip bounces off it",
        *plant("stop_bounce", _BOUNCY, 1.0), lacks=_NO_COIL, passes=True,
    ),
    Fault(
        "seat_bouncy", (102, 103, 104, 106), "the seat's ring has gone hard: the tip bounces off it",
        *plant("seat_bounce", _BOUNCY, 1.0), lacks=_NO_COIL, passes=True,
    ),
    Fault(
        "magnet_lost", (102, 101, 103, 104, 106), "the tip sensor's magnet has come off: it reads no field",
        *plant("magnet_lost", True, False), lacks=_NO_COIL, subject=sensor_faults.SUBJECT,
    ),
    Fault("cell_empty", (112, 103), "the cell is empty", _knob(_empty), _knob(_charge), lacks=_NO_CELL, retracts=True, passes=True),
    Fault(
        "cell_aged", (112, 103), "the cell's resistance is three times what it was", *plant("cell_ohm", _AGED, 1.0),
        lacks=_NO_CELL, retracts=True, passes=True,
    ),
    Fault(
        "cell_hot", (111,), "cell, housing and coil are hot", _knob(_heat_all), _knob(_cool), lacks=_NO_CELL,
        seen_s=lasting(0.010), stands=True, retracts=True,
    ),
    Fault(
        "coil_hot", (111,), "the coil is hot", _knob(_heat_coil), _knob(_cool), lacks=_NO_COIL,
        seen_s=lasting(0.010), homing_s=_STOP_S, stands=True, retracts=True,
    ),
    Fault(
        "thermistor_off", (111,), "the coil's thermistor has come off: it is as warm as the housing",
        *plant("thermistor_off", True, False), lacks=_NO_COIL, retracts=True, passes=True,  # a coil that is cool is no warmer
    ),
    Fault(
        "memory_garbled", (), "a bit of what the cartridge's memory sends arrives wrong", *plant("memory_garbled", True, False),
        lacks=_NO_READER, refuses=True, subject=switch_faults.SUBJECT,
    ),
)  # fmt: skip

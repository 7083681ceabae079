"""Faults of enable, driver, supply, current and temperature. How far it is off is taken from the pen's board."""

from types import ModuleType

from pen_sim.faults.fault import SOLENOID, STEPPER, Fault, briefly, of_board, plant
from pen_sim.faults.seen import lasting
from pen_sim.plant.supply import DRIVER_LOCKOUT_MV

SUBJECT = "drive and supply"

_HIGH, _SPIKE = 1.2, 1.3  # of the greatest supply: more than what the drive's current takes off
_CURRENT = 5 / 3  # of the greatest current


def _lockout_mv(board: ModuleType) -> float:
    return DRIVER_LOCKOUT_MV if board.DRIVE == STEPPER else board.PLANT_LOCKOUT_MV


def _low_mv(board: ModuleType) -> float:
    """Between the least supply and where the driver lets go."""
    return (board.SUPPLY_MIN_MV + _lockout_mv(board)) / 2


def _gone_mv(board: ModuleType) -> float:
    """A twentieth below where the driver lets go."""
    return 0.95 * _lockout_mv(board)


def _hot_dc(board: ModuleType) -> float:
    return board.TEMPERATURE_MAX_DC + 200.0


# Of a coil without force no needle comes out: strokes do not come, or homing's.
_NO_FORCE = {SOLENOID: {"expected": (103, 106)}}
# The supply is looked at before anybody misses a stroke.
_NO_SUPPLY = {SOLENOID: {"expected": (112, 103, 106), "stands": True, "retracts": True}}

FAULTS = (
    Fault(
        "enable_stuck_low", (123, 103, 102, 106, 108), "the enable gate's output stays low",
        lambda pen: pen.insides.hold_enable(False), lambda pen: pen.insides.hold_enable(None),
        differs={SOLENOID: {"expected": (123, 103, 106)}},
    ),
    Fault(
        "enable_stuck_high", (122, 123), "the enable gate's output stays high",
        lambda pen: pen.insides.hold_enable(True), lambda pen: pen.insides.hold_enable(None), powers=True,
    ),
    Fault(
        "deadman_stuck", (122,), "the charge pump's output stays high whatever the carrier does",
        lambda pen: pen.insides.hold_pump(True), lambda pen: pen.insides.hold_pump(None), homing_only=True,
    ),
    Fault(
        "deadman_open", (122, 123, 103, 102, 106, 108), "the charge pump's output stays low whatever the carrier does",
        lambda pen: pen.insides.hold_pump(False), lambda pen: pen.insides.hold_pump(None),
        differs={SOLENOID: {"expected": (122, 123, 103, 106)}},
    ),
    Fault(
        "driver_fault", (110,), "the driver reports a fault and lets go", *plant("driver_fault", True, False),
        seen_s=lasting(0.000_2), stands=True,
    ),
    Fault(
        "driver_dead", (103, 102, 106, 108), "the driver lets go and says nothing", *plant("driver_dead", True, False),
        differs=_NO_FORCE,
    ),
    Fault(
        "over_current", (109,), "far more current flows than the drive takes",
        *plant("current_offset_ma", of_board("CURRENT_MAX_MA", _CURRENT), 0.0),
        seen_s=lasting(0.000_5), stands=True,
    ),
    Fault(
        "current_raised", (111,), "half as much flows on top as the drive bears for ever",
        *plant("current_offset_ma", of_board("CURRENT_CONTINUOUS_MA", 0.5), 0.0),
        retracts=True, passes=True,
        differs={SOLENOID: {"expected": (111, 109)}},  # with a full cell and a cold coil it is beyond the limit: 8.6 and 1.8 of 10 A
    ),
    Fault("current_unseen", (), "the current's amplifier says 0", *plant("current_offset_ma", of_board("CURRENT_MAX_MA", -5), 0.0)),
    Fault(
        "over_temperature", (111,), "the thermometer is 20 degrees above the limit",
        *plant("temperature_dc", _hot_dc, None),
        seen_s=lasting(0.010), stands=True, retracts=True,
    ),
    Fault(
        "supply_low", (112,), "the supply falls below its limit", *plant("supply_mv", _low_mv, None),
        seen_s=lasting(0.002), stands=True, retracts=True,
    ),
    Fault(
        "supply_high", (113,), "the supply rises above its limit", *plant("supply_mv", of_board("SUPPLY_MAX_MV", _HIGH), None),
        seen_s=lasting(0.001), stands=True,
    ),
    Fault(
        "supply_dip", (), "the supply dips below its limit for 1 ms", *briefly(plant("supply_mv", _low_mv, None), 1_000_000),
        passes=True,
    ),
    Fault(
        "supply_sag", (112,), "the supply sags below its limit for 10 ms", *briefly(plant("supply_mv", _low_mv, None), 10_000_000),
        seen_s=lasting(0.002), retracts=True, passes=True,
    ),
    Fault(
        "supply_spike", (113,), "the supply goes a third above its limit for 5 ms",
        *briefly(plant("supply_mv", of_board("SUPPLY_MAX_MV", _SPIKE), None), 5_000_000),
        seen_s=lasting(0.001), passes=True,
    ),
    Fault(
        "supply_brownout", (103, 102, 112, 106, 108), "the drive's supply falls to where its driver lets go",
        *plant("supply_mv", _gone_mv, None), differs=_NO_SUPPLY,
    ),
    Fault(
        "supply_lost", (103, 102, 112, 106, 108), "the drive's supply is gone; the chip has its own",
        *plant("supply_mv", 0.0, None), differs=_NO_SUPPLY,
    ),
)  # fmt: skip

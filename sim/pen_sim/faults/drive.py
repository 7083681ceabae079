"""Faults of enable, driver, supply, current and temperature."""

from pen_sim.faults.fault import Fault, briefly, plant
from pen_sim.faults.seen import lasting

SUBJECT = "drive and supply"

FAULTS = (
    Fault(
        "enable_stuck_low", (123, 103, 102, 106, 108), "the enable gate's output stays low",
        lambda pen: pen.insides.hold_enable(False), lambda pen: pen.insides.hold_enable(None),
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
    ),
    Fault(
        "driver_fault", (110,), "the motor driver reports a fault and lets go", *plant("driver_fault", True, False),
        seen_s=lasting(0.000_2), stands=True,
    ),
    Fault("driver_dead", (103, 102, 106, 108), "the motor driver lets go and says nothing", *plant("driver_dead", True, False)),
    Fault(
        "over_current", (109,), "2 A more flow than the drive takes", *plant("current_offset_ma", 2_000.0, 0.0),
        seen_s=lasting(0.000_5), stands=True,
    ),
    Fault(
        "current_raised", (111,), "0.3 A more flow than the drive takes", *plant("current_offset_ma", 300.0, 0.0),
        retracts=True, passes=True,
    ),
    Fault("current_unseen", (), "the current's amplifier says 0", *plant("current_offset_ma", -5_000.0, 0.0)),
    Fault(
        "over_temperature", (111,), "the chip is at 90 degrees", *plant("temperature_dc", 900.0, None),
        seen_s=lasting(0.010), stands=True, retracts=True,
    ),
    Fault(
        "supply_low", (112,), "the supply falls to 9.5 V", *plant("supply_mv", 9_500.0, None),
        seen_s=lasting(0.002), stands=True, retracts=True,
    ),
    Fault(
        "supply_high", (113,), "the supply rises to 14.5 V", *plant("supply_mv", 14_500.0, None),
        seen_s=lasting(0.001), stands=True,
    ),
    Fault("supply_dip", (), "the supply dips to 9.5 V for 1 ms", *briefly(plant("supply_mv", 9_500.0, None), 1_000_000), passes=True),
    Fault(
        "supply_sag", (112,), "the supply sags to 9.5 V for 10 ms", *briefly(plant("supply_mv", 9_500.0, None), 10_000_000),
        seen_s=lasting(0.002), retracts=True, passes=True,
    ),
    Fault(
        "supply_spike", (113,), "the supply goes to 18 V for 5 ms", *briefly(plant("supply_mv", 18_000.0, None), 5_000_000),
        seen_s=lasting(0.001), passes=True,
    ),
    Fault(
        "supply_brownout", (103, 102, 112, 106, 108), "the motor's supply falls to 7.5 V, where its driver lets go",
        *plant("supply_mv", 7_500.0, None),
    ),
    Fault("supply_lost", (103, 102, 112, 106, 108), "the motor's supply is gone; the chip has its own", *plant("supply_mv", 0.0, None)),
)  # fmt: skip

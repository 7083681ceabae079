"""Resets of each kind, and power that goes. Afterwards the pen boots: without settings, and its drive off."""

from pen_sim.faults.fault import Fault, nothing
from pen_sim.virtual import VirtualPen

SUBJECT = "resets"


def _lose_power(pen: VirtualPen) -> None:
    pen.settle()
    pen.insides.power(False)
    pen.plant.supply_mv = 0.0


def _get_power(pen: VirtualPen) -> None:
    pen.settle()
    pen.plant.supply_mv = None
    pen.insides.power(True)


FAULTS = (
    Fault("reset_power_on", (), "the chip's power is interrupted for a moment", lambda pen: pen.insides.reset("POWER_ON"), nothing, restarts=True),
    Fault("reset_run_pin", (), "the chip's RUN pin is pulled low for a moment", lambda pen: pen.insides.reset("RUN"), nothing, restarts=True),
    Fault("reset_watchdog", (125,), "the chip's watchdog bites", lambda pen: pen.insides.reset("WATCHDOG"), nothing, restarts=True),
    Fault("reset_soft", (), "the host restarts the program: Ctrl-C, Ctrl-D", lambda pen: pen.insides.reset("SOFT"), nothing, restarts=True),
    Fault("power_lost", (), "the whole pen loses its power", _lose_power, _get_power, deaf=True, restarts=True),
)  # fmt: skip

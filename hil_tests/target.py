"""Targets: what the suite can run on, chosen by --target and --rig."""

from __future__ import annotations

from hil_tests.bench import Target
from hil_tests.serial_target import SerialTarget
from hil_tests.sim_target import SimTarget
from pen_tools.errors import Usage


def choose(name: str, board: str | None, seed: int, rig: str | None) -> Target:
    """The target of that name. Raises Usage if there is none, or if it cannot have that rig or board."""
    if name == "sim":
        return SimTarget(board or "bench_stepper", seed, with_rig=rig != "none")
    if name == "chip":
        raise Usage("target chip is not available in this version; there are: sim, serial:PORT")
    kind, _, port = name.partition(":")
    if kind != "serial" or not port:
        raise Usage(f"no target '{name}'; there are: sim, serial:PORT (such as serial:COM3, serial:socket://HOST:PORT)")
    if rig == "sim":
        raise Usage("the simulator's rig cannot stand around a pen at a serial port; leave out --rig")
    return SerialTarget(port, board)

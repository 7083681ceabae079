"""Targets: what the suite can run on, chosen by --target and --rig."""

from __future__ import annotations

from pathlib import Path

from hil_tests.bench import Target
from hil_tests.chip_target import chip
from hil_tests.serial_target import SerialTarget
from hil_tests.virtual_target import sim
from pen_tools.errors import Usage

BOARD = "bench_stepper"


def choose(name: str, board: str | None, seed: int, rig: str | None, runtime: Path | None = None) -> Target:
    """The target of that name. Raises Usage if there is none, or if it cannot have that rig or board.

    For the chip it raises a PenError if there is no runtime, or no emulator.
    """
    if name == "sim":
        return sim(board or BOARD, seed, with_rig=rig != "none")
    if name == "chip":
        return chip(board or BOARD, seed, runtime, with_rig=rig != "none")
    kind, _, port = name.partition(":")
    if kind != "serial" or not port:
        raise Usage(
            f"no target '{name}'; there are: sim, chip, serial:PORT (such as serial:COM3, serial:socket://HOST:PORT)"
        )
    if rig == "sim":
        raise Usage("the simulator's rig cannot stand around a pen at a serial port; leave out --rig")
    return SerialTarget(port, board)

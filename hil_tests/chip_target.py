"""--target chip: real MicroPython on an emulated RP2040. The pen boots once; every test goes on from there in a copy of its own."""

from __future__ import annotations

from pathlib import Path

from hil_tests.virtual_target import VirtualTarget
from pen_sim.rig import Rig
from pen_tools import chipimage


def chip(board: str, seed: int, runtime: Path | None, *, with_rig: bool) -> VirtualTarget:
    """Raises Usage for an unknown board, and what chipimage.prepare raises."""
    image = chipimage.prepare(board, runtime)

    def switch_on() -> Rig:
        return chipimage.rig_of(image, board, seed, keep=True)

    return VirtualTarget("chip", board, seed, switch_on, with_rig=with_rig)

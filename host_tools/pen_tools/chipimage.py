"""What goes into the emulated chip's flash: a runtime and the firmware of this checkout, or a release UF2."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from pen_sim.loader import board_path
from pen_sim.paths import FIRMWARE
from pen_tools import mpy, runtime
from pen_tools.building import cache
from pen_tools.errors import PenError, Usage

if TYPE_CHECKING:
    from pen_sim.chip.rig import ChipRig

BLOCKS, BLOCK = 352, 4_096  # of the filesystem in a Pico's flash [MicroPython, ports/rp2/boards]
_PROGRAM = 256  # bytes that flash writes at once
_DISK_VERSION = 0x20000  # littlefs 2.0: every MicroPython reads it


class NoChip(PenError):
    """The emulated chip is not installed, or has nothing to run."""


@dataclass(frozen=True)
class ChipImage:
    """`uf2` goes into flash; `filesystem` beside it, unless the UF2 has the firmware in it. `says` is one line for people."""

    uf2: Path
    filesystem: Path | None
    says: str
    runtime: str  # MicroPython's version


def prepare(
    board: str, option: Path | None = None, *, network: bool = True, tell: Callable[[str], None] = lambda _text: None
) -> ChipImage:
    """The image of a pen of `board`. `option`: a runtime, or a release UF2 of that board; the runtime that is found, if None.

    Raises Usage for an unknown board and for a release of another one, NoRuntime, BadUf2 or DoesNotCompile.
    """
    try:
        path = board_path(board)
    except ValueError as error:
        raise Usage(str(error)) from error
    found = runtime.find(option, network=network, tell=tell)
    version = runtime.dotted(found.version)
    if found.release is None:
        return ChipImage(found.path, _filesystem(path), found.describe(), version)
    if found.release.board != board:
        hint = f"leave out --board, or build one: pen build release --board {board}"
        raise Usage(f"{found.path.name} is a release for {found.release.board}, not for {board}", hint)
    return ChipImage(found.path, None, found.describe(), version)


def rig_of(image: ChipImage, board: str, seed: int, *, keep: bool) -> ChipRig:
    """A rig around a pen of `board` that has just got its power. Raises NoChip if the emulator is not installed."""
    try:
        from pen_sim.chip.machine import ChipMachine
        from pen_sim.chip.rig import ChipRig

        return ChipRig(ChipMachine(board, seed, image=image.uf2, filesystem=image.filesystem, keep=keep))
    except ImportError as error:
        raise NoChip(f"the emulated chip is not installed: {error}", "pip install 'needlepen[chip]'") from error


def _filesystem(board: Path) -> Path:
    """The firmware, compiled, as a littlefs image; made once for the same sources."""
    compiler = ".".join(str(part) for part in mpy.versions()[0])
    sources = cache.hash_files(FIRMWARE, ".")
    name = cache.key({"sources": sources, "board": cache.sha256(board.read_bytes()), "compiler": compiler})
    path = cache.folder() / "filesystems" / f"{name}.img"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_bytes(littlefs(mpy.compile_tree(FIRMWARE, board)))
        part.replace(path)
    return path


def littlefs(files: dict[str, bytes]) -> bytes:
    """A filesystem of a Pico with these files in it."""
    try:
        from littlefs import LittleFS, UserContext
    except ImportError as error:
        raise NoChip("littlefs-python is not installed", "pip install 'needlepen[chip]'") from error
    disk = LittleFS(
        context=UserContext(buffsize=BLOCKS * BLOCK),
        block_size=BLOCK,
        block_count=BLOCKS,
        prog_size=_PROGRAM,
        disk_version=_DISK_VERSION,
    )
    open_file = cast("Callable[[str, str], IO[bytes]]", disk.open)  # pyright: ignore[reportUnknownMemberType] its own type is open
    for path, content in files.items():
        if folder := os.path.dirname(path):
            disk.makedirs(folder, exist_ok=True)
        with open_file(path, "wb") as file:
            file.write(content)
    disk.unmount()
    return bytes(disk.context.buffer)

"""Chips with the real runtime and the firmware of this checkout. Without emulator or runtime all of this folder skips."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pen_sim.loader import board_path
from pen_sim.paths import FIRMWARE
from pen_tools import chipimage, mpy, runtime
from pen_tools.building import bootcheck, cache
from pen_tools.errors import PenError
from tests.chip import bench_pen, chip_desk, workbench

BOARD = "bench_stepper"
Filesystem = Callable[[dict[str, bytes]], Path]
MakePen = Callable[[], bench_pen.BenchPen]


@pytest.fixture(scope="session")
def micropython() -> Path:
    """The runtime, without our firmware in it."""
    if missing := bootcheck.lacking():
        pytest.skip(missing)
    try:
        return runtime.find(network=False).path
    except PenError as error:
        pytest.skip(f"{error}: {error.hint}")


def newest_release(board: str) -> Path:
    """The release of that board that was built last; skips without one."""
    stored = cache.newest("release", board)
    if stored is None:
        pytest.skip(f"no release of {board} has been built here; make uf2 builds it")
    return stored.path


@pytest.fixture(scope="session")
def firmware() -> dict[str, bytes]:
    """Compiled, by path."""
    return mpy.compile_tree(FIRMWARE, board_path(BOARD))


@pytest.fixture(scope="session")
def filesystem(firmware: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Filesystem:
    """Makes a filesystem of the firmware and of what is given, which takes the place of what there is."""
    folder = tmp_path_factory.mktemp("filesystems")

    def make(changes: dict[str, bytes]) -> Path:
        path = folder / f"{len(list(folder.iterdir()))}.img"
        path.write_bytes(chipimage.littlefs(mpy.summed(firmware | changes)))
        return path

    return make


@pytest.fixture(scope="session")
def bench(micropython: Path, filesystem: Filesystem) -> workbench.Workbench:
    """A chip that calls functions."""
    return workbench.Workbench(micropython, filesystem({"main.py": workbench.program()}))


@pytest.fixture(scope="session")
def bench_filesystem(filesystem: Filesystem) -> Path:
    """The firmware with the main.py of the bench."""
    return filesystem({"main.py": bench_pen.MAIN.read_bytes()})


@pytest.fixture
def make_pen(micropython: Path, bench_filesystem: Path) -> MakePen:
    """Pens that misbehave on order, with fresh power."""
    return lambda: bench_pen.BenchPen(micropython, bench_filesystem)


@pytest.fixture(scope="session")
def desk_filesystem(filesystem: Filesystem) -> Path:
    """The firmware's HAL without its program."""
    return filesystem({"main.py": chip_desk.program()})


@pytest.fixture
def desk(micropython: Path, desk_filesystem: Path) -> chip_desk.ChipDesk:
    """The HAL's contract test's, with a chip of its own."""
    return chip_desk.ChipDesk(micropython, desk_filesystem)

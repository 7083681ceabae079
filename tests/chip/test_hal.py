"""The HAL's contract on the chip: the very tests of the simulator's HAL, on the real one in the real runtime."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chip import chip_desk
from tests.chip.conftest import Filesystem
from tests.firmware import test_hal_contract, test_hal_pins

for _module in (test_hal_contract, test_hal_pins):
    globals().update({name: test for name, test in vars(_module).items() if name.startswith("test_")})


@pytest.fixture(scope="module")
def desk_filesystem(filesystem: Filesystem) -> Path:
    """The firmware's HAL without its program."""
    return filesystem({"main.py": chip_desk.program()})


@pytest.fixture
def desk(micropython: Path, desk_filesystem: Path) -> chip_desk.ChipDesk:
    """A chip of its own for every test."""
    return chip_desk.ChipDesk(micropython, desk_filesystem)

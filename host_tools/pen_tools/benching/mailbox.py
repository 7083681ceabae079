"""Orders to the foreground of a pen on the bench: firmware/bench/main.py is its main program, and does what it is told.

It takes the place of main.py over the raw REPL, so that one way serves the files on a stock runtime and a release: the
modules it imports are those that the pen itself runs.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

from pen_sim.paths import FIRMWARE
from pen_tools.errors import LinkLost

if TYPE_CHECKING:
    from pen_sim.chip.machine import ChipMachine

# The watchdog's scratch registers 2 and 3 [firmware/bench/main.py]
_ORDER, _ANSWER = 0x4005_8014, 0x4005_8018
_ORDER_OFFSET = 0x14
_STEP_S = 0.05
_START_S = 3.0
_IMPORT_MAIN = "import main\n"  # loads a release's native code, and does not run
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


def start(machine: ChipMachine) -> None:
    """Stops the firmware of a pen that has just got its power, and runs the bench's main program in its place.

    Raises LinkLost if that does not start.
    """
    machine.connect(True)
    _until(machine, b">>> ", b"\x03")
    machine.send(b"\x01")
    _until(machine, b"raw REPL; CTRL-B to exit\r\n>", b"")
    machine.send(b"\x04")  # a soft reset, which runs boot.py and not main.py
    _until(machine, b"raw REPL; CTRL-B to exit\r\n>", b"")
    program = (FIRMWARE / "bench" / "main.py").read_text(encoding="utf-8")
    machine.send((_IMPORT_MAIN + program).encode() + b"\x04")
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

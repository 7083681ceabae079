"""The chip's desk for the HAL's contract: the real HAL in the real runtime, its methods called through a mailbox.

A call takes time here, as it does on a pen. Questions (the time, the number of scans) are taken back to when they were asked:
the next `run_us` is shorter by what they took.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pen_sim.chip.machine import ChipMachine
from pen_sim.edges import DIR, GATE, SIGNALS, STEP
from pen_sim.loader import load_board, pure
from tests.chip import memory, programs
from tests.firmware.support import BOARD, MASK, NAMES

RING, KEPT, LATCHED = 32, 256, 9
ORDERS = (
    "", "start", "stop", "set_scan_period", "load", "now_us", "idle_ms", "console_read", "console_write",
    "host_left", "scans", "runtime", "unique_id", "cartridge_code", "random_bytes", "reset_cause", "store_read", "store_write",
    "indicate", "checksum", "examine", "host_ms", "program",
)  # fmt: skip
_SLICE_NS = 10_000_000  # in which fewer scans come than are kept
_STEP_NS = 20_000
_LINE_NS = 1_500_000
_LIMIT_NS = 2_000_000_000


def program() -> bytes:
    """Its main.py."""
    text = programs.DESK.format(ring=RING, outputs=NAMES.OU_ENABLE)
    return text.encode()


class ChipHal:
    """pen.hal.rp2040.Hal from afar."""

    def __init__(self, desk: ChipDesk) -> None:
        self._desk = desk
        self.slots = [desk.words(place, 64).cast("B").cast("I") for place in (17, 18)]
        self._text = memory.octets(desk.chip, desk.box[19], 256)

    def start(self) -> None:
        self._desk.call("start")

    def stop(self) -> None:
        self._desk.call("stop")

    def set_scan_period(self, period_us: int) -> None:
        self._desk.call("set_scan_period", period_us)

    def load(self, slot: int, count: int, returns: bool = True) -> None:
        self._desk.call("load", slot, count, int(returns))

    def now_us(self) -> int:
        """As the HAL says, less what the way to it took; an answer that is not between question and answer stays wrong by that."""
        desk = self._desk
        asked_us = desk.chip.now_ns // 1_000
        said = desk.ask("now_us")
        before, after = desk.box[6], desk.box[7]
        wrong = min(said - before, 0) + max(said - after, 0)
        return (asked_us + wrong) & MASK

    def idle_ms(self, milliseconds: int) -> None:
        self._desk.call("idle_ms", milliseconds)

    def console_read(self, buffer: bytearray) -> int:
        count = self._desk.call("console_read", len(buffer))
        buffer[:count] = self._text[:count]
        return count

    def console_write(self, view: memoryview) -> int:
        self._text[: len(view)] = bytes(view)
        return self._desk.call("console_write", len(view))

    def indicate(self, light: int, tone_hz: int) -> None:
        self._desk.call("indicate", light, tone_hz)

    def host_left(self) -> bool:
        return bool(self._desk.call("host_left"))

    def scans(self) -> int:
        return self._desk.ask("scans")

    def runtime(self) -> tuple[int, int]:
        major, minor = divmod(self._desk.call("runtime"), 256)
        return major, minor

    def program(self) -> tuple[str, int]:
        runtime, crc = self.text(self._desk.call("program")).split()
        return runtime, int(crc, 16)

    def unique_id(self) -> str:
        return self.text(self._desk.call("unique_id"))

    def checksum(self) -> int:
        return self._desk.call("checksum")

    def examine(self) -> int:
        return self._desk.call("examine")

    def host_ms(self) -> int:
        return self._desk.call("host_ms")

    def cartridge_code(self) -> str:
        return self.text(self._desk.call("cartridge_code"))

    def random_bytes(self, count: int) -> bytes:
        return bytes(self._text[: self._desk.call("random_bytes", count)])

    def reset_cause(self) -> str:
        return self.text(self._desk.call("reset_cause"))

    def store_read(self, name: str) -> bytes:
        self._text[: len(name)] = name.encode()
        return bytes(self._text[: self._desk.call("store_read", len(name))])

    def store_write(self, name: str, data: bytes) -> None:
        self._text[: len(name) + len(data)] = name.encode() + data
        try:
            self._desk.call("store_write", len(name), len(data))
        except ValueError as error:  # whatever was raised there
            raise OSError(str(error)) from error

    def text(self, size: int) -> str:
        """What the program has written down."""
        return bytes(self._text[:size]).decode()


class ChipDesk:
    """See tests.firmware.hal_desk.Desk. `start` takes Orders and nothing else: what they want is done in the chip's scan."""

    def __init__(self, runtime: Path, filesystem: Path) -> None:
        self.machine = ChipMachine(BOARD.NAME, 1, image=runtime, filesystem=filesystem)
        self.chip = self.machine.chip
        self.plant: Any = self.machine.plant
        self.board: Any = load_board(BOARD.NAME)
        self.drive: Any = pure("pen.stepper").Drive(self.board)
        self.machine.connect(True)
        self._wait(lambda: self.chip.read32(memory.SCRATCH[2]) != 0)
        self.box = memory.words(self.chip, self.chip.read32(memory.SCRATCH[2]), RING + LATCHED * KEPT)
        self.image: Any = self.words(16, NAMES.WORDS)
        self.hal: Any = ChipHal(self)
        self._orders: Any = None
        self._seen = 0
        self._asked_ns: int | None = None  # when, if there were only questions since

    def words(self, place: int, count: int) -> memoryview:
        """The array whose address is in that word of the mailbox."""
        return memory.words(self.chip, self.box[place], count)

    # Calls.

    def call(self, name: str, *arguments: int) -> int:
        """Has the chip do it; raises the ValueError that it raised there."""
        self._asked_ns = None
        return self._call(name, *arguments)

    def ask(self, name: str) -> int:
        """The same, of a question that changes nothing."""
        asked_ns = self._asked_ns or self.chip.now_ns
        answer = self._call(name)
        self._asked_ns = asked_ns
        return answer

    def _call(self, name: str, *arguments: int) -> int:
        for k, argument in enumerate(arguments, 1):
            self.box[k] = argument
        self.box[0] = ORDERS.index(name)
        self._wait(lambda: self.box[0] == 0)
        if self.box[5]:
            raise ValueError(self.hal.text(self.box[5]))
        return self.box[4]

    def _wait(self, done: Callable[[], bool]) -> None:
        end_ns = self.chip.now_ns + _LIMIT_NS
        while not done():
            assert self.chip.now_ns < end_ns, f"the chip does not answer: {bytes(self.chip.output[-500:])!r}"
            self._run_until(self.chip.now_ns + _STEP_NS)

    # Time, and what the scan is to do in it.

    def start(self, scan: Any) -> None:
        self._orders = scan
        self.hal.start()

    def run_us(self, us: int) -> None:
        end_ns = (self._asked_ns or self.chip.now_ns) + us * 1_000
        self._asked_ns = None
        self._run_until(end_ns)

    def _run_until(self, end_ns: int) -> None:
        self._push()
        while self.chip.now_ns < end_ns:
            self.machine.run_until(min(end_ns, self.chip.now_ns + _SLICE_NS))
            self._pull()

    def _push(self) -> None:
        if orders := self.__dict__.get("_orders"):
            self.box[8], self.box[9], self.box[13] = orders.enable, orders.feed, orders.lead_us
            if orders.motion:
                self.box[11], self.box[12], self.box[10] = orders.motion[1], orders.motion[2], orders.motion[0]

    def _pull(self) -> None:
        if orders := self.__dict__.get("_orders"):
            if not self.box[10]:
                orders.motion = None
            while self._seen < self.box[14]:
                at = RING + LATCHED * (self._seen % KEPT)
                orders.latched.append(list(self.box[at : at + LATCHED]))
                self._seen += 1

    def kill_scan(self) -> None:
        self.chip.defects.cut_timer(True)

    # Pins and host.

    def level(self, signal: str) -> int:
        edges = self.changes_us(signal)
        return edges[-1][1] if edges else 0

    def changes_us(self, signal: str) -> list[tuple[int, int]]:
        return [(t_ns // 1_000, level) for t_ns, level in self.machine.edges.of(SIGNALS.index(signal))]

    def steps_us(self) -> list[tuple[int, bool]]:
        outward, found = False, list[tuple[int, bool]]()
        both = [(t_ns, DIR, level) for t_ns, level in self.machine.edges.of(DIR)]
        both += [(t_ns, STEP, level) for t_ns, level in self.machine.edges.of(STEP)]
        for t_ns, signal, level in sorted(both, key=lambda edge: edge[0]):
            if signal == DIR:
                outward = bool(level)
            else:
                found.append((t_ns // 1_000, outward))
        return found

    def gate_us(self) -> list[tuple[int, int]]:
        return [(t_ns // 1_000, level) for t_ns, level in self.machine.edges.of(GATE)]

    def receive(self, data: bytes) -> None:
        """USB takes its time."""
        self.machine.send(data)
        self._wait(lambda: not self.machine.waiting())
        self._run_until(self.chip.now_ns + _STEP_NS)

    def host_reads(self, reads: bool) -> None:
        self.machine.host_reads(reads)

    def connect(self, open_: bool) -> None:
        """The control line takes up to a millisecond."""
        self.machine.connect(open_)
        self._run_until(self.chip.now_ns + _LINE_NS)

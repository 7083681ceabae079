"""A pen on the emulated chip whose foreground misbehaves when told to, and eyes on it that ask the firmware nothing.

What its pins do comes from the edges, what its needles do from the plant. When a scan begins is seen from outside, too: a
scan looks at the pins' register, and nothing else in the firmware reads it but a turn of the same scan.
"""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

from hil_tests.rig import Place
from hil_tests.virtual_rig import VirtualBenchRig
from pen_sim.chip.machine import ChipMachine
from pen_sim.chip.rig import ChipRig
from pen_sim.paths import FIRMWARE
from tests.chip import memory
from tests.firmware.support import BOARD

MAIN = FIRMWARE / "bench" / "main.py"
PLACES: tuple[Place, ...] = ("rest", "out", "brake", "return")
DEPTH_UM = 1_000.0  # CHEEK's default
DEAD_MS = 2.5  # scan or CPU dead, to enable off [design] section 6
PERIOD_ERROR_US = 15  # of a scan, worst [design] section 6
OUTPUTS = ("enable", "carrier", "gate", "step")

_ORDERS = re.findall(r"\w+", MAIN.read_text(encoding="utf-8").partition("_ORDERS = (")[2].partition(")")[0])
_ORDER, _ANSWER = memory.SCRATCH[2], memory.SCRATCH[3]
_SAME_SCAN_NS = 40_000
_PATIENCE_S = 0.3  # a fault is written down meanwhile, or a self test made
_LIMIT_S = 3.0


class BenchPen:
    """Got its power just now; `start` waits until it is IDLE."""

    def __init__(self, uf2: Path, filesystem: Path | None, *, seed: int = 1) -> None:
        self.machine = ChipMachine(BOARD.NAME, seed, image=uf2, filesystem=filesystem)
        self.chip = self.machine.chip
        self.plant = self.machine.plant
        self.rig = VirtualBenchRig(ChipRig(self.machine), lambda: None)
        self.scans_ns: list[int] = []
        self.chip.before_reading_pins(self._note_scan)

    def _note_scan(self) -> None:
        now = self.chip.now_ns
        if not self.scans_ns or now - self.scans_ns[-1] > _SAME_SCAN_NS:
            self.scans_ns.append(now)

    # Time and console.

    @property
    def now_s(self) -> float:
        """Virtual time."""
        return self.machine.now_ns / 1e9

    def run_for(self, seconds: float) -> None:
        """Lets time pass."""
        self.machine.run_for(seconds)

    def send(self, data: bytes, seconds: float = 0.02) -> bytes:
        """Sends bytes; what has come until then."""
        self.machine.send(data)
        self.run_for(seconds)
        return self.machine.receive()

    def say(self, line: str, seconds: float = 0.02) -> str:
        """Sends a line; what has been answered until then, or to a question as soon as it is answered."""
        said = self.send(line.encode() + b"\n", seconds)
        end_s = self.now_s + _PATIENCE_S
        while line.endswith("?") and not said.endswith(b"\n") and self.now_s < end_s:
            said += self.send(b"", 0.005)
        return said.decode("latin-1").rstrip("\n")

    def log(self) -> list[str]:
        """LOG? of this start, without times and without what BOOT says of the firmware: "BOOT,RESET"."""
        lines = [line.partition(",")[2] for line in self.say("LOG?", 0.2).split("\n") if "," in line]
        starts = [at for at, line in enumerate(lines) if line.startswith("BOOT,")]
        return [lines[starts[-1]].split()[0], *lines[starts[-1] + 1 :]]

    def scans_begin(self) -> BenchPen:
        """The host opens the port, and the program gets as far as its first scan."""
        self.machine.connect(True)
        before, end_s = len(self.scans_ns), self.now_s + _LIMIT_S
        while len(self.scans_ns) == before:
            assert self.now_s < end_s, self.machine.receive()
            self.run_for(0.005)
        return self

    def start(self) -> BenchPen:
        """IDLE."""
        self.scans_begin().wait("IDLE")
        return self

    def wait(self, *states: str) -> str:
        """Until it says that it is in one of these states; its answer."""
        end_s = self.now_s + _LIMIT_S
        while not (said := self.say("STAT?")).startswith(states):
            assert self.now_s < end_s, said
        return said

    def arm(self) -> BenchPen:
        """READY."""
        self.wait("IDLE")
        self.say("ZONE CHEEK")
        self.say("ARM", 0.15)
        self.wait("READY")
        return self

    def stroke(self, place: Place | None = None) -> BenchPen:
        """Under a lease; in the second stroke or later, at that place of one."""
        self.say("RUN 60", 0.06)
        end_s = self.now_s + _LIMIT_S
        while not self.plant.truth:  # the order may wait for a collection of memory
            assert self.now_s < end_s, self.say("STAT?")
            self.run_for(0.001)
        if place:
            self.rig.run_to(place, DEPTH_UM)
        return self

    # What misbehaves.

    def order(self, name: str) -> None:
        """The foreground does it at its next turn; see firmware/bench/main.py."""
        memory.write32(self.chip, _ANSWER, 0xFFFF_FFFF)
        memory.write32(self.chip, _ORDER, _ORDERS.index(f"_{name}"))

    def answer(self) -> int:
        """What came of it, -1 for nothing yet."""
        value = self.chip.read32(_ANSWER)
        return -1 if value == 0xFFFF_FFFF else value

    # What is seen.

    def rises(self, since_s: float, *signals: str) -> list[tuple[str, float]]:
        """(signal, milliseconds after `since_s`) of every rising edge; of all outputs, if none is named."""
        edges = [(name, at_s, level) for name in signals or OUTPUTS for at_s, level in self.rig.edges(name, since_s)]
        return [(name, (at_s - since_s) * 1e3) for name, at_s, level in edges if level]

    def off_ms(self, since_s: float) -> float:
        """When the drive went off after that, for good so far."""
        falls = [at_s for at_s, level in self.rig.edges("gate", since_s) if not level]
        assert falls, "the drive is still on"
        assert not self.rises(since_s, "gate")
        return (falls[-1] - since_s) * 1e3

    def scan_before_s(self, at_s: float) -> float:
        """When the last scan before that began."""
        return max(t_ns for t_ns in self.scans_ns if t_ns <= at_s * 1e9) / 1e9

    def gaps_us(self, since_s: float, until_s: float = 1e9) -> list[float]:
        """From scan to scan."""
        times = [t_ns for t_ns in self.scans_ns if since_s * 1e9 <= t_ns <= until_s * 1e9]
        return [(b - a) / 1e3 for a, b in pairwise(times)]

    def watched(self) -> bool:
        """The chip's watchdog runs."""
        return bool(self.chip.read32(memory.WATCHDOG_CTRL) & memory.WATCHDOG_ENABLE)

    def outputs(self) -> list[int | None]:
        """Levels of enable, carrier, step and direction; None where the chip drives nothing."""
        pins = (BOARD.PIN_ENABLE, BOARD.PIN_CARRIER, BOARD.PIN_STEP, BOARD.PIN_DIR)
        return [self.chip.pin(number).output for number in pins]

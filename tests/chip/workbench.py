"""A chip that does nothing but call functions of the firmware, on arguments that lie ready in its memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pen_sim.chip.emulator import Chip
from tests.chip import memory, programs
from tests.firmware.support import NAMES

SPACE = 64 * 1_024
IMAGE_BYTES, TRACE_BYTES = NAMES.WORDS * 4, 16 * 6 * 4
SCANS, TURNS, STROKES, STOPS = 1, 2, 3, 4  # orders
_STEP_NS, _LIMIT_NS = 100_000, 2_000_000_000


def program() -> bytes:
    """Its main.py."""
    return programs.WORKBENCH.format(space=SPACE, image=IMAGE_BYTES, trace=TRACE_BYTES).encode()


class Workbench:
    """`run` has the chip work on all items, each in the bytes that it came in."""

    def __init__(self, runtime: Path, filesystem: Path) -> None:
        self.chip = Chip(runtime, filesystem=filesystem)
        self._wait(lambda: self.chip.read32(memory.SCRATCH[2]) != 0)
        self._box = memory.words(self.chip, self.chip.read32(memory.SCRATCH[2]), 3)
        self._space = memory.octets(self.chip, self._box[1], SPACE)

    def run(self, order: int, items: Sequence[bytes]) -> Iterator[bytes]:
        """What has become of them. All have the same size."""
        size = len(items[0])
        together = SPACE // size
        for first in range(0, len(items), together):
            batch = items[first : first + together]
            self._space[: len(batch) * size] = b"".join(batch)
            self._box[2], self._box[0] = len(batch), order
            self._wait(lambda: self._box[0] == 0)
            yield from (bytes(self._space[k * size : (k + 1) * size]) for k in range(len(batch)))

    def _wait(self, done: Callable[[], bool]) -> None:
        end_ns = self.chip.now_ns + _LIMIT_NS
        while not done():
            assert self.chip.now_ns < end_ns, f"the chip does not answer: {bytes(self.chip.output[-500:])!r}"
            self.chip.run_for_ns(_STEP_NS)

"""One pen with the real runtime: the emulated chip, the plant on its pins, and the console; outwardly like pen_sim.machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pen_sim.chip.emulator import Chip
from pen_sim.chip.heap import Heap
from pen_sim.chip.insides import ChipInsides
from pen_sim.chip.wiring import Wiring
from pen_sim.edges import LINK, Edges
from pen_sim.insides import Insides
from pen_sim.loader import DeviceImporter, board_path
from pen_sim.plant.choice import plant_for
from pen_sim.plant.skin_spec import SkinSpec

_TIMERAWL = 0x4005_4028
_TICKS_MASK = 0x3FFF_FFFF


class ChipMachine:
    """A pen of `board`, switched on at time 0, with `image` (a UF2) and `filesystem` (littlefs) in its flash.

    Raises ValueError for an unknown board. `keep` and `skin` are as for pen_sim.machine.Machine.
    """

    def __init__(
        self,
        board: str = "bench_stepper",
        seed: int = 1,
        *,
        image: Path,
        filesystem: Path | None = None,
        keep: bool = True,
        skin: SkinSpec | None = None,
    ) -> None:
        self.name = board
        self.seed = seed
        self.board = DeviceImporter({}, {"board": board_path(board)}).load("board")
        self.plant = plant_for(self.board, seed, skin=skin)
        self.plant.record = keep
        self.edges = Edges(keep)
        self.chip = Chip(image, filesystem=filesystem, open_=False)
        self.wiring = Wiring(self.chip, self.board, self.plant, self.edges)
        self.heap: Heap = self.chip.heap(self.board)
        self.insides: Insides = ChipInsides(self)
        self.remarks: list[str] = []

    @property
    def now_ns(self) -> int:
        """Virtual time since power-on."""
        return self.chip.now_ns

    def at(self, t_ns: int, action: Callable[[], None]) -> None:
        """Calls `action` at `t_ns`; as soon as time passes, if that is past."""
        self.chip.at(t_ns, action)

    def run_for(self, seconds: float) -> None:
        """Lets `seconds` of virtual time pass."""
        self.run_until(self.now_ns + round(seconds * 1e9))

    def run_until(self, end_ns: int) -> None:
        """Lets virtual time pass until `end_ns`, to the end of the instruction under way."""
        self.chip.run_until_ns(end_ns)
        self.settle()

    def settle(self) -> None:
        """Brings the plant up to now."""
        self.wiring.settle()

    # The host's side of the console.

    def connect(self, open_: bool) -> None:
        """A host opens or closes the console."""
        if open_ != self.chip.host.open:
            self.edges.add(self.now_ns, LINK, int(open_))
            self.chip.connect(open_)

    def send(self, data: bytes) -> None:
        """Bytes from the host; the chip gets them as fast as USB carries them and it has room."""
        self.chip.send(data)

    def receive(self) -> bytes:
        """Everything the pen has sent since the last call."""
        data = bytes(self.chip.output)
        self.chip.output.clear()
        self.edges.note(data)
        return data

    def waiting(self) -> int:
        """Bytes sent and not yet taken by the chip."""
        return self.chip.host.unsent

    def host_reads(self, reads: bool) -> None:
        """Whether the host takes what the pen sends; nothing is lost meanwhile."""
        self.chip.host_reads(reads)

    # What can be told from outside.

    @property
    def gate(self) -> bool:
        """The driver's enable, at the driver."""
        return self.wiring.gate

    @property
    def state(self) -> str:
        """Whether the drive is on: more cannot be told without asking the pen."""
        return "DRIVE ON" if self.gate else "DRIVE OFF"

    @property
    def fault(self) -> int:
        """0: it cannot be known without asking the pen."""
        return 0

    def ticks_us(self) -> int:
        """The chip's own clock, as its trace shows it."""
        return self.chip.read32(_TIMERAWL) & _TICKS_MASK

    def trace_hash(self) -> str:
        """One seed and one script, one hash: every edge and every byte the pen sent."""
        return self.edges.hash()

"""What the HAL's contract test needs of a target: a HAL, time, and eyes on its pins. One class a target."""

from collections.abc import Callable
from typing import Any, Protocol

from pen_sim.edges import GATE, SIGNALS, STEP, Edges
from pen_sim.hal import SimHal
from pen_sim.loader import DeviceImporter, board_path, load_board, pure
from pen_sim.plant.stepper import StepperPlant
from tests.firmware.support import NAMES, set_word

word = pure("pen.steps").word

Scan = Callable[[Any, Any], None]


class Desk(Protocol):
    """A HAL of the bench board, not yet started. Times in microseconds."""

    hal: Any
    image: Any
    board: Any
    drive: Any
    plant: Any

    def start(self, scan: Scan) -> None:
        """Starts the HAL with a new image and `scan` as its check."""
        ...

    def run_us(self, us: int) -> None:
        """Lets time pass; scans come as the HAL's period says."""
        ...

    def kill_scan(self) -> None:
        """The timer interrupt is dead from here on."""
        ...

    def level(self, signal: str) -> int:
        """Of an output's pin, or of "gate": enable and carrier together."""
        ...

    def changes_us(self, signal: str) -> list[tuple[int, int]]:
        """(time, level) of each edge of it."""
        ...

    def steps_us(self) -> list[tuple[int, bool]]:
        """(time, outward) of each step since the start."""
        ...

    def gate_us(self) -> list[tuple[int, int]]:
        """(time, level) of each change of the gate."""
        ...

    def receive(self, data: bytes) -> None:
        """The host sends."""
        ...

    def host_reads(self, reads: bool) -> None:
        """Whether the host takes what is sent."""
        ...

    def connect(self, open_: bool) -> None:
        """The host opens or closes the console."""
        ...


class SimDesk:
    """The simulator's."""

    def __init__(self) -> None:
        importer = DeviceImporter(files={"board": board_path("bench_stepper")})
        self.board = load_board("bench_stepper")
        self.plant = StepperPlant(self.board, 1)
        self.edges = Edges(True)
        self.hal = SimHal(self.plant, self.edges, importer, self.board)
        self.hal.store.write_ns = 0  # time is the desk's
        self.drive = importer.load("pen.stepper").Drive(self.board)
        names = importer.load("pen.image")
        limits = importer.load("pen.limits")
        self.image = names.create()
        limits.fill(self.image, self.board, self.drive)
        self._trace = names.create_trace(limits.TRACE_ROWS)
        self._alive = True
        self._outward: list[bool] = []
        self._watch_steps()

    def _watch_steps(self) -> None:
        step = self.plant.step

        def watched(t_ns: int) -> None:
            self._outward.append(self.hal.generator.outward)
            step(t_ns)

        self.hal.generator._plant = _Watched(self.plant, watched)

    def start(self, scan: Scan) -> None:
        self.hal.start(self.image, self._trace, scan, self.drive)

    def run_us(self, us: int) -> None:
        hal = self.hal
        end_ns = hal.now_ns + us * 1_000
        while self._alive and hal.next_scan_ns <= end_ns:
            hal.now_ns = hal.next_scan_ns
            hal.scan(hal.now_ns)
            hal.next_scan_ns = hal.now_ns + hal.period_ns
        hal.now_ns = end_ns
        hal.settle(end_ns)

    def kill_scan(self) -> None:
        self._alive = False

    def level(self, signal: str) -> int:
        edges = self.changes_us(signal)
        return edges[-1][1] if edges else 0

    def changes_us(self, signal: str) -> list[tuple[int, int]]:
        return [(t_ns // 1_000, level) for t_ns, level in self.edges.of(SIGNALS.index(signal))]

    def steps_us(self) -> list[tuple[int, bool]]:
        times = [t_ns // 1_000 for t_ns, _ in self.edges.of(STEP)]
        return list(zip(times, self._outward, strict=True))

    def gate_us(self) -> list[tuple[int, int]]:
        return [(t_ns // 1_000, level) for t_ns, level in self.edges.of(GATE)]

    def receive(self, data: bytes) -> None:
        self.hal.receive(data)

    def host_reads(self, reads: bool) -> None:
        self.hal.host_reads = reads

    def connect(self, open_: bool) -> None:
        self.hal.link = open_


class _Watched:
    """A plant whose steps are noted."""

    def __init__(self, plant: StepperPlant, step: Callable[[int], None]) -> None:
        self._step = step
        self.set_dir = plant.set_dir

    def step(self, t_ns: int) -> None:
        self._step(t_ns)


LEAD_US = 700  # before the first step, unless a test says otherwise

# The chip's desk is in tests/chip/chip_desk.py, and the same tests run on it from there: it needs an emulator and a runtime.
TARGETS: dict[str, Callable[[], Desk]] = {"sim": SimDesk}


class Orders:
    """A check that writes the outputs the test wants, each motion once, and keeps what was latched."""

    def __init__(self, desk: Desk, *, enable: int = 1) -> None:
        self.enable = self.feed = enable
        self.motion: tuple[int, int, int] | None = None  # motion, slot, next
        self.lead_us = LEAD_US
        self.latched: list[list[int]] = []
        set_word(desk.image, NAMES.LI_CAP_UM, 1_000)
        desk.start(self)
        desk.hal.set_scan_period(100)

    def __call__(self, image: Any, _: Any) -> None:
        image[NAMES.OU_ENABLE], image[NAMES.OU_FEED] = self.enable, self.feed
        image[NAMES.OU_MOTION] = 0
        if self.motion:
            image[NAMES.OU_MOTION], image[NAMES.OU_SLOT], image[NAMES.OU_NEXT] = self.motion
            image[NAMES.OU_LEAD_US] = self.lead_us
            self.motion = None
        self.latched.append(list(image[:9]))

    def seen(self, name: str) -> int:
        """What the last scan latched."""
        return self.latched[-1][getattr(NAMES, name)]


def load(desk: Desk, slot: int, words: list[int], *, returns: bool = True) -> None:
    for k, value in enumerate(words):
        desk.hal.slots[slot][k] = value
    desk.hal.load(slot, len(words), returns)


def out_and_back(steps: int, us: int = 500) -> list[int]:
    """A single step first, because the lead takes the place of the first word's interval."""
    return [word(True, 1, us), word(True, steps - 1, us), word(False, steps, us)]

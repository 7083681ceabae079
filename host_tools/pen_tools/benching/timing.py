"""`pen bench timing`: every measurement, one after the other, and what it is held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pen_tools.benching import deaths, drives, faultruns, mailbox, occupancy, stops
from pen_tools.benching.forks import in_copies
from pen_tools.benching.loaded import Loaded, Speed, pass_time, stroke_under_load
from pen_tools.benching.progress import Bars
from pen_tools.benching.scanwatch import ScanWatch
from pen_tools.benching.stage import DEPTH_MM, Stage

if TYPE_CHECKING:
    from pen_tools.chipimage import ChipImage

_IDLE_S = 0.5
_OCCUPANCY_S = 0.15
_CAP_MM = 1.5  # of the zone


@dataclass(frozen=True)
class Timing:
    """Everything that was measured; see the modules it comes from."""

    image: ChipImage
    board: str
    identity: str  # as *IDN? says it
    seed: int
    rate_hz: float
    seconds: float  # of strokes under load, as they were asked for
    loaded: Loaded
    idle: Speed
    interrupts_us: list[float]
    faults: list[faultruns.Outcome]
    deaths: list[deaths.Death]
    stops: list[stops.Stop]
    ram_free: int


class Bench:
    """Measures a pen of `board` on the emulated chip. `every`: only every so manieth fault, death and stop."""

    def __init__(self, image: ChipImage, board: str, seed: int, bars: Bars, *, every: int = 1) -> None:
        self._every = every
        self._image = image
        self._board = board
        self._seed = seed
        self._bars = bars

    def measure(self, seconds: float) -> Timing:
        """All of it, with `seconds` of strokes under load. Raises PenError if the pen does not come as far as that."""
        stage = self._on()
        idle = pass_time(stage, _IDLE_S)
        stage.set_up()
        with self._bars.part(f"{seconds:g} s of strokes under load"):
            loaded = stroke_under_load(stage, seconds, self._seed, lambda done: self._bars.done(done, seconds))
        interrupts, faults = self._faults()
        died, stopped, ram_free = self._ordered()
        return Timing(
            self._image,
            self._board,
            stage.identity,
            self._seed,
            stage.rate_hz,
            seconds,
            loaded,
            idle,
            interrupts,
            faults,
            died,
            stopped,
            ram_free,
        )

    def _on(self) -> Stage:
        stage = Stage(self._image, self._board, self._seed)
        stage.switch_on()
        return stage

    def _armed(self, depth_mm: float = DEPTH_MM, *, run: bool = True) -> Stage:
        stage = self._on()
        stage.set_up(depth_mm)
        stage.arm()
        if run:
            stage.run()
        return stage

    def _faults(self) -> tuple[list[float], list[faultruns.Outcome]]:
        """And how long the interrupts take, of a pen with nothing else to do."""
        with self._bars.part("faults at several places of a stroke"):
            stage = self._armed()
            stage.to_stroke()
            watch = ScanWatch(stage.machine)
            interrupts = in_copies([lambda: occupancy.interrupts_us(stage, watch, _OCCUPANCY_S)])[0]
            found = faultruns.stroking(stage, self._bars.done, self._every)
        with self._bars.part("faults at the cap, and at rest"):
            if not drives.strikes(stage.machine.board):  # where a stop that slips is beyond the cap, the tip is soon
                found += faultruns.at_cap(self._armed(_CAP_MM), self._bars.done, self._every)
            found += faultruns.ready(self._armed(run=False), self._bars.done, self._every)
        return interrupts, found

    def _ordered(self) -> tuple[list[deaths.Death], list[stops.Stop], int]:
        """What needs the bench's main program on the pen."""
        stage = mailbox.on_the_bench(self._image, self._board, self._seed)
        stage.switch_on()
        box = mailbox.Mailbox(stage.machine)
        stage.set_up()
        stage.arm()
        ram_free = in_copies([lambda: box.ask(mailbox.Order.COLLECT)])[0]
        stage.run()
        with self._bars.part("deaths of the CPU"):
            died = deaths.dead_cpu(stage, box, self._bars.done, self._every)
        with self._bars.part("stop bytes"):
            stopped = stops.stop_bytes(stage, box, self._bars.done, self._every)
        return died, stopped, ram_free

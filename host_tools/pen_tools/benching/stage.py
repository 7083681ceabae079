"""A pen on the emulated chip, brought to where a measurement begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from pen_tools import chipimage
from pen_tools.benching import drives
from pen_tools.client import PenClient
from pen_tools.errors import LinkLost
from pen_tools.links import SimLink

if TYPE_CHECKING:
    from pen_sim.chip.machine import ChipMachine
    from pen_sim.chip.rig import ChipRig
    from pen_tools.chipimage import ChipImage

ZONE = "CHEEK"
DEPTH_MM = 1.0
LEASE_S = 60
_SLICE_NS = 50_000
_STROKE_NS = 500_000_000  # two of the slowest strokes
_DRAIN_S = 0.4  # a turn of the foreground may take that long, and say nothing meanwhile


class Stage:
    """A pen that has got its power and is idle. `rig` knows the truth, `pen` is its console.

    `first_ns`: when the first step of the latest stroke was made, `strokes` how many have begun.
    """

    def __init__(self, image: ChipImage, board: str, seed: int) -> None:
        self.rig: ChipRig = chipimage.rig_of(image, board, seed, keep=True)
        self.machine = cast("ChipMachine", self.rig.machine)
        self.pen = PenClient(SimLink(self.machine))
        self.identity = ""  # as *IDN? says it
        self.rate_hz = 0.0
        self.first_ns = self.strokes = 0
        self.running = False
        self._outward = False
        chip, pins = self.machine.chip, self.machine.board
        self._dir = chip.pin(pins.PIN_DIR)
        if drives.strikes(pins):
            chip.pin(pins.PIN_COIL_LOW).listen(self._on_pulse)
        else:
            chip.pin(pins.PIN_STEP).listen(self._on_step)

    def _on_step(self, level: int) -> None:
        if not level:
            return
        outward = self._dir.level == 1
        if outward and not self._outward:
            self.first_ns = self.machine.now_ns
            self.strokes += 1
        self._outward = outward

    def _on_pulse(self, level: int) -> None:
        if level:
            self.first_ns = self.machine.now_ns
            self.strokes += 1

    def switch_on(self) -> None:
        """Until it is idle."""
        self.identity = self.pen.open()
        self.pen.wait_for("IDLE")

    def set_up(self, depth_mm: float = DEPTH_MM) -> None:
        """Strokes of this depth, at the greatest rate there is for it, but see drives.FASTEST_DHZ."""
        pen = self.pen
        pen.command("ZONE " + ZONE)
        pen.command(f"RATE {pen.query('RATE? MIN')}")
        pen.command(f"DEPT {depth_mm:.2f}")
        self.rate_hz = float(pen.query("RATE? MAX"))
        if drives.strikes(self.machine.board):
            self.rate_hz = min(self.rate_hz, drives.FASTEST_DHZ / 10)
        pen.command(f"RATE {self.rate_hz:.1f}")

    def arm(self) -> None:
        """Homed and ready. Raises PenFault."""
        self.pen.command("ARM")
        self.pen.wait_for("READY")
        self.pen.raise_for_fault()

    def run(self) -> None:
        """Strokes from now on, for longer than anything here takes."""
        self.strokes = 0  # homing's moves are none
        self.running = True
        self.pen.command(f"RUN {LEASE_S}")

    @property
    def period_ns(self) -> int:
        """From a stroke's first step to the next one's."""
        return round(1e9 / self.rate_hz)

    def to_stroke(self, more: int = 1) -> None:
        """Goes on until a stroke has just begun. Raises LinkLost if none comes."""
        machine = self.machine
        until, end_ns = self.strokes + more, machine.now_ns + more * _STROKE_NS
        while self.strokes < until:
            if machine.now_ns > end_ns:
                raise LinkLost("the pen makes no strokes", "read LOG? and FAUL?")
            machine.run_until(machine.now_ns + _SLICE_NS)

    def quiet(self) -> None:
        """Lets the pen finish what it is saying, and forgets it."""
        while True:
            self.machine.run_for(_DRAIN_S)
            if not self.machine.receive() and not self.machine.waiting():
                break
        self.pen.open()

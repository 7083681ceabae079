"""--target sim and chip: every test gets a pen of its own, switched on for it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from hil_tests.bench import Bench
from hil_tests.capabilities import WHAT
from hil_tests.pen import Pen
from hil_tests.virtual_rig import VirtualBenchRig
from pen_sim.rig import Rig
from pen_tools import targets
from pen_tools.client import PenClient
from pen_tools.errors import PenError
from pen_tools.links import SimLink


class VirtualTarget:
    """Implements hil_tests.bench.Target. `switch_on` makes a pen that has just got its power, and a rig around it."""

    def __init__(self, name: str, board: str, seed: int, switch_on: Callable[[], Rig], *, with_rig: bool) -> None:
        self.name = name
        self.board = board
        self.seed: int | None = seed
        self._switch_on = switch_on
        self._with_rig = with_rig
        self._ahead: Bench | None = None
        self.capabilities = frozenset(WHAT) if with_rig else frozenset({"virtual_time"})
        self.supplier = "leave out --rig none to have it"

    def boot_ahead(self) -> None:
        """Makes the next fresh pen now, for copies of this process to go on from. What it raises, `fresh` will raise."""
        if self._ahead is None:
            with suppress(PenError):
                self._ahead = self.fresh()

    def fresh(self) -> Bench:
        """A new pen, and its rig."""
        if self._ahead is not None:
            ahead, self._ahead = self._ahead, None
            return ahead
        around = self._switch_on()
        client = PenClient(SimLink(around.machine))
        pen = Pen(client, client.open(), self.board)
        pen.wait_for("IDLE")
        if not self._with_rig:
            return Bench(pen, None)
        rig = VirtualBenchRig(around, lambda: self._power_cycle(pen, rig))
        return Bench(pen, rig)

    def _power_cycle(self, pen: Pen, rig: VirtualBenchRig) -> None:
        """The same pen and rig objects go on with a new machine, and the transcript with them."""
        around = self._switch_on()
        rig.move_to(around)
        client = PenClient(SimLink(around.machine))
        client.transcript = pen.client.transcript
        pen.client = client
        client.open()
        pen.wait_for("IDLE")

    def close(self) -> None:
        """Nothing is left open."""


def sim(board: str, seed: int, *, with_rig: bool) -> VirtualTarget:
    """The firmware under CPython. It takes a tenth of a second. Raises Usage for an unknown board."""

    def switch_on() -> Rig:
        return targets.virtual_rig(targets.SIM, board, seed, keep=True)

    switch_on()  # a board that there is not is no matter for the first test
    return VirtualTarget("sim", board, seed, switch_on, with_rig=with_rig)

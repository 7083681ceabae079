"""--target sim: every test gets a pen of its own, switched on for it. It takes a tenth of a second."""

from __future__ import annotations

from hil_tests.bench import Bench
from hil_tests.capabilities import WHAT
from hil_tests.pen import Pen
from hil_tests.sim_rig import SimBenchRig
from pen_sim.loader import board_path
from pen_sim.machine import Machine
from pen_tools.client import PenClient
from pen_tools.errors import Usage
from pen_tools.links import SimLink


class SimTarget:
    """Implements hil_tests.bench.Target."""

    name = "sim"

    def __init__(self, board: str, seed: int, *, with_rig: bool) -> None:
        try:
            board_path(board)
        except ValueError as error:
            raise Usage(str(error)) from error
        self.board = board
        self.seed: int | None = seed
        self._seed = seed
        self._with_rig = with_rig
        self.capabilities = frozenset(WHAT) if with_rig else frozenset({"virtual_time"})
        self.supplier = "leave out --rig none to have it"

    def fresh(self) -> Bench:
        """A new machine, and its rig."""
        machine = self._machine()
        client = PenClient(SimLink(machine))
        pen = Pen(client, client.open(), self.board)
        pen.wait_for("IDLE")
        if not self._with_rig:
            return Bench(pen, None)
        rig = SimBenchRig(machine, lambda: self._power_cycle(pen, rig))
        return Bench(pen, rig)

    def _machine(self) -> Machine:
        return Machine(self.board, self._seed, keep=True)

    def _power_cycle(self, pen: Pen, rig: SimBenchRig) -> None:
        """The same pen and rig objects go on with a new machine, and the transcript with them."""
        machine = self._machine()
        rig.move_to(machine)
        client = PenClient(SimLink(machine))
        client.transcript = pen.client.transcript
        pen.client = client
        client.open()
        pen.wait_for("IDLE")

    def close(self) -> None:
        """Nothing is left open."""

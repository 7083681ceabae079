"""--target serial:PORT: the one pen at a port, brought back to a known state before every test."""

from __future__ import annotations

from hil_tests.bench import Bench
from hil_tests.pen import Pen
from pen_sim.loader import board_names
from pen_tools.client import PenClient
from pen_tools.errors import PenError, Refused, Usage
from pen_tools.links import SerialLink

_RETURN_S = 0.1  # a stroke under way comes back in less


class SerialTarget:
    """Implements hil_tests.bench.Target; the port is opened by the first test and stays open."""

    seed: int | None = None
    supplier = "--target sim has it"
    capabilities: frozenset[str] = frozenset()

    def __init__(self, port: str, board: str | None) -> None:
        if board is not None and board not in board_names():
            raise Usage(f"no board named '{board}'; there are: {', '.join(board_names())}")
        self.name = f"serial:{port}"
        self.board = board or ""
        self._port = port
        self._link: SerialLink | None = None

    def fresh(self) -> Bench:
        """The pen at the port: stopped, its fault cleared, its settings and errors forgotten."""
        self._link = self._link or SerialLink(self._port)
        client = PenClient(self._link)
        client.stop()
        self._link.run_for(_RETURN_S)
        identity = client.open()
        self._check_board(identity)
        _clear(client)
        client.command("*RST")
        client.command("*CLS")
        state = client.wait_for("IDLE").name
        if state != "IDLE":
            raise PenError(f"the pen is {state} after *RST, not IDLE", "read LOG? and FAUL?")
        client.transcript.clear()
        return Bench(Pen(client, identity, self.board), None)

    def _check_board(self, identity: str) -> None:
        fields = identity.split(",")
        named = fields[1] if len(fields) > 1 else ""
        if self.board and named != self.board:
            raise PenError(f"the pen says {identity}, not {self.board}", "is this the right pen?")
        if named not in board_names():
            raise PenError(f"the pen says {identity}, whose board is not known here", "update the host's tools")
        self.board = named

    def close(self) -> None:
        """Leaves the pen stopped."""
        if self._link is not None:
            PenClient(self._link).stop()
            self._link.run_for(_RETURN_S)
            self._link.close()


def _clear(client: PenClient) -> None:
    fault = client.fault()
    if not fault.code:
        return
    try:
        client.command("FAUL:CLE")
    except Refused as refused:
        raise PenError(f"fault {fault.code} {fault.name} cannot be cleared: {refused.detail}", fault.after) from refused

"""One simulated pen: virtual time, the plant, and the firmware's own main.py built on the simulator's HAL.

Time is integer nanoseconds and moves only inside `run_for` and `run_until`. Between two instants nothing happens: the
loop goes from scan to scan and from turn to turn of the foreground, and everything else is brought up to date from there.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from types import ModuleType
from typing import Any

from pen_sim.edges import Edges
from pen_sim.hal import SimHal
from pen_sim.insides import Insides
from pen_sim.loader import DeviceImporter, board_path
from pen_sim.plant.choice import plant_for
from pen_sim.plant.skin_spec import SkinSpec
from pen_sim.sim_insides import SimInsides
from pen_sim.store import Store

_NEVER = 1 << 62
_BOOT_NS = (
    200_000_000  # from a reset to the program's start: as long as the emulated chip takes, to the tenth of a second
)


class Machine:
    """A pen of `board`, switched on at time 0. Raises ValueError for an unknown board.

    `keep`: keep every edge and the tip's whole course, for traces and plots; without it memory stays flat.
    `exact`: the process image holds 32-bit words and nothing else, as on the chip; slower.
    """

    def __init__(
        self,
        board: str = "bench_stepper",
        seed: int = 1,
        *,
        keep: bool = True,
        skin: SkinSpec | None = None,
        exact: bool = False,
    ) -> None:
        self.name = board
        self.seed = seed
        self._exact = exact
        self.importer = self._new_importer()
        self.board = self.importer.load("board")
        self.plant = plant_for(self.board, seed, skin=skin)
        self.plant.record = keep
        self.edges = Edges(keep)
        self.now_ns = 0
        self.turns_stop = False  # the foreground hangs
        self.scans_stop = False  # the timer interrupt is dead
        self.frail = False  # memory was overwritten: an exception ends the program, as on a pen
        self.died: Exception | None = None  # what ended the program
        self.insides: Insides = SimInsides(self)
        self.remarks: list[str] = []
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0
        self._boots = 0
        self._hal: SimHal | None = None
        self._cause = "POWER_ON"
        self.store = Store()
        self.app: Any = self.importer.load("main").build()
        self.app.start()

    @property
    def hal(self) -> SimHal:
        """The HAL of the program that runs, or that is about to."""
        assert self._hal
        return self._hal

    def _new_importer(self) -> DeviceImporter:
        hal_module = ModuleType("pen.hal.rp2040")
        hal_module.__dict__["Hal"] = self._make_hal
        return DeviceImporter({"pen.hal.rp2040": hal_module}, {"board": board_path(self.name)}, exact=self._exact)

    def _make_hal(self, board: ModuleType, _seal: int) -> SimHal:
        self._hal = SimHal(self.plant, self.edges, self.importer, board, self._hal, cause=self._cause, store=self.store)
        return self._hal

    def restart(self, cause: str = "POWER_ON", *, boots: bool = True) -> None:
        """A reset, after which the log says `cause`; without `boots` the pen stays dead until the next one."""
        self.settle()
        self.hal.go_dark()
        self._cause = cause
        self.importer = self._new_importer()
        self.frail, self.died = False, None
        self.app = self.importer.load("main").build()
        self._boots += 1
        if boots:
            self.at(self.now_ns + _BOOT_NS, lambda boot=self._boots: self._start(boot))

    def _start(self, boot: int) -> None:
        if boot == self._boots:  # and no other reset came meanwhile
            self.hal.wake_ns = self.now_ns
            self.app.start()

    def end_program(self, why: Exception) -> None:
        """An exception has ended the main loop: main.run leaves the outputs safe."""
        self.died = why
        self.hal.stop()
        self.hal.wake_ns = _NEVER

    def _poll(self) -> None:
        try:
            self.app.poll()
        except Exception as error:
            if not self.frail:
                raise
            self.end_program(error)

    def _scan(self, t_ns: int) -> None:
        if self.scans_stop:
            return
        try:
            self.hal.scan(t_ns)
        except Exception as error:
            if not self.frail:
                raise
            self.died = error
            self.scans_stop = True

    def at(self, t_ns: int, action: Callable[[], None]) -> None:
        """Calls `action` at `t_ns`, before any scan of that instant; at once if that is past."""
        self._count += 1
        heapq.heappush(self._events, (max(t_ns, self.now_ns), self._count, action))

    def run_for(self, seconds: float) -> None:
        """Lets `seconds` of virtual time pass."""
        self.run_until(self.now_ns + round(seconds * 1e9))

    def run_until(self, end_ns: int) -> None:
        """Lets virtual time pass until `end_ns`."""
        events = self._events
        while True:
            hal = self.hal
            event_ns = events[0][0] if events else _NEVER
            wake_ns = _NEVER if self.turns_stop else max(hal.wake_ns, self.now_ns)
            next_ns = min(event_ns, wake_ns, end_ns)
            if not self.scans_stop:
                self._scan_until(next_ns, event_ns <= next_ns)
            self.now_ns = hal.now_ns = max(next_ns, self.now_ns)
            if event_ns <= next_ns:
                heapq.heappop(events)[2]()
            elif wake_ns <= next_ns:
                self._poll()
                self.now_ns = max(self.now_ns, self.hal.now_ns)  # a write to flash takes time
            else:
                break
        self.settle()
        self.plant.advance(self.now_ns)

    def _scan_until(self, limit_ns: int, before: bool) -> None:
        """Every scan that is due up to `limit_ns`, or only those `before` it. A late one is made now, and once."""
        hal, now_ns = self.hal, self.now_ns
        period_ns, scan = hal.period_ns, self._scan if self.frail else hal.scan
        due_ns = hal.next_scan_ns
        if due_ns < now_ns:
            scan(now_ns)
            due_ns = max(due_ns + period_ns, now_ns + 1)
        last_ns = limit_ns - 1 if before else limit_ns
        while due_ns <= last_ns:
            scan(due_ns)
            due_ns += period_ns
        hal.next_scan_ns = due_ns

    # The host's side of the console.

    def connect(self, open_: bool) -> None:
        """A host opens or closes the console."""
        self.hal.link = open_

    def send(self, data: bytes) -> None:
        """Bytes from the host; they are received at once."""
        self.hal.receive(data)

    def receive(self) -> bytes:
        """Everything the pen has sent since the last call."""
        data = bytes(self.hal.sent)
        self.hal.sent.clear()
        self.edges.note(data)
        return data

    def waiting(self) -> int:
        """Bytes sent and not yet taken by the pen."""
        return len(self.hal.received)

    def host_reads(self, reads: bool) -> None:
        """Whether the host takes what the pen sends; nothing is lost meanwhile."""
        self.hal.host_reads = reads

    @property
    def gate(self) -> bool:
        """The driver's enable, at the driver."""
        return self.hal.gate == 1

    @property
    def state(self) -> str:
        """The session's state, for the simulator's own use; clients ask STAT?."""
        return self.app.session.state()

    @property
    def fault(self) -> int:
        """The latched fault's code, 0 without one; clients ask FAUL?."""
        return self.app.session.fault()

    def settle(self) -> None:
        """Brings generator and dead-man up to now."""
        self.hal.settle(self.now_ns)

    def ticks_us(self) -> int:
        """The pen's own clock."""
        return self.hal.now_us()

    def trace_hash(self) -> str:
        """One seed and one script, one hash: every edge and every byte the pen sent."""
        return self.edges.hash()

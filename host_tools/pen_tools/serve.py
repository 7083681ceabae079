"""Serves a simulated pen: one loop that lets its time follow the wall's and carries bytes to and from one client."""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pen_tools.serve_pace import Pacer
from pen_tools.serve_ports import MOST, Port

if TYPE_CHECKING:
    from pen_sim.virtual import VirtualPen

_BUSY_TICK_S = 0.002  # while bytes go to and fro: what an answer may be late
_IDLE_TICK_S = 0.02  # otherwise; bytes that come wake the loop at once
_BUSY_FOR_S = 0.1
_IN_MOST = 512  # bytes that wait in the pen's receiver: as many as the firmware takes in one poll
_ALONE_NS = 3_000_000  # between two clients: the pen notices that nobody is there
_OUT_MOST = 4_096  # bytes that wait for the client; with more, the pen sees a host that does not read
_TRUTHS_MOST = 1_000  # strokes the plant remembers; nobody asks a served pen for them


class Server:
    """`machine` behind `port`. `tick` is called between steps, `extra` are more file descriptors that wake the loop."""

    def __init__(self, machine: VirtualPen, port: Port, speed: float = 1.0) -> None:
        self.machine = machine
        self.port = port
        self.present = False
        self.tick: Callable[[], None] = lambda: None
        self.extra: Sequence[int] = ()
        self._out = bytearray()
        self._reads = True
        self._pacer = Pacer(speed)
        self._busy_until_s = 0.0
        self._alone_until_ns = 0
        self._stopping = False

    def run(self) -> None:
        """Until `stop`."""
        while not self._stopping:
            self._wait()
            self.machine.run_until(self.machine.now_ns + self._pacer.step_ns())
            self.exchange()
            self.tick()

    def stop(self) -> None:
        """Ends `run` soon; may be called from a signal handler or another thread."""
        self._stopping = True

    def exchange(self) -> None:
        """Bytes from the client to the pen and back, as far as each of them takes them."""
        there = self.port.look()
        if there and not self.present and self.machine.now_ns >= self._alone_until_ns:
            self._meet(True)
        # The first words of one that has come, the last of one that has gone, but none that the pen would take for another's.
        came = self._take() if self.present or not there else False
        if self.present and not there:
            self._meet(False)
        if there and not self.present:
            self.machine.receive()  # nothing of it is for one who has not been met
            self._out.clear()
        if came | self._give():
            self._busy_until_s = time.monotonic() + _BUSY_FOR_S

    def _meet(self, there: bool) -> None:
        self.present = there
        self.machine.connect(there)
        self._alone_until_ns = self.machine.now_ns + _ALONE_NS

    def _take(self) -> bool:
        room = self._room()
        data = self.port.read(min(room, MOST)) if room else b""
        if data:
            self.machine.send(data)
        return bool(data)

    def _give(self) -> bool:
        self._out += self.machine.receive()
        some = bool(self._out)
        if some:
            del self._out[: self.port.write(bytes(self._out))]
        reads = len(self._out) < _OUT_MOST
        if reads is not self._reads:  # only then: a host that does not read may be somebody's fault
            self._reads = reads
            self.machine.host_reads(reads)
        if len(self.machine.plant.truth) > _TRUTHS_MOST:
            self.machine.plant.truth.clear()
        return some

    def _room(self) -> int:
        return _IN_MOST - self.machine.waiting()

    def _wait(self) -> None:
        tick_s = _BUSY_TICK_S if time.monotonic() < self._busy_until_s else _IDLE_TICK_S
        watched = [*self.port.watched(self._room() > 0), *self.extra]
        if watched:
            select.select(watched, [], [], tick_s)
        else:
            time.sleep(tick_s)

"""A console on a desk: a wire that tests feed and read, a pen that does nothing, and a few commands."""

from collections.abc import Callable
from typing import Any

from pen_sim.loader import pure

_arguments = pure("pen.arguments")
_errors = pure("pen.errors")
_scpi = pure("pen.scpi")
Command = pure("pen.command").Command

# Enough to work off a full buffer: one poll executes at least eight commands.
_POLLS = 100


class Pen:
    """The façade that the common commands ask."""

    def __init__(self) -> None:
        self.is_busy = False
        self.fault = 0
        self.resets = 0

    def identity(self) -> str:
        return "needlepen,test,0,0.1.0"

    def reset(self) -> None:
        self.resets += 1

    def self_test(self) -> int:
        return 3

    def busy(self) -> bool:
        return self.is_busy

    def fault_code(self) -> int:
        return self.fault


class Wire:
    """The HAL's two calls. `room` is how many bytes the host takes in one poll, None for all of them."""

    def __init__(self) -> None:
        self.incoming = bytearray()
        self.sent = bytearray()
        self.room: int | None = None
        self.slices: list[int] = []
        self.reads = 0

    def console_read(self, buffer: bytearray) -> int:
        self.reads += 1
        count = min(len(buffer), len(self.incoming))
        buffer[:count] = self.incoming[:count]
        del self.incoming[:count]
        return count

    def console_write(self, data: memoryview) -> int:
        self.slices.append(len(data))
        count = len(data) if self.room is None else min(self.room, len(data))
        self.sent += data[:count]
        if self.room is not None:
            self.room -= count
        return count


class Bench:
    """Everything put together. `did` lists what the commands executed, in order, "!" for a stop."""

    def __init__(self) -> None:
        self.pen = Pen()
        self.wire = Wire()
        self.did: list[object] = []
        self.blob = bytes(range(256)) * 4
        self.status = pure("pen.status").Status()
        self.engine = pure("pen.engine").Engine((), self.status, self.pen.busy)
        self.engine.add(pure("pen.common").rows(self.engine, self.pen))
        self.engine.add(self._rows())
        self.console = pure("pen.console").Console(self.wire, self.engine, self._stop)

    def _rows(self) -> tuple[Any, ...]:
        limits = _arguments.Choice(("MINimum", "MAXimum"), optional=True)
        depth = _arguments.Number("MM", 3, 500, 3000, step=10)
        return (
            Command("DEPTh", "Depth.", self._depth, self._log("DEPT"), depth, limits),
            Command("ZONE", "Zone.", command=self._log("ZONE"), argument=_arguments.Choice(("cheek", "upper_lip"))),
            Command("RUN", "Runs.", command=self._run),
            Command("TRACe", "Trace.", query=lambda: self.blob),
            Command("TRACe:PARTs", "Trace in two.", query=lambda: _scpi.Block(b"ab", memoryview(b"cde"))),
            Command("NOTE", "A text.", command=self._log("NOTE"), argument=_arguments.Word("note", optional=True)),
            Command("BREak", "Fails as told.", command=self._fail, argument=_arguments.Word()),
        )

    def _depth(self, limit: str | None) -> str:
        return {None: "1.000", "MIN": "0.500", "MAX": "3.000"}[limit]

    def _log(self, name: str) -> Callable[[object], None]:
        return lambda value: self.did.append((name, value))

    def _run(self) -> None:
        self.did.append("RUN")
        self.pen.is_busy = True

    def _fail(self, how: str) -> None:
        raise {
            "bug": ValueError("bad\nvalue"),
            "memory": MemoryError(),
            "refused": _errors.Refused(-221, 'no "zone"'),
            "fault": _errors.Refused(103, "STALL"),
        }[how]

    def _stop(self) -> None:
        self.did.append("!")
        self.pen.is_busy = False

    @property
    def stops(self) -> int:
        return self.did.count("!")

    def polls(self, count: int) -> None:
        for _ in range(count):
            self.console.poll()

    def send(self, data: bytes | str) -> bytes:
        """Feeds bytes, polls until they are dealt with, and returns everything answered."""
        self.wire.incoming += data.encode() if isinstance(data, str) else data
        self.polls(_POLLS + len(self.wire.incoming))
        answer = bytes(self.wire.sent)
        self.wire.sent.clear()
        return answer

    def errors(self) -> list[str]:
        """Empties the error queue without the console."""
        return [self.status.next() for _ in range(self.status.count)]

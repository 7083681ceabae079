"""From --target, --port, --board and --seed to an open pen: in this process, simulated or on the chip, or at a serial port."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pen_tools.client import PenClient
from pen_tools.conditions import Conditions
from pen_tools.errors import LinkLost, NoPen, Usage
from pen_tools.links import SerialLink, SimLink

if TYPE_CHECKING:
    from pen_sim.rig import Rig
    from pen_tools.links import Link

SIM = "sim"
CHIP = "chip"
SERIAL = "serial"
VIRTUAL = (SIM, CHIP)  # in this process, with a rig that knows the truth
BOARD = "bench_stepper"
SEED = 1


@dataclass(frozen=True)
class Choice:
    """What was asked for. `port` is None for the simulator, and for a serial pen that is to be found."""

    kind: str
    port: str | None = None
    board: str | None = None
    seed: int | None = None
    runtime: Path | None = None
    conditions: Conditions = field(default_factory=Conditions)


@dataclass(frozen=True)
class Identity:
    """The four fields of *IDN?. `firmware` is its version, the runtime and the program's CRC-32, with blanks between them."""

    maker: str
    board: str
    serial_number: str
    firmware: str

    def __str__(self) -> str:
        """As the pen said it."""
        return ",".join((self.maker, self.board, self.serial_number, self.firmware))

    @property
    def version(self) -> str:
        """Such as "0.1.0", with the key of a release behind it."""
        return self._word(0)

    @property
    def runtime(self) -> str:
        """Such as "mp1.26.1"; "" if it does not say."""
        return self._word(1)

    @property
    def checksum(self) -> str:
        """Of the program on the pen: eight hexadecimal digits, "" if it does not say."""
        return self._word(2)

    def _word(self, at: int) -> str:
        words = self.firmware.split()
        return words[at] if at < len(words) else ""


@dataclass(frozen=True)
class Opened:
    """An open pen; `rig` knows the truth and is None on hardware, and so is `seed`."""

    kind: str
    port: str | None
    pen: PenClient
    identity: Identity
    rig: Rig | None
    seed: int | None


def choose(
    target: str | None,
    port: str | None,
    board: str | None = None,
    seed: int | None = None,
    *,
    runtime: Path | None = None,
    conditions: Conditions | None = None,
    default: str = SIM,
) -> Choice:
    """Reads the options. A port without a target means serial. Raises Usage if they do not go together."""
    kind, _, place = (target or (SERIAL if port else default)).partition(":")
    if kind not in (*VIRTUAL, SERIAL) or (kind in VIRTUAL and place):
        raise Usage(f"no target '{target}'", "targets are sim, chip, serial and serial:PORT")
    if port and place and port != place:
        raise Usage(f"two ports: {place} and {port}", "give one of them")
    place = place or port or ""
    if kind in VIRTUAL and place:
        raise Usage(f"--port does not go with --target {kind}", "leave one of them out")
    if kind != CHIP and runtime:
        raise Usage("--runtime is for the emulated chip", "add --target chip")
    if kind == SERIAL and (board is not None or seed is not None):
        raise Usage("--board and --seed are for virtual pens; a real one has its own board", "leave them out")
    conditions = conditions or Conditions()
    conditions.check(virtual=kind in VIRTUAL)
    return Choice(kind, place or None, board, seed, runtime, conditions)


@contextmanager
def opened(choice: Choice, *, keep: bool = False) -> Generator[Opened]:
    """Opens the pen and hangs up afterwards. `keep`: the simulator keeps every edge and the tip's course.

    Raises Usage for an unknown board and NoPen if nothing at the port answers like a pen.
    """
    link, rig, seed = _virtual(choice, keep) if choice.kind in VIRTUAL else _serial(choice)
    try:
        pen = PenClient(link)
        yield Opened(choice.kind, link.name if rig is None else None, pen, _identify(pen), rig, seed)
    finally:
        link.close()


def _virtual(choice: Choice, keep: bool) -> tuple[Link, Rig | None, int | None]:
    seed = SEED if choice.seed is None else choice.seed
    rig = virtual_rig(choice.kind, choice.board or BOARD, seed, runtime=choice.runtime, keep=keep)
    choice.conditions.apply(rig)
    return SimLink(rig.machine), rig, seed


def virtual_rig(
    kind: str,
    board: str,
    seed: int,
    *,
    runtime: Path | None = None,
    keep: bool,
    tell: Callable[[str], None] = lambda _text: None,
) -> Rig:
    """A rig around a pen that has just got its power, of the kind SIM or CHIP. `tell` gets the runtime that a chip runs.

    Raises Usage for an unknown board, and what chipimage.prepare and rig_of raise.
    """
    if kind == CHIP:
        from pen_tools import chipimage

        image = chipimage.prepare(board, runtime, tell=tell)
        tell(image.says)
        return chipimage.rig_of(image, board, seed, keep=keep)
    from pen_sim.loader import board_path
    from pen_sim.machine import Machine
    from pen_sim.rig import SimRig

    try:
        board_path(board)
    except ValueError as error:
        raise Usage(str(error), "--board takes one of these; leave it out for " + BOARD) from error
    return SimRig(Machine(board, seed, keep=keep))


def _serial(choice: Choice) -> tuple[Link, Rig | None, int | None]:
    from pen_tools.ports import pick

    return SerialLink(choice.port or pick()), None, None


def _identify(pen: PenClient) -> Identity:
    """Raises NoPen if what answers is no pen, or nothing does."""
    try:
        answer = pen.open()
    except LinkLost as error:
        raise NoPen(
            f"no pen at {pen.link.name}: it does not answer", error.hint or "is this the right port?"
        ) from error
    fields = answer.split(",")
    if len(fields) != 4 or fields[0] != "needlepen":
        raise NoPen(f"no pen at {pen.link.name}: it says {answer[:60]!r}", "pen info lists the ports there are")
    return Identity(*fields)

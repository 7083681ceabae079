"""`pen sim`: a virtual pen that any serial program can talk to."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from pen_tools import options, targets
from pen_tools.errors import Usage
from pen_tools.serve import Server
from pen_tools.serve_ports import Port

if TYPE_CHECKING:
    from pen_sim.rig import Rig


def sim(
    board: Annotated[str, typer.Option(help="The board file of the pen.")] = "bench_stepper",
    target: Annotated[
        str, typer.Option(metavar="sim|chip", help="Simulated, or real MicroPython on an emulated RP2040.")
    ] = targets.SIM,
    runtime: options.Runtime = None,
    tcp: Annotated[
        int | None, typer.Option(metavar="PORT", help="Serve on this TCP port of 127.0.0.1, 0 for a free one.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Noise and tolerances of this pen.")] = 1,
    fault: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME@SECONDS", help="Make a fault happen so long after the start; may be repeated."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Say where as one JSON object, and nothing else.")] = False,
    link: Annotated[Path | None, typer.Option(metavar="PATH", help="A symbolic link to the pseudo-terminal.")] = None,
    speed: Annotated[float, typer.Option(min=0.01, max=100.0, help="Virtual seconds a second.")] = 1.0,
) -> None:
    """Serve a virtual pen on a pseudo-terminal or a TCP port until Ctrl-C.

    Its time follows the wall's. One client at a time. At a terminal, type a fault's name to make it happen, `help` for
    more.
    """
    if link and tcp is not None:
        raise Usage("--link is for a pseudo-terminal, --tcp has none", "leave one of them out")
    rig = _rig(targets.choose(target, None, board, seed, runtime=runtime), board, seed, fault or [])
    with _opened(tcp) as port, _linked(link, port.name):
        _serve(rig, port, speed, as_json, str(link or port.name))


def _rig(choice: targets.Choice, board: str, seed: int, faults: Sequence[str]) -> Rig:
    if choice.kind not in targets.VIRTUAL:
        raise Usage(f"a pen at a serial port is not a virtual one: --target {choice.kind}", "targets are sim and chip")
    rig = targets.virtual_rig(choice.kind, board, seed, runtime=choice.runtime, keep=False, tell=_tell)
    try:
        for text in faults:
            rig.schedule(text)
    except ValueError as error:
        raise Usage(str(error)) from error
    return rig


@contextmanager
def _opened(tcp: int | None) -> Generator[Port]:
    from pen_tools.serve_pty import PtyPort
    from pen_tools.serve_tcp import TcpPort

    port = PtyPort() if tcp is None else TcpPort(tcp)
    try:
        yield port
    finally:
        port.close()


@contextmanager
def _linked(link: Path | None, name: str) -> Generator[None]:
    """A link whose pen is gone is replaced, anything else that stands there is left alone."""
    if link is None:
        yield
        return
    try:
        if link.is_symlink() and not link.exists():
            link.unlink()
        link.symlink_to(name)
    except OSError as error:
        raise Usage(f"cannot make the link {link}: {error.strerror}", "remove it, or pick another path") from error
    try:
        yield
    finally:
        if link.is_symlink() and os.readlink(link) == name:
            link.unlink()


def _serve(rig: Rig, port: Port, speed: float, as_json: bool, shown: str) -> None:
    server = Server(rig.machine, port, speed)

    def end(_number: int, _frame: FrameType | None) -> None:
        server.stop()

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
        if number := getattr(signal, name, None):
            signal.signal(number, end)
    if as_json:
        print(json.dumps({"port": shown}), flush=True)
    else:
        print(f"a pen of {rig.machine.name} is at {shown}; Ctrl-C switches it off", flush=True)
        _staff(server, rig)
    server.run()


def _staff(server: Server, rig: Rig) -> None:
    """Somebody at the desk, if anybody looks."""
    from pen_tools.serve_desk import HELP, Desk

    if not sys.stderr.isatty():
        return
    listens = os.name == "posix" and sys.stdin.isatty()
    desk = Desk(server, rig, _tell, listens=listens)
    if listens:
        _tell(HELP)
    desk.look()


def _tell(text: str) -> None:
    """A line for the person at the desk, whose terminal may be gone."""
    with suppress(OSError):
        if text:
            print(text, file=sys.stderr, flush=True)

"""Served pens for tests: in a thread, where the test can look into them, or as the command in a process of its own."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pen_sim.machine import Machine
from pen_tools.client import PenClient
from pen_tools.links import SerialLink
from pen_tools.serve import Server
from pen_tools.serve_ports import Port

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 10.0
COMMAND = [sys.executable, "-c", "from pen_tools.cli import main; main()"]


def until(condition: Callable[[], object], what: str = "") -> None:
    """Waits for something that comes by itself; a deadline instead of a fixed time."""
    give_up_s = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < give_up_s, what or "it did not happen"
        time.sleep(0.002)


@contextmanager
def served(port: Port, speed: float = 1.0) -> Iterator[Server]:
    """A pen at `port`, in a thread. What ends the thread early fails the test."""
    server = Server(Machine(keep=False), port, speed)
    failed: list[BaseException] = []

    def serve() -> None:
        try:
            server.run()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(DEADLINE_S)
        port.close()
    assert not failed, failed
    assert not thread.is_alive()


@contextmanager
def calling(port: str, state: str = "IDLE") -> Iterator[PenClient]:
    """A client with a pen in this state."""
    link = SerialLink(port)
    try:
        pen = PenClient(link)
        pen.open()
        pen.wait_for(state)
        yield pen
    finally:
        link.close()


def arm(pen: PenClient) -> None:
    """CHEEK at 20 Hz, homed."""
    for line in ("ZONE CHEEK", "RATE 20", "ARM"):
        pen.command(line)
    pen.wait_for("READY")


def environment() -> dict[str, str]:
    """For a process that shall find this checkout."""
    places = os.pathsep.join(str(ROOT / folder) for folder in ("sim", "host_tools"))
    return {**os.environ, "PYTHONPATH": places, "NO_COLOR": "1"}


@contextmanager
def command(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`pen sim --json ...` and the port it tells."""
    line = [*COMMAND, "sim", "--json", *arguments]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env=environment()) as process:
        try:
            assert process.stdout
            told = json.loads(process.stdout.readline())
            assert list(told) == ["port"]
            yield process, told["port"]
        finally:
            process.terminate()
            process.wait(DEADLINE_S)


def pen(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """`pen ...`, to its end."""
    line = [*COMMAND, *arguments]
    return subprocess.run(line, input=text, capture_output=True, text=True, env=environment(), timeout=30, check=False)

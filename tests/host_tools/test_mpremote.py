"""MicroPython's own tool, as it is, against a virtual pen with the real runtime.

On a pseudo-terminal mpremote waits for ever for a byte that does not come; on a TCP port as on a serial port for ten seconds.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from pen_tools import runtime
from pen_tools.building import bootcheck
from pen_tools.errors import LinkLost, PenError
from tests.host_tools.serve_bench import arm, calling, command, environment, until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
TIMEOUT_S = 60


@pytest.fixture(params=[(), ("--tcp", "0")], ids=["pty", "tcp"])
def port(request: pytest.FixtureRequest) -> Iterator[str]:
    """Of `pen sim --target chip`."""
    if missing := bootcheck.lacking():
        pytest.skip(missing)
    try:
        runtime.find(network=False)
    except PenError as error:
        pytest.skip(f"{error}: {error.hint}")
    with command("--target", "chip", *request.param) as (_, name):
        with calling(name):
            pass
        yield name


def mpremote(port: str, *words: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "mpremote", "connect", port, *words]
    return subprocess.run(line, capture_output=True, text=True, env=environment(), timeout=TIMEOUT_S, check=False)


def starts_again(port: str) -> None:
    """A reset: the pen leaves the bus, and what is said to it before it is back is lost."""
    assert mpremote(port, "reset").returncode == 0
    until(lambda: answers(port))


def answers(port: str) -> bool:
    try:
        with calling(port) as pen:
            return pen.query("*IDN?").startswith("needlepen,bench_stepper,")
    except LinkLost:
        return False


def test_it_lists_files_runs_code_and_resets_an_idle_pen(port: str) -> None:
    listed = mpremote(port, "ls")
    assert listed.returncode == 0, listed.stderr
    assert {"board.mpy", "boot.py", "main.py", "pen/"} <= set(listed.stdout.split())
    assert mpremote(port, "exec", "print(6 * 7)").stdout.strip() == "42"
    reset = mpremote(port, "soft-reset")
    assert reset.returncode == 0, reset.stderr
    starts_again(port)


@pytest.mark.requirement("SR-12")
@pytest.mark.requirement("SR-26")
@pytest.mark.parametrize("port", [("--tcp", "0")], ids=["tcp"], indirect=True)
def test_an_armed_pen_takes_it_for_a_stop_and_says_so(port: str) -> None:
    """It gives up, and shows what the pen has said; the next time it finds an idle pen."""
    with calling(port) as pen:
        arm(pen)
    said = mpremote(port, "exec", "print(6 * 7)")
    assert said.returncode != 0
    assert "could not enter raw repl" in said.stdout + said.stderr
    assert "is a stop while it is on" in said.stdout
    with calling(port, "IDLE") as pen:
        assert pen.query("STAT?").startswith("IDLE,0,")
    assert mpremote(port, "exec", "print(6 * 7)").stdout.strip() == "42"
    starts_again(port)

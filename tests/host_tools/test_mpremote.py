"""MicroPython's own tool, as it is, against a virtual pen with the real runtime on a pseudo-terminal."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from pen_tools import runtime
from pen_tools.building import bootcheck
from pen_tools.errors import PenError
from tests.host_tools.serve_bench import arm, calling, command, environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
TIMEOUT_S = 60


@pytest.fixture(scope="module")
def port() -> Iterator[str]:
    """Of `pen sim --target chip`."""
    if missing := bootcheck.lacking():
        pytest.skip(missing)
    try:
        runtime.find(network=False)
    except PenError as error:
        pytest.skip(f"{error}: {error.hint}")
    with command("--target", "chip") as (_, name):
        with calling(name):
            pass
        yield name


def mpremote(port: str, *words: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "mpremote", "connect", port, *words]
    return subprocess.run(line, capture_output=True, text=True, env=environment(), timeout=TIMEOUT_S, check=False)


def starts_again(port: str) -> None:
    """Ctrl-D at the prompt, which is where mpremote leaves a pen."""
    assert mpremote(port, "reset").returncode == 0
    with calling(port) as pen:
        assert pen.query("*IDN?").startswith("needlepen,bench_stepper,")


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
def test_an_armed_pen_takes_it_for_a_stop(port: str) -> None:
    """Its Ctrl-C turns the drive off; the second try finds an idle pen."""
    with calling(port) as pen:
        arm(pen)
        pen.command("RUN 60")
    said = mpremote(port, "exec", "print(6 * 7)")
    with calling(port) as pen:
        log = pen.query("LOG?") if said.returncode else ""
    assert said.returncode != 0 or said.stdout.strip() == "42"
    assert "OFF,!" in log or said.returncode == 0
    starts_again(port)

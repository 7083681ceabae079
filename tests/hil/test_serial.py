"""The suite over a serial port: a simulated pen served on a pseudo-terminal, paced by the wall clock."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest

from pen_sim.machine import Machine
from pen_tools.serve import Server
from pen_tools.serve_pty import PtyPort

ROOT = Path(__file__).resolve().parents[2]

Serve = Callable[[Machine], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves a machine in a thread of its own; returns the port's name."""
    servers: list[tuple[Server, PtyPort, Thread]] = []

    def start(machine: Machine) -> str:
        port = PtyPort()
        server = Server(machine, port)
        thread = Thread(target=server.run, daemon=True)
        thread.start()
        servers.append((server, port, thread))
        return port.name

    yield start
    for server, port, thread in servers:
        server.stop()
        thread.join(5)
        port.close()


def run(port: str, into: Path, *options: str) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join(str(ROOT / name) for name in ("sim", "host_tools", "."))
    """What it finds is no evidence for the safety file: some of these runs have to fail."""
    command = [sys.executable, "-m", "pytest", "--target", f"serial:{port}", "--hil-report", str(into), "-rs"]
    command += ["--requirement-results", str(into / "requirements.json")]
    return subprocess.run(
        [*command, "-p", "no:cacheprovider", *options],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_a_part_of_the_suite(serve: Serve, tmp_path: Path) -> None:
    """What a console can do passes; what needs a rig skips, and says which and where to get it."""
    chosen = [
        "hil_tests/test_wiring.py",
        "hil_tests/test_zones.py",
        "hil_tests/test_stop.py",
        "-k",
        "wiring or cheek or rig",
    ]
    result = run(serve(Machine(keep=False)), tmp_path, *chosen)
    assert result.returncode == 0, result.stdout
    data = json.loads((tmp_path / "hil.json").read_text(encoding="utf-8"))
    assert data["totals"]["failed"] == 0
    assert data["totals"]["passed"] >= 9
    assert (data["target"].partition(":")[0], data["board"], data["seed"]) == ("serial", "bench_stepper", None)
    reasons = {test["reason"] for test in data["tests"] if test["outcome"] == "skipped"}
    assert any("needs rig.truth" in reason and "--target sim has it" in reason for reason in reasons)


def test_a_fault_that_an_earlier_test_left_is_cleared(serve: Serve, tmp_path: Path) -> None:
    machine = Machine(keep=False)
    _latch_estop(machine)
    machine.plant.estop_pressed = False
    result = run(serve(machine), tmp_path, "hil_tests/test_wiring.py", "-k", "idle_pen_has_no_fault")
    assert "1 passed" in result.stdout, result.stdout


def test_a_fault_that_cannot_be_cleared_fails_once(serve: Serve, tmp_path: Path) -> None:
    machine = Machine(keep=False)
    _latch_estop(machine)
    result = run(serve(machine), tmp_path, "hil_tests/test_wiring.py")
    assert "1 error" in result.stdout, result.stdout
    data = json.loads((tmp_path / "hil.json").read_text(encoding="utf-8"))
    failed = [test for test in data["tests"] if test["outcome"] == "failed"]
    assert "fault 118 ESTOP cannot be cleared" in failed[0]["reason"]
    assert (tmp_path / "requirements.json").exists()
    skipped = [test["reason"] for test in data["tests"] if test["outcome"] == "skipped"]
    assert sum("no pen in a known state since an earlier test: fault 118 ESTOP" in reason for reason in skipped) >= 3


def test_no_pen_at_the_port(tmp_path: Path) -> None:
    result = run(str(tmp_path / "nothing"), tmp_path, "hil_tests/test_wiring.py")
    assert "1 error" in result.stdout, result.stdout
    assert "cannot open" in result.stdout


def _latch_estop(machine: Machine) -> None:
    machine.connect(True)
    machine.run_for(0.1)
    machine.send(b"ZONE CHEEK;ARM\n")
    machine.run_for(0.5)
    machine.plant.estop_pressed = True
    machine.run_for(0.1)
    machine.receive()
    assert machine.state == "FAULT"

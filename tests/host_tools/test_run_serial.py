"""`pen run` over a serial port, paced by the wall: the other end is `pen sim` in a process of its own."""

import json
import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.host_tools.cli_bench import pen, pen_json

COMMAND = [sys.executable, "-c", "from pen_tools.cli import main; main()"]


class Served:
    """A `pen sim` and the port it serves."""

    def __init__(self) -> None:
        self.process = subprocess.Popen([*COMMAND, "sim", "--json"], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.port: str = json.loads(self.process.stdout.readline())["port"]

    def end(self) -> None:
        """Kills it, as if the cable had been pulled."""
        self.process.kill()
        self.process.wait()


@pytest.fixture
def served() -> Generator[Served]:
    pen_process = Served()
    yield pen_process
    pen_process.end()
    assert pen_process.process.stdout
    pen_process.process.stdout.close()


def test_a_run_without_a_rig_has_no_truth_but_all_else(served: Served, tmp_path: Path) -> None:
    picture = tmp_path / "run.png"
    found = pen_json("run", "--port", served.port, "--rate", "20", "--seconds", "1", "--plot", str(picture))
    assert (found["target"], found["board"], found["seed"]) == ("serial", "bench_stepper", None)
    assert found["truth"] is None
    assert found["trace_hash"] is None
    assert found["measured"]["strokes"] == pytest.approx(20, abs=1)
    assert found["measured"]["depth_mm"]["mean"] == pytest.approx(1.0, abs=0.030)
    assert found["speed"]["ratio"] == pytest.approx(1.0, abs=0.01)
    assert picture.stat().st_size > 20_000
    info = pen_json("info", "--target", f"serial:{served.port}")
    assert info["dose"][0]["zone"] == "CHEEK"
    assert info["state"] == "IDLE"


def test_a_pen_that_goes_away_in_a_run_is_a_lost_link_and_what_was_seen_is_kept(served: Served, tmp_path: Path) -> None:
    table = tmp_path / "run.csv"
    threading.Timer(1.5, served.end).start()
    result = pen("run", "--port", served.port, "--rate", "20", "--seconds", "30", "--csv", str(table))
    assert result.exit_code == 4
    assert "error: " in result.stderr
    assert "hint: " in result.stderr
    assert len(table.read_text().splitlines()) > 500

"""`pen bench twin` on both boards: the simulator and the emulated chip make the same run, and end the same faults as fast."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chip.conftest import newest_release

TWIN = (str(Path(sys.executable).with_name("pen")), "bench", "twin", "--json", "--seconds", "2")


@pytest.mark.parametrize("board", ["bench_stepper", "pen_solenoid"])
def test_the_emulated_chip_is_the_simulators_twin(micropython: Path, board: str) -> None:
    """A solenoid's pen is its release [decision 0009]."""
    runtime = newest_release(board) if board == "pen_solenoid" else micropython
    done = subprocess.run(
        (*TWIN, "--board", board, "--runtime", str(runtime)), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["ok"], found["failed"]) == (True, [])
    assert found["made"]["sim"] == found["made"]["chip"] >= 40

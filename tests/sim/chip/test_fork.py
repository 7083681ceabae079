"""A child of a process with a booted chip goes on from there; the suite on the chip makes one for each test."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pen_sim.chip import emulator

_ENV = os.environ | {"PYTHONPATH": str(Path(emulator.__file__).parents[2])}


def in_child(work: Any) -> str:
    """What `work()` returns, computed by a forked child."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(write, str(work()).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        said = pipe.read()
    assert os.waitpid(child, 0)[1] == 0
    return said


_COUNTS_ITS_THREADS = """
import os, sys
from pen_sim.chip.emulator import Chip
Chip(sys.argv[1]).run_for_ns(1_000_000)
print(len(os.listdir("/proc/self/task")))
"""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="this system does not list a process's threads")
def test_a_chip_starts_no_thread(library: Any, blank_image: Path) -> None:
    """Threads would be missing in a child, and Python 3.12 warns of them."""
    done = subprocess.run(
        [sys.executable, "-c", _COUNTS_ITS_THREADS, str(blank_image)],
        capture_output=True,
        text=True,
        check=True,
        env=_ENV,
    )
    assert done.stdout == "1\n"


def test_a_child_goes_on_and_the_parent_does_not_notice(pico: Any) -> None:
    pico.run("x = 1")
    before = pico.chip.now_ns
    answers = [in_child(lambda: pico.run("x += 1; print(x)").strip()) for _ in range(2)]
    assert answers == ["2", "2"]
    assert pico.chip.now_ns == before
    assert pico.run("print(x)") == "1\n"


def test_parent_and_child_take_the_same_course(pico: Any) -> None:
    code = "import time\nfor _ in range(5):\n    time.sleep_ms(3)\n    print(time.ticks_us())"
    assert in_child(lambda: pico.run(code)) == pico.run(code)

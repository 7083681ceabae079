"""One seed and one script, one course: every edge and every byte, and nothing of the computer that it runs on."""

from __future__ import annotations

from tests.chip.bench_pen import BenchPen
from tests.chip.conftest import MakePen


def course(pen: BenchPen, slice_s: float) -> tuple[str, list[int]]:
    """Arms, strokes, is asked, gets a fault; its hash, and when it scanned. Time passes in slices."""
    pen.start()
    for line in ("ZONE CHEEK", "ARM", "", "", "DEPT 0.8", "RUN 1", "STAT?", "MEAS:DEPT?", "LOG?"):
        pen.machine.send(line.encode() + b"\n")
        for _ in range(round(0.1 / slice_s)):
            pen.run_for(slice_s)
        pen.machine.receive()
    pen.rig.inject("estop")
    pen.run_for(0.1)
    return pen.machine.trace_hash(), pen.scans_ns


def test_twice_the_same(make_pen: MakePen) -> None:
    first, second = course(make_pen(), 0.1), course(make_pen(), 0.1)
    assert len(first[1]) > 5_000
    assert first == second

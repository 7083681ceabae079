"""`pen bench timing` on the emulated chip, short: every measurement is made, and none is far from what it has to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from pen_tools.benching import deaths, stops, timingplot, verdict
from pen_tools.benching.timing import Timing
from tests.host_tools.bench_chip import SECONDS, measured

BOARD = "bench_stepper"
SCAN_US = range(10, 100)  # none is shorter, and one that is longer is late for the next


@pytest.fixture(scope="module")
def timing() -> Timing:
    return measured(BOARD)


def test_scans_come_every_period(timing: Timing) -> None:
    assert len(timing.loaded.scans) > 0.9 * SECONDS * 10_000
    assert max(timing.loaded.errors_us) < 50  # else the firmware itself would have cut
    assert all(length in SCAN_US for _, length in timing.loaded.scans)
    assert min(timing.interrupts_us) > min(length for _, length in timing.loaded.scans)


def test_strokes_are_the_planned_ones(timing: Timing) -> None:
    strokes = timing.loaded.strokes
    assert strokes.strokes > 0.7 * SECONDS * timing.rate_hz
    assert max(abs(error) for error in (*strokes.edge_ns, *strokes.gap_ns, *strokes.period_ns)) <= 1_000


def test_every_fault_turned_the_drive_off(timing: Timing) -> None:
    assert {outcome.name for outcome in timing.faults} >= {"estop", "stall", "carriage_slip"}
    assert all(outcome.off_us is not None for outcome in timing.faults)


def test_every_death_turned_the_drive_off(timing: Timing) -> None:
    assert {death.kind for death in timing.deaths} == {*deaths.KINDS, deaths.SCAN_DEAD}
    assert all(death.off_us is not None and not death.again for death in timing.deaths)


def test_stop_bytes_stop(timing: Timing) -> None:
    assert {stop.doing for stop in timing.stops} == set(stops.DOING)
    assert all(stop.still_us < 5_000 for stop in timing.stops)
    assert all(stop.obeyed for stop in timing.stops)


def test_it_is_told_and_drawn(timing: Timing, tmp_path: Path) -> None:
    rows = verdict.rows(timing)
    said = verdict.to_json(timing, rows)
    assert said["ram_free_bytes"] > 0
    assert said["ok"] == all(row.ok for row in rows)
    timingplot.save(tmp_path / "timing.png", timing)
    assert (tmp_path / "timing.png").stat().st_size > 20_000

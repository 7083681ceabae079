"""`pen bench` of a drive that throws its tip: its pulses against their words, by hand; and on the emulated chip, short."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pen_sim.edges import COIL, COIL_LOW, Edges
from pen_sim.loader import load_board
from pen_sim.machine import Machine
from pen_sim.rig import Rig, SimRig
from pen_tools.benching import deaths, drives, pulses, stops, timingplot, twin, twinverdict, verdict
from pen_tools.benching.plan import NotPlanned
from pen_tools.benching.progress import Bars
from pen_tools.benching.timing import Timing
from pen_tools.targets import SIM
from tests.host_tools.bench_chip import SECONDS, measured

NAME = "pen_solenoid"
BOARD = load_board(NAME)
US = 1_000
PEAK_US, CHOPS = 2_000, 20
CHOP_US = 13 + BOARD.CHOP_ON_US


def pulse(edges: Edges, begin_ns: int, late: dict[int, int] | None = None) -> None:
    """Full current, then chops; `late`: by how much an edge, by number, comes too late, in ns."""
    ends_us = [PEAK_US + k * CHOP_US + part for k in range(CHOPS) for part in (0, 13)] + [PEAK_US + CHOPS * CHOP_US]
    edges.add(begin_ns, COIL, 1)
    edges.add(begin_ns, COIL_LOW, 1)
    for number, at_us in enumerate(ends_us):
        edges.add(begin_ns + at_us * US + (late or {}).get(number, 0), COIL, number % 2)
    edges.add(begin_ns + ends_us[-1] * US, COIL_LOW, 0)


def two(late: dict[int, int] | None = None, period_us: int = 10_000) -> Edges:
    edges = Edges(True)
    pulse(edges, 0)
    pulse(edges, period_us * US, late)
    return edges


def test_how_long_a_pulse_of_one_millimetre_may_be() -> None:
    """1.3 mm of way, and 0.8 ms held: 1.5 + 0.8 * 1.3 ms by the strongest coil; by the weakest 2.2 + 1.3 * 1.3 ms."""
    strong_us, weak_us = 2_540, 3_890
    found = pulses.plan(BOARD, 1_000, 1_000)
    assert found.on_us[0] == strong_us + 800
    # The least supply for it is 2.712 V, 12 mV above the weakest's.
    assert found.on_us[1] == weak_us - (weak_us - strong_us) * 12 // 1_500 + 800
    assert found.period_us == 10_000


def test_pulses_as_their_words_say() -> None:
    made = pulses.pulses(two())
    assert [len(course.out_ns) for course in made] == [CHOPS + 1] * 2
    found = pulses.compare(made, [pulses.plan(BOARD, 1_000, 1_000)], BOARD)
    assert (found.strokes, set(found.edge_ns), set(found.gap_ns), found.period_ns) == (2, {0}, {0}, [0])
    assert found.rate_percent == [0]


def test_an_edge_that_is_late_and_a_period_that_is_long() -> None:
    found = pulses.compare(pulses.pulses(two({11: 700}, 10_020)), [pulses.plan(BOARD, 1_000, 1_000)], BOARD)
    assert sorted(found.edge_ns)[-2:] == [0, 700]
    assert sorted(found.gap_ns)[:: len(found.gap_ns) - 1] == [-700, 700]
    assert found.period_ns == [20_000]
    assert found.rate_percent == [pytest.approx(100 * (10_000 / 10_020 - 1))]


def test_a_pulse_of_another_depth_was_not_ordered() -> None:
    """3.5 ms are none of 3 mm."""
    with pytest.raises(NotPlanned, match=r"a pulse of 3460 us at 0\.0000 s was not ordered"):
        pulses.compare(pulses.pulses(two()), [pulses.plan(BOARD, 3_000, 500)], BOARD)


def test_a_pulse_under_way_is_none() -> None:
    edges = two()
    edges.add(30_000 * US, COIL, 1)
    edges.add(30_000 * US, COIL_LOW, 1)
    assert len(pulses.pulses(edges)) == 2
    assert len(pulses.pulses(edges, 5_000 * US)) == 1


def test_the_simulator_is_its_own_twin() -> None:
    def switch_on(_kind: str) -> Rig:
        return SimRig(Machine(NAME, 3))

    found = twin.compare(switch_on, NAME, 3, 1.0, Bars(quiet=True))
    rows: dict[str, Any] = {row.key: row.value for row in twinverdict.rows(found)}
    assert {round(um, 1) for um in found.runs[SIM].peaks_um} == {1_000.0, 800.0}
    assert {value for key, value in rows.items() if not key.endswith("off_us")} == {0}


@pytest.fixture(scope="module")
def timing() -> Timing:
    return measured(NAME)


def test_on_the_chip_strokes_are_the_planned_ones(timing: Timing, tmp_path: Path) -> None:
    """Edges to the microsecond, the rate to 0.1 %, the true depth to 30 um: at 120 Hz."""
    assert timing.rate_hz == drives.FASTEST_DHZ / 10 == 120
    strokes = timing.loaded.strokes
    assert strokes.strokes > 0.9 * SECONDS * 120
    assert max(abs(error) for error in (*strokes.edge_ns, *strokes.gap_ns, *strokes.period_ns)) <= 1_000
    assert max(abs(percent) for percent in strokes.rate_percent) <= verdict.RATE_PERCENT
    assert max(abs(um) for um in timing.loaded.depth_off_um) <= verdict.DEPTH_UM
    assert json.dumps(verdict.to_json(timing, verdict.rows(timing)))
    timingplot.save(tmp_path / "timing.png", timing)
    assert (tmp_path / "timing.png").stat().st_size > 20_000


def test_on_the_chip_faults_deaths_and_stop_bytes_end_it(timing: Timing) -> None:
    ended = {outcome.name for outcome in timing.faults if outcome.off_us is not None}
    assert ended >= {"estop", "driver_fault", "tip_sensor_short", "scan_late", "foreground_hang", "cartridge_out"}
    assert {death.kind for death in timing.deaths} == {*deaths.KINDS, deaths.SCAN_DEAD}
    assert all(death.off_us is not None and death.off_us <= verdict.DEAD_US for death in timing.deaths)
    assert {stop.doing for stop in timing.stops} == set(stops.DOING)
    assert all(stop.obeyed and stop.still_us <= verdict.STOP_US for stop in timing.stops)

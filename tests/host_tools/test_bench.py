"""The arithmetic of `pen bench timing`, on edges, scans and outcomes made by hand."""

from __future__ import annotations

import json
import os
from array import array
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pen_sim.edges import DIR, STEP, Edges
from pen_sim.faults import TABLE
from pen_sim.loader import load_board, pure
from pen_tools.benching import deaths, faultruns, seen, stops, timingplot, verdict
from pen_tools.benching.constants import constants
from pen_tools.benching.forks import CopyFailed, in_copies
from pen_tools.benching.loaded import Broken, Loaded, Speed
from pen_tools.benching.numbers import Held
from pen_tools.benching.plan import NotPlanned, compare, plan
from pen_tools.benching.spread import percentile, worst
from pen_tools.benching.stress import Load
from pen_tools.benching.strokes import Course, courses, steps
from pen_tools.benching.timing import Timing
from pen_tools.chipimage import ChipImage
from pen_tools.client import Fault
from tests.host_tools.cli_bench import pen, pen_json

US = 1_000
ASKED_FOR = {
    "scan_period_error_us": {"p50", "p999", "worst"},
    "scan_us": {"p50", "worst"},
    "step_edge_error_us": {"worst"},
    "rate_error_percent": None,
    "fault_to_off_us": {"worst", "by_fault"},
    "dead_cpu_to_off_us": {"hang", "irq_off", "exception", "soft_reset"},
    "stop_byte_to_still_us": None,
    "ram_free_bytes": None,
    "runtime": None,
    "identity": None,
    "speed": {"virtual_s", "wall_s", "ratio"},
}


# --- order statistics


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [5, 1, 4, 2, 3]
    assert percentile(values, 50) == 3
    assert percentile(values, 60) == 3
    assert percentile(values, 61) == 4
    assert percentile(values, 100) == 5


def test_one_in_a_thousand_is_beyond_the_last_permille_and_two_are_not() -> None:
    assert percentile([0] * 999 + [9], 99.9) == 0
    assert percentile([0] * 998 + [9, 9], 99.9) == 9


@pytest.mark.parametrize(("values", "percent"), [([], 50), ([1], 0), ([1], 101)])
def test_no_percentile_of_nothing(values: list[float], percent: float) -> None:
    with pytest.raises(ValueError, match="values"):
        percentile(values, percent)


def test_the_worst_is_the_furthest_from_zero_on_either_side() -> None:
    assert worst([1, -7, 3]) == 7
    assert worst([]) == 0


# --- edges and strokes


def _edges(*entries: tuple[int, int, int]) -> Edges:
    edges = Edges(keep=True)
    for t_ns, signal, level in entries:
        edges.add(t_ns, signal, level)
    return edges


def test_a_turn_at_a_step_counts_for_the_next_one() -> None:
    edges = _edges((1, DIR, 1), (5, STEP, 1), (9, STEP, 1), (9, DIR, 0), (14, STEP, 1), (18, STEP, 1))
    assert [(step.t_ns, step.outward) for step in steps(edges)] == [(5, True), (9, True), (14, False), (18, False)]
    assert [step.t_ns for step in steps(edges, 14)] == [14, 18]


def test_steps_make_strokes() -> None:
    edges = _edges((0, DIR, 0), (1, STEP, 1), (2, DIR, 1), (3, STEP, 1), (4, STEP, 1), (4, DIR, 0), (5, STEP, 1))
    edges.add(6, STEP, 1)
    edges.add(6, DIR, 1)
    edges.add(7, STEP, 1)
    made = courses(steps(edges))
    assert made == [Course((3, 4), (5, 6)), Course((7,), ())]
    assert [course.whole for course in made] == [True, False]


# --- the plan


@pytest.fixture(scope="module")
def board() -> Any:
    return load_board("bench_stepper")


def test_the_plan_is_the_ramp_the_cruise_and_the_way_back(board: Any) -> None:
    planned = plan(board, 1_000, 200)
    assert planned.steps == 130
    assert planned.period_us == 50_000
    gaps = [after - before for before, after in pairwise(planned.offsets_us)]
    ramp = list(pure("pen.stepper").Drive(board).ramp)
    assert len(gaps) == 2 * 130 - 1
    assert gaps[: len(ramp) - 1] == [*ramp[1:-1], ramp[-1]]  # the ramp's first interval is the lead
    assert gaps[50] == 125  # 8,000 steps a second
    assert gaps[-1] == ramp[0]


def _made(planned: Any, *starts_us: float, late: int = -1, late_ns: int = 0) -> list[Course]:
    made: list[Course] = []
    for start_us in starts_us:
        times = [round(start_us * US) + offset * US for offset in planned.offsets_us]
        if late >= 0:
            times[late] += late_ns
        made.append(Course(tuple(times[: planned.steps]), tuple(times[planned.steps :])))
    return made


def test_strokes_as_planned_have_no_error(board: Any) -> None:
    planned = plan(board, 1_000, 200)
    found = compare(_made(planned, 0, 50_000, 100_000), [planned])
    assert found.strokes == 3
    assert worst(found.edge_ns) == worst(found.gap_ns) == worst(found.period_ns) == 0
    assert worst(found.rate_percent) == 0


def test_a_late_step_shows_in_its_place_and_in_both_gaps(board: Any) -> None:
    planned = plan(board, 1_000, 200)
    found = compare(_made(planned, 0, late=40, late_ns=700), [planned])
    assert [error for error in found.edge_ns if error] == [700]
    assert [error for error in found.gap_ns if error] == [700, -700]


def test_a_late_stroke_is_a_slow_rate(board: Any) -> None:
    planned = plan(board, 1_000, 200)
    found = compare(_made(planned, 0, 50_050), [planned])
    assert found.period_ns == [50_000]
    assert found.rate_percent == [pytest.approx(-0.0999, abs=1e-4)]


def test_the_number_of_steps_tells_the_plan(board: Any) -> None:
    plans = [plan(board, 1_000, 200), plan(board, 960, 200), plan(board, 960, 210)]
    made = [*_made(plans[0], 0), *_made(plans[2], plans[2].period_us)]
    found = compare(made, plans)
    assert found.period_ns == [0]
    assert found.strokes == 2


def test_a_stroke_that_was_not_ordered_is_none(board: Any) -> None:
    with pytest.raises(NotPlanned, match="129 steps"):
        compare(_made(plan(board, 990, 200), 0), [plan(board, 1_000, 200)])


# --- from when on a fault can be seen


def _moment(**given: Any) -> Any:
    return SimpleNamespace(injected_ns=1_000_000, watch=SimpleNamespace(**given))


@pytest.mark.parametrize(
    ("case", "scans"),
    [("estop", 3), ("driver_fault", 2), ("tip_sensor_open", 3), ("over_current", 5), ("supply_high", 10)],
)
def test_a_debounced_fault_is_seen_in_its_last_scan(case: str, scans: int) -> None:
    rules = {each.name: each.rule for each in faultruns.STROKING}
    assert rules[case](_moment()) == 1_000_000 + (scans - 1) * 100 * US


def test_every_cut_fault_that_can_be_injected_into_strokes_has_a_rule() -> None:
    known = {each.name for each in (*faultruns.STROKING, *faultruns.AT_CAP, *faultruns.READY)}
    assert known <= set(TABLE)
    covered = {code for name in known for code in TABLE[name].expected}
    # The trigger held while arming; the watchdog that bites when the dead-man has cut; what ends a session; what only
    # arming proves; what takes longer to see than a bench has time for; what is found in the foreground.
    not_while_armed = {117, 125, 114, 115, 122, 123, 126, 129}
    assert set(pure("pen.faults").TABLE) - covered == not_while_armed


def test_a_late_scan_knows_itself() -> None:
    times = array("q", [900_000, 1_000_000, 1_350_000, 1_450_000])
    assert seen.late_scan(_moment(times_ns=times)) == 1_350_000


def test_a_long_scan_is_seen_by_the_next() -> None:
    times, lengths = array("q", [1_000_000, 1_100_000, 1_200_000]), array("q", [30, 30, 81])
    assert seen.long_scan(_moment(times_ns=times, lengths_us=lengths)) == 1_200_000


def test_a_silent_foreground_is_seen_fifty_milliseconds_after_its_last_sign() -> None:
    assert seen.no_beat(_moment(beats_ns=array("q", [500_000, 900_000]))) == 900_000 + 50_000 * US


def test_the_firmwares_constants_are_found_in_its_source() -> None:
    assert constants("pen.guard_signals")["_SCANS_ESTOP"] == 3
    assert constants("pen.image")["OR_HEARTBEAT"] == pure("pen.image").OR_HEARTBEAT
    assert {"POSITION", "PERIOD_US", "SCANS", "SCAN_US", "IMAGE"} <= constants("pen.hal.rp2040_scan").keys()


# --- limits


def test_a_limit_is_held_on_its_own_side() -> None:
    assert Held("a", "", 40, 40, "us").ok
    assert not Held("a", "", 41, 40, "us").ok
    assert Held("a", "", 81_920, 81_920, "bytes", least=True).ok
    assert not Held("a", "", 81_919, 81_920, "bytes", least=True).ok
    assert not Held("a", "", None, 40, "us").ok


def test_a_table_says_by_how_much() -> None:
    assert Held("a", "", 58, 40, "us").margin == "18 too much"
    assert Held("a", "", 11.25, 15, "us").margin == "3.75 left"
    assert Held("a", "", 0.05, 0.1, "x", least=True).margin == "0.05 too little"
    assert Held("a", "", None, 40, "us").margin == "not measured"


# --- copies of the process


def test_copies_answer_in_the_order_of_their_jobs() -> None:
    counts: list[int] = []
    assert in_copies([lambda k=k: k * k for k in range(7)], counts.append) == [k * k for k in range(7)]
    assert counts == list(range(1, 8))


def test_what_a_copy_changes_is_gone_with_it() -> None:
    kept: list[int] = []
    assert in_copies([lambda: (kept.append(1), len(kept))[1]] * 2) == [1, 1]
    assert not kept


def test_a_copys_error_is_told_with_its_traceback() -> None:
    with pytest.raises(CopyFailed, match="ZeroDivisionError"):
        in_copies([lambda: 1 // 0, lambda: 2])


def test_a_copy_that_dies_is_noticed() -> None:
    with pytest.raises(CopyFailed, match="without a word"):
        in_copies([lambda: os._exit(3)])


# --- what is said about it


def _timing(**changes: Any) -> Timing:
    board = load_board("bench_stepper")
    planned = plan(board, 1_000, 200)
    made = _made(planned, 1_000, 51_000)
    loaded = Loaded(
        errors_us=[0.0, 0.5, 2.0],
        scans=[(1_000 * US, 30), (1_100 * US, 38), (2_000 * US, 31)],
        turns_ms=[1.0, 9.0],
        strokes=compare(made, [planned]),
        made=made,
        virtual_s=1.0,
        wall_s=4.0,
    )
    outcomes = [
        faultruns.Outcome("estop", 0.1, 118, (118,), 90.0, 0.0, True, 39),
        faultruns.Outcome("estop", 0.5, 118, (118,), 110.0, 0.0, True, 39),
        faultruns.Outcome("supply_low", 0.1, 112, (112,), 9_000.0, 2_000.0, False, 39),
    ]
    died = [deaths.Death(kind, "", 0, 2_000.0, again=False) for kind in (*deaths.KINDS, deaths.SCAN_DEAD)]
    given: dict[str, Any] = {
        "image": ChipImage(Path("runtime.uf2"), Path("files.img"), "MicroPython 1.26.1", "1.26.1"),
        "board": "bench_stepper",
        "identity": "needlepen,bench_stepper,0,1 mp1.26.1 89abcdef",
        "seed": 1,
        "rate_hz": 20.0,
        "seconds": 1.0,
        "loaded": loaded,
        "idle": Speed(1.0, 0.5),
        "interrupts_us": [40.0, 42.0],
        "faults": outcomes,
        "deaths": died,
        "stops": [stops.Stop(stops.DOING[0], 1_000.0, 2_300.0, 0.0, obeyed=True)],
        "ram_free": 90_000,
    }
    return Timing(**{**given, **changes})


def test_the_json_has_what_was_asked_for() -> None:
    timing = _timing()
    held = verdict.rows(timing)
    said = json.loads(json.dumps(verdict.to_json(timing, held)))
    for key, inner in ASKED_FOR.items():
        assert key in said
        if inner:
            assert inner <= said[key].keys()
    assert said["ok"] is True
    assert said["failed"] == []
    assert said["fault_to_off_us"] == {"worst": 110.0, "by_fault": {"estop": 110.0}}
    assert said["retract"] == {"supply_low": {"still_us": 2_000.0, "off_us": 9_000.0}}
    assert said["scan_us"] == {"p50": 31, "worst": 38}
    assert said["scan_us_at_fault"] == {"worst": 39, "by_fault": {"estop": 39, "supply_low": 39}}
    assert said["speed"]["ratio"] == 0.25


def test_a_drive_that_stayed_on_is_no_small_time() -> None:
    outcome = faultruns.Outcome("estop", 0.1, 118, (118,), None, 0.0, True, 39)
    said = verdict.to_json(_timing(faults=[outcome]), verdict.rows(_timing(faults=[outcome])))
    assert said["fault_to_off_us"] == {"worst": None, "by_fault": {"estop": None}}
    assert "fault_to_off_us.worst" in said["failed"]


def test_a_fault_under_load_is_told_with_what_was_sent() -> None:
    timing = _timing()
    fault = Fault(119, "HEARTBEAT", 1.0, "the program's main loop stopped", "read LOG?")
    timing.loaded.broken.append(Broken(Load.FLOOD, fault, 0.5, ((-0.05, "ZONE:CAT?"),), 60_000 * US))
    said = verdict.to_json(timing, verdict.rows(timing))
    assert said["failed"] == ["faults_under_load"]
    assert said["faults_under_load"][0]["lines_before"] == [{"seconds": -0.05, "line": "ZONE:CAT?"}]


def test_a_stop_byte_that_nobody_obeys_fails() -> None:
    timing = _timing(stops=[stops.Stop(stops.DOING[3], 1_000.0, 2_300.0, 0.0, obeyed=False)])
    said = verdict.to_json(timing, verdict.rows(timing))
    assert said["failed"] == ["stop_bytes_lost"]


def test_a_wrong_name_is_told_and_does_not_fail() -> None:
    outcome = faultruns.Outcome("tip_sensor_open", 0.4, 102, (107,), 80.0, 0.0, True, 39)
    said = verdict.to_json(_timing(faults=[outcome]), verdict.rows(_timing(faults=[outcome])))
    assert said["misnamed"] == [{"injected": "tip_sensor_open", "place": 0.4, "latched": 102, "expected": [107]}]
    assert said["ok"] is True


def test_scans_are_sorted_by_where_in_the_stroke_they_are() -> None:
    found = verdict.regions.by_region(_timing())
    assert found["first step"] == {"count": 2, "p50": 30, "worst": 38}
    assert found["way out"] == {"count": 1, "p50": 31, "worst": 31}


def test_it_can_be_drawn(tmp_path: Path) -> None:
    timingplot.save(tmp_path / "timing.png", _timing())
    assert (tmp_path / "timing.png").stat().st_size > 20_000


# --- the command


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--target", "sim"), "only the chip"),
        (("--target", "serial:x"), "only the chip"),
        (("--seconds", "0.1"), "--seconds 0.1 is not possible"),
        (("--plot", "timing.txt"), "what kind of picture"),
        (("--board", "none"), "no board named"),
    ],
)
def test_wrong_usage_is_told_before_anything_runs(arguments: tuple[str, ...], message: str) -> None:
    result = pen("bench", "timing", *arguments)
    assert result.exit_code == 2
    assert message in result.output
    said = pen_json("bench", "timing", *arguments, code=2)
    assert said["ok"] is False
    assert message in said["error"]

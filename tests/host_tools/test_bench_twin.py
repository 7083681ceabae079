"""The arithmetic of `pen bench twin`, on two targets made by hand; and the simulator is its own twin."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pen_sim.machine import Machine
from pen_sim.rig import Rig, SimRig
from pen_tools.benching import twin, twinplot, twinverdict
from pen_tools.benching.progress import Bars
from pen_tools.benching.strokes import Course
from pen_tools.benching.twin import FaultRun, Run, Twin
from pen_tools.targets import CHIP, SIM
from tests.host_tools.cli_bench import pen

US = 1_000
LOG = [(0, "ARM", "CHEEK"), (20, "DEADMAN", "2000 us"), (80, "READY", ""), (1_500, "RUN", "1000 ms")]


def _run(start_us: int = 0) -> Run:
    starts = [(start_us + k * 50_000) * US for k in range(3)]
    made = [Course((t, t + 500 * US), (t + 900 * US, t + 1_400 * US)) for t in starts]
    curve = [(t - starts[0], um) for t in starts for um in (-300.0, 990.0)]
    return Run(made, [990.0, 991.0, 992.0], curve, list(LOG), "needlepen,bench_stepper,0,1 test 89abcdef")


def _twin(chip: Run, faults: dict[tuple[str, float], FaultRun] | None = None) -> Twin:
    known = {("estop", 0.1): FaultRun(118, 290.0), ("supply_low", 0.1): FaultRun(112, 9_000.0)}
    known[("foreground_hang", 0.1)] = FaultRun(119, 49_000.0)
    return Twin("bench_stepper", 1, {SIM: _run(), CHIP: chip}, {SIM: known, CHIP: {**known, **(faults or {})}})


def _failed(found: Twin) -> list[str]:
    return [row.key for row in twinverdict.rows(found) if not row.ok]


def test_the_same_at_another_time_is_the_same() -> None:
    assert _failed(_twin(_run(start_us=700))) == []


def test_a_step_that_comes_elsewhere_in_its_stroke_fails() -> None:
    run = _run()
    first = run.made[0]
    moved = Course((first.out_ns[0], first.out_ns[1] + 1_500), first.back_ns)
    found = _twin(replace(run, made=[moved, *run.made[1:]]))
    assert twinverdict.steps_us(found)[:4] == [0, 1.5, 0, 0]
    assert _failed(found) == ["step_us"]


def test_a_stroke_that_is_missing_fails() -> None:
    run = _run()
    assert _failed(_twin(replace(run, made=run.made[:2], peaks_um=run.peaks_um[:2]))) == ["strokes"]


def test_a_stroke_of_other_steps_is_counted_and_its_steps_are_not_compared() -> None:
    run = _run()
    longer = Course(
        (*run.made[2].out_ns, run.made[2].out_ns[1] + US), (*run.made[2].back_ns, run.made[2].back_ns[1] + US)
    )
    found = _twin(replace(run, made=[*run.made[:2], longer]))
    assert _failed(found) == ["steps"]
    assert len(twinverdict.steps_us(found)) == 8


def test_another_rate_fails() -> None:
    run = _run()
    late = Course(*(tuple(t + 2 * US for t in way) for way in (run.made[2].out_ns, run.made[2].back_ns)))
    assert _failed(_twin(replace(run, made=[*run.made[:2], late]))) == ["period_us"]


def test_another_depth_fails() -> None:
    assert _failed(_twin(replace(_run(), peaks_um=[990.0, 991.0, 993.5]))) == ["depth_um"]


def test_another_state_and_a_late_one_fail() -> None:
    assert _failed(_twin(replace(_run(), log=[*LOG[:2], (80, "FAULT", "HOME"), LOG[3]]))) == ["events"]
    assert _failed(_twin(replace(_run(), log=[*LOG[:2], (101, "READY", ""), LOG[3]]))) == ["event_ms"]


@pytest.mark.parametrize(("us", "failed"), [(1_800, []), (2_200, []), (2_201, ["proof_us"]), (1_799, ["proof_us"])])
def test_what_the_pen_measures_of_its_dead_man_may_differ_by_two_scans(us: int, failed: list[str]) -> None:
    assert _failed(_twin(replace(_run(), log=[LOG[0], (20, "DEADMAN", f"{us} us"), *LOG[2:]]))) == failed


@pytest.mark.parametrize(
    ("name", "run", "key"),
    [
        ("estop", FaultRun(110, 290.0), "fault_codes"),
        ("estop", FaultRun(118, 591.0), "fault_off_us"),
        ("estop", FaultRun(118, None), "fault_off_us"),
        ("supply_low", FaultRun(112, 9_501.0), "retract_off_us"),
        ("foreground_hang", FaultRun(119, 59_001.0), "heartbeat_off_us"),
    ],
)
def test_another_end_of_a_fault_fails(name: str, run: FaultRun, key: str) -> None:
    assert _failed(_twin(_run(), {(name, 0.1): run})) == [key]


def test_another_code_that_the_table_has_for_the_fault_is_told_and_does_not_fail() -> None:
    found = _twin(_run())
    for kind, code in ((SIM, 107), (CHIP, 101)):
        found.faults[kind]["tip_sensor_short", 0.1] = FaultRun(code, 200.0)
    assert _failed(found) == []
    said = twinverdict.to_json(found, twinverdict.rows(found))
    assert [each["known"] for each in said["other_codes"]] == [True]


def test_the_json_says_it_all(tmp_path: Path) -> None:
    found = _twin(_run(), {("estop", 0.1): FaultRun(110, None)})
    said = json.loads(json.dumps(twinverdict.to_json(found, twinverdict.rows(found))))
    assert said["ok"] is False
    assert said["failed"] == ["fault_codes", "fault_off_us"]
    assert said["other_codes"] == [{"fault": "estop", "place": 0.1, "sim": 118, "chip": 110, "known": False}]
    twinplot.save(tmp_path / "twin.png", found)
    assert (tmp_path / "twin.png").stat().st_size > 20_000


def test_the_simulator_is_its_own_twin() -> None:
    """The same script twice; nothing is apart by anything."""

    def switch_on(_kind: str) -> Rig:
        return SimRig(Machine("bench_stepper", 3))

    found = twin.compare(switch_on, "bench_stepper", 3, 0.5, Bars(quiet=True))
    rows: dict[str, Any] = {row.key: row.value for row in twinverdict.rows(found)}
    assert len(found.runs[SIM].made) == 10
    assert set(rows.values()) == {0}
    assert all(run.off_us is not None for run in found.faults[SIM].values())


def test_wrong_usage_is_told() -> None:
    result = pen("bench", "twin", "--seconds", "99")
    assert result.exit_code == 2
    assert "--seconds 99 is not possible" in result.output

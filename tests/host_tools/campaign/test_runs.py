"""Runs on the simulator, from the draw to the verdict: the firmware as it is passes, and with a check taken out it does not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pen_sim.faults import TABLE
from pen_sim.loader import load_board
from pen_sim.plant.skin_spec import skin_for
from pen_tools.campaign import draw, drive, ground
from pen_tools.campaign.ground import Ground
from pen_tools.campaign.outcomes import Outcome
from tests.host_tools.campaign.grounds import BOARD, numbers, take_out

RUNS = 8


@pytest.fixture
def field() -> Iterator[Ground]:
    ground.firmware_checksum.cache_clear()
    yield ground.simulated(BOARD)
    ground.firmware_checksum.cache_clear()


def outcomes(field: Ground, fault: str, count: int = RUNS, **more: object) -> set[Outcome]:
    return {field.judge(field.run(scenario)).outcome for scenario in numbers(field, fault, count, **more)}


@pytest.mark.parametrize("fault", [*ground.fault_names("sim", "stepper"), draw.NO_FAULT])
def test_every_fault_is_borne(field: Ground, fault: str) -> None:
    found = outcomes(field, fault, 3)
    assert all(outcome.ok for outcome in found), found


ONCE_WRONG = [
    json.loads(line) for line in Path(__file__).with_name("once_wrong.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize(
    "row", ONCE_WRONG, ids=[f"{row['scenario']['number']}: {row['scenario']['fault']}" for row in ONCE_WRONG]
)
def test_what_was_not_right_in_twenty_thousand_runs_is(field: Ground, row: dict[str, Any]) -> None:
    """As they were drawn, whatever becomes of the table of faults: docs/campaign.md."""
    found = field.judge(field.run(draw.of_json(row["scenario"])))
    assert found.outcome == row["outcome"], found.reasons


# What a firmware lacks, and how the campaign says so: file, line, what stands in its place, fault, classes.
TAKEN_OUT = [
    ("scan.py", "if apart > deeper or apart < shallower:", "if 0:", "stall", {Outcome.OUT_TOO_LONG, Outcome.MISNAMED, Outcome.LEFT_ON}),
    ("scan.py", "if apart > deeper or apart < shallower:", "if 0:", "tip_sensor_offset", {Outcome.LEFT_ON}),
    ("guard_signals.py", "if count >= _SCANS_ESTOP:", "if 0:", "estop", {Outcome.LEFT_ON}),
    ("guard_signals.py", "_SCANS_ESTOP = const(3)", "_SCANS_ESTOP = const(30)", "estop", {Outcome.LEFT_ON}),
    ("guard_signals.py", "return _ESTOP", "return _DRIVER", "estop", {Outcome.MISNAMED, Outcome.CLEARED_STANDING}),
    ("guard_signals.py", "found = 0 - _CARTRIDGE_OUT", "found = 0", "cartridge_out", {Outcome.LEFT_ON}),
    ("guard_signals.py", "if count >= _SCANS_LINK and not found:", "if 0:", "link_lost", {Outcome.UNNOTICED}),
    ("session.py", "sentence = standing.get(code)", "sentence = None", "supply_high", {Outcome.CLEARED_STANDING}),
    ("session.py", "self.image[_OR_CLEAR_SEQ] += 1", "pass", "over_current", {Outcome.NOT_WELL, Outcome.NOT_CLEARABLE}),
    ("guard_motion.py", "wrong = 0 - _RATE", "pass", "clock_slow", {Outcome.UNNOTICED}),
    ("limits.py", "_HEARTBEAT_US = const(50_000)", "_HEARTBEAT_US = const(500_000)", "foreground_hang", {Outcome.LEFT_ON}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "line", "instead", "fault", "classes"), TAKEN_OUT, ids=[f"{row[3]}: {row[1]}" for row in TAKEN_OUT]
)
def test_a_check_that_is_missing_is_seen(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    file: str,
    line: str,
    instead: str,
    fault: str,
    classes: set[Outcome],
) -> None:
    take_out(monkeypatch, tmp_path, file, line, instead)
    found = {outcome for outcome in outcomes(ground.simulated(BOARD), fault, phase="stroke") if not outcome.ok}
    assert found
    assert found <= classes


def test_a_firmware_whose_strokes_are_too_deep_is_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    take_out(
        monkeypatch,
        tmp_path,
        "stepper.py",
        "self.steps = drive.steps_to(depth_um)",
        "self.steps = drive.steps_to(depth_um) + 4",
    )
    assert Outcome.WRONG_STROKES in outcomes(ground.simulated(BOARD), draw.NO_FAULT, needles="sharp")


def test_a_firmware_that_breaks_off_is_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    take_out(
        monkeypatch,
        tmp_path,
        "session.py",
        "obey_scan(self, now_us)\n",
        "1 // (self.image[_ST_PHASE] < 3)\n",
    )
    assert outcomes(ground.simulated(BOARD), draw.NO_FAULT, 2) == {Outcome.BROKEN}


def test_a_firmware_that_takes_no_orders_is_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    take_out(monkeypatch, tmp_path, "session.py", "image[_OR_LEASE_SEQ] += 1", 'raise Refused(CONFLICT, "no")')
    found = outcomes(ground.simulated(BOARD), draw.NO_FAULT, 2, phase="stroke")
    assert found <= {Outcome.FALSE_ALARM, Outcome.NOT_WELL}


def test_a_run_is_the_same_again_and_another_seed_is_another(field: Ground) -> None:
    scenario = field.draw(1, 4)
    first, again = field.run(scenario), field.run(scenario)
    assert first.evidence == again.evidence
    assert len(first.evidence.trace_hash) == 64
    assert field.run(field.draw(2, 4)).evidence.trace_hash != first.evidence.trace_hash


# --- the draw


def test_a_scenario_depends_on_its_number_alone() -> None:
    board = load_board(BOARD)
    names = list(TABLE)
    assert draw.draw(board, names, 1, 7) == draw.draw(board, names, 1, 7)
    assert draw.draw(board, names, 1, 7) != draw.draw(board, names, 1, 8)
    assert draw.draw(board, names, 1, 7) != draw.draw(board, names, 2, 7)


def test_what_is_drawn_is_everything_there_is_and_nothing_that_is_refused() -> None:
    board = load_board(BOARD)
    drawn = [draw.draw(board, list(TABLE), 3, number) for number in range(3_000)]
    assert {each.fault for each in drawn} == {*TABLE, draw.NO_FAULT}
    assert {each.phase for each in drawn} == set(draw.PHASES)
    assert {each.ending for each in drawn} == set(draw.ENDINGS)
    assert len({(each.skin, each.needles) for each in drawn}) == 12
    assert len({each.zone for each in drawn}) == 12, "all but the blocked one"
    assert all(board.DEPTH_MIN_UM <= each.depth_um <= each.cap_um for each in drawn)
    assert all(each.rate_dhz >= board.RATE_MIN_DHZ for each in drawn)
    assert all(board.SUPPLY_MIN_MV < each.supply_mv < board.SUPPLY_MAX_MV for each in drawn)
    assert all(0 <= each.part < 1 for each in drawn)
    counts = Counter(each.fault for each in drawn)
    assert 0.08 < counts[draw.NO_FAULT] / len(drawn) < 0.12
    assert 0.3 < sum(each.depth_um == each.cap_um for each in drawn) / len(drawn) < 0.45


# --- what a healthy drive can do


@pytest.mark.parametrize(
    ("skin", "needles", "depth_um", "stalls"),
    [
        ("firm", "worn", 1_600, True),
        ("firm", "worn", 900, False),
        ("bone", "blunt", 600, True),
        ("soft", "blunt", 1_500, False),
        ("bone", "sharp", 2_000, False),
    ],
)
def test_worn_and_blunt_needles_are_too_much_in_firm_skin(skin: str, needles: str, depth_um: int, stalls: bool) -> None:
    """Worn from 1.3 mm, blunt from 0.5 to 2.0 mm by skin: docs/safety.md, residual risk."""
    assert drive.may_stall(load_board(BOARD), skin_for(skin, needles), depth_um, 0.1, 12_000) is stalls


def test_a_stroke_is_out_as_long_as_arithmetic_says() -> None:
    """There and back at 80 mm/s from the face, ramps of 40 m/s^2 at the peak: 2 (1.00 + 0.08) / 80 seconds, to a step or two."""
    assert drive.out_s(load_board(BOARD), 1_000) == pytest.approx(2 * 1.08 / 80, abs=0.000_5)

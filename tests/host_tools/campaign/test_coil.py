"""The campaign on a solenoid's pen: its own faults are borne, and what its judge knows of the drive is the board's arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pen_sim.faults import SOLENOID, STEPPER, TABLE, on
from pen_sim.loader import load_board
from pen_sim.plant.skin_spec import skin_for
from pen_tools.campaign import draw, drive, ground
from pen_tools.campaign.ground import Ground
from pen_tools.campaign.outcomes import Outcome
from tests.host_tools.campaign.grounds import numbers, take_out

NAME = "pen_solenoid"
BOARD = load_board(NAME)
OWN = [name for name, fault in TABLE.items() if STEPPER in fault.lacks]


@pytest.fixture
def field() -> Iterator[Ground]:
    ground.firmware_checksum.cache_clear()
    yield ground.simulated(NAME)
    ground.firmware_checksum.cache_clear()


def outcomes(field: Ground, fault: str, count: int, **more: object) -> list[Outcome]:
    return [field.judge(field.run(scenario)).outcome for scenario in numbers(field, fault, count, **more)]


@pytest.mark.parametrize(
    "fault", [*OWN, "stall", "steps_lost", "steps_extra", "foreground_hang", "supply_lost", draw.NO_FAULT]
)
def test_its_faults_are_borne(field: Ground, fault: str) -> None:
    found = outcomes(field, fault, 2)
    assert all(outcome.ok for outcome in found), found


def test_what_is_drawn_is_what_it_can_have() -> None:
    names = set(ground.fault_names("sim", SOLENOID))
    assert set(OWN) <= names == set(on("sim", SOLENOID))
    assert "carriage_slip" not in names
    drawn = [draw.draw(BOARD, sorted(names), 1, number) for number in range(300)]
    assert {scenario.fault for scenario in drawn} <= names | {draw.NO_FAULT}
    for scenario in drawn:
        least_mv, most_mv = drive.supply_mv(BOARD, scenario.depth_um)
        assert least_mv <= scenario.supply_mv <= most_mv <= BOARD.PLANT_CELL_OPEN_MV[-1]


# What the firmware lacks, and how the campaign says so: file, line, what stands in its place, fault, class.
TAKEN_OUT = [
    ("solenoid.py", "if self._missing(image):", "if False:", "coil_open", Outcome.LEFT_ON),
    ("solenoid.py", "if self._not_back(image) else 0", "if False else 0", "seat_bouncy", Outcome.WRONG_STROKES),
    (
        "scan.py",
        "_SHORT_STROKES = const(8)",
        "_SHORT_STROKES = const(800)",
        "stop_slip_inward",
        Outcome.WRONG_STROKES,
    ),
]


@pytest.mark.parametrize(("file", "line", "instead", "fault", "outcome"), TAKEN_OUT)
def test_a_check_that_is_not_there_is_missed(
    field: Ground,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    file: str,
    line: str,
    instead: str,
    fault: str,
    outcome: Outcome,
) -> None:
    take_out(monkeypatch, tmp_path, file, line, instead)
    assert outcome in outcomes(ground.simulated(NAME), fault, 4, phase=draw.STROKE)


@pytest.mark.parametrize(
    ("skin", "needles", "depth_um", "supply_mv", "stalls"),
    [
        ("firm", "blunt", 1_000, 3_080, True),
        ("firm", "blunt", 500, 3_080, False),
        ("firm", "sharp", 2_000, 3_100, False),
        ("firm", "sharp", 3_000, 3_000, True),
        ("firm", "worn", 2_000, 3_300, True),
        ("typical", "worn", 1_500, 3_600, False),
    ],
)
def test_needles_may_be_too_much_for_a_weak_cell(
    skin: str, needles: str, depth_um: int, supply_mv: int, stalls: bool
) -> None:
    """docs/safety.md, residual risk."""
    assert drive.may_stall(BOARD, skin_for(skin, needles), depth_um, 0.1, supply_mv) is stalls


def test_times_and_supply_are_the_boards_arithmetic() -> None:
    """1 mm is a way of 1.3 mm, there by the weakest coil, held, and back. The cell has 40 % at least, and 0.1 V for the converter."""
    there_us = BOARD.PULL_IN_WEAK_US + 1.3 * BOARD.PULL_IN_WEAK_US_PER_MM + BOARD.HOLD_US
    assert drive.out_s(BOARD, 1_000) * 1e6 == pytest.approx(there_us + BOARD.RETURN_US + 1.3 * BOARD.RETURN_US_PER_MM)
    assert drive.homing_s(BOARD, 1_500) == pytest.approx(2 * 180 / 800 + 0.1)
    assert drive.supply_mv(BOARD, 500)[0] == 3_650 + 100
    assert drive.strokes_to_see(BOARD) == drive.short_strokes(BOARD) == 14

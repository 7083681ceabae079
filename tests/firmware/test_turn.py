"""Turning round: from every step of strokes of every drive."""

from array import array
from types import ModuleType
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from pen_sim.loader import pure
from tests.firmware.motion_model import Drive, assert_ramp, assert_within_the_drive, drives, one_ways, steps_of
from tests.firmware.support import BOARD

stroke = pure("pen.stepper")
SLOT_WORDS: int = pure("pen.steps").SLOT_WORDS
turn = pure("pen.turn")


def plan(drive: Any, at: int, steps: int) -> list[int]:
    words = array("I", [0xFFFF_FFFF] * SLOT_WORDS)
    count = turn.plan_turn(words, drive.ramp, drive.ramp_steps, at, steps)
    assert all(word == 0xFFFF_FFFF for word in words[count:]), "nothing behind the end"
    return list(words[:count])


def test_before_the_first_step_there_is_nothing_to_do() -> None:
    assert plan(Drive(BOARD), 0, 130) == []


@pytest.mark.parametrize(
    ("at", "ahead", "back"),
    [
        (1, [707], [707] * 2),
        (2, [293, 707], [707, 293, 293, 707]),
        (3, [224, 293, 707], [707, 293, 224, 224, 293, 707]),
        (8, [130, 138, 151, 167, 190, 224, 293, 707], None),
        (60, [130, 138, 151, 167, 190, 224, 293, 707], None),
        (129, [707], None),
        (130, [], None),
    ],
)
def test_the_benchs_drive_at_1_mm(at: int, ahead: list[int], back: list[int] | None) -> None:
    ramp_us = [707, 293, 224, 190, 167, 151, 138, 130]
    top = at + len(ahead)
    expected = back or ramp_us + [125] * (top - 16) + ramp_us[::-1]
    steps = steps_of(plan(Drive(BOARD), at, 130))
    assert [step.interval_us for step in steps if step.outward] == ahead
    assert [step.interval_us for step in steps if not step.outward] == expected


def test_a_stroke_of_one_step_is_taken_back() -> None:
    assert plan(Drive(BOARD), 1, 1) == [707]


@pytest.mark.parametrize("steps", [8, 80, 130, 330])
@pytest.mark.requirement("SR-03")
def test_from_every_step_of_the_benchs_strokes_it_stays_short_of_the_peak(steps: int) -> None:
    """It slows down as it would have: as many steps as it has come, as are left, or as the ramp has."""
    for at in range(1, steps + 1):
        made = steps_of(plan(Drive(BOARD), at, steps))
        assert sum(step.outward for step in made) == min(at, steps - at, 8)
        assert made[-1].at == -at


@settings(max_examples=300, deadline=None)
@given(drives(), st.integers(100, 3_000), st.data())
@pytest.mark.requirement("SR-06")
@pytest.mark.requirement("SR-12")
def test_from_every_step_of_every_stroke(made: tuple[ModuleType, Any], depth_um: int, data: st.DataObject) -> None:
    board, drive = made
    steps = drive.steps_to(depth_um)
    near_the_ends = st.sampled_from([0, 1, 2, steps // 2, steps - 1, steps])
    at = data.draw(st.one_of(st.integers(0, steps), near_the_ends))
    words = plan(drive, at, steps)
    assert len(words) <= SLOT_WORDS
    if at == 0:
        assert words == []
        return
    made_steps = steps_of(words)
    assert at + max((step.at for step in made_steps), default=0) <= steps, "short of the stroke's own peak"
    assert at + made_steps[-1].at == 0, "exactly retracted"
    ways = one_ways(made_steps)
    assert len(ways) <= 2
    assert not ways[-1][0].outward
    assert_within_the_drive(board, ways[-1])
    if len(ways) == 2:
        # In mirror image a start from rest; and no harder than the stroke itself, so no step of it comes sooner.
        slowing = [step.interval_us for step in ways[0]]
        assert ways[0][0].outward
        assert_ramp(board, slowing[::-1])
        assert slowing == list(drive.ramp[: len(slowing)])[::-1]
        assert len(slowing) == min(at, steps - at, drive.ramp_steps)


@settings(max_examples=200, deadline=None)
@given(drives(), st.integers(500, 3_000), st.data())
@pytest.mark.requirement("SR-07")
def test_a_turned_stroke_is_back_before_dwell_is_a_fault(
    made: tuple[ModuleType, Any], depth_um: int, data: st.DataObject
) -> None:
    """From the face outward to the face again, with the least margin that a board may have."""
    board, drive = made
    steps = drive.steps_to(depth_um)
    face = board.CLEARANCE_UM // board.STEP_UM
    at = data.draw(st.integers(min(face + 1, steps), steps))
    planned = stroke.Stroke(drive, depth_um, 1) if drive.rate_max_dhz(depth_um) else None
    if planned is None:
        return
    allowed_us = planned.out_us() + 1_000
    before = steps_of(words_of(planned))[:at]
    out_us = sum(step.interval_us for step in before if step.at > face + 1)
    place = at
    for step in steps_of(plan(drive, at, steps)):
        out_us += step.interval_us
        place = at + step.at
        if place <= face:
            break
    event(f"turned in {out_us * 100 // allowed_us // 10 * 10} % of the time allowed")
    assert out_us <= allowed_us


def words_of(planned: Any) -> list[int]:
    words = array("I", [0] * SLOT_WORDS)
    return list(words[: planned.write(words)])

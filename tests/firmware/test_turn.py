"""Turning round: from every step of strokes of every drive."""

from array import array
from types import ModuleType
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from pen_sim.loader import pure
from pen_sim.plant.skin_spec import skin_for
from pen_sim.plant.stepper import StepperPlant
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
        (4, [190, 224, 293, 707], [707, 293, 224, 190, 190, 224, 293, 707]),
        (8, [190, 224, 293, 707], [707, 293, 224, 190, 167, 151, 151, 167, 190, 224, 293, 707]),
        (60, [190, 224, 293, 707], None),
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
    """It slows down in as many steps as it has come, as are left, or as half the ramp has."""
    for at in range(1, steps + 1):
        made = steps_of(plan(Drive(BOARD), at, steps))
        assert sum(step.outward for step in made) == min(at, steps - at, 4)
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
        assert len(slowing) == min(at, steps - at, -(-drive.ramp_steps // 2))


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


@pytest.mark.parametrize(
    ("needles", "skin", "most_um"),
    [
        ("sharp", "bone", 3_000),
        ("worn", "typical", 3_000),
        ("worn", "bone", 3_000),
        ("worn", "firm", 1_200),
        ("blunt", "soft", 1_900),
        ("blunt", "typical", 1_100),
        ("blunt", "firm", 800),
    ],
)
@pytest.mark.requirement("SR-12")
def test_a_turn_loses_no_step_that_its_stroke_does_not_lose(needles: str, skin: str, most_um: int) -> None:
    """Where a stroke of `most_um` comes back and one 100 um deeper does not, or as deep as there is. By the plant's own tip."""
    drive = Drive(BOARD)
    for depth_um in range(most_um, min(most_um + 100, 3_000) + 1, 100):
        whole = steps_of(words_of(stroke.Stroke(drive, depth_um, 10)))
        top_um, back_um = tips_um(skin, needles, whole, 0, 0)
        follows = abs(top_um - depth_um) < 12 and abs(back_um + BOARD.CLEARANCE_UM) < 12
        assert follows is (depth_um == most_um), "the limits of docs/safety.md, residual risk"
    for depth_um in {500, most_um}:
        steps = drive.steps_to(depth_um)
        way = steps_of(words_of(stroke.Stroke(drive, depth_um, 10)))[:steps]
        for at in range(2, steps + 1, 7):
            made = steps_of(plan(drive, at, steps))
            for late_us in (0, way[min(at, steps - 1)].interval_us - 1):
                waits = [*way[:at], *made]
                um, back_um = tips_um(skin, needles, waits, at, late_us)
                top = at + sum(step.outward for step in made)
                assert um == pytest.approx(top * 10 - BOARD.CLEARANCE_UM, abs=12), (at, late_us)
                assert back_um == pytest.approx(-BOARD.CLEARANCE_UM, abs=12), (at, late_us)


def tips_um(skin: str, needles: str, steps: list[Any], late_at: int, late_us: int) -> tuple[float, float]:
    """The tip at the last step outward, and at rest after the last inward. Step number `late_at` is so late."""
    plant = StepperPlant(BOARD, 1, skin=skin_for(skin, needles), start_um=-float(BOARD.CLEARANCE_UM))
    plant.record = False
    plant.set_enable(0, True)
    t_ns, top_um, outward = 1_000_000, 0.0, False
    for number, step in enumerate(steps):
        if step.outward is not outward:
            top_um, outward = plant.tip_um(t_ns), step.outward
            plant.set_dir(t_ns, outward)
        t_ns += (step.interval_us + (late_us if number == late_at else 0)) * 1_000
        plant.step(t_ns)
    plant.advance(t_ns + 5_000_000)
    return top_um, plant.tip_um(t_ns + 5_000_000)


def words_of(planned: Any) -> list[int]:
    words = array("I", [0] * SLOT_WORDS)
    return list(words[: planned.write(words)])

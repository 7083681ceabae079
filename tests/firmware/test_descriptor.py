"""The last look at words before they may run, against a walk of our own."""

from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pen_sim.loader import pure
from tests.firmware.motion_model import steps_of
from tests.firmware.support import BOARD, NAMES, set_word

descriptor = pure("pen.descriptor")
word = pure("pen.steps").word

SHORTEST_US = 125
NOWHERE_UM = 1 << 29  # the peak of a slot that holds no stroke: beyond every cap
CLEARANCE_STEPS = BOARD.CLEARANCE_UM // BOARD.STEP_UM


def image_with(cap_um: int) -> "array[int]":
    image = NAMES.create()
    set_word(image, NAMES.LI_CAP_UM, cap_um)
    set_word(image, NAMES.LI_STEP_UM, BOARD.STEP_UM)
    set_word(image, NAMES.LI_CLEARANCE_UM, BOARD.CLEARANCE_UM)
    return image


def admit(cap_um: int, words: list[int], *, returns: bool = True, slot: int = 0) -> tuple[bool, int]:
    """(admitted, the peak noted for the scan)."""
    image = image_with(cap_um)
    set_word(image, NAMES.OR_PEAK_UM + slot, -1)
    try:
        descriptor.admit(image, slot, array("I", words), len(words), SHORTEST_US, returns)
    except ValueError:
        return False, image[NAMES.OR_PEAK_UM + slot]
    return True, image[NAMES.OR_PEAK_UM + slot]


def there_and_back(steps: int, interval_us: int = SHORTEST_US) -> list[int]:
    return [*out(steps, interval_us), word(False, steps, interval_us)]


def out(steps: int, interval_us: int = 200) -> list[int]:
    """A single step first, as every stroke must begin."""
    return [word(True, 1, interval_us), word(True, steps - 1, interval_us)]


@pytest.mark.parametrize(("steps", "admitted"), [(79, True), (80, True), (81, False), (2_048, False)])
@pytest.mark.parametrize("slot", [0, 1])
@pytest.mark.requirement("SR-02")
def test_the_cap_is_the_farthest_place(steps: int, admitted: bool, slot: int) -> None:
    """80 steps of 10 um from 300 um behind the face: exactly a cap of 500 um."""
    peak_um = steps * 10 - 300 if admitted else NOWHERE_UM
    assert admit(500, there_and_back(steps), slot=slot) == (admitted, peak_um)


@pytest.mark.requirement("SR-02")
def test_a_peak_in_the_middle_counts() -> None:
    words = [*out(40), word(False, 30, 200), word(True, 71, 200), word(False, 81, 200)]
    assert admit(500, words) == (False, NOWHERE_UM)
    assert admit(510, words) == (True, 510)


@pytest.mark.parametrize(("interval_us", "admitted"), [(124, False), (125, True), (0, False)])
def test_no_step_sooner_than_the_drive_can(interval_us: int, admitted: bool) -> None:
    assert admit(500, [*there_and_back(10), *there_and_back(10, interval_us)])[0] is admitted


@pytest.mark.parametrize(
    ("steps", "interval_us", "admitted"),
    [(1, (1 << 20) - 1, True), (1, 1 << 19, True), (2, 200, False), (1_025, 200, False)],
)
@pytest.mark.requirement("SR-06")
def test_a_stroke_begins_with_one_step_after_any_wait(steps: int, interval_us: int, admitted: bool) -> None:
    assert admit(20_000, [word(True, steps, interval_us), word(False, steps, 200)])[0] is admitted


@pytest.mark.parametrize("back", [9, 11])
@pytest.mark.requirement("SR-06")
def test_a_stroke_ends_where_it_began(back: int) -> None:
    words = [*out(10), word(False, back, 200)]
    assert admit(500, words) == (False, NOWHERE_UM)
    assert admit(500, words, returns=False) == (True, -200)


@pytest.mark.requirement("SR-02")
def test_moves_of_homing_are_bounded_too() -> None:
    assert admit(500, out(81, 2_000), returns=False) == (False, NOWHERE_UM)
    assert admit(500, [word(False, 1, 2_000), word(False, 399, 2_000)], returns=False) == (True, -300)


def test_the_reason_is_named() -> None:
    image = image_with(500)
    for words, reason in (
        (there_and_back(81), "beyond the cap"),
        (there_and_back(5, 3), "faster than the drive"),
        ([word(True, 1, 200)], "end retracted"),
        ([word(True, 2, 200), word(False, 2, 200)], "single step"),
        ([], "single step"),
    ):
        with pytest.raises(ValueError, match=reason):
            descriptor.admit(image, 0, array("I", words), len(words), SHORTEST_US)


any_word = st.builds(word, st.booleans(), st.integers(1, 2_048), st.integers(0, (1 << 20) - 1))
near_word = st.builds(word, st.booleans(), st.integers(1, 60), st.integers(120, 400))
strokes = st.lists(near_word, max_size=6).map(
    lambda words: [
        *(word(True, 1, 200), word(False, 1, 200)),
        *words,
        *(word ^ 1 << 31 for word in words),  # a list and its mirror image end where they begin
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.lists(any_word, max_size=8), strokes), st.integers(0, 3_000), st.booleans())
@pytest.mark.requirement("SR-02")
def test_random_words(words: list[int], cap_um: int, returns: bool) -> None:
    """Admitted exactly if the walk, step by step, is within the cap, ends at 0 and is nowhere too fast."""
    steps = steps_of(words)
    peak_um = max([0, *(step.at for step in steps)]) * BOARD.STEP_UM - BOARD.CLEARANCE_UM
    end = steps[-1].at if steps else 0
    good = peak_um <= cap_um and (end == 0 or not returns) and all(step.interval_us >= SHORTEST_US for step in steps)
    good = good and len(words) > 0 and (words[0] >> 20 & 0x7FF) == 0
    assert admit(cap_um, words, returns=returns) == (good, peak_um if good else NOWHERE_UM)
    farthest, stop, shortest_us = descriptor.follow(array("I", words), len(words))
    assert (farthest, stop) == (max([0, *(step.at for step in steps)]), end)
    assert shortest_us == min([1 << 20, *(step.interval_us for step in steps)])

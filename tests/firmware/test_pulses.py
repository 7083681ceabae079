"""Pulses: their words, and the last look at them before they may run."""

from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pen_sim.loader import pure
from tests.firmware.support import NAMES, set_word

pulses: Any = pure("pen.pulses")
steps: Any = pure("pen.steps")
CAP_UM = 1_000
LONGEST_US = 9_000


def image_with(stop_um: int) -> "array[int]":
    """A cap of 1 mm, and the stop there, by a count of 10 um a step from retracted at -300 um."""
    image: array[int] = NAMES.create()
    for index, value in (
        (NAMES.LI_CAP_UM, CAP_UM),
        (NAMES.LI_CLEARANCE_UM, 300),
        (NAMES.LI_STEP_UM, 10),
        (NAMES.OR_ORIGIN, -70),
    ):
        set_word(image, index, value)
    image[NAMES.IN_STEPS] = (stop_um + 300) // 10 - 70
    return image


def words(peak_us: int = 2_000, chops: int = 10, on_us: int = 27) -> "array[int]":
    return array("I", [pulses.PULSE | 200, pulses.pulse(peak_us, chops, on_us), 2_500])


@given(st.integers(1, 8_191), st.integers(0, 127), st.integers(2, 63))
def test_a_pulse_lasts_as_long_as_its_parts(peak_us: int, chops: int, on_us: int) -> None:
    word = pulses.pulse(peak_us, chops, on_us)
    assert word < 1 << 32
    assert pulses.on_us(word) == peak_us + chops * (13 + on_us)


@pytest.mark.parametrize("what", [(0, 1, 20), (8_192, 1, 20), (1, -1, 20), (1, 128, 20), (1, 1, 1), (1, 1, 64)])
def test_what_does_not_fit_into_a_word_is_refused(what: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="no such pulse"):
        pulses.pulse(*what)


@pytest.mark.requirement("SR-02")
@pytest.mark.parametrize("stop_um", [-190, 500, 990, 1_000])
def test_the_peak_is_where_the_stop_is_counted(stop_um: int) -> None:
    image = image_with(stop_um)
    pulses.admit(image, 1, words(), 3, LONGEST_US)
    assert image[NAMES.OR_PEAK_UM + 1] == stop_um
    assert NAMES.limits_hold(image)


@pytest.mark.requirement("SR-02")
@pytest.mark.requirement("SR-06")
@pytest.mark.parametrize(
    ("stop_um", "offered", "count", "why"),
    [
        (1_010, words(), 3, "stop beyond the cap"),
        (3_000, words(), 3, "stop beyond the cap"),
        (500, words(), 2, "not one pulse"),
        (500, array("I", [200, *words()[1:]]), 3, "not one pulse"),
        (500, array("I", [pulses.PULSE | 200, 27 << 13, 2_500]), 3, "not one pulse"),
        (500, array("I", [*words()[:2], pulses.PULSE | 2_500]), 3, "not one pulse"),
        (500, words(peak_us=8_000, chops=26), 3, "longer than the coil may be on"),
    ],
)
def test_what_may_not_run_leaves_the_slot_without_a_stroke(
    stop_um: int, offered: "array[int]", count: int, why: str
) -> None:
    image = image_with(stop_um)
    set_word(image, NAMES.OR_PEAK_UM, 500)
    with pytest.raises(ValueError, match=why):
        pulses.admit(image, 0, offered, count, LONGEST_US)
    assert image[NAMES.OR_PEAK_UM] == steps.NO_STROKE_UM


def test_a_pulse_as_long_as_allowed_is_admitted() -> None:
    pulses.admit(image_with(500), 0, words(peak_us=8_000, chops=25), 3, LONGEST_US)

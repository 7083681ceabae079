"""From what a person asks for to the words that are loaded, on every board that the pen accepts.

Whatever depth and rate are asked for: they are accepted, and the loaded words go exactly there and back within the drive; or they are
refused with a number, and whoever then types that number is not refused again.
"""

import re
from array import array
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from hypothesis import event, given, reject, settings
from hypothesis import strategies as st

from pen_sim.loader import pure
from tests.firmware.motion_model import FIELDS, Drive, assert_within_the_drive, field, steps_of
from tests.firmware.support import NAMES, board_like

Settings = pure("pen.settings").Settings
Loading = pure("pen.loading").Loading
Refused = pure("pen.errors").Refused
admit = pure("pen.descriptor").admit
check = pure("pen.board").check
fill = pure("pen.limits").fill
zones = pure("pen.zones")

OPEN_ZONES = [name for name in zones.NAMES if zones.TABLE[name][1]]
RETRIES_MOST = 3  # a depth out of range may then be too deep for the rate, which is lowered, and then it works


@st.composite
def boards(draw: st.DrawFn) -> ModuleType:
    """Boards that start a pen: every field that planning reads is anywhere in its range."""
    deepest = draw(field("DEPTH_MAX_UM")) // 10 * 10
    step = draw(field("STEP_UM"))
    opens = draw(field("HOME_OPENS_UM"))
    clearance = draw(st.integers(max(opens + 100, FIELDS["CLEARANCE_UM"][0]), FIELDS["CLEARANCE_UM"][1]))
    slowest = min(2 * (deepest + clearance) // step, FIELDS["STEPS_PER_S"][1])  # below, no stroke a second
    speed = draw(st.integers(max(slowest, FIELDS["STEPS_PER_S"][0]), FIELDS["STEPS_PER_S"][1]))
    least, greatest = FIELDS["STEPS_PER_S2"]
    made = board_like(
        STEP_UM=step,
        STEPS_PER_S=speed,
        STEPS_PER_S2=draw(st.integers(min(max(least, speed * speed // 40), greatest), greatest)),
        REST_MIN_US=draw(field("REST_MIN_US")),
        HOME_OPENS_UM=opens,
        CLEARANCE_UM=clearance,
        BACK_TRAVEL_UM=clearance + draw(st.integers(1, 600)),
        DEPTH_MIN_UM=draw(field("DEPTH_MIN_UM")) // 10 * 10,
        DEPTH_MAX_UM=deepest,
        RATE_MIN_DHZ=draw(field("RATE_MIN_DHZ")),
        RATE_MAX_DHZ=draw(field("RATE_MAX_DHZ")),
        DWELL_MARGIN_US=draw(field("DWELL_MARGIN_US")),
    )
    try:
        check(made)
        Drive(made)
    except ValueError:
        reject()
    return made


class Desk:
    """A person's settings, and the HAL's side of a load."""

    def __init__(self, board: ModuleType) -> None:
        self.board = board
        self.drive = Drive(board)
        self.image = NAMES.create()
        fill(self.image, board, self.drive)
        self.slots = [array("I", [0] * 64) for _ in range(2)]
        self.words: list[int] = []
        self.settings: Any = Settings(board, self.drive)
        self.loading: Any = Loading(
            self.image, self, board, self.drive, self.settings, self.drive.homing(self.image, self, board)
        )

    def load(self, slot: int, count: int, returns: bool = True) -> None:
        shortest_us = self.drive.ramp[self.drive.ramp_steps]
        admit(self.image, slot, self.slots[slot], count, shortest_us, returns)
        self.words = list(self.slots[slot][:count])


def ask(desk: Desk, act: Callable[[int], None], value: int, unit: str) -> None:
    """Asks for `value`, in um or dHz; refused, for what the refusal says, as a person would type it."""
    for _ in range(RETRIES_MOST):
        try:
            act(value)
            return
        except Refused as refused:
            sentence = refused.detail
        event(re.sub(r"[\d.]+", "N", sentence.partition(" ")[2]))
        if bounds := re.search(r"allows ([\d.]+) to ([\d.]+) (mm|Hz)$", sentence):
            low, high = (typed(bounds[end], bounds[3]) for end in (1, 2))
            assert low <= high, sentence
            assert bounds[3] == unit
            value = low if value < low else high
        else:
            most = re.search(r"allows at most ([\d.]+) Hz on this drive(?:, or ([\d.]+) mm at [\d.]+ Hz)?$", sentence)
            assert most, sentence
            if unit == "Hz":
                value = typed(most[1], "Hz")
            elif most[2] and value % 20:  # either way works
                value = typed(most[2], "mm")
            else:
                desk.settings.set_rate(typed(most[1], "Hz"))
    act(value)


def typed(number: str, unit: str) -> int:
    """The device's number for what is typed: millimetres are micrometres, hertz are tenths."""
    return round(float(number) * {"mm": 1_000, "Hz": 10}[unit])


asked_depths = st.one_of(
    st.integers(0, 320).map(lambda tens: tens * 10), st.sampled_from([500, 1_000, 1_500, 2_000, 3_000])
)
asked_rates = st.one_of(st.integers(0, 1_600), st.sampled_from([10, 100, 900, 1_500]))


@settings(max_examples=200, deadline=None)
@given(boards(), st.sampled_from(OPEN_ZONES), asked_depths, asked_rates, st.booleans())
@pytest.mark.requirement("SR-01")
@pytest.mark.requirement("SR-02")
@pytest.mark.requirement("SR-06")
def test_asked_refused_asked_again_and_stroked(
    board: ModuleType, zone: str, depth_um: int, rate_dhz: int, depth_first: bool
) -> None:
    desk = Desk(board)
    desk.settings.choose(zone)
    load(desk)
    orders = [(desk.settings.set_depth, depth_um, "mm"), (desk.settings.set_rate, rate_dhz, "Hz")]
    for act, value, unit in orders if depth_first else orders[::-1]:
        ask(desk, act, value, unit)
        load(desk)
    for end_um in desk.settings.depth_range_um():
        desk.settings.set_depth(end_um // 10 * 10)  # as it is said: two digits
        load(desk)
    for end_dhz in desk.settings.rate_range_dhz():
        desk.settings.set_rate(end_dhz)
        load(desk)


def load(desk: Desk) -> None:
    """What is set is what is loaded: to the step, to the microsecond, within the drive, and back."""
    board, set_ = desk.board, desk.settings
    assert board.DEPTH_MIN_UM <= set_.depth_um <= min(zones.TABLE[set_.zone][1], board.DEPTH_MAX_UM)
    assert board.RATE_MIN_DHZ <= set_.rate_dhz <= min(zones.TABLE[set_.zone][3], board.RATE_MAX_DHZ)
    desk.loading.load_now()
    slot = desk.image[NAMES.OR_SLOT]
    period_us, travel_us = desk.image[NAMES.OR_PERIOD_US + slot], desk.image[NAMES.OR_TRAVEL_US + slot]
    steps = steps_of(desk.words, period_us - travel_us)
    peak_um = max(step.at for step in steps) * board.STEP_UM - board.CLEARANCE_UM
    assert set_.depth_um - board.STEP_UM < peak_um <= set_.depth_um
    assert desk.image[NAMES.OR_PEAK_UM + slot] == peak_um
    assert steps[-1].at == 0
    assert_within_the_drive(board, steps_of(desk.words, desk.drive.ramp[0]))
    assert sum(step.interval_us for step in steps) == period_us == (10**7 + set_.rate_dhz // 2) // set_.rate_dhz
    assert steps[0].interval_us - desk.drive.ramp[0] >= board.REST_MIN_US, "retracted for at least the board's rest"
    assert steps[0].interval_us < 1 << 20
    assert desk.image[NAMES.OR_OUT_US + slot] - board.DWELL_MARGIN_US <= period_us

"""What words of the step generator do, told anew: the oracle for planner, turn and descriptor. Nothing of the firmware's."""

from dataclasses import dataclass
from decimal import Decimal, getcontext
from types import ModuleType
from typing import Any

from hypothesis import reject
from hypothesis import strategies as st

from pen_sim.loader import pure
from tests.firmware.support import BOARD, board_like

getcontext().prec = 40
FIELDS = pure("pen.board").fields(BOARD)
Drive = pure("pen.stepper").Drive
ROUND_US = 1  # times are cut to whole microseconds
LOOKS = 100  # steps of a way that are compared one by one; the longest ramp has 15


@dataclass(frozen=True)
class Step:
    """One step: the interval before it and the place after it, in steps from where the words begin."""

    interval_us: int
    outward: bool
    at: int


def steps_of(words: list[int], lead_us: int | None = None) -> list[Step]:
    """Every single step of `words`; `lead_us` replaces the first word's interval, as the generator does it."""
    found: list[Step] = []
    at = 0
    for k, word in enumerate(words):
        assert 0 <= word < 1 << 32
        outward = word >= 1 << 31
        count = word // (1 << 20) % (1 << 11) + 1
        interval_us = word % (1 << 20) if k or lead_us is None else lead_us
        for _ in range(count):
            at += 1 if outward else -1
            found.append(Step(interval_us, outward, at))
    return found


def ramp_time_us(board: ModuleType, steps: int) -> Decimal:
    """t = sqrt(2 x / a), for `steps` steps from rest."""
    return (Decimal(2 * steps) / board.STEPS_PER_S2).sqrt() * 1_000_000


def assert_ramp(board: ModuleType, intervals: list[int]) -> None:
    """From rest: the n-th interval is no shorter than sqrt(2 n / a) - sqrt(2 (n - 1) / a), and none than at full speed."""
    assert min(intervals) >= Decimal(1_000_000) / board.STEPS_PER_S
    before_us = Decimal(0)
    for count, interval_us in enumerate(intervals[:LOOKS], 1):
        at_us = ramp_time_us(board, count)
        assert interval_us > at_us - before_us - ROUND_US
        before_us = at_us


def assert_within_the_drive(board: ModuleType, steps: list[Step]) -> None:
    """Every way out or in begins at rest and, in mirror image, ends at rest."""
    for way in one_ways(steps):
        intervals = [step.interval_us for step in way]
        assert_ramp(board, intervals)
        assert_ramp(board, intervals[::-1])


def one_ways(steps: list[Step]) -> list[list[Step]]:
    """Runs of steps in one direction."""
    ways: list[list[Step]] = []
    for step in steps:
        if ways and ways[-1][-1].outward == step.outward:
            ways[-1].append(step)
        else:
            ways.append([step])
    return ways


def field(name: str) -> st.SearchStrategy[int]:
    return st.integers(*FIELDS[name])


@st.composite
def drives(draw: st.DrawFn) -> tuple[ModuleType, Any]:
    """(board, drive) of boards with any drive that the fields and the planner accept."""
    speed = draw(field("STEPS_PER_S"))
    least, greatest = FIELDS["STEPS_PER_S2"]
    # A ramp has about v^2 / 2 a steps: for many a drive the greatest accelerations alone give one that fits.
    least = min(max(least, speed * speed // 40), greatest)
    board = board_like(
        STEPS_PER_S=speed,
        STEPS_PER_S2=draw(st.integers(least, greatest)),
        STEP_UM=draw(field("STEP_UM")),
        CLEARANCE_UM=draw(field("CLEARANCE_UM")),
        REST_MIN_US=draw(field("REST_MIN_US")),
    )
    try:
        return board, Drive(board)
    except ValueError:
        reject()

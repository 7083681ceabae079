"""The HAL's contract on the chip: the very tests of the simulator's HAL, on the real one in the real runtime."""

from __future__ import annotations

from array import array
from itertools import pairwise

import pytest

from pen_sim.loader import pure
from tests.chip.chip_desk import ChipDesk
from tests.firmware import test_hal_contract, test_hal_indicator, test_hal_pins
from tests.firmware.hal_desk import Orders
from tests.firmware.motion_model import steps_of
from tests.firmware.support import NAMES

for _module in (test_hal_contract, test_hal_indicator, test_hal_pins):
    globals().update({name: test for name, test in vars(_module).items() if name.startswith("test_")})

FIFO = 256 + 2 * 64  # bytes the runtime takes without a host that reads: its own, and the packets under way
CALL_US = 3_000  # the longest call; the runtime's own write waits for 500 ms
DEPTH_UM, STEPS = 1_000, 130
turn = pure("pen.turn")
stroke = pure("pen.stepper")
SLOT_WORDS: int = pure("pen.steps").SLOT_WORDS


def test_the_console_never_waits(desk: ChipDesk) -> None:
    """As in the contract, but how much is taken at once is the runtime's; whatever was taken arrives."""
    buffer = bytearray(8)
    assert desk.hal.console_read(buffer) == 0
    desk.receive(b"0123456789")
    assert (desk.hal.console_read(buffer), bytes(buffer)) == (8, b"01234567")
    assert (desk.hal.console_read(buffer), bytes(buffer[:2])) == (2, b"89")
    assert desk.hal.console_read(buffer) == 0
    desk.host_reads(False)
    text, taken, count = bytes(range(33, 127)) * 10, 0, 1
    while count:
        before_ns = desk.chip.now_ns
        count = desk.hal.console_write(memoryview(text[taken : taken + 100]))
        assert desk.chip.now_ns - before_ns < CALL_US * 1_000
        assert 0 <= count <= 100
        taken += count
    assert 64 <= taken <= FIFO
    desk.host_reads(True)
    desk.run_us(20_000)
    assert desk.machine.receive() == text[:taken]
    assert desk.hal.console_write(memoryview(b"x" * 100)) > 0


@pytest.mark.requirement("SR-06")
@pytest.mark.requirement("SR-12")
def test_a_turn_from_any_step_is_the_turn_that_is_planned(desk: ChipDesk) -> None:
    """The HAL pieces its turns together from words laid out before; on the pins they are turn.plan_turn's, step by step."""
    orders = Orders(desk)
    orders.lead_us = desk.drive.ramp[0]
    desk.hal.load(0, stroke.Stroke(desk.drive, DEPTH_UM, 200).write(desk.hal.slots[0]))
    turned: set[int] = set()
    # The first step comes 707 us after the scan that orders it; an order waits for the next scan.
    for after_us in (*range(850, 2_300, 100), *range(4_000, 16_000, 1_450), *range(16_000, 18_500, 250)):
        before = len(desk.steps_us())
        desk.run_us(200)
        orders.motion = (NAMES.MOVE_START, 0, 0)
        desk.run_us(after_us)
        orders.motion = (NAMES.MOVE_TURN, 0, 0)
        desk.run_us(150)
        turned.add(assert_turned(desk, before))
    assert {1, 2, 3, 4, 5, 6, 7, 8} <= turned
    assert max(turned) > STEPS - 4, "a stroke that is not turned looks like one that is, four steps before its end"
    assert len(turned) > 20


def assert_turned(desk: ChipDesk, before: int) -> int:
    """Lets it come to rest; the step of the stroke at which it turned."""
    desk.run_us(60_000)
    made = desk.steps_us()[before:]
    top = sum(outward for _, outward in made)
    assert [outward for _, outward in made] == [True] * top + [False] * top, "back where it began"
    intervals = [b[0] - a[0] for a, b in pairwise(made)]
    for at in range(1, STEPS + 1):
        planned = planned_us(desk, at)
        # The first of these comes the interval after the scan that turned, not after the step before.
        if len(planned) == 2 * top - at and close(planned[1:], intervals[at:]):
            return at
    raise AssertionError(f"no turn of the planner's: {made}")


def planned_us(desk: ChipDesk, at: int) -> list[int]:
    """Intervals of every step that turn.plan_turn plans from there."""
    words = array("I", [0] * SLOT_WORDS)
    count = turn.plan_turn(words, desk.drive.ramp, desk.drive.ramp_steps, at, STEPS)
    return [step.interval_us for step in steps_of(list(words[:count]))]


def close(planned: list[int], made: list[int]) -> bool:
    return len(planned) == len(made) and all(abs(a - b) <= 1 for a, b in zip(planned, made, strict=True))

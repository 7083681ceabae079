"""The error queue and the registers, against IEEE 488.2 chapter 11 and SCPI-99 chapter 21."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pen_sim.loader import pure

DEPTH = 16


@pytest.fixture
def status() -> Any:
    made = pure("pen.status").Status()
    made.clear()
    return made


def test_power_on_is_the_first_event_and_reading_clears_it() -> None:
    status = pure("pen.status").Status()
    assert [status.read_events(), status.read_events()] == [128, 0]


@pytest.mark.parametrize(
    ("code", "bit"),
    [
        (-100, 32),
        (-113, 32),
        (-199, 32),
        (-200, 16),
        (-222, 16),
        (-299, 16),
        (-300, 8),
        (-363, 8),
        (101, 8),
        (-410, 4),
        (-500, 8),
        (-1, 8),
    ],
)
def test_an_error_sets_the_event_bit_of_its_class(status: Any, code: int, bit: int) -> None:
    status.add(code)
    assert status.read_events() == bit


def test_errors_come_out_in_the_order_they_went_in(status: Any) -> None:
    status.add(-113, "FOO")
    status.add(103, "STALL")
    assert status.count == 2
    assert [status.next() for _ in range(3)] == ['-113,"Undefined header;FOO"', '103,"STALL"', '0,"No error"']


def test_a_full_queue_ends_in_queue_overflow(status: Any) -> None:
    for code in range(101, 101 + DEPTH + 3):
        status.add(code)
    found = [status.next() for _ in range(DEPTH + 1)]
    assert found == [f'{code},""' for code in range(101, 116)] + ['-350,"Queue overflow"', '0,"No error"']


def test_an_overflow_is_a_device_error_beside_the_lost_ones_class(status: Any) -> None:
    for _ in range(DEPTH):
        status.add(-222)
    status.read_events()
    status.add(-113)
    assert status.read_events() == 32 | 8


@given(st.lists(st.none() | st.integers(101, 130)))
def test_the_queue_behaves_as_a_list_of_sixteen(steps: list[int | None]) -> None:
    """None takes an error out, a number puts it in."""
    status = pure("pen.status").Status()
    model: list[int] = []
    for step in steps:
        if step is None:
            taken = model.pop(0) if model else 0
            assert int(status.next().split(",")[0]) == taken
            continue
        status.add(step)
        if len(model) < DEPTH:
            model.append(step)
        else:
            model[-1] = -350
        assert status.count == len(model) <= DEPTH


def test_the_status_byte_sums_up(status: Any) -> None:
    assert status.byte() == 0
    status.add(-113)
    assert status.byte() == 4
    assert status.byte(fault=True) == 4 | 8
    status.message_available = True
    assert status.byte() == 4 | 16
    status.ese = 32
    assert status.byte() == 4 | 16 | 32
    status.sre = 16
    assert status.byte() == 4 | 16 | 32 | 64
    status.sre = 8
    assert status.byte() == 4 | 16 | 32, "no enabled bit is set"


def test_reading_events_takes_back_the_event_summary(status: Any) -> None:
    status.ese = 1
    status.complete()
    assert status.byte() == 32
    assert status.read_events() == 1
    assert status.byte() == 0


def test_clearing_forgets_errors_and_events_and_keeps_the_masks(status: Any) -> None:
    status.ese, status.sre = 1, 2
    status.add(-113)
    status.clear()
    assert (status.count, status.read_events(), status.ese, status.sre) == (0, 0, 1, 2)

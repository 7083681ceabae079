"""Long answers: whole in the end, however they were interrupted, and never much at once."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pen_sim.loader import pure

HOLD = pure("pen.engine").HOLD
Gradual = pure("pen.gradual").Gradual


@given(st.integers(0, 50), st.integers(1, 10))
def test_all_items_in_order_a_few_at_a_time(count: int, at_once: int) -> None:
    gradual = Gradual()
    calls: list[int] = []

    def make(item: int) -> str:
        calls.append(item)
        return str(item)

    def ask() -> Any:
        before = len(calls)
        answer = gradual.answer("numbers", list(range(count)), make, ",".join, at_once)
        assert len(calls) - before <= at_once
        return answer

    turns = 1
    while (answer := ask()) is HOLD:
        turns += 1
    assert answer == ",".join(str(item) for item in range(count))
    assert turns == max(1, -(-count // at_once))


def test_two_under_way_do_not_mix() -> None:
    gradual = Gradual()
    assert gradual.answer("a", "abcd", str, "".join, 3) is HOLD
    assert gradual.answer("b", "wxyz", str, "".join, 3) is HOLD
    assert gradual.answer("a", "abcd", str, "".join, 3) == "abcd"
    assert gradual.answer("b", "wxyz", str, "".join, 3) == "wxyz"

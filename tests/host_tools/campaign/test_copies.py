"""Work in copies of this process, one result after the other: what breaks off says so, and nobody is left behind."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from pen_tools.benching.forks import each_copy


def _square(number: int) -> int:
    return number * number


def _break(number: int) -> int:
    raise IndexError(number)


def _for_ever() -> int:
    while True:
        time.sleep(1)


def test_each_result_comes_with_its_number_and_a_broken_one_with_its_traceback() -> None:
    jobs: list[Callable[[], int]] = [partial(_square, 3), partial(_break, 7), partial(_square, 5)]
    found = {number: (ok, value) for number, ok, value in each_copy(jobs, 2)}
    assert found[0] == (True, 9)
    assert found[2] == (True, 25)
    assert not found[1][0]
    assert "IndexError: 7" in found[1][1]


def test_a_copy_that_dies_is_told_and_the_others_go_on() -> None:
    found = {number: ok for number, ok, _ in each_copy([partial(os._exit, 3), partial(_square, 2)], 1)}
    assert found == {0: False, 1: True}


@pytest.mark.parametrize("most", [1, 3])
def test_no_more_at_a_time_than_asked_for(most: int) -> None:
    begun: list[int] = []

    def jobs() -> Iterator[Callable[[], int]]:
        for number in range(6):
            begun.append(number)
            yield partial(_square, number)

    for count, _ in enumerate(each_copy(jobs(), most), 1):
        assert len(begun) <= count + most


def test_whoever_takes_no_more_leaves_no_process_behind() -> None:
    copies = each_copy([partial(_square, 1), _for_ever, _for_ever], 3)
    assert next(copies)[0] == 0
    copies.close()
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)

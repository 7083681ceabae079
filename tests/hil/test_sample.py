"""The sample of a test's cases: how many, spread how, and none of a kind forgotten."""

from collections import Counter

import pytest

from hil_tests import sample

pytest_plugins = ["pytester"]

SUITE = """
import pytest

{marker}
@pytest.mark.parametrize("fault", range(9))
@pytest.mark.parametrize("place", range(10))
def test_it(fault, place): pass
"""


def kept(pytester: pytest.Pytester, marker: str = "") -> list[tuple[int, int]]:
    """(place, fault) of the cases that are in the sample."""
    pytester.makeini("[pytest]\nmarkers = sample: how many, see hil_tests.plugin\n")
    items = pytester.getitems(SUITE.format(marker=marker))
    out = sample.leave_out(items)
    names = [item.name.partition("[")[2].rstrip("]").split("-") for item in items if item not in out]
    return [(int(place), int(fault)) for place, fault in names]


def test_a_few_of_each_test(pytester: pytest.Pytester) -> None:
    assert len(kept(pytester)) == sample.MOST


@pytest.mark.parametrize(("most", "there"), [(17, 17), (90, 90), (1_000, 90)])
def test_as_many_as_the_marker_says(pytester: pytest.Pytester, most: int, there: int) -> None:
    assert len(kept(pytester, f"@pytest.mark.sample({most})")) == there


@pytest.mark.parametrize("each", [1, 2, 10, 11])
def test_as_many_of_every_fault(pytester: pytest.Pytester, each: int) -> None:
    """Nine is a multiple of three, and cases that are taken evenly from 90 would be of the same few faults."""
    found = kept(pytester, f'@pytest.mark.sample({each}, of="fault")')
    assert Counter(fault for _, fault in found) == dict.fromkeys(range(9), min(each, 10))


def test_faults_differ_in_where_they_are_looked_at(pytester: pytest.Pytester) -> None:
    found = kept(pytester, '@pytest.mark.sample(2, of="fault")')
    assert {place for place, _ in found} == set(range(10))
    assert all(len({place for place, fault in found if fault == each}) == 2 for each in range(9))

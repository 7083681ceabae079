"""What the suite computes with: motion, measurements in words, requirements summed up."""

import math

import pytest

from hil_tests.measure import Row
from hil_tests.motion import back_for_good_s, last_outward_s, tip_at
from hil_tests.report import Outcome, requirements
from hil_tests.report_html import page

OUT_AND_BACK = [(0.0, -300.0), (0.1, 0.0), (0.2, 1_000.0), (0.3, 500.0), (0.4, -300.0)]


def test_the_last_motion_outward() -> None:
    assert last_outward_s(OUT_AND_BACK) == 0.2
    assert last_outward_s(OUT_AND_BACK[2:]) == 0.2, "it only went back"
    assert last_outward_s([(0.0, 100.0), (0.1, 90.0), (0.2, 95.0), (0.3, 92.0)]) == 0.0, "it settled"
    assert last_outward_s([(0.0, 100.0), (0.1, 106.0), (0.2, 112.0)]) == 0.2, "it crept"


def test_where_the_tip_was() -> None:
    assert [tip_at(OUT_AND_BACK, at_s) for at_s in (0.0, 0.15, 0.2, 9.0)] == [-300.0, 0.0, 1_000.0, -300.0]


def test_since_when_it_is_back() -> None:
    assert back_for_good_s(OUT_AND_BACK, -200.0) == 0.4
    assert back_for_good_s(OUT_AND_BACK[:4], -200.0) == math.inf
    assert back_for_good_s([(0.5, -300.0)], -200.0) == 0.5


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.0, 2.0, "0 um to 2 um"),
        (-math.inf, 2.0, "at most 2 um"),
        (0.0, math.inf, "at least 0 um"),
        (-math.inf, math.inf, "any"),
    ],
)
def test_a_range_in_words(low: float, high: float, words: str) -> None:
    row = Row("depth", 1.0, low, high, "um")
    assert row.text() == f"depth: 1 um ({words})"
    assert row.ok


def test_requirements_take_the_worst_that_ran() -> None:
    outcomes = [
        Outcome("a", "passed", requirements=["SR-01", "SR-02"]),
        Outcome("b", "failed", requirements=["SR-02"]),
        Outcome("c", "skipped", requirements=["SR-01", "SR-03"]),
    ]
    assert requirements(outcomes) == {"SR-01": "passed", "SR-02": "failed", "SR-03": "skipped"}


def test_the_page_shows_a_value_in_its_range() -> None:
    rows = [
        Row("depth", 1.5, 1.0, 2.0, "um").data(),
        Row("depth", 9.0, 1.0, 2.0, "um").data(),
        Row("x", 1.0, 1.0, 1.0).data(),
    ]
    test = {"test": "t", "outcome": "failed", "reason": "<why>", "seconds": 1.0, "measurements": rows}
    facts = dict.fromkeys(("target", "board", "serial_number", "firmware", "identity", "seed", "date", "commit"))
    html = page({**facts, "totals": {"failed": 1}, "requirements": {}, "tests": [test]})
    assert "left:calc(50.0% - .1rem)" in html
    assert 'class="failed" style="left:calc(100.0% - .1rem)"' in html
    assert html.count('class="bar"') == 2
    assert "&lt;why&gt;" in html

"""What is measured of a run: by hand from the scan's words, and against the truth of the plant."""

from statistics import fmean
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pen_sim.loader import pure
from tests.firmware.support import BOARD, MASK, NAMES, Pen

measure = pure("pen.measure")
Dose = pure("pen.dose").Dose


@given(st.lists(st.tuples(st.integers(-5_000, 5_000), st.integers(1, 4)), max_size=30))
def test_extremes(series: list[tuple[int, int]]) -> None:
    extremes = measure.Extremes()
    for value, times in series:
        extremes.add(value, times)
    values = [value for value, times in series for _ in range(times)]
    if values:
        assert (extremes.least, extremes.greatest) == (min(values), max(values))
        assert (extremes.count, extremes.mean()) == (len(values), sum(values) // len(values))
    else:
        assert (extremes.least, extremes.greatest, extremes.count, extremes.mean()) == (0, 0, 0, 0)


class Desk:
    """A measure of an image whose words the test sets."""

    def __init__(self) -> None:
        self.image = NAMES.create()
        self.dose = Dose()
        self.measure: Any = measure.Measure(self.image, BOARD, self.dose)

    def put(self, **words: int) -> None:
        for name, value in words.items():
            self.image[getattr(NAMES, name)] = value
        self.measure.poll("CHEEK")


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_nothing_yet(desk: Desk) -> None:
    desk.put()
    found = desk.measure
    assert (found.last_peak_um(), found.strokes(), found.rate_text(), found.current_max_ma()) == (0, 0, "0.000", 0)


@pytest.mark.parametrize("first_us", [1_000, MASK - 50_000])
@pytest.mark.requirement("SR-18")
def test_a_run(desk: Desk, first_us: int) -> None:
    """Four starts 40, 41 and 42 ms apart: three intervals in 123 ms are 24.390 Hz."""
    at_us = first_us
    for count, gap_us in enumerate((0, 40_000, 41_000, 42_000), 1):
        at_us = (at_us + gap_us) & MASK
        desk.put(ST_STARTED=count, ST_START_US=at_us, ST_FIRST_US=first_us, ST_PHASE=NAMES.PHASE_STROKING)
        desk.put(ST_STROKES=count, ST_LAST_PEAK_UM=990 + 10 * count, IN_CURRENT_RAW=4_964)
    found = desk.measure
    assert found.rate_text() == "24.390"
    assert (found.strokes(), found.last_peak_um()) == (4, 1_030)
    assert (found.depth_um.least, found.depth_um.mean(), found.depth_um.greatest) == (1_000, 1_015, 1_030)
    assert desk.dose.rows() == [("CHEEK", 4, 1_015)]
    assert found.current_ma.greatest == 500, "4964 counts are 1000 mV, at 500 mA a volt"


def test_a_missed_turn_loses_no_stroke(desk: Desk) -> None:
    desk.put(ST_STARTED=1, ST_START_US=1_000, ST_FIRST_US=1_000)
    desk.put(ST_STARTED=4, ST_START_US=121_000, ST_STROKES=3, ST_LAST_PEAK_UM=1_000)
    assert desk.measure.rate_text() == "25.000"
    assert desk.measure.strokes() == 3


def test_the_count_of_strokes_may_wrap(desk: Desk) -> None:
    desk.image[NAMES.ST_STROKES] = MASK
    desk.measure._strokes = MASK
    desk.put(ST_STROKES=1, ST_LAST_PEAK_UM=1_000)
    assert desk.measure.strokes() == 2


@pytest.mark.parametrize("strokes", [1, 2, 5])
@pytest.mark.requirement("SR-18")
def test_another_run_begins_anew_although_nobody_saw_it_at_nought(desk: Desk, strokes: int) -> None:
    """Between two turns the scan has ended one run and made the first step of the next."""
    for count in range(1, strokes + 1):
        desk.put(ST_STARTED=count, ST_START_US=40_000 * count, ST_FIRST_US=40_000, ST_STROKES=count)
    desk.put(ST_STARTED=1, ST_START_US=900_000, ST_FIRST_US=900_000)
    assert (desk.measure.strokes(), desk.measure.rate_text()) == (0, "0.000")
    desk.put(ST_STARTED=2, ST_START_US=950_000, ST_STROKES=strokes + 1)
    assert (desk.measure.strokes(), desk.measure.rate_text()) == (1, "20.000")
    assert desk.dose.rows()[0][1] == strokes + 1


def test_present_values(desk: Desk) -> None:
    """Counts of 3300 mV in 16380: 9927 are 1999 mV, 11.994 V; 3505 are 706.1 mV, 26.9 degrees."""
    desk.put(IN_CURRENT_RAW=2_482, IN_SUPPLY_RAW=9_927, IN_TEMPERATURE_RAW=3_505, ST_CURRENT_PEAK_RAW=4_964)
    found = desk.measure
    assert (found.current_now_ma(), found.current_max_ma()) == (250, 500)
    assert found.supply_mv() == 11_994
    assert abs(found.temperature_dc() - 269) <= 1


# --- on the whole pen


@pytest.mark.requirement("SR-18")
def test_a_run_against_the_truth() -> None:
    """Peaks within 5 um of the plant's, the rate within 0.1 %, every stroke counted."""
    pen = Pen(exact=True).arm()
    pen.say("RUN 1;:RATE 20", 1.2)
    truth = pen.plant.truth
    peaks = [stroke.peak_um for stroke in truth]
    assert int(pen.say("STAT?").split(",")[2]) == len(truth)
    for which, value in (("MIN", min(peaks)), ("MEAN", fmean(peaks)), ("MAX", max(peaks)), ("LAST", peaks[-1])):
        assert abs(float(pen.say(f"MEAS:DEPT? {which}")) * 1_000 - value) < 5
    rate_hz = (len(truth) - 1) * 1e9 / (truth[-1].peak_ns - truth[0].peak_ns)
    assert float(pen.say("MEAS:RATE?")) == pytest.approx(rate_hz, rel=1e-3)
    assert pen.say("DOSE?").startswith(f"CHEEK,{len(truth)},")


@pytest.mark.requirement("SR-18")
def test_two_runs_of_one_stroke() -> None:
    pen = Pen(exact=True).arm()
    pen.say("RATE 5;:RUN 0.1", 0.5)
    pen.say("RUN 0.1", 0.5)
    assert pen.say("STAT?").split(",")[2] == "1"
    assert pen.say("MEAS:RATE?") == "0.000"
    assert pen.say("DOSE?").split(",")[1] == "2"


@pytest.mark.requirement("SR-18")
def test_a_stroke_is_put_down_to_the_zone_that_got_it() -> None:
    """*RST in the middle of a stroke: the rest of it belongs to no other zone and to no nameless one."""
    pen = Pen(exact=True).arm()
    pen.say("RUN 1", 0.1)
    pen.say("STOP", 0.1)
    count = int(pen.say("DOSE?").split(",")[1])
    pen.say("ZONE NOSE;:RUN 0.1", 0.3)
    cheek, strokes, _, nose, *_ = pen.say("DOSE?").split(",")
    assert (cheek, int(strokes), nose) == ("CHEEK", count, "NOSE")
    pen.say("RUN 5", 0.01)
    pen.say("*RST", 0.1)
    zones = pen.say("DOSE?").split(",")[::3]
    assert zones in (["NONE"], ["NOSE"])

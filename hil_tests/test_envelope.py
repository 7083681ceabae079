"""Depth times rate: what the drive cannot do is refused with the number that would work, and that number does work."""

import re

import pytest

from hil_tests.limits import RATE_PART
from hil_tests.measure import Measure
from hil_tests.pen import Pen
from hil_tests.zones import BY_NAME, TREATED, Zone, name_of

CONFLICT, OUT_OF_RANGE = -221, -222

pytestmark = pytest.mark.requirement("SR-16")


def _slow(pen: Pen, zone: str, depth_mm: float) -> None:
    pen.command(f"ZONE {zone}")
    pen.prepare(zone, depth_mm, pen.number("RATE? MIN"))


def _number_that_works(pen: Pen, text: str) -> float:
    refused = pen.refusal(text)
    assert refused.code == CONFLICT
    found = re.search(r"at most ([\d.]+) Hz", refused.detail)
    assert found, refused.detail
    return float(found[1])


@pytest.mark.parametrize("zone", TREATED, ids=name_of)
@pytest.mark.parametrize("where", ["default", "cap"])
def test_a_rate_beyond_the_drive(pen: Pen, measure: Measure, zone: Zone, where: str) -> None:
    """The number in the refusal runs."""
    depth_mm = zone.depth_mm if where == "default" else zone.cap_mm
    _slow(pen, zone.name, depth_mm)
    most_hz = _number_that_works(pen, f"RATE {zone.rate_max_hz:.1f}")
    assert pen.number("RATE?") == pen.number("RATE? MIN")
    assert most_hz == pen.number("RATE? MAX") == pen.number(f"DRIV:RATE? {depth_mm:.2f}")
    pen.arm(zone.name, depth_mm, most_hz)
    pen.run(0.3)
    measure("rate", pen.number("MEAS:RATE?"), most_hz * (1 - RATE_PART), most_hz * (1 + RATE_PART), "Hz")


@pytest.mark.parametrize("depth_mm", [0.5, 0.51, 0.77, 1.0, 1.49, 1.5, 2.0])
def test_one_step_beyond_the_greatest_rate(pen: Pen, depth_mm: float) -> None:
    _slow(pen, "BODY", depth_mm)
    most_hz = pen.number("RATE? MAX")
    pen.command(f"RATE {most_hz:.1f}")
    assert _number_that_works(pen, f"RATE {most_hz + 0.1:.1f}") == most_hz
    assert pen.number("RATE?") == most_hz


@pytest.mark.parametrize("rate_hz", [1.0, 14.0, 19.9, 20.0, 27.1, 33.3, 40.9])
def test_one_step_beyond_the_greatest_depth(pen: Pen, rate_hz: float) -> None:
    """The refusal of a depth names a rate; with that rate the depth is taken."""
    zone = BY_NAME["BODY"]
    _slow(pen, zone.name, 0.5)
    pen.command(f"RATE {rate_hz:.1f}")
    most_mm = pen.number("DEPT? MAX")
    pen.command(f"DEPT {most_mm:.2f}")
    beyond_mm = most_mm + 0.01
    if most_mm == zone.cap_mm:
        assert pen.refusal(f"DEPT {beyond_mm:.2f}").code == OUT_OF_RANGE
    else:
        works_hz = _number_that_works(pen, f"DEPT {beyond_mm:.2f}")
        pen.command(f"RATE {works_hz:.1f};DEPT {beyond_mm:.2f}")
    assert pen.number("DEPT? MIN") == 0.5


def test_the_table_of_section_4(pen: Pen, measure: Measure) -> None:
    """About 41 Hz at 0.5 mm, 27 Hz at 1.0 mm, 11 Hz at 3.0 mm [design] section 3."""
    for depth_mm, about_hz in ((0.5, 41.0), (1.0, 27.0), (3.0, 11.0)):
        rate_hz = pen.number(f"DRIV:RATE? {depth_mm}")
        measure(f"greatest rate at {depth_mm} mm", rate_hz, about_hz - 1.0, about_hz + 1.0, "Hz")

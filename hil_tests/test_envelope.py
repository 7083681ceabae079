"""Depth times rate: what the drive cannot do is refused with the number that would work, and that number does work."""

import re
from types import ModuleType

import pytest

from hil_tests.limits import RATE_PART
from hil_tests.measure import Measure
from hil_tests.pen import Pen
from hil_tests.zones import BY_NAME, TREATED, Zone, name_of
from pen_sim.faults import SOLENOID

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
    """The number in the refusal runs. A drive that can do all that the zone allows runs at that."""
    depth_mm = zone.depth_mm if where == "default" else zone.cap_mm
    _slow(pen, zone.name, depth_mm)
    most_hz = pen.number("RATE? MAX")
    assert most_hz == min(pen.number(f"DRIV:RATE? {depth_mm:.2f}"), zone.rate_max_hz)
    if most_hz < zone.rate_max_hz:
        assert _number_that_works(pen, f"RATE {zone.rate_max_hz:.1f}") == most_hz
    assert pen.number("RATE?") == pen.number("RATE? MIN")
    pen.arm(zone.name, depth_mm, most_hz)
    pen.run(0.3)
    measure("rate", pen.number("MEAS:RATE?"), most_hz * (1 - RATE_PART), most_hz * (1 + RATE_PART), "Hz")


@pytest.mark.parametrize("depth_mm", [0.5, 0.51, 0.77, 1.0, 1.49, 1.5, 2.0])
def test_one_step_beyond_the_greatest_rate(pen: Pen, depth_mm: float) -> None:
    _slow(pen, "BODY", depth_mm)
    most_hz = pen.number("RATE? MAX")
    pen.command(f"RATE {most_hz:.1f}")
    if most_hz == BY_NAME["BODY"].rate_max_hz:
        assert pen.refusal(f"RATE {most_hz + 0.1:.1f}").code == OUT_OF_RANGE
    else:
        assert _number_that_works(pen, f"RATE {most_hz + 0.1:.1f}") == most_hz
    assert pen.number("RATE?") == most_hz


@pytest.mark.parametrize("rate_hz", [1.0, 14.0, 19.9, 20.0, 27.1, 33.3, 40.9])
def test_one_step_beyond_the_greatest_depth(pen: Pen, rate_hz: float) -> None:
    """The refusal of a depth names a rate; with that rate the depth is taken."""
    _slow(pen, "BODY", 0.5)
    _check_greatest_depth(pen, rate_hz)


@pytest.mark.parametrize("part", [0.75, 0.9, 0.99])
def test_the_greatest_depth_at_a_fast_rate(pen: Pen, part: float) -> None:
    """The same, for a drive that does every depth at all of those rates: at parts of its greatest."""
    _slow(pen, "BODY", 0.5)
    _check_greatest_depth(pen, round(part * pen.number("RATE? MAX"), 1))


def _check_greatest_depth(pen: Pen, rate_hz: float) -> None:
    zone = BY_NAME["BODY"]
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


def test_the_table_of_section_3(pen: Pen, measure: Measure, board: ModuleType) -> None:
    """About 41 Hz at 0.5 mm, 27 Hz at 1.0 mm, 11 Hz at 3.0 mm by a stepper [design]; by a coil as its board's times add up."""
    for depth_mm, about_hz in ((0.5, 41.0), (1.0, 27.0), (3.0, 11.0)):
        low_hz, high_hz = about_hz - 1.0, about_hz + 1.0
        if board.DRIVE == SOLENOID:
            low_hz, high_hz = _by_coil_hz(board, depth_mm, "WEAK"), _by_coil_hz(board, depth_mm, "STRONG")
        measure(f"greatest rate at {depth_mm} mm", pen.number(f"DRIV:RATE? {depth_mm}"), low_hz, high_hz, "Hz")


def _by_coil_hz(board: ModuleType, depth_mm: float, coil: str) -> float:
    way_mm = depth_mm + board.CLEARANCE_UM / 1e3
    out_us = getattr(board, f"PULL_IN_{coil}_US") + getattr(board, f"PULL_IN_{coil}_US_PER_MM") * way_mm + board.HOLD_US
    back_us = board.RETURN_US + board.RETURN_US_PER_MM * way_mm + board.REST_MIN_US
    return 1e6 / (out_us + back_us)

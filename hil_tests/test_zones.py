"""Every zone, at its default and at its cap: the strokes are as deep and as fast as the console says."""

from math import inf

import pytest

from hil_tests.limits import DEPTH_UM, RATE_PART
from hil_tests.measure import Measure
from hil_tests.pen import Pen
from hil_tests.rig import Rig
from hil_tests.zones import TREATED, Zone, name_of

_BEGUN_S = 0.001  # from the lease's beginning to the first stroke's: some scans, and the wait before it
_RUN_S = 0.4  # eight strokes at the least; a rate's error is seen from two

pytestmark = [
    pytest.mark.requirement("SR-01"),
    pytest.mark.requirement("SR-16"),
    pytest.mark.parametrize("where", ["default", "cap"]),
    pytest.mark.parametrize("zone", TREATED, ids=name_of),
]


def _arm(pen: Pen, zone: Zone, where: str) -> tuple[float, float]:
    """Ready at the zone's default or its cap, there as fast as the drive can; returns the set depth in um, and the rate."""
    if where == "default":
        pen.command(f"ZONE {zone.name}")
        pen.command("ARM")
        pen.wait_for("READY")
    else:
        pen.prepare(zone.name, zone.cap_mm, pen_rate_min(pen, zone))
        pen.arm(zone.name, zone.cap_mm, pen.number("RATE? MAX"))
    return pen.number("DEPT?") * 1e3, pen.number("RATE?")


def pen_rate_min(pen: Pen, zone: Zone) -> float:
    """The lowest rate of a zone."""
    pen.command(f"ZONE {zone.name}")
    return pen.number("RATE? MIN")


def test_settings(pen: Pen, zone: Zone, where: str) -> None:
    """The default is the table's, the rate lowered to what the drive can do; the cap can be set."""
    depth_um, rate_hz = _arm(pen, zone, where)
    assert depth_um == pytest.approx(1e3 * (zone.depth_mm if where == "default" else zone.cap_mm))
    most_hz = pen.number(f"DRIV:RATE? {depth_um / 1e3:.2f}")
    assert rate_hz == min(zone.rate_hz if where == "default" else zone.rate_max_hz, most_hz)


def test_measured(pen: Pen, measure: Measure, zone: Zone, where: str) -> None:
    depth_um, rate_hz = _arm(pen, zone, where)
    strokes = pen.run(_RUN_S).strokes
    measure("strokes", strokes, (_RUN_S - _BEGUN_S) * rate_hz, _RUN_S * rate_hz + 1)
    for which in ("MIN", "MEAN", "MAX"):
        value_um = pen.number(f"MEAS:DEPT? {which}") * 1e3
        measure(f"depth measured, {which}", value_um, depth_um - DEPTH_UM, depth_um + DEPTH_UM, "um")
    value_hz = pen.number("MEAS:RATE?")
    measure("rate measured", value_hz, rate_hz * (1 - RATE_PART), rate_hz * (1 + RATE_PART), "Hz")


@pytest.mark.needs("rig.truth")
def test_true(pen: Pen, rig: Rig, measure: Measure, zone: Zone, where: str) -> None:
    depth_um, rate_hz = _arm(pen, zone, where)
    rig.mark()
    state = pen.run(_RUN_S)
    truth = rig.truth()
    assert truth.strokes == state.strokes
    measure("depth, shallowest stroke", truth.depth_min_um, depth_um - DEPTH_UM, depth_um + DEPTH_UM, "um")
    measure("depth, deepest stroke", truth.depth_max_um, depth_um - DEPTH_UM, depth_um + DEPTH_UM, "um")
    measure("rate", truth.rate_hz, rate_hz * (1 - RATE_PART), rate_hz * (1 + RATE_PART), "Hz")
    off_um = pen.number("MEAS:DEPT? MEAN") * 1e3 - truth.depth_mean_um
    measure("depth measured less true", off_um, -DEPTH_UM, DEPTH_UM, "um")
    off_part = pen.number("MEAS:RATE?") / truth.rate_hz - 1
    measure("rate measured less true", off_part * 100, -RATE_PART * 100, RATE_PART * 100, "%")
    measure("penetration", truth.penetration_max_um, -inf, truth.depth_max_um, "um")

"""Longer runs. The simulator starts three seconds before the pen's microseconds wrap, so each of these crosses it."""

import pytest

from hil_tests.limits import DEPTH_UM, RATE_PART
from hil_tests.measure import Measure
from hil_tests.pen import Pen
from hil_tests.rig import Rig


@pytest.mark.slow
@pytest.mark.requirement("SR-18")
def test_ten_seconds(pen: Pen, measure: Measure) -> None:
    pen.arm("CHEEK", 1.0, 20.0)
    state = pen.run(10.0)
    assert (state.fault, state.strokes) == (0, 200)
    measure("rate measured", pen.number("MEAS:RATE?"), 20.0 * (1 - RATE_PART), 20.0 * (1 + RATE_PART), "Hz")
    for which in ("MIN", "MAX"):
        depth_um = pen.number(f"MEAS:DEPT? {which}") * 1e3
        measure(f"depth measured, {which}", depth_um, 1_000.0 - DEPTH_UM, 1_000.0 + DEPTH_UM, "um")


@pytest.mark.needs("rig.truth")
@pytest.mark.requirement("SR-16")
@pytest.mark.parametrize("rate_hz", [20.0, 27.1])
def test_ten_true_seconds(pen: Pen, rig: Rig, measure: Measure, rate_hz: float) -> None:
    pen.arm("CHEEK", 1.0, rate_hz)
    rig.mark()
    pen.run(10.0)
    truth = rig.truth()
    measure("strokes", truth.strokes, rate_hz * 10, rate_hz * 10)
    measure("rate", truth.rate_hz, rate_hz * (1 - RATE_PART), rate_hz * (1 + RATE_PART), "Hz")
    measure("shallowest stroke", truth.depth_min_um, 1_000.0 - DEPTH_UM, 1_000.0 + DEPTH_UM, "um")
    measure("deepest stroke", truth.depth_max_um, 1_000.0 - DEPTH_UM, 1_000.0 + DEPTH_UM, "um")


@pytest.mark.needs("rig.faults", "virtual_time")
@pytest.mark.parametrize("wrap_s", [2.999, 3.0, 3.001])
def test_a_fault_at_the_wrap(pen: Pen, rig: Rig, wrap_s: float) -> None:
    """Ages are compared across it: neither too early nor never."""
    pen.arm("CHEEK", 1.5, 10.0)
    pen.command("RUN 10")
    pen.run_for(wrap_s - 0.02 - pen.now())
    rig.inject("foreground_hang")
    pen.run_for(0.04)
    assert rig.powered()
    pen.run_for(0.02)
    assert not rig.powered()


def _script(pen: Pen, rig: Rig) -> str:
    pen.arm("CHEEK", 1.0, 20.0)
    pen.run(0.3)
    pen.command("RUN 1")
    rig.inject("stall")
    pen.run_for(0.3)
    pen.fault()
    return rig.trace_hash()


@pytest.mark.needs("rig.power", "rig.faults", "rig.edges", "virtual_time")
def test_one_seed_one_hash(pen: Pen, rig: Rig) -> None:
    first = _script(pen, rig)
    rig.power_cycle()
    assert _script(pen, rig) == first

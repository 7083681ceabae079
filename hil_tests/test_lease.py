"""RUN: strokes for so long and no longer, by the pen's own clock."""

from math import ceil

import pytest

from hil_tests.limits import AT_HOME_UM, LEASE_MOST_S
from hil_tests.measure import Measure
from hil_tests.pen import Pen
from hil_tests.rig import Rig

CONFLICT, OUT_OF_RANGE = -221, -222

pytestmark = pytest.mark.requirement("SR-11")


@pytest.mark.requirement("SR-18")
@pytest.mark.parametrize(("rate_hz", "seconds"), [(20.0, 2.0), (20.0, 0.1), (13.7, 1.0), (1.0, 1.0), (27.1, 0.75)])
def test_a_run_is_exactly_its_strokes(pen: Pen, rate_hz: float, seconds: float) -> None:
    """A stroke that begins within the lease is finished, none begins after it; all counts agree."""
    pen.arm("CHEEK", 1.0, rate_hz)
    strokes = pen.run(seconds).strokes
    assert strokes == ceil(rate_hz * seconds)
    zone, counted, depth_mm = pen.query("DOSE?").split(",")
    assert (zone, int(counted)) == ("CHEEK", strokes)
    assert float(depth_mm) == pytest.approx(1.0, abs=0.03)


@pytest.mark.requirement("SR-18")
@pytest.mark.parametrize("pause_us", range(0, 1_400, 200))
def test_a_run_after_one_of_a_single_stroke(pen: Pen, pause_us: int) -> None:
    """Each run counts its own strokes, wherever in the turn of the pen's main loop it begins."""
    pen.arm("CHEEK", 1.0, 10.0)
    assert pen.run(0.1).strokes == 1
    pen.run_for(pause_us / 1e6)
    assert pen.run(0.1).strokes == 1
    pen.run_for(pause_us / 1e6)
    assert pen.run(0.3).strokes == 3


@pytest.mark.requirement("SR-18")
def test_doses_add_up_by_zone(pen: Pen) -> None:
    pen.arm("CHEEK", 1.0, 20.0)
    pen.run(0.5)
    pen.run(0.25)
    pen.prepare("NOSE", 0.5, 20.0)
    pen.run(0.5)
    fields = pen.query("DOSE?").split(",")
    assert (fields[0], fields[1], fields[3], fields[4]) == ("CHEEK", "15", "NOSE", "10")


@pytest.mark.needs("rig.truth", "rig.edges")
def test_the_end_of_a_lease(pen: Pen, rig: Rig, measure: Measure) -> None:
    """By itself; the last stroke is whole, and the drive holds the tip retracted."""
    pen.arm("CHEEK", 1.0, 20.0)
    rig.mark()
    began_s = pen.now()
    pen.command("RUN 0.5")
    pen.run_for(1.0)
    strokes = rig.strokes()
    assert len(strokes) == 10
    measure("start of the last stroke", strokes[-1].start_ns / 1e9 - began_s, 0.45, 0.5, "s")
    measure("its depth", strokes[-1].peak_um, 970.0, 1030.0, "um")
    measure("tip from retracted", rig.tip_um() + 300.0, -AT_HOME_UM, AT_HOME_UM, "um")
    assert pen.state().name == "READY"
    assert rig.powered()


@pytest.mark.needs("virtual_time")
def test_another_run_renews(pen: Pen) -> None:
    """One second again from now, not one more on top."""
    pen.arm("CHEEK", 1.0, 20.0)
    pen.command("RUN 1")
    pen.run_for(0.52)
    pen.command("RUN 1")
    assert pen.state().lease_s <= 1.0
    pen.run_for(2.0)
    state = pen.state()
    assert (state.name, state.strokes) == ("READY", 31)  # ceil(1.52 s times 20 Hz)


def test_a_shorter_run_shortens(pen: Pen) -> None:
    pen.arm("CHEEK", 1.0, 20.0)
    pen.command("RUN 60")
    pen.run_for(0.1)
    pen.command("RUN 0.1")
    assert pen.wait_for("READY", timeout_s=0.5).strokes <= 10


def test_no_lease_is_longer_than_a_minute(pen: Pen, measure: Measure) -> None:
    pen.arm("CHEEK", 1.0, 20.0)
    for seconds in (60.0, 60.0, 59.0):
        pen.command(f"RUN {seconds}")
        measure("lease", pen.state().lease_s, 0.0, LEASE_MOST_S, "s")
    for text in ("RUN 60.001", "RUN 61", "RUN 1E9", "RUN 0.099", "RUN 0", "RUN -1"):
        assert pen.refusal(text).code == OUT_OF_RANGE
    assert pen.state().lease_s <= 59.0
    pen.stop()
    pen.wait_for("IDLE")


@pytest.mark.requirement("SR-10")
def test_run_needs_a_ready_pen(pen: Pen) -> None:
    pen.prepare("CHEEK", 1.0, 20.0)
    before = pen.state().strokes  # of the last run, whenever that was
    assert pen.refusal("RUN 1").code == CONFLICT
    pen.command("ARM")
    assert pen.refusal("RUN 1").code == CONFLICT
    assert pen.wait_for("READY").strokes == before
    pen.run_for(0.2)
    state = pen.state()
    assert (state.name, state.strokes) == ("READY", before), "a refused RUN must not wait for the pen to be ready"


@pytest.mark.requirement("SR-10")
def test_disarm(pen: Pen) -> None:
    pen.arm("CHEEK", 1.0, 20.0)
    pen.command("RUN 5")
    pen.run_for(0.12)
    pen.command("DIS")
    pen.wait_for("IDLE", timeout_s=1.0)
    assert pen.refusal("RUN 1").code == CONFLICT

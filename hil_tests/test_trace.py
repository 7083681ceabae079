"""TRAC?: what the scan saw, kept around a fault, whole and undamaged."""

from types import ModuleType

import pytest

from hil_tests import trace
from hil_tests.limits import DEPTH_UM, TRACE_AFTER_S, TRACE_BEFORE_S, TRACE_HZ
from hil_tests.measure import Measure
from hil_tests.pen import Pen
from hil_tests.rig import Rig
from pen_sim.faults import SOLENOID
from pen_tools.trace import PHASE_HOMING, Row, Trace

_ESTOP = 118
_MOST_HZ = 10_000.0  # the scan's own rate


def _trace(pen: Pen) -> Trace:
    """The block's CRC is checked by the client, and taken off."""
    return trace.decode(pen.block("TRAC?"))


def _split(rows: list[Row]) -> tuple[list[Row], list[Row]]:
    """Rows before the fault, and from the one that first shows it."""
    first = next(k for k, row in enumerate(rows) if row.fault)
    return rows[:first], rows[first:]


def test_a_running_trace(pen: Pen, measure: Measure) -> None:
    """On every target: read in mid-run, it goes on, and shows the strokes."""
    pen.arm("CHEEK", 1.0, 20.0)
    pen.command("RUN 2")
    pen.run_for(0.6)
    found = _trace(pen)
    assert not found.frozen
    rows = found.rows[1:]  # the scan may write the oldest while it is read
    measure("rows a second", trace.slowest_hz(rows), TRACE_HZ, _MOST_HZ, "Hz")
    deepest_um = max(row.measured_um for row in rows)
    measure("deepest point", deepest_um, 1_000.0 - DEPTH_UM, 1_000.0 + DEPTH_UM, "um")
    assert all(trace.enabled(row) and not row.fault for row in rows)
    assert pen.state().name == "RUNNING"
    pen.stop()


@pytest.mark.needs("rig.faults", "rig.truth", "virtual_time")
@pytest.mark.parametrize("name", ["estop", "stall", "cartridge_out", "foreground_hang", "generator_hang", "scan_long"])
def test_it_freezes_around_a_fault(pen: Pen, rig: Rig, measure: Measure, name: str) -> None:
    pen.arm("CHEEK", 1.5, 10.0)
    pen.command("RUN 10")
    pen.run_for(0.3)
    rig.run_to("peak", 1_500.0)
    rig.inject(name)
    pen.run_for(0.5)
    rig.repair(name)
    pen.run_for(0.02)
    found = _trace(pen)
    assert found.frozen
    before, after = _split(found.rows)
    measure("kept before the fault", (after[0].t_us - before[0].t_us) / 1e6, TRACE_BEFORE_S, 1.0, "s")
    measure("kept after the fault", (after[-1].t_us - after[0].t_us) / 1e6, TRACE_AFTER_S, 1.0, "s")
    measure("rows a second", trace.slowest_hz(found.rows), TRACE_HZ, _MOST_HZ, "Hz")
    assert {row.fault for row in after} == {pen.fault().code}


@pytest.mark.needs("rig.switches", "rig.truth", "virtual_time")
def test_it_stays_until_the_fault_is_cleared(pen: Pen, rig: Rig) -> None:
    pen.arm("CHEEK", 1.5, 10.0)
    pen.command("RUN 10")
    pen.run_for(0.3)
    rig.run_to("out", 1_500.0)
    rig.estop(True)
    pen.run_for(0.5)
    first, second = _trace(pen), _trace(pen)
    assert first.rows == second.rows
    before, after = _split(first.rows)
    assert trace.enabled(before[-1])
    assert after[0].fault == _ESTOP
    assert not trace.enabled(after[0]), "a cut takes the enable in the very scan that latches"
    rig.estop(False)
    pen.run_for(0.05)
    pen.command("FAUL:CLE")
    pen.run_for(0.05)
    assert not _trace(pen).frozen


@pytest.mark.needs("rig.truth")
def test_it_shows_the_true_depth(pen: Pen, rig: Rig, measure: Measure, board: ModuleType) -> None:
    """A tip that is led is where the count is; one that is thrown is between seat and stop, where the count is in turn."""
    pen.arm("BODY", 2.0, 10.0)
    rig.mark()
    pen.run(0.2)
    rows = [row for row in _trace(pen).rows if row.phase > PHASE_HOMING]
    off_um = max(row.measured_um for row in rows) - rig.truth().depth_max_um
    measure("deepest point less true", off_um, -DEPTH_UM, DEPTH_UM, "um")
    if board.DRIVE == SOLENOID:
        seat_um, stop_um = -board.CLEARANCE_UM, max(row.counted_um for row in rows)
        assert {row.counted_um for row in rows} == {seat_um, stop_um}
        apart_um = max(max(seat_um - row.measured_um, row.measured_um - stop_um) for row in rows)
        measure("count and stop apart", stop_um - rig.truth().depth_max_um, -DEPTH_UM, DEPTH_UM, "um")
    else:
        apart_um = max(abs(row.measured_um - row.counted_um) for row in rows)
    measure("count and tip apart", apart_um, 0.0, DEPTH_UM, "um")

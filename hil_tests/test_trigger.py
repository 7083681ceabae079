"""The trigger: strokes while it is held, and only if it was pressed when the pen was ready."""

import pytest

from hil_tests.measure import Measure
from hil_tests.pen import Pen
from hil_tests.rig import Rig

CONFLICT = -221
_TRIGGER_STUCK = 117

pytestmark = [pytest.mark.requirement("SR-10"), pytest.mark.needs("rig.switches", "rig.truth", "virtual_time")]


def test_strokes_while_held(pen: Pen, rig: Rig, measure: Measure) -> None:
    """5 ms of closed contact are a press; the first stroke crosses the face 5 ms later."""
    pen.arm("CHEEK", 1.0, 20.0)
    rig.mark()
    pressed_s = pen.now()
    rig.trigger(True)
    pen.run_for(0.5)
    assert pen.state().name == "RUNNING"
    pen.run_for(pressed_s + 1.0 - pen.now())
    rig.trigger(False)
    pen.run_for(0.2)
    truth = rig.truth()
    measure("first stroke after the press", (rig.strokes()[0].start_ns / 1e9 - pressed_s) * 1e3, 5.0, 15.0, "ms")
    measure("strokes", truth.strokes, 20, 20)
    measure("rate", truth.rate_hz, 19.98, 20.02, "Hz")
    assert pen.state().name == "READY"


def test_a_bounce_is_no_press(pen: Pen, rig: Rig) -> None:
    pen.arm("CHEEK", 1.0, 20.0)
    for _ in range(10):
        rig.trigger(True)
        pen.run_for(0.003)
        rig.trigger(False)
        pen.run_for(0.002)
    assert rig.truth().strokes == 0
    assert pen.state().name == "READY"


def test_it_starts_again_after_a_release(pen: Pen, rig: Rig) -> None:
    pen.arm("CHEEK", 1.0, 20.0)
    for _ in range(3):
        rig.trigger(True)
        pen.run_for(0.3)
        assert pen.state().name == "RUNNING"
        rig.trigger(False)
        pen.run_for(0.1)
        assert pen.state().name == "READY"


def test_stop_wins_over_a_held_trigger(pen: Pen, rig: Rig) -> None:
    """Until it is released and pressed again."""
    pen.arm("CHEEK", 1.0, 20.0)
    rig.trigger(True)
    pen.run_for(0.3)
    pen.command("STOP")
    pen.run_for(0.5)
    strokes = pen.state().strokes
    pen.run_for(0.5)
    state = pen.state()
    assert (state.name, state.strokes) == ("READY", strokes)


def test_held_while_arming(pen: Pen, rig: Rig) -> None:
    """A fault that is refused to start with: nothing moves, and it stays until the trigger is let go."""
    pen.prepare("CHEEK", 1.0, 20.0)
    rig.trigger(True)
    pen.run_for(0.1)
    pen.send(b"ARM\n")
    pen.run_for(0.1)
    assert [code for code, _ in pen.errors()] == [CONFLICT, _TRIGGER_STUCK]
    assert (pen.state().name, pen.fault().code) == ("FAULT", _TRIGGER_STUCK)
    assert rig.edges("step") == []
    assert not rig.powered()
    assert "trigger" in pen.refusal("FAUL:CLE").detail
    _let_go_and_run(pen, rig)


def test_pressed_while_homing(pen: Pen, rig: Rig) -> None:
    pen.prepare("CHEEK", 1.0, 20.0)
    pen.command("ARM")
    pen.run_for(0.02)
    rig.trigger(True)
    pen.run_for(0.2)
    assert (pen.state().name, pen.fault().code) == ("FAULT", _TRIGGER_STUCK)
    assert [code for code, _ in pen.errors()] == [_TRIGGER_STUCK]
    assert not rig.powered()
    assert rig.max_tip_um() < 0.0
    _let_go_and_run(pen, rig)


def _let_go_and_run(pen: Pen, rig: Rig) -> None:
    rig.trigger(False)
    pen.run_for(0.05)
    pen.command("FAUL:CLE")
    pen.wait_for("IDLE")
    pen.arm("CHEEK", 1.0, 20.0)
    assert pen.run(0.2).strokes == 4

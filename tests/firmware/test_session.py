"""The session on a whole pen: its states, and which orders each of them takes."""

from itertools import pairwise

import pytest

from pen_sim.machine import Machine
from tests.firmware.support import BOARD, MASK, NAMES, Pen

MS = 1_000_000


@pytest.fixture
def pen() -> Pen:
    return Pen(exact=True)


@pytest.fixture
def ready() -> Pen:
    return Pen(exact=True).arm()


def log(pen: Pen) -> list[str]:
    """The events' names."""
    return [row.split(",")[1] for row in pen.say("LOG?").split("\n") if row.count(",") == 2]


# --- states


def test_from_switching_on_to_idle() -> None:
    pen = Pen(exact=True)
    assert log(pen)[:3] == ["BOOT", "SELFTEST", "IDLE"]
    assert pen.state == "IDLE"
    assert pen.machine.hal.gate == 0


def test_before_its_first_turn_it_is_booting() -> None:
    assert Machine(keep=False).state == "BOOT"


def test_arming(pen: Pen) -> None:
    pen.say("ZONE CHEEK")
    pen.say("ARM", 0.03)
    assert pen.state == "HOMING"
    assert pen.machine.hal.period_ns == 100_000
    pen.run_for(0.2)
    assert pen.state == "READY"
    pen.say("RUN 0.5", 0.1)
    assert pen.state == "RUNNING"
    pen.run_for(0.6)
    assert pen.state == "READY"
    pen.say("DIS", 0.05)
    assert pen.state == "IDLE"
    assert pen.machine.hal.period_ns == 1_000_000
    assert pen.machine.hal.gate == 0


def test_a_stroke_is_finished_before_disarming_turns_the_drive_off(ready: Pen) -> None:
    ready.say("RUN 5", 0.012)
    assert ready.plant.tip_um(ready.machine.now_ns) > 0
    ready.say("DIS", 0.06)
    assert ready.state == "IDLE"
    assert ready.plant.tip_um(ready.machine.now_ns) <= -BOARD.CLEARANCE_UM + 2
    assert ready.errors() == []


# --- refusals


@pytest.mark.requirement("SR-01")
def test_no_arming_without_a_zone(pen: Pen) -> None:
    pen.say("ARM")
    assert pen.errors() == ['-221,"Settings conflict;choose a zone first: ZONE CHEEK"']
    assert pen.state == "IDLE"


@pytest.mark.parametrize("line", ["RUN 1", "DIS", "ARM"])
def test_orders_out_of_their_state(pen: Pen, ready: Pen, line: str) -> None:
    which, sentence = {
        "RUN 1": (pen, "arm first with ARM, the pen is IDLE"),
        "DIS": (pen, "not armed, the pen is IDLE"),
        "ARM": (ready, "only an idle pen can be armed, the pen is READY"),
    }[line]
    state = which.state
    which.say(line)
    assert which.errors() == [f'-221,"Settings conflict;{sentence}"']
    assert which.state == state


def test_no_run_while_the_pen_is_being_turned_off(ready: Pen) -> None:
    ready.say("DIS;:RUN 1", 0.1)
    assert [error.split(",")[0] for error in ready.errors()] == ["-221"]
    assert (ready.state, ready.plant.truth) == ("IDLE", [])


def test_between_a_stop_and_the_scan_that_sees_it_the_pen_is_busy_and_takes_no_run(ready: Pen) -> None:
    session = ready.machine.app.session
    session.halt("DIS")
    assert session.busy()
    with pytest.raises(Exception, match="being turned off"):
        session.run(1_000)
    ready.run_for(0.1)
    assert (ready.state, ready.plant.truth, session.busy()) == ("IDLE", [], False)


@pytest.mark.requirement("SR-12")
def test_a_move_that_the_scan_breaks_off_while_the_foreground_looks_is_no_failed_homing(pen: Pen) -> None:
    """The stop byte comes between the foreground's question whether one has come and its look at the move."""
    pen.say("ZONE CHEEK")
    pen.say("ARM", 0.043)
    session = pen.machine.app.session
    look = session.homing.advance

    def advance(now_us: int) -> None:
        pen.machine.hal._stop_bytes = NAMES.SW_STOP
        pen.machine.hal.scan(pen.machine.now_ns)
        pen.machine.hal.scan(pen.machine.now_ns)
        look(now_us)

    session.homing.advance = advance
    session.poll(pen.machine.hal.now_us())
    session.homing.advance = look
    assert (pen.state, session.fault()) == ("HOMING", 0)
    pen.run_for(0.2)
    assert (pen.state, session.fault()) == ("IDLE", 0)


@pytest.mark.requirement("SR-22")
def test_the_self_test_is_repeated_while_the_drive_is_off(pen: Pen) -> None:
    """8 is the supply; armed, the last result is all there is."""
    pen.plant.supply_mv = 9_500.0
    pen.run_for(0.01)
    assert pen.say("*TST?") == "8"
    pen.plant.supply_mv = None
    pen.run_for(0.01)
    assert pen.say("*TST?") == "0"
    pen.arm()
    pen.machine.app.session.tests.result = 16
    assert pen.say("*TST?") == "16"


@pytest.mark.requirement("SR-11")
def test_a_lease_of_more_than_60_s_is_refused(ready: Pen) -> None:
    for line in ("RUN 60.001", "RUN 0.099", "RUN -1", "RUN 0"):
        ready.say(line)
        assert ready.errors()[0].startswith("-222,")
        assert ready.word("OR_LEASE_SEQ") == 0
    ready.say("RUN 60")
    assert ready.state == "RUNNING"


@pytest.mark.parametrize(
    ("knob", "sentence"),
    [
        ({"estop_pressed": True}, "the emergency stop is pressed"),
        ({"driver_fault": True}, "the motor driver reports a fault"),
        ({"cartridge_seated": False}, "no cartridge is seated"),
        ({"supply_mv": 9_500.0}, "the supply voltage is too low"),
        ({"supply_mv": 14_500.0}, "the supply voltage is too high"),
        ({"temperature_dc": 900.0}, "the pen is too hot"),
        ({"current_offset_ma": 2_000.0}, "current flows although the drive is off"),
    ],
)
@pytest.mark.requirement("SR-19")
def test_what_stands_in_the_way_of_arming_is_named(pen: Pen, knob: dict[str, object], sentence: str) -> None:
    pen.say("ZONE CHEEK")
    for name, value in knob.items():
        setattr(pen.plant, name, value)
    pen.run_for(0.01)
    pen.say("ARM")
    assert pen.errors() == [f'-221,"Settings conflict;{sentence}"']
    assert pen.state == "IDLE"


@pytest.mark.requirement("SR-10")
def test_a_trigger_held_while_arming_is_a_fault(pen: Pen) -> None:
    pen.say("ZONE CHEEK")
    pen.plant.trigger_held = True
    pen.run_for(0.1)
    pen.say("ARM")
    assert (pen.state, pen.word("ST_FAULT")) == ("FAULT", 117)
    pen.say("FAUL:CLE")
    assert any("the trigger is held: release the trigger" in error for error in pen.errors())
    pen.plant.trigger_held = False
    pen.run_for(0.02)
    pen.say("FAUL:CLE")
    assert pen.state == "IDLE"
    assert pen.machine.hal.gate == 0


# --- lease


@pytest.mark.parametrize("lease_s", [0.1, 0.333, 1.0])
@pytest.mark.requirement("SR-11")
def test_a_run_ends_by_itself(ready: Pen, lease_s: float) -> None:
    """Starts lie a period of 36.9 ms apart, the first 0.7 ms after the order; none begins after the lease."""
    from_ns = ready.machine.now_ns
    ready.say(f"RUN {lease_s}", lease_s + 0.1)
    assert ready.state == "READY"
    starts = [stroke.start_ns - from_ns for stroke in ready.plant.truth]
    assert len(starts) == pytest.approx(lease_s / 0.0369, abs=1)
    assert max(starts) < lease_s * 1e9 + 6 * MS, "5 ms from the first step to the face"


@pytest.mark.requirement("SR-11")
def test_another_run_renews_the_lease_from_then(ready: Pen) -> None:
    ready.say("RUN 0.2", 0.15)
    ready.say("RUN 0.2", 0.15)
    assert ready.state == "RUNNING"
    assert ready.say("STAT?").startswith("RUNNING,0,")
    ready.run_for(0.2)
    assert ready.state == "READY"
    gaps = [b.start_ns - a.start_ns for a, b in pairwise(ready.plant.truth)]
    assert max(gaps) < 38 * MS, "without a pause"


def test_the_seconds_left_of_a_lease(ready: Pen) -> None:
    assert 0.99 < float(ready.say("RUN 1;:STAT?", 0.1).split(",")[3]) <= 1.0
    assert 0.85 < float(ready.say("STAT?").split(",")[3]) <= 0.9
    ready.say("STOP", 0.1)
    assert ready.say("STAT?").split(",")[3] == "0.000"


@pytest.mark.parametrize("order", ["STOP", "!", "DIS"])
@pytest.mark.requirement("SR-12")
def test_a_stop_in_the_same_turn_as_its_run_wins(ready: Pen, order: str) -> None:
    """However fast a host sends: the last order holds."""
    ready.machine.send(f"RUN 5;:{order}\n".encode() if order != "!" else b"RUN 5\n!\n")
    ready.run_for(0.2)
    assert ready.state == ("READY" if order == "STOP" else "IDLE")
    assert not ready.plant.truth


def test_a_run_in_the_same_turn_as_the_stop_before_it(ready: Pen) -> None:
    ready.say("STOP;:RUN 0.5", 0.1)
    assert ready.state == "RUNNING"


@pytest.mark.requirement("SR-12")
def test_stop_keeps_the_pen_ready_and_returns(ready: Pen) -> None:
    ready.say("RUN 5", 0.012)
    ready.say("STOP", 0.04)
    assert ready.state == "READY"
    assert ready.plant.tip_um(ready.machine.now_ns) <= -BOARD.CLEARANCE_UM + 2


@pytest.mark.requirement("SR-12")
@pytest.mark.parametrize("state", ["READY", "RUNNING", "HOMING"])
def test_a_stop_that_only_the_scan_has_seen_is_obeyed(pen: Pen, ready: Pen, state: str) -> None:
    """Its byte never gets to the foreground. The needles go back at once, and the drive off within 0.2 s."""
    if state == "HOMING":
        ready = pen
        ready.say("ZONE CHEEK")
        ready.say("ARM", 0.03)
    elif state == "RUNNING":
        ready.say("RUN 5", 0.012)
    assert ready.state == state
    ready.machine.hal._stop_bytes = NAMES.SW_STOP
    ready.run_for(0.2)
    assert ready.state == "IDLE"
    assert ready.machine.hal.gate == 0
    assert ready.say("FAUL?").startswith("0,")
    assert log(ready)[-2:] == ["OFF", "IDLE"]


@pytest.mark.requirement("SR-12")
def test_a_stop_that_the_scan_sees_after_the_foreground_stops_nothing_that_comes_later(pen: Pen) -> None:
    """While the drive is off the foreground may be the first to see it."""
    pen.say("!")
    pen.machine.hal._stop_bytes = NAMES.SW_STOP
    pen.run_for(0.002)
    pen.arm()
    assert pen.state == "READY"


@pytest.mark.requirement("SR-12")
def test_a_stop_byte_at_any_moment_turns_round_within_5_ms() -> None:
    """Every 0.5 ms of a stroke: the last outward step is less than 5 ms later, the drive off after the return."""
    for half_ms in range(0, 74, 5):
        pen = Pen(exact=True).arm()
        pen.machine.plant.record = True
        pen.say("RUN 5", 0.05 + half_ms / 2_000)
        from_ns = pen.machine.now_ns
        peak_before = pen.plant.tip_um(from_ns)
        pen.machine.send(b"!")
        pen.run_for(0.005)
        turned_um = pen.plant.tip_um(pen.machine.now_ns)
        pen.run_for(0.001)
        assert pen.plant.tip_um(pen.machine.now_ns) <= turned_um + 1, (half_ms, peak_before)
        pen.run_for(0.04)
        assert (pen.state, pen.machine.hal.gate) == ("IDLE", 0)
        assert pen.plant.max_tip_um < 1_020


# --- before the scan has seen it


@pytest.mark.requirement("SR-11")
def test_a_lease_and_a_stop_are_known_at_once(ready: Pen) -> None:
    session, now_us = ready.machine.app.session, ready.word("IN_NOW_US")
    session.run(1_000)
    assert (session.state(), session.busy()) == ("RUNNING", True)
    left = [session.lease_left_ms((now_us + us) & MASK) for us in (0, 1, 1_000, 999_000, 1_000_000, 9_000_000)]
    assert left == [1_000, 999, 999, 1, 0, 0]
    ready.run_for(0.05)
    ready.say("STOP", 0.1)
    assert (session.state(), session.busy()) == ("READY", False)
    session.stop()
    assert session.busy()


@pytest.mark.requirement("SR-23")
@pytest.mark.parametrize("mode", [-1, NAMES.MODE_OFF, NAMES.MODE_HOME, NAMES.MODE_PROVE, 1 << 20])
def test_nothing_runs_in_another_mode_than_that_of_a_pen_that_is_ready(ready: Pen, mode: int) -> None:
    ready.image[NAMES.OR_MODE] = mode
    with pytest.raises(Exception, match="the pen is being turned off"):
        ready.machine.app.session.run(1_000)
    assert ready.word("OR_LEASE_SEQ") == ready.word("ST_LEASE_SEQ")

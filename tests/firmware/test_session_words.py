"""What the session makes of the image's words, one by one: by tables, without a scan in between; then on a pen that runs."""

from typing import Any

import pytest

from pen_sim.machine import Machine
from tests.firmware.support import NAMES, Pen

OFF, HOME, HOLD, PROVE = NAMES.MODE_OFF, NAMES.MODE_HOME, NAMES.MODE_HOLD, NAMES.MODE_PROVE
GREAT = 1 << 20  # no two numbers as great are one object
FLIPPED = -(1 << 31)


@pytest.fixture
def pen() -> Pen:
    return Pen(exact=True)


def put(pen: Pen, **words: int) -> Any:
    """Sets words of the image; the session."""
    for name, value in words.items():
        pen.image[getattr(NAMES, name)] = value
    return pen.machine.app.session


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ({}, "IDLE"),
        ({"ST_FAULT": 105}, "FAULT"),
        ({"OR_RAISE": 105}, "FAULT"),
        ({"OR_RAISE": FLIPPED}, "FAULT"),
        ({"OR_MODE": PROVE}, "HOMING"),
        ({"OR_MODE": HOME}, "HOMING"),
        ({"OR_MODE": FLIPPED}, "HOMING"),
        ({"ST_PHASE": NAMES.PHASE_HOMING}, "HOMING"),
        ({"ST_PHASE": NAMES.PHASE_HOLD}, "READY"),
        ({"ST_PHASE": NAMES.PHASE_HOLD, "ST_LEASE_SEQ": GREAT, "OR_LEASE_SEQ": GREAT}, "READY"),
        ({"ST_PHASE": NAMES.PHASE_HOLD, "OR_LEASE_SEQ": 1}, "RUNNING"),
        ({"ST_PHASE": NAMES.PHASE_HOLD, "ST_LEASE_SEQ": 1}, "RUNNING"),
        ({"ST_PHASE": NAMES.PHASE_STROKING}, "RUNNING"),
        ({"ST_PHASE": NAMES.PHASE_STROKING + 1}, "RUNNING"),
    ],
)
def test_the_state_of_words(pen: Pen, words: dict[str, int], state: str) -> None:
    assert put(pen, **words).state() == state


@pytest.mark.parametrize("phase", [NAMES.PHASE_HOMING, NAMES.PHASE_HOLD])
@pytest.mark.parametrize(("lease", "state"), [(0, "READY"), (1, "RUNNING")])
def test_a_drive_that_is_placed_is_one_that_is_ready(pen: Pen, phase: int, lease: int, state: str) -> None:
    session = put(pen, OR_MODE=HOME, ST_PHASE=phase, OR_LEASE_SEQ=lease)
    session.placing = True
    assert session.state() == state


@pytest.mark.parametrize(
    ("words", "busy"),
    [
        ({}, False),
        ({"ST_PHASE": NAMES.PHASE_HOLD, "OR_MODE": HOLD}, False),
        ({"ST_PHASE": NAMES.PHASE_HOLD, "OR_MODE": OFF}, True),
        ({"OR_STOP_SEQ": 1}, True),
        ({"ST_STOP_SEQ": 1}, True),
        ({"OR_CLEAR_SEQ": 1}, True),
        ({"ST_CLEAR_SEQ": 1}, True),
        ({"OR_STOP_SEQ": GREAT, "ST_STOP_SEQ": GREAT, "OR_CLEAR_SEQ": GREAT, "ST_CLEAR_SEQ": GREAT}, False),
        ({"OR_RAISE": 105}, False),
        ({"OR_MODE": PROVE}, True),
        ({"ST_PHASE": NAMES.PHASE_STROKING, "OR_MODE": HOLD}, True),
    ],
)
def test_whether_it_is_busy(pen: Pen, words: dict[str, int], busy: bool) -> None:
    """Whatever was ordered and not seen; a count that has passed its order, by a flipped bit, is not the order's either."""
    cleared = dict.fromkeys(("OR_STOP_SEQ", "ST_STOP_SEQ", "OR_CLEAR_SEQ", "ST_CLEAR_SEQ"), 0)
    assert put(pen, **{**cleared, **words}).busy() is busy


@pytest.mark.parametrize(
    ("seen", "ordered", "left_ms"),
    [(0, 0, 0), (GREAT, GREAT, 0), (0, 1, 1_000), (1, 0, 1_000), (GREAT, GREAT + 1, 1_000)],
)
@pytest.mark.requirement("SR-11")
def test_what_is_left_of_a_lease(pen: Pen, seen: int, ordered: int, left_ms: int) -> None:
    session = put(pen, ST_LEASE_SEQ=seen, OR_LEASE_SEQ=ordered, OR_LEASE_US=1_000_000, OR_LEASE_START_US=77)
    assert session.lease_left_ms(77) == left_ms


@pytest.mark.parametrize(
    "words",
    [
        {"OR_MODE": HOME},
        {"OR_MODE": FLIPPED},
        {"ST_PHASE": NAMES.PHASE_HOLD},
        {"ST_PHASE": FLIPPED},
        {"ST_TRACE_LEFT": 1},
    ],
)
@pytest.mark.requirement("SR-22")
def test_flash_is_written_while_all_is_off_and_then_alone(pen: Pen, words: dict[str, int]) -> None:
    assert put(pen).quiet()
    assert not put(pen, **words).quiet()


def test_flash_is_not_written_before_the_self_test_has_ended_nor_while_the_scan_is_fast(pen: Pen) -> None:
    session = put(pen)
    session.period_us = 100
    assert not session.quiet()
    session.period_us = 1_000
    session.tests.result = None
    assert not session.quiet()


@pytest.mark.parametrize(
    ("words", "stays"),
    [
        ({"OR_MODE": OFF}, False),
        ({"OR_MODE": OFF, "ST_PHASE": NAMES.PHASE_HOMING}, False),
        ({"OR_MODE": HOLD}, False),
        ({"OR_MODE": HOLD, "ST_PHASE": NAMES.PHASE_HOLD}, False),
        ({"OR_MODE": HOLD, "ST_PHASE": NAMES.PHASE_STROKING}, False),
        ({"OR_MODE": HOLD, "ST_PHASE": NAMES.PHASE_HOMING}, True),
        ({"OR_MODE": PROVE}, True),
    ],
)
def test_when_a_drive_is_no_longer_placed(pen: Pen, words: dict[str, int], stays: bool) -> None:
    """It is when the scan has left the homing that placing is to it, or when all is to be off."""
    session = put(pen, **words)
    session.placing = True
    session.poll(pen.machine.hal.now_us())
    assert session.placing is stays


def test_while_the_drive_is_placed_for_another_depth_the_pen_stays_ready() -> None:
    """A solenoid's stop goes from one depth to the other; whoever asks is told READY all the time."""
    pen = Pen(board="pen_solenoid")
    for line in ("ZONE CHEEK", "DEPT 1.0", "RATE 20"):
        pen.say(line)
    pen.say("ARM", 1.0)
    placed_um = pen.plant.stop_um
    seen = [pen.state]
    pen.machine.send(b"DEPT 0.6\n")
    for _ in range(500):
        pen.run_for(0.001)
        seen.append(pen.state)
    assert set(seen) == {"READY"}
    assert pen.plant.stop_um - placed_um == pytest.approx(-400, abs=20)


@pytest.mark.parametrize("later_s", [0.01, 0.05, 0.15, 0.25])
@pytest.mark.parametrize(
    ("first", "second"), [("0.6", "0.5"), ("0.6", "1.2"), ("1.2", "0.9"), ("1.2", "1.3"), ("1.2", "1.0")]
)
@pytest.mark.requirement("SR-03")
def test_a_depth_that_is_set_while_the_drive_is_placed_is_the_strokes_depth(
    first: str, second: str, later_s: float
) -> None:
    """Sent close behind each other, as a slider does, from 1.0 mm; with a lease behind them. By the plant's own tip."""
    pen = Pen(board="pen_solenoid")
    for line in ("ZONE CHEEK", "DEPT 1.0", "RATE 20"):
        pen.say(line)
    pen.say("ARM", 1.0)
    pen.say(f"DEPT {first}", later_s)
    pen.say(f"DEPT {second};:RUN 1", 3.0)
    assert (pen.state, pen.word("ST_FAULT"), pen.errors()) == ("READY", 0, [])
    assert pen.plant.stop_um == pytest.approx(float(second) * 1_000, abs=5)
    peaks = [stroke.peak_um for stroke in pen.plant.truth if stroke.peak_um > 0]
    assert len(peaks) == 20
    assert peaks == pytest.approx([float(second) * 1_000] * 20, abs=30)


@pytest.mark.parametrize("later_s", [0.03, 0.1, 0.2, 0.25])
@pytest.mark.requirement("SR-03")
def test_a_depth_that_is_set_while_the_pen_homes_is_the_strokes_depth(later_s: float) -> None:
    pen = Pen(board="pen_solenoid")
    for line in ("ZONE CHEEK", "DEPT 1.2", "RATE 20"):
        pen.say(line)
    pen.say("ARM", later_s)
    pen.say("DEPT 0.7", 2.0)
    pen.say("RUN 0.5", 1.0)
    peaks = [stroke.peak_um for stroke in pen.plant.truth if stroke.peak_um > 0]
    assert peaks == pytest.approx([700] * 10, abs=30), pen.say("FAUL?")


def test_a_scan_that_is_slow_is_not_slowed_again(pen: Pen, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(pen.machine.hal, "set_scan_period", asked.append)
    pen.run_for(0.1)
    assert asked == []


def test_nothing_is_called_a_fault_before_there_is_one() -> None:
    """The first turn has not come: what is refused then is so because the pen starts."""
    session = Machine(keep=False).app.session
    with pytest.raises(Exception, match="first DIS, the pen is BOOT"):
        session.require_off()


@pytest.mark.requirement("SR-12")
def test_a_stop_is_under_way_until_a_scan_has_seen_it(pen: Pen) -> None:
    """Also while the drive is off, when there is nothing to stop."""
    session = pen.machine.app.session
    for stop in (session.stop, lambda: session.halt("!")):
        stop()
        assert session.busy()
        pen.run_for(0.01)
        assert not session.busy()


def test_a_stop_while_a_fault_is_latched_is_a_stop(pen: Pen) -> None:
    session = put(pen, OR_RAISE=105)
    session.stop()
    assert details(pen)[-1] == ("STOP", "")


def test_a_change_of_state_tells_the_faults_name_and_otherwise_why_it_is_not_homed(pen: Pen) -> None:
    session = put(pen, OR_RAISE=106)
    pen.run_for(0.1)
    assert details(pen)[-1] == ("FAULT", "HOME")
    session.homing_error = "no home"
    pen.say("FAUL:CLE", 0.1)
    assert details(pen)[-2:] == [("CLEAR", "HOME"), ("IDLE", "no home")]


@pytest.mark.parametrize("scans", [0, 1, 7])
def test_what_the_scans_count_begins_with_is_no_scan_that_has_stopped(
    scans: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the clock has run by the first turn."""
    machine = Machine(keep=False)
    session = machine.app.session
    monkeypatch.setattr(machine.hal, "scans", lambda: scans)
    session.image[NAMES.IN_NOW_US] = 5_000_000
    session.poll(5_000_000)
    assert (session.scan_gone, session.fault()) == (False, 0)


@pytest.mark.requirement("SR-17")
def test_too_hot_is_not_cleared_while_the_drive_is_warm(pen: Pen, monkeypatch: pytest.MonkeyPatch) -> None:
    session = put(pen, ST_FAULT=111)
    monkeypatch.setattr(session.quota.heat, "warm", lambda: True)
    with pytest.raises(Exception, match="the drive is still warm"):
        session.clear()
    monkeypatch.setattr(session.quota.heat, "warm", lambda: False)
    session.clear()
    pen.run_for(0.01)
    assert pen.state == "IDLE"


def test_a_setting_is_in_force_before_the_lease_that_follows_it(pen: Pen) -> None:
    """No turn comes between, but a scan may."""
    session = pen.arm().machine.app.session
    session.settings.set_depth(600)
    session.run(1_000)
    slot = pen.word("OR_SLOT")
    assert pen.image[NAMES.OR_PEAK_UM + slot] == pytest.approx(600, abs=10)


def details(pen: Pen) -> list[tuple[str, str]]:
    """Of each event its name and what is said about it."""
    rows = [row.split(",", 2) for row in pen.say("LOG?").split("\n") if row.count(",") >= 2]
    return [(name, said.strip('"')) for _, name, said in rows]

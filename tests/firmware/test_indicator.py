"""Patterns of LED and buzzer: rates and colours by priority, whatever the loop's turns are, and what silence is."""

from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pen_sim.loader import pure
from tests.firmware.support import Pen

faults = pure("pen.faults")
Indicator = pure("pen.indicator").Indicator
EVERY_MS = pure("pen.indicator").EVERY_MS
Refused = pure("pen.errors").Refused

TURN_MOST_MS = 50  # a longer turn of the loop is a fault of its own [safety] SR-14
RED, YELLOW, GREEN, BLUE, CYAN, WHITE = 1, 3, 2, 4, 6, 7
TONE_HZ = (150, 1_000)  # a pulse's fundamental [IEC 60601-1-8]


class Priority(NamedTuple):
    """What IEC 60601-1-8 asks: flashes a second, part of the period on, pulses in a burst, ms of a pulse, and of a repetition."""

    fault: int
    light: int
    flash_hz: tuple[float, float]
    pulses: int
    pulse_ms: tuple[int, int]
    repeat_ms: tuple[int, int]


ON_PART = (0.2, 0.6)
PRIORITIES = {
    "high": Priority(faults.OVER_DEPTH, RED, (1.4, 2.8), 10, (75, 200), (2_500, 15_000)),
    "medium": Priority(faults.DRIVER, YELLOW, (0.4, 0.8), 3, (125, 250), (2_500, 30_000)),
    "low": Priority(faults.TRIGGER_STUCK, CYAN, (0.0, 0.0), 2, (125, 250), (15_000, 60_000)),
}
BETWEEN_BURSTS_MS = 2_000  # longer than any pause in a burst


class Course:
    """Changes of light and tone as [start, value], from the first turn with an alarm on."""

    def __init__(self, turns_ms: list[int], fault: int, warning: int, length_ms: int, start_ms: int) -> None:
        indicator = Indicator()
        now_ms, due_ms, k = start_ms, start_ms, 0
        self.lights: list[tuple[int, int]] = []
        self.tones: list[tuple[int, int]] = []
        while now_ms < start_ms + length_ms:
            changed = now_ms >= due_ms and indicator.poll(
                "FAULT" if fault else "READY", fault, warning, now_ms & (1 << 30) - 1
            )
            due_ms = now_ms + EVERY_MS if now_ms >= due_ms else due_ms
            _note(self.lights, now_ms, indicator.light)
            _note(self.tones, now_ms, indicator.tone_hz)
            assert changed == (
                now_ms in (self.lights[-1][0], self.tones[-1][0]) and (now_ms > start_ms or indicator.light > 0)
            )
            now_ms += turns_ms[k % len(turns_ms)]
            k += 1


def _note(course: list[tuple[int, int]], now_ms: int, value: int) -> None:
    if not course or course[-1][1] != value:
        course.append((now_ms, value))


def spans(course: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """(start, length) of each that is on and has ended."""
    return [(a[0], b[0] - a[0]) for a, b in pairwise(course) if a[1]]


def within(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]


@pytest.mark.parametrize("name", PRIORITIES)
@settings(deadline=None, max_examples=25)
@example(turns_ms=[5], start_ms=2**29 + 100)
@example(turns_ms=[49, 1], start_ms=2**30 - 3_000)
@given(turns_ms=st.lists(st.integers(1, TURN_MOST_MS), min_size=1, max_size=40), start_ms=st.integers(0, 2**31))
def test_rates_are_the_standards_whatever_the_turns_are(name: str, turns_ms: list[int], start_ms: int) -> None:
    want = PRIORITIES[name]
    course = Course(turns_ms, want.fault, 0, 65_000, start_ms)
    assert {value for _, value in course.lights} <= {0, want.light}
    if not want.flash_hz[1]:
        assert len(course.lights) == 1
    lit = spans(course.lights)
    for (start, on_ms), (following, _) in pairwise(lit):
        assert within(1_000 / (following - start), want.flash_hz)
        assert within(on_ms / (following - start), ON_PART)
    pulses = spans(course.tones)
    assert all(within(value, TONE_HZ) for _, value in course.tones if value)
    assert all(within(on_ms, want.pulse_ms) for _, on_ms in pulses)
    bursts: list[list[int]] = []
    for start, _ in pulses:
        if not bursts or start - bursts[-1][-1] > BETWEEN_BURSTS_MS:
            bursts.append([])
        bursts[-1].append(start)
    assert len(bursts) >= 3
    assert {len(burst) for burst in bursts[:-1]} == {want.pulses}
    for one, other in pairwise(bursts):
        assert within(other[0] - one[0], want.repeat_ms), "from the beginning of one to that of the next"
        assert within(other[0] - one[-1] - want.pulse_ms[1], want.repeat_ms), "and the pause between them"


def test_the_rate_is_kept_exactly() -> None:
    """No turn's rest is lost: after an hour of odd turns a flash comes when it should."""
    course = Course([7], faults.OVER_DEPTH, 0, 3_600_000, 0)
    starts = [start for start, _ in spans(course.lights)]
    assert [start // 500 for start in starts] == list(range(len(starts)))
    assert max(start % 500 for start in starts) < 14


def test_every_fault_has_the_priority_that_the_safety_file_argues() -> None:
    """High: needles may be too deep or not back, or the drive not off. Low: nothing had begun, or all has been given."""
    high = {"OVER_DEPTH", "POSITION_MISMATCH", "STALL", "DWELL", "WATCHDOG_RESET", "DEADMAN", "ENABLE_READBACK"}
    low = {"TRIGGER_STUCK", "SESSION_TIME", "DOSE"}
    for code, (name, *_) in faults.TABLE.items():
        indicator = Indicator()
        indicator.poll("FAULT", code, 0, 0)
        assert indicator.light == (RED if name in high else CYAN if name in low else YELLOW), name
        assert indicator.tone_hz


STATES = {
    "BOOT": (WHITE, 0), "SELFTEST": (WHITE, 0), "IDLE": (BLUE, 0), "HOMING": (BLUE, 1.0), "READY": (GREEN, 0),
    "RUNNING": (GREEN, 1.0),
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_a_state_has_its_light_and_no_sound(state: str) -> None:
    light, flash_hz = STATES[state]
    indicator = Indicator()
    seen: list[tuple[int, int]] = []
    for now_ms in range(0, 10_000, 11):
        indicator.poll(state, 0, 0, now_ms)
        _note(seen, now_ms, indicator.light)
        assert indicator.tone_hz == 0
    assert {value for _, value in seen} == ({0, light} if flash_hz else {light})
    assert len(spans(seen)) == 10 * flash_hz


def test_there_is_a_light_for_every_state_of_the_session() -> None:
    session = pure("pen.session")
    names = {getattr(session, name) for name in (*STATES, "FAULT")}
    assert names == {*STATES, "FAULT"}


def test_a_warning_shows_as_low_and_a_fault_covers_it() -> None:
    indicator = Indicator()
    indicator.poll("RUNNING", 0, 1, 0)
    assert (indicator.light, indicator.tone_hz > 0) == (CYAN, True)
    indicator.poll("FAULT", faults.STALL, 1, 100)
    assert (indicator.light, indicator.tone_hz > 0) == (RED, True)
    indicator.poll("READY", 0, 0, 200)
    assert (indicator.light, indicator.tone_hz) == (GREEN, 0)


def test_silence_is_for_the_present_alarm() -> None:
    indicator = Indicator()
    indicator.poll("READY", 0, 0, 0)
    with pytest.raises(Refused) as refused:
        indicator.sound(False)
    assert refused.value.detail == "no alarm to silence"
    indicator.sound(True)
    indicator.poll("FAULT", faults.STALL, 0, 10)
    indicator.sound(False)
    for now_ms in range(20, 30_000, 10):
        indicator.poll("FAULT", faults.STALL, 0, now_ms)
        assert indicator.tone_hz == 0
    assert indicator.shown() == ("RED", "2.000", 0)
    indicator.poll("FAULT", faults.DWELL, 0, 30_000)
    assert indicator.tone_hz, "another one sounds"
    indicator.sound(False)
    indicator.poll("IDLE", 0, 0, 30_010)
    indicator.poll("FAULT", faults.DWELL, 0, 30_020)
    assert indicator.tone_hz, "and so does the same one that comes again"
    indicator.sound(False)
    indicator.sound(True)
    indicator.poll("FAULT", faults.DWELL, 0, 30_030)
    assert indicator.tone_hz, "and one that is wanted again"


# --- through the console


@pytest.fixture
def pen() -> Pen:
    return Pen(exact=True)


def test_what_is_shown_can_be_asked(pen: Pen) -> None:
    pen.run_for(0.02)
    assert pen.say("IND?") == "BLUE,0.000,0"
    pen.say("ZONE CHEEK;ARM", 0.02)
    assert pen.say("STAT?;:INDICATOR?").endswith("BLUE,1.000,0")
    pen.run_for(0.5)
    assert pen.say("IND?") == "GREEN,0.000,0"
    pen.say("RUN 0.3", 0.05)
    assert pen.say("IND?") == "GREEN,1.000,0"
    pen.plant.estop_pressed = True
    pen.run_for(0.1)
    assert pen.say("IND?") == "YELLOW,0.625,3"
    assert pen.errors() == ['118,"ESTOP: the emergency stop was pressed"']


def test_the_loop_asks_every_ten_milliseconds_and_the_hal_is_told_of_changes_alone(pen: Pen) -> None:
    asked: list[int] = []
    told: list[tuple[int, int]] = []
    app = pen.machine.app
    poll = app.indicator.poll

    def ask(*words: int) -> bool:
        asked.append(words[-1])
        return poll(*words)

    app.indicator.poll, app.hal.indicate = ask, lambda *what: told.append(what)
    pen.arm()
    pen.plant.estop_pressed = True
    pen.run_for(1.0)
    gaps = [b - a for a, b in pairwise(asked)]
    assert min(gaps) == EVERY_MS
    assert sorted(gaps)[-4] <= EVERY_MS + 7, "a turn, and what the console does in it"
    assert sorted(gaps)[-3] <= EVERY_MS + 24, "once: everything is looked at before arming"
    assert max(gaps) < 150, "twice: the fault and the log are written down, the drive being off"
    assert all(one != other for one, other in pairwise(told))
    assert told[-1] == (0, 0)
    assert (YELLOW, 440) in told


def test_a_person_silences_the_alarm(pen: Pen) -> None:
    assert pen.say("SYST:BEEP:STAT?") == "1"
    pen.say("SYST:BEEP:STAT OFF")
    assert pen.errors() == ['-221,"Settings conflict;no alarm to silence"']
    pen.arm()
    pen.plant.estop_pressed = True
    pen.run_for(0.1)
    pen.say("SYST:BEEP:STAT OFF")
    assert pen.say("SYST:BEEP:STAT?;:IND?") == "0;YELLOW,0.625,0"
    pen.say("*RST")
    assert pen.say("SYST:BEEP:STAT?;:IND?") == "1;YELLOW,0.625,3"

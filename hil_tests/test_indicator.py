"""LED and buzzer, measured on their pins: colour, flash, beeps by priority as IEC 60601-1-8 has them, and silence."""

from dataclasses import dataclass
from itertools import pairwise
from math import inf

import pytest

from hil_tests import lamps
from hil_tests.expected import STALL
from hil_tests.measure import Measure
from hil_tests.pen import Pen
from hil_tests.rig import Rig
from pen_sim.loader import load_board, pure

pytestmark = pytest.mark.needs("rig.edges", "rig.switches", "rig.faults", "virtual_time")

SHOWN_S = 0.100  # from the fault to its light: a turn of the loop, and the sensor's own debouncing [judgement]
TONE_HZ = (150.0, 1_000.0)  # this and the next: [IEC 60601-1-8]
ON_PART = (0.2, 0.6)
BLUE, GREEN, WHITE = (0, 0, 1), (0, 1, 0), (1, 1, 1)


@dataclass(frozen=True)
class Priority:
    """What the standard asks. `flash_hz` is None for a steady light, `repeat_s` from a burst's end to the next one's beginning."""

    name: str
    fault: str
    colour: tuple[int, int, int]
    flash_hz: tuple[float, float] | None
    pulses: int
    pulse_s: tuple[float, float]
    repeat_s: tuple[float, float]
    says: str


PRIORITIES = (
    Priority("high", "STALL", (1, 0, 0), (1.4, 2.8), 10, (0.075, 0.200), (2.5, 15.0), "RED,2.000,10"),
    Priority("medium", "ESTOP", (1, 1, 0), (0.4, 0.8), 3, (0.125, 0.250), (2.5, 30.0), "YELLOW,0.625,3"),
    Priority("low", "TRIGGER_STUCK", (0, 1, 1), None, 2, (0.125, 0.250), (15.0, 60.0), "CYAN,0.000,2"),
)
each_priority = pytest.mark.parametrize("want", PRIORITIES, ids=lambda want: want.name)


def provoke(pen: Pen, rig: Rig, fault: str) -> float:
    """Brings the pen into this fault; when its cause began."""
    if fault == "TRIGGER_STUCK":
        pen.prepare("CHEEK", 1.0, 10.0)
        rig.trigger(True)
        pen.run_for(0.05)
        since_s = pen.now()
        pen.refusal("ARM")
    else:
        pen.arm("CHEEK", 1.0, 10.0)
        pen.command("RUN 5")
        pen.run_for(0.17)
        since_s = pen.now()
        if fault == "STALL":
            rig.inject("stall")
        else:
            rig.estop(True)
    pen.run_for(STALL.of(load_board(pen.board).DRIVE).seen_s + 0.2)
    assert pen.fault().name == fault
    return since_s


@each_priority
def test_an_alarm_by_its_priority(pen: Pen, rig: Rig, measure: Measure, want: Priority) -> None:
    since_s = provoke(pen, rig, want.fault)
    pen.run_for(25.0)
    begun_s = min(pulse.start_s for pulse in lamps.pulses(rig, since_s))
    if want.fault != "STALL":  # which shows only when strokes go on
        measure("fault to beep", begun_s - since_s, 0.0, SHOWN_S, "s")
    _check_light(pen, rig, measure, want, begun_s)
    _check_sound(rig, measure, want, begun_s)
    assert pen.query("IND?") == want.says


def _check_light(pen: Pen, rig: Rig, measure: Measure, want: Priority, begun_s: float) -> None:
    steady_s = begun_s + 0.01
    assert lamps.colour(rig, steady_s) == want.colour
    for signal, lit in zip(lamps.LEDS, want.colour, strict=True):
        seen = lamps.flashes(rig, signal, steady_s)
        if not (lit and want.flash_hz):
            assert rig.edges(signal, steady_s) == []
            continue
        assert len(seen) >= 0.9 * (pen.now() - begun_s) * want.flash_hz[0]
        for extreme in (min, max):
            measure(
                f"{signal}: {extreme.__name__} flashes a second", extreme(hz for hz, _ in seen), *want.flash_hz, "Hz"
            )
            measure(f"{signal}: {extreme.__name__} part on", extreme(part for _, part in seen), *ON_PART)


def _check_sound(rig: Rig, measure: Measure, want: Priority, begun_s: float) -> None:
    found = lamps.bursts(rig, begun_s)
    assert len(found) >= 2
    for burst, following in pairwise(found):
        measure("beeps in a burst", len(burst), want.pulses, want.pulses)
        measure("end of a burst to the next", following[0].start_s - burst[-1].end_s, *want.repeat_s, "s")
        measure("beginning of a burst to the next", following[0].start_s - burst[0].start_s, *want.repeat_s, "s")
    for extreme in (min, max):
        all_of = [pulse for burst in found for pulse in burst]
        measure(f"{extreme.__name__} beep", extreme(pulse.length_s for pulse in all_of), *want.pulse_s, "s")
        measure(f"{extreme.__name__} fundamental", extreme(pulse.tone_hz for pulse in all_of), *TONE_HZ, "Hz")


def test_silenced_it_stays_lit_and_the_next_fault_sounds(pen: Pen, rig: Rig, measure: Measure) -> None:
    provoke(pen, rig, "ESTOP")
    pen.command("SYST:BEEP:STAT OFF")
    pen.run_for(0.1)
    since_s = pen.now()
    pen.run_for(11.0)
    measure("edges on the buzzer while silenced", len(rig.edges("buzzer", since_s)), 0, 0)
    assert lamps.level(rig, "buzzer", pen.now()) == 0
    assert lamps.flashes(rig, "led_red", since_s)
    assert pen.query("SYST:BEEP:STAT?;:IND?") == "0;YELLOW,0.625,0"
    rig.estop(False)
    pen.run_for(0.05)
    pen.command("FAUL:CLE")
    since_s = provoke(pen, rig, "ESTOP")
    assert lamps.pulses(rig, since_s)


def test_a_cleared_fault_is_dark_and_silent_at_once(pen: Pen, rig: Rig) -> None:
    provoke(pen, rig, "ESTOP")
    rig.estop(False)
    pen.run_for(0.05)
    pen.command("FAUL:CLE")
    pen.run_for(0.1)
    since_s = pen.now()
    pen.run_for(11.0)
    assert rig.edges("buzzer", since_s) == []
    assert lamps.colour(rig, since_s) == BLUE


def test_the_states_have_their_lights(pen: Pen, rig: Rig, measure: Measure) -> None:
    """Steady blue: idle. Steady green: ready. Green, once a second: needles move. And nothing beeps."""
    pen.run_for(1.0)
    assert lamps.colour(rig, pen.now()) == BLUE
    pen.prepare("CHEEK", 1.0, 10.0)
    pen.command("ARM")
    pen.run_for(0.05)
    assert pen.state().name == "HOMING"
    assert pen.query("IND?") == "BLUE,1.000,0"
    assert lamps.colour(rig, pen.now()) == BLUE
    pen.wait_for("READY")
    pen.run_for(0.1)
    ready_s = pen.now()
    pen.run_for(1.5)
    assert lamps.colour(rig, pen.now()) == GREEN
    assert not any(rig.edges(signal, ready_s) for signal in lamps.LEDS)
    since_s = pen.now()
    pen.run(5.0)
    seen = lamps.flashes(rig, "led_green", since_s)
    assert len(seen) >= 3
    flashes = seen[:-1]  # the last rise may be the steady light after the run
    measure("flashes a second while needles move", max(hz for hz, _ in flashes), 0.9, 1.1, "Hz")
    pen.run_for(0.1)
    assert lamps.colour(rig, pen.now()) == GREEN
    assert not any(level for signal in ("led_red", "led_blue") for _, level in rig.edges(signal, ready_s))
    assert rig.edges("buzzer") == []


@pytest.mark.needs("rig.power")
@pytest.mark.requirement("SR-09")
def test_switched_on_it_shows_all_of_the_led_and_is_silent(pen: Pen, rig: Rig, measure: Measure) -> None:
    provoke(pen, rig, "ESTOP")
    rig.estop(False)
    rig.power_cycle()
    pen.run_for(1.0)
    assert rig.edges("buzzer") == []
    first_s = max(rig.edges(signal)[0][0] for signal in lamps.LEDS)
    assert lamps.colour(rig, first_s) == WHITE
    measure("white after power-on", rig.edges("led_red")[1][0] - first_s, 0.005, inf, "s")
    assert lamps.colour(rig, pen.now()) == BLUE


def test_every_priority_is_measured() -> None:
    faults = pure("pen.faults")
    assert [getattr(faults, want.fault) for want in PRIORITIES[::2]] == [
        code for code in (faults.STALL, faults.TRIGGER_STUCK) if code in (*faults.HIGH, *faults.LOW)
    ]
    assert faults.ESTOP not in (*faults.HIGH, *faults.LOW)

"""Session time, dose and heat: what ends a treatment that nobody ends."""

import pytest

from pen_sim.loader import pure
from tests.firmware.support import Pen

zones = pure("pen.zones")
quota = pure("pen.quota")
TARGET = 80 * 300 // 12  # CHEEK: area, punctures a square centimetre, needles
MARGIN = 2  # strokes that end between the foreground's turns


def pen_with(zone: str, strokes: int) -> Pen:
    pen = Pen(seed=1)
    pen.machine.app.dose.add(zone, strokes, 1_000)
    return pen


def test_every_zone_that_is_treated_has_a_dose() -> None:
    treated = {zone for zone, row in zones.TABLE.items() if row[1]}
    counted = quota.Quota(Pen().machine.board, None, None)
    assert all(counted.target(zone) > 100 for zone in treated)
    assert all(counted.limit(zone) == 2 * counted.target(zone) for zone in treated)


@pytest.mark.requirement("SR-18")
def test_at_its_limit_a_zone_gets_no_more() -> None:
    """By the plant's count; then another zone goes on, and *RST begins anew."""
    pen = pen_with("CHEEK", 2 * TARGET - 5).arm()
    pen.say("RUN 10", 2.0)
    assert pen.say("FAUL?").startswith('115,"DOSE"')
    assert pen.word("ST_FAULT") == 115
    assert not pen.machine.gate
    assert 5 <= len(pen.plant.truth) <= 5 + MARGIN
    assert pen.plant.tip_um(pen.machine.now_ns) < 0
    pen.say("FAUL:CLE", 0.05)
    pen.say("ARM", 0.1)
    assert any("CHEEK has had twice its dose" in error for error in pen.errors())
    assert pen.state == "IDLE"
    pen.arm("NOSE")
    pen.say("DIS", 0.2)
    pen.say("*RST", 0.05)
    pen.arm("CHEEK")


@pytest.mark.requirement("SR-18")
def test_a_zone_that_is_full_cannot_be_chosen_while_ready_and_then_stroked() -> None:
    pen = pen_with("NOSE", 10_000).arm("CHEEK")
    pen.say("ZONE NOSE")
    pen.say("RUN 1", 0.5)
    assert pen.say("FAUL?").startswith('115,"DOSE"')
    assert len(pen.plant.truth) <= MARGIN


@pytest.mark.requirement("SR-18")
def test_the_dose_is_warned_of_once() -> None:
    pen = pen_with("CHEEK", TARGET - 5).arm()
    assert not pen.machine.app.quota.warning("CHEEK")
    pen.say("RUN 2", 3.0)
    assert pen.state == "READY"
    assert pen.machine.app.quota.warning("CHEEK")
    log = pen.machine.app.log
    assert sum(line.endswith(",DOSE,CHEEK\n") for line in log.lines) == 1
    assert pen.say("DOSE:LIM?").split(",")[1:] == [str(TARGET), str(2 * TARGET)]


@pytest.mark.requirement("SR-18")
def test_a_session_ends_at_its_time() -> None:
    """Armed time alone counts; the stroke under way is finished."""
    pen = Pen(seed=1)
    app = pen.machine.app
    pen.run_for(5.0)
    assert app.quota.armed_ms == 0
    pen.arm()
    before = app.quota.armed_ms
    pen.run_for(2.0)
    assert app.quota.armed_ms - before == pytest.approx(2_000, abs=10)
    app.quota.armed_ms = quota.SESSION_MOST_MS - 500
    pen.say("RUN 5", 1.0)
    assert pen.say("FAUL?").startswith('114,"SESSION_TIME"')
    assert not pen.machine.gate
    assert pen.plant.tip_um(pen.machine.now_ns) < 0
    pen.say("FAUL:CLE", 0.05)
    pen.say("ARM", 0.1)
    assert any("*RST begins a new one" in error for error in pen.errors())
    assert pen.say("SESS:TIME?").split(",")[1] == "3600"
    pen.say("*RST", 0.05)
    pen.arm()


@pytest.mark.requirement("SR-17")
def test_windings_that_take_too_much_for_too_long_are_turned_off_and_must_cool() -> None:
    """900 mA, within what over-current allows, is 2.25 times the continuous heat: hot after 11.8 s."""
    pen = Pen(seed=1).arm()
    pen.plant.current_offset_ma = 650.0  # to the 250 of holding
    pen.run_for(11.0)
    assert pen.state == "READY"
    pen.run_for(1.5)
    assert pen.say("FAUL?").startswith('111,"OVER_TEMP"')
    assert not pen.machine.gate
    pen.plant.current_offset_ma = 0.0
    pen.say("FAUL:CLE", 0.05)
    assert any("still warm" in error for error in pen.errors())
    pen.run_for(5.0)
    pen.say("FAUL:CLE", 0.05)
    assert pen.state == "IDLE"
    assert int(pen.say("MEAS:HEAT?")) < 80
    pen.arm()

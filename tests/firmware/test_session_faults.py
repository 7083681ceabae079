"""The session and faults: what a latched one forbids, when it can be cleared, and what is never an error."""

import pytest

from tests.firmware.support import NAMES, Pen


@pytest.fixture
def pen() -> Pen:
    return Pen(exact=True)


@pytest.fixture
def ready() -> Pen:
    return Pen(exact=True).arm()


@pytest.mark.requirement("SR-07")
def test_a_fault_while_running_and_its_way_back(ready: Pen) -> None:
    ready.say("RUN 5", 0.1)
    ready.plant.cartridge_seated = False
    ready.run_for(0.1)
    assert (ready.state, ready.machine.hal.gate) == ("FAULT", 0)
    for line in ("ARM", "RUN 1", "DIS"):
        ready.say(line)
        assert ready.state == "FAULT"
    assert any("fault 116 is latched" in error for error in ready.errors())
    ready.say("FAUL:CLE")
    assert "no cartridge is seated: seat a new cartridge until it clicks" in ready.errors()[0]
    ready.plant.cartridge_seated = True
    ready.run_for(0.01)
    ready.say("FAUL:CLE")
    assert ready.state == "IDLE"
    ready.arm()


@pytest.mark.parametrize("code", [101, 110, 112, 118, 125, 128])
def test_a_clear_asks_for_the_cause_of_its_own_fault_alone(ready: Pen, code: int) -> None:
    """A drive that is warm and a self test that would fail are for the faults of that name, and for the next arming."""
    ready.machine.app.session.latch(code)
    ready.run_for(0.05)
    heat = ready.machine.app.session.quota.heat
    heat.level = 60_000  # of 65536; cool again is below 52429
    assert heat.warm()
    ready.machine.insides.stop_oscillator(True)
    assert ready.say("FAUL?").startswith(f"{code},")
    ready.say("FAUL:CLE", 0.05)
    assert ready.state == "IDLE"


@pytest.mark.requirement("SR-13")
@pytest.mark.parametrize(("code", "cleared"), [(101, False), (106, False), (108, False), (109, True)])
def test_what_is_about_the_tips_place_is_not_cleared_while_its_sensor_says_none(
    ready: Pen, code: int, cleared: bool
) -> None:
    """A short in the middle of a reading looks like a place, and then has the name of what that place means."""
    ready.machine.app.session.latch(code)
    ready.run_for(0.05)
    ready.plant.tip_sensor.shorted = True
    ready.run_for(0.05)
    ready.say("FAUL:CLE", 0.05)
    assert (ready.state == "IDLE") is cleared
    assert any("tip sensor" in error for error in ready.errors()) is not cleared
    ready.plant.tip_sensor.shorted = False
    ready.run_for(0.05)
    ready.say("FAUL:CLE", 0.05)
    assert ready.state == "IDLE"


@pytest.mark.parametrize(("code", "renewed"), [(126, False), (127, True), (128, False), (130, False)])
@pytest.mark.requirement("SR-23")
def test_limits_are_written_anew_for_the_fault_of_that_name_alone(ready: Pen, code: int, renewed: bool) -> None:
    """After another one a limit that has changed is still found, by the next arming at the latest."""
    ready.machine.app.session.latch(code)
    ready.run_for(0.05)
    ready.image[NAMES.LI_MISMATCH_UM] ^= 1 << 9
    ready.say("FAUL:CLE", 0.05)
    assert NAMES.limits_hold(ready.image) is renewed


def test_the_scan_is_slow_again_once_the_trace_of_a_fault_is_complete(ready: Pen) -> None:
    ready.machine.app.session.latch(101)
    ready.run_for(0.01)
    assert ready.machine.hal.period_ns == 100_000, "50 ms of rows are to come"
    ready.run_for(0.1)
    assert (ready.word("ST_TRACE_LEFT"), ready.machine.hal.period_ns) == (0, 1_000_000)


def test_a_pen_that_is_armed_is_not_tested_but_answers_the_last_result(ready: Pen) -> None:
    ready.machine.insides.stop_oscillator(True)
    assert ready.say("*TST?", 0.05) == "0"
    ready.say("DIS", 0.1)
    assert ready.say("*TST?", 0.05) != "0"


def test_flash_is_not_written_while_the_scan_is_fast(ready: Pen) -> None:
    session = ready.machine.app.session
    ready.say("DIS", 0.1)
    assert session.quiet()
    session.period_us = 100
    assert not session.quiet()


def test_clearing_nothing_is_no_error(ready: Pen) -> None:
    ready.say("FAUL:CLE")
    assert ready.errors() == []
    assert ready.state == "READY"


@pytest.mark.requirement("SR-07")
def test_a_clear_waits_for_the_needles(ready: Pen) -> None:
    """The supply sags in the middle of a stroke and is well again before the return is over."""
    ready.say("RUN 5", 0.008)
    ready.machine.app.image[NAMES.ST_COUNT + 6] = 19
    ready.machine.app.image[NAMES.ST_SUSPECT] = 1
    ready.plant.supply_mv = 9_500.0
    ready.run_for(0.000_2)
    ready.plant.supply_mv = None
    assert ready.word("ST_PHASE") == NAMES.PHASE_RETRACT
    with pytest.raises(Exception, match="still on their way back"):
        ready.machine.app.session.clear()
    assert ready.word("ST_FAULT") == 112
    ready.run_for(0.1)
    ready.say("FAUL:CLE")
    assert ready.state == "IDLE"


def test_faults_go_into_the_error_queue_once(ready: Pen) -> None:
    ready.plant.estop_pressed = True
    ready.run_for(0.1)
    assert ready.errors() == ['118,"ESTOP: the emergency stop was pressed"']


@pytest.mark.requirement("SR-12")
@pytest.mark.parametrize("state", ["IDLE", "READY", "FAULT"])
def test_a_stop_is_never_an_error(state: str) -> None:
    pen = Pen(exact=True)
    if state != "IDLE":
        pen.arm()
    if state == "FAULT":
        pen.plant.estop_pressed = True
        pen.run_for(0.02)
        pen.errors()
    pen.say("STOP")
    assert pen.errors() == []
    assert pen.state == state


def test_busy_until_what_was_ordered_has_come_to_its_end(pen: Pen) -> None:
    """*OPC? answers when homing, run and clear are over."""
    pen.say("ZONE CHEEK")
    assert pen.say("ARM;*OPC?", 0.02) == ""
    pen.run_for(0.2)
    assert pen.machine.receive() == b"1\n"
    assert pen.say("RUN 0.2;*OPC?", 0.15) == ""
    assert pen.say("", 0.15) == "1"
    pen.plant.estop_pressed = True
    pen.run_for(0.02)
    pen.plant.estop_pressed = False
    pen.run_for(0.02)
    assert pen.say("FAUL:CLE;*OPC?", 0.3) == "1", "written down, once the trace is complete"
    assert pen.state == "IDLE"


@pytest.mark.requirement("SR-23")
@pytest.mark.parametrize("mode", [-1, NAMES.MODE_PROVE + 1, 1 << 20])
def test_an_order_that_is_none_is_a_flipped_bit(ready: Pen, mode: int) -> None:
    ready.machine.app.image[NAMES.OR_MODE] = mode
    ready.run_for(0.02)
    assert ready.say("FAUL?").startswith('127,"MEMORY"')
    assert (ready.machine.hal.gate, ready.plant.truth) == (0, [])


@pytest.mark.requirement("SR-23")
@pytest.mark.requirement("SR-11")
@pytest.mark.parametrize("word", ["OR_LEASE_START_US", "OR_LEASE_US"])
@pytest.mark.parametrize("bit", [3, 19, 29])
def test_a_lease_that_has_changed_by_itself_is_a_flipped_bit(ready: Pen, word: str, bit: int) -> None:
    """Longer, shorter or elsewhere: it is not what was ordered. Cleared, the next one is."""
    ready.say("RUN 5", 0.2)
    ready.machine.app.image[getattr(NAMES, word)] ^= 1 << bit
    ready.run_for(0.2)
    assert ready.say("FAUL?").startswith('127,"MEMORY"')
    assert ready.machine.hal.gate == 0
    ready.say("FAUL:CLE", 0.3)
    ready.errors()
    ready.arm().say("RUN 0.5", 0.7)
    assert ready.say("FAUL?").startswith("0,")


@pytest.mark.requirement("SR-23")
@pytest.mark.requirement("SR-11")
@pytest.mark.parametrize("word", ["OR_STOP_SEQ", "ST_STOP_SEQ", "ST_LEASE_SEQ"])
@pytest.mark.parametrize("bit", [0, 27])
def test_a_stop_that_nobody_has_ordered_is_a_flipped_bit(ready: Pen, word: str, bit: int) -> None:
    """The strokes end as after a stop, which takes the one under way back; then it is said. Cleared, the pen is well."""
    ready.say("RUN 5", 0.2)
    ready.machine.app.image[getattr(NAMES, word)] ^= 1 << bit
    if word == "ST_LEASE_SEQ" and bit:
        ready.machine.app.image[NAMES.ST_LEASE_SEQ] = ready.word("OR_LEASE_SEQ")  # the only other value that ends it
    ready.run_for(0.2)
    assert ready.say("FAUL?").startswith('127,"MEMORY"')
    assert ready.machine.hal.gate == 0
    assert ready.plant.tip_um(ready.machine.now_ns) < 0
    ready.say("FAUL:CLE", 0.3)
    ready.errors()
    ready.arm().say("RUN 0.5", 0.7)
    assert ready.say("FAUL?").startswith("0,")


@pytest.mark.requirement("SR-11")
@pytest.mark.parametrize("rate", ["1", "3.7", "20"])
@pytest.mark.parametrize("end", ["lease", "STOP", "DIS", "!", "trigger", "both", "renewed"])
def test_however_a_lease_is_ended_it_is_no_flipped_bit(ready: Pen, rate: str, end: str) -> None:
    """At 1 Hz the last stroke begins as long as a second before the lease is over."""
    ready.say(f"RATE {rate};RUN 2.6", 0.3)
    if end in ("STOP", "DIS", "!"):
        ready.say(end, 0.05)
        if end == "!":
            ready.say("*CLS")
    elif end == "renewed":
        ready.say("RUN 0.2", 0.3)
    elif end == "both":
        ready.say("STOP", 1.3)  # a trigger's strokes, and a lease meanwhile, which its release ends as well
        ready.plant.trigger_held = True
        ready.run_for(0.3)
        ready.say("RUN 2.6", 0.1)
        ready.plant.trigger_held = False
    elif end == "trigger":
        ready.plant.trigger_held = True
        ready.run_for(3.2)
        ready.plant.trigger_held = False
    ready.run_for(3.5)
    assert ready.say("FAUL?").startswith("0,")
    assert ready.state == ("IDLE" if end in ("DIS", "!") else "READY")


@pytest.mark.requirement("SR-23")
@pytest.mark.requirement("SR-02")
def test_settings_that_are_no_stroke_are_a_flipped_bit(ready: Pen) -> None:
    """What the console refused cannot be there; it is not clamped either, and no stroke is made of it."""
    settings = ready.machine.app.session.settings
    settings.depth_um ^= 1 << 14
    settings.changed += 1
    ready.run_for(0.02)
    assert ready.say("FAUL?").startswith('127,"MEMORY"')
    assert (ready.machine.hal.gate, ready.plant.truth) == (0, [])


@pytest.mark.requirement("SR-23")
@pytest.mark.requirement("SR-05")
def test_a_homing_move_that_is_none_is_a_flipped_bit(pen: Pen) -> None:
    """The drive's homing speed, changed while the first move is made: the next one is refused."""
    pen.say("ZONE CHEEK")
    pen.say("ARM", 0.043)
    assert pen.state == "HOMING"
    pen.machine.app.session.homing.drive.homing_us ^= 1 << 20
    pen.run_for(0.2)
    assert pen.say("FAUL?").startswith('127,"MEMORY"')
    assert pen.machine.hal.gate == 0


@pytest.mark.requirement("SR-22")
def test_scans_that_miss_while_homing_are_a_clock_that_is_wrong(pen: Pen) -> None:
    """As many scans as 10 kHz makes are counted over the homing; of those here, every tenth is not."""
    pen.say("ZONE CHEEK")
    hal = pen.machine.hal
    count = hal.scans
    hal.scans = lambda: count() * 9 // 10
    pen.say("ARM", 0.3)
    assert pen.say("FAUL?").startswith('128,"CLOCK"')
    assert hal.gate == 0


@pytest.mark.parametrize("armed", [False, True])
@pytest.mark.requirement("SR-14")
def test_a_scan_that_comes_no_more(armed: bool) -> None:
    """20 ms, and a turn of the loop; it cannot be cleared before it is back, and then the pen works again."""
    pen = Pen().arm() if armed else Pen()
    pen.machine.scans_stop = True
    pen.run_for(0.018)
    assert pen.state != "FAULT"
    pen.run_for(0.010)
    assert pen.state == "FAULT"
    assert pen.say("FAUL?").startswith('120,"SCAN_LATE"')
    assert pen.machine.hal.gate == 0
    pen.say("*CLS")
    pen.say("FAUL:CLE")
    assert pen.errors() == ['-221,"Settings conflict;no safety scan runs: switch the pen off and on"']
    pen.machine.scans_stop = False
    pen.run_for(0.1)
    pen.say("FAUL:CLE")
    assert pen.state == "IDLE"
    pen.arm()

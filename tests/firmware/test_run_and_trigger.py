"""Lease and trigger over many scans: what starts strokes, what keeps them coming, what ends them."""

import pytest

from tests.firmware.support import BOARD, MASK, NAMES, Bench

MOVING, OPEN = NAMES.MO_MOVING, NAMES.MO_MOVING | NAMES.MO_OPEN


def orders(bench: Bench) -> bool:
    """One more scan: did it order a stroke?"""
    bench.tick()
    return bench["OU_MOTION"] == NAMES.MOVE_START


@pytest.fixture
def bench() -> Bench:
    return Bench(cap_um=500)


@pytest.mark.parametrize("now_us", [5_000, MASK - 3_000, MASK - 500_000])
@pytest.mark.requirement("SR-11")
def test_a_lease_ends_by_itself(now_us: int) -> None:
    """A stroke may start 999900 us after the beginning of one second, and not at its end."""
    for late_us, starts in ((999_900, True), (1_000_000, False)):
        bench = Bench(cap_um=500, now_us=now_us)
        bench.lease(1_000_000)
        bench["OR_LEASE_START_US"] = (bench.now_us - late_us + 100) & MASK
        assert orders(bench) is starts
        assert (bench["ST_LEASE_SEQ"] == bench["OR_LEASE_SEQ"]) is not starts


@pytest.mark.requirement("SR-11")
def test_a_lease_once_over_stays_over(bench: Bench) -> None:
    """Not even when the ticks come round to its time again."""
    bench.lease(200_000)
    bench["OR_LEASE_START_US"] = (bench.now_us - 300_000) & MASK
    assert not orders(bench)
    bench["OR_LEASE_START_US"] = bench.now_us
    assert not orders(bench)


@pytest.mark.requirement("SR-11")
def test_a_new_lease_replaces_the_old_one(bench: Bench) -> None:
    bench.lease(100)
    bench.lease(10_000_000)
    assert orders(bench)


@pytest.mark.requirement("SR-10")
@pytest.mark.requirement("SR-12")
def test_the_trigger_starts_after_5_ms_and_stops_half_a_millisecond_after_release(bench: Bench) -> None:
    bench.switches |= NAMES.SW_TRIGGER
    bench.tick(49)
    assert bench.phase == "HOLD"
    assert orders(bench)
    assert (bench.phase, bench["ST_BY_TRIGGER"]) == ("STROKING", 1)
    bench.at(300, MOVING | NAMES.MO_OUTWARD)
    bench.tick()
    bench.switches &= ~NAMES.SW_TRIGGER
    bench.tick(4)
    assert bench.phase == "STROKING"
    bench.tick()
    assert (bench.phase, bench["OU_MOTION"], bench["ST_FAULT"]) == ("RETRACT", NAMES.MOVE_TURN, 0)


def test_a_bouncing_contact_is_a_press_once_it_was_closed_long_enough(bench: Bench) -> None:
    """An open contact takes ten closed ones back."""
    bench.press(30)
    bench.switches &= ~NAMES.SW_TRIGGER
    bench.tick()
    bench.press(29)
    assert bench["ST_TRIGGER"] == 0
    bench.press(1)
    assert bench["ST_TRIGGER"] == 1


@pytest.mark.requirement("SR-10")
@pytest.mark.parametrize("closed", [1, 3, 5, 9])
@pytest.mark.requirement("SR-12")
def test_a_contact_that_has_chattered_is_released_all_the_same(bench: Bench, closed: int) -> None:
    """It opens for a scan and closes for some, which leaves the count between two tens; then it is open for half a millisecond."""
    bench.press()
    bench.switches &= ~NAMES.SW_TRIGGER
    bench.tick()
    bench.press(closed)
    assert bench["ST_TRIGGER"] == 1
    bench.switches &= ~NAMES.SW_TRIGGER
    bench.tick(5)
    assert (bench["ST_TRIGGER"], bench["ST_TRIGGER_COUNT"]) == (0, 0)


def test_a_trigger_closed_when_the_pen_gets_ready_must_be_let_go_first() -> None:
    """Pressed 3 ms before the end of homing: too short for a fault, too early for a stroke."""
    bench = Bench(phase="HOMING", cap_um=500)
    bench.press(30)
    bench["OR_MODE"] = NAMES.MODE_HOLD
    bench.tick(100)
    assert (bench.phase, bench["ST_FAULT"]) == ("HOLD", 0)
    bench.switches &= ~NAMES.SW_TRIGGER
    bench.tick(10)
    bench.press(50)
    assert bench.phase == "STROKING"


@pytest.mark.requirement("SR-10")
def test_after_a_stop_a_trigger_still_held_starts_nothing(bench: Bench) -> None:
    bench.press(50)
    bench.at(300, MOVING | NAMES.MO_OUTWARD)
    bench.tick()
    bench["OR_STOP_SEQ"] += 1
    bench.tick()
    assert bench.phase == "RETRACT"
    bench.at(-BOARD.CLEARANCE_UM)
    bench.tick(300)
    assert bench.phase == "HOLD"
    bench.switches &= ~NAMES.SW_TRIGGER
    bench.tick(10)
    bench.press(50)
    assert bench.phase == "STROKING"


@pytest.mark.requirement("SR-12")
def test_a_trigger_that_takes_over_from_a_lease_stops_on_release(bench: Bench) -> None:
    """The lease ends while the trigger is held; strokes go on, and from then on they are the trigger's."""
    bench.lease(20_000)
    bench.tick()
    bench.motion = MOVING
    bench.press(50)
    bench.at(300, MOVING | NAMES.MO_OUTWARD)
    bench.tick()
    bench.at(-200, OPEN)
    assert orders(bench), "40 ms after the start the lease is over, but the trigger is held"
    bench.at(300, MOVING | NAMES.MO_OUTWARD)
    bench.tick()
    bench.switches &= ~NAMES.SW_TRIGGER
    bench.tick(5)
    assert (bench.phase, bench["OU_MOTION"]) == ("RETRACT", NAMES.MOVE_TURN)


@pytest.mark.requirement("SR-12")
def test_letting_go_of_the_trigger_stops_even_under_a_lease_renewed_meanwhile(bench: Bench) -> None:
    bench.press(50)
    bench.lease()
    bench.at(-250, MOVING)
    bench.tick()
    bench.at(-200, OPEN)
    assert orders(bench) or orders(bench), "at once, or behind a row of the trace"
    bench.at(300, MOVING | NAMES.MO_OUTWARD)
    bench.switches &= ~NAMES.SW_TRIGGER
    bench.tick(5)
    assert bench.phase == "RETRACT"
    bench.at(-BOARD.CLEARANCE_UM)
    bench.tick(100)
    assert bench.phase == "HOLD"


@pytest.mark.requirement("SR-12")
def test_a_stop_ends_the_lease(bench: Bench) -> None:
    bench.stroking(300)
    bench["OR_STOP_SEQ"] += 1
    bench.tick()
    bench.at(-BOARD.CLEARANCE_UM)
    bench.tick(100)
    assert bench.phase == "HOLD"


def test_a_run_ordered_during_the_return_begins_after_it(bench: Bench) -> None:
    bench.stroking(300)
    bench["OR_STOP_SEQ"] += 1
    bench.tick()
    bench.lease()
    bench.at(100, MOVING)
    bench.tick(10)
    assert bench.phase == "RETRACT"
    bench.at(-BOARD.CLEARANCE_UM)
    bench.tick(2)
    assert bench.phase == "STROKING"


@pytest.mark.parametrize("event", ["stop", "mode", "trigger"])
@pytest.mark.requirement("SR-12")
def test_an_emergency_stop_beats_every_other_event_of_its_scan(bench: Bench, event: str) -> None:
    if event == "trigger":
        bench.press(50)
        bench.at(300, MOVING | NAMES.MO_OUTWARD)
        bench.tick()
        bench.switches &= ~NAMES.SW_TRIGGER
        bench.tick(2)
    else:
        bench.stroking(300)
    bench.switches |= NAMES.SW_ESTOP
    bench.tick(2)
    bench["OR_STOP_SEQ"] += event == "stop"
    bench["OR_MODE"] = NAMES.MODE_OFF if event == "mode" else NAMES.MODE_HOLD
    bench.tick()
    assert (bench.phase, *bench.outputs()) == ("OFF", 0, 0, NAMES.MOVE_HALT)
    assert bench["ST_FAULT"] == 118


def test_a_fault_during_the_return_keeps_returning_or_cuts(bench: Bench) -> None:
    bench.stroking(300)
    bench["OR_MODE"] = NAMES.MODE_OFF
    bench.tick()
    bench.motion = MOVING
    bench.switches &= ~NAMES.SW_CARTRIDGE
    bench.tick(25)
    assert (bench.phase, bench["ST_FAULT"], *bench.outputs()) == ("RETRACT", 116, 1, 1, NAMES.MOVE_NONE)
    bench.switches |= NAMES.SW_ESTOP
    bench.tick(3)
    assert (bench.phase, bench["ST_FAULT"], *bench.outputs()) == ("OFF", 116, 0, 0, NAMES.MOVE_HALT)


def test_a_fault_raised_by_the_foreground_cuts(bench: Bench) -> None:
    bench.stroking(300)
    bench["OR_RAISE"] = 106
    assert bench.tick() == 106
    assert bench.outputs() == (0, 0, NAMES.MOVE_HALT)
    bench["OR_CLEAR_SEQ"] += 1
    assert bench.tick(3) == 106, "what is still raised latches again"


@pytest.mark.requirement("SR-10")
@pytest.mark.requirement("SR-23")
@pytest.mark.parametrize("value", [1, 2, 1 << 10, -(1 << 31)])
def test_a_flipped_bit_is_no_trigger(value: int) -> None:
    """Nobody has closed the contact: nothing starts, and the next scan knows better."""
    bench = Bench()
    assert bench["ST_TRIGGER_READY"] == 1
    bench["ST_TRIGGER"] = value
    bench.tick()
    assert (bench.phase, bench["OU_MOTION"], bench["ST_TRIGGER"]) == ("HOLD", NAMES.MOVE_NONE, 0)

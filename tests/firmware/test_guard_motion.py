"""Position, dwell, stall, frozen sensor, home switch and rate: just below, at and above every threshold."""

import pytest

from tests.firmware.support import BOARD, MASK, NAMES, Bench, set_word

OUT = NAMES.MO_MOVING | NAMES.MO_OUTWARD
IN = NAMES.MO_MOVING
CAP_UM = 500
PERIOD_US = 40_000


def stroking(um: int = 300, motion: int = OUT) -> Bench:
    bench = Bench(cap_um=CAP_UM)
    bench.stroking(um)
    bench.motion = motion
    return bench


# --- the cap


@pytest.mark.parametrize(("um", "fault"), [(500, 0), (510, 101), (520, 101)])
@pytest.mark.requirement("SR-03")
def test_the_count_beyond_the_cap(um: int, fault: int) -> None:
    """8 um are tolerated, and a step is 10 um."""
    bench = stroking(490)
    bench.tip_um = bench.counted_um = um
    bench.tip_um = 490
    assert bench.tick() == fault


@pytest.mark.parametrize(("um", "fault"), [(507, 0), (508, 0), (509, 101), (900, 101)])
@pytest.mark.parametrize("motion", [OUT, IN])
@pytest.mark.requirement("SR-03")
def test_the_tip_beyond_the_cap(um: int, fault: int, motion: int) -> None:
    bench = stroking(500, motion)
    bench.counted_um = 500
    bench.tip_um = um
    assert bench.tick() == fault
    if fault:
        assert (bench.phase, *bench.outputs()) == ("OFF", 0, 0, NAMES.MOVE_HALT)


@pytest.mark.parametrize(("raw", "fault"), [(743, 0), (744, 108), (15_387, 101), (15_388, 0)])
@pytest.mark.requirement("SR-04")
def test_a_reading_at_the_edge_of_its_range_is_a_position(raw: int, fault: int) -> None:
    """-825 um and 3599 um; a count beyond the edge they are nothing, until SENSOR_RANGE says so."""
    bench = stroking(300)
    bench.raw = raw
    bench["ST_TIP_LAST"] = raw
    bench["ST_TIP_SAME"] = 9
    assert bench.tick() == fault
    assert bench["ST_PEAK_UM"] < 400


@pytest.mark.requirement("SR-03")
@pytest.mark.requirement("SR-01")
def test_without_a_zone_the_face_is_the_cap() -> None:
    bench = Bench(cap_um=0)
    bench.home = True
    bench["ST_PHASE"] = NAMES.PHASE_RETRACT
    bench.at(0, OUT)
    assert bench.tick() == 0
    bench.tip_um = 9
    assert bench.tick() == 101


# --- tip against count


@pytest.mark.parametrize(("motion", "deeper_um"), [(OUT, 20), (IN, 40)])
@pytest.mark.requirement("SR-04")
def test_a_tip_deeper_than_the_count(motion: int, deeper_um: int) -> None:
    """Going out 20 um, DEEPER_UM of the board; going in 40, MISMATCH_UM, short of where it has been."""
    bench = stroking(400, OUT)
    bench.tick()
    bench.counted_um, bench.motion = 300, motion
    bench.tip_um = 300 + deeper_um
    assert bench.tick() == 0
    bench.tip_um += 1
    assert bench.tick() == 102
    assert bench.phase == "OFF"


@pytest.mark.requirement("SR-03")
@pytest.mark.parametrize("lag_um", [0, 3, 6])
def test_the_first_step_of_a_return_that_goes_outward(lag_um: int) -> None:
    """It creeps, and at 6 um beyond the peak it is cut for: a step and the sensor's noise apart, and 4 um beyond where it agreed."""
    bench = stroking(500, OUT)
    bench.tip_um = 500 - lag_um
    assert bench.tick() == 0
    bench.motion = IN
    bench.counted_um = 490
    for beyond_um in range(-lag_um, 6):
        bench.tip_um = 500 + beyond_um
        assert bench.tick() == 0
    bench.tip_um = 506
    assert bench.tick() == 102


def test_a_return_that_lags_is_none_that_goes_outward() -> None:
    """The sensor's noise and a step: 4 um beyond the deepest so far, and what lags on the way back short of that."""
    bench = stroking(500, OUT)
    bench.tip_um = 494
    assert bench.tick() == 0
    bench.motion = IN
    bench.tip_um = 500
    assert bench.tick() == 0
    bench.counted_um, bench.tip_um = 490, 504
    assert bench.tick() == 0
    bench.counted_um, bench.tip_um = 460, 499
    assert bench.tick() == 0
    assert bench["ST_PEAK_UM"] == 500
    bench.counted_um = 450
    assert bench.tick() == 103, "the count went back 50 um, the tip hardly"


@pytest.mark.parametrize("motion", [OUT, IN])
@pytest.mark.requirement("SR-04")
def test_a_tip_shallower_than_the_count(motion: int) -> None:
    """40 um. Both moved since they agreed, the tip more than half as far: no stall."""
    bench = stroking(300, motion)
    bench.counted_um, bench.tip_um = 400, 360
    assert bench.tick() == 0
    bench.tip_um = 359
    assert bench.tick() == 102


@pytest.mark.parametrize(("apart_um", "fault"), [(-21, 102), (-20, 0), (20, 0), (21, 102)])
@pytest.mark.requirement("SR-04")
def test_tip_and_count_at_rest(apart_um: int, fault: int) -> None:
    """20 um. The count has not moved, so a tip that did is a mismatch."""
    bench = Bench(cap_um=CAP_UM)
    bench.tip_um += apart_um
    assert bench.tick() == fault


@pytest.mark.parametrize("now_us", [5_000, MASK - 3_500])
def test_rest_begins_2_ms_after_the_last_step(now_us: int) -> None:
    bench = Bench(cap_um=CAP_UM, now_us=now_us)
    bench.at(-BOARD.CLEARANCE_UM + 10)
    bench.tick()
    bench.counted_um -= 10
    bench.tip_um = bench.counted_um + 30
    assert bench.tick(21) == 0, "2000 us after the step"
    assert bench.tick(us=1) == 102


def test_nothing_rests_while_words_are_left() -> None:
    bench = stroking(-290, IN)
    bench.at(-300, IN)
    bench.tip_um -= 30
    assert bench.tick(50) == 0
    bench.motion = 0
    assert bench.tick() == 102


# --- what kind of disagreement


@pytest.mark.parametrize(("tip_um", "fault"), [(349, 103), (350, 102)])
@pytest.mark.requirement("SR-16")
@pytest.mark.requirement("SR-04")
def test_a_tip_that_followed_less_than_half_way_has_stalled(tip_um: int, fault: int) -> None:
    """Agreed at 300 um; the count went 100 um on, the tip 49 or 50."""
    bench = stroking(300)
    bench.counted_um, bench.tip_um = 400, tip_um
    assert bench.tick() == fault


@pytest.mark.parametrize(("counted_um", "tip_um", "fault"), [(200, 251, 103), (200, 250, 102), (240, 281, 103)])
def test_a_stall_on_the_way_in(counted_um: int, tip_um: int, fault: int) -> None:
    bench = stroking(300, IN)
    bench.counted_um, bench.tip_um = counted_um, tip_um
    assert bench.tick() == fault


@pytest.mark.parametrize(("agreed_um", "fault"), [(11, 102), (-11, 102), (12, 103), (-12, 103)])
def test_closer_than_12_um_tip_and_count_agree(agreed_um: int, fault: int) -> None:
    """The count went on 20 um since 400 um and the tip back 30 um or more, or the count 120 um since 300 um and the tip 59 um."""
    bench = stroking(300)
    bench.counted_um, bench.tip_um = 400, 400 + agreed_um
    bench.tick()
    assert (bench["ST_AGREED_COUNTED_UM"] == 400) is (abs(agreed_um) < 12)
    bench.counted_um, bench.tip_um = 420, 359
    assert bench.tick() == fault


@pytest.mark.parametrize(("same", "fault"), [(2, 103), (3, 108)])
@pytest.mark.requirement("SR-04")
def test_three_equal_readings_after_the_first_are_a_frozen_sensor(same: int, fault: int) -> None:
    bench = stroking(300)
    bench.dithers = False
    bench.tip_um = 299
    bench.tick()
    assert bench.tick(same - 1) == 0
    bench.counted_um = 350
    assert bench.tick() == fault


def test_the_count_of_equal_readings_stops_at_1000() -> None:
    bench = Bench()
    bench.dithers = False
    bench.tick(1_200)
    assert bench["ST_TIP_SAME"] == 1_000


# --- home switch


@pytest.mark.requirement("SR-05")
def test_the_home_switch_is_closed_at_rest() -> None:
    bench = Bench()
    bench.home = False
    assert bench.tick() == 106
    assert bench.phase == "OFF"


def test_the_home_switch_is_not_looked_at_in_motion() -> None:
    bench = stroking(-290, IN)
    bench.at(-300, IN)
    bench.home = False
    assert bench.tick(50) == 0
    bench = Bench()
    bench.home = False
    assert bench.tick() == 106


@pytest.mark.parametrize("phase", [-1, 5, 1 << 20])
@pytest.mark.requirement("SR-23")
def test_a_phase_that_is_none_is_cut_for(phase: int) -> None:
    bench = Bench()
    bench["ST_PHASE"] = phase
    assert bench.tick() == 127
    assert bench.phase == "OFF"


@pytest.mark.requirement("SR-23")
def test_a_stroke_in_hold_is_cut_for_and_no_other_begins() -> None:
    """A bit of the phase that flips: STROKING has become HOLD."""
    bench = stroking(200)
    bench["ST_PHASE"] = NAMES.PHASE_HOLD
    assert bench.tick() == 127
    assert bench.outputs() == (0, 0, NAMES.MOVE_HALT)


@pytest.mark.parametrize(("um", "fault"), [(-150, 0), (-149, 106)])
@pytest.mark.requirement("SR-05")
def test_the_way_out_of_homing_ends_half_way_to_the_face(um: int, fault: int) -> None:
    bench = Bench(phase="HOMING")
    bench["OR_MOVE_UNTIL"] = NAMES.UNTIL_HOME_OPEN
    bench.tip_um = um
    assert bench.tick() == fault


@pytest.mark.requirement("SR-05")
def test_the_way_out_of_homing_ends_there_however_near_it_began() -> None:
    """From -170 um it is less than the 40 um that a way in may go astray."""
    bench = Bench(phase="HOMING")
    bench["ST_INNERMOST_UM"] = bench.tip_um = -170
    bench["OR_MOVE_UNTIL"] = NAMES.UNTIL_HOME_CLOSED
    for um in (-150, -149):
        bench.tip_um = um
        assert bench.tick() == 0
    bench["OR_MOVE_UNTIL"] = NAMES.UNTIL_HOME_OPEN
    assert bench.tick() == 106


@pytest.mark.parametrize("until", ["UNTIL_HOME_CLOSED", "UNTIL_END"])
@pytest.mark.requirement("SR-03")
def test_a_way_in_that_leads_out_is_cut(until: str) -> None:
    """From 500 um in the skin it may come back, and go 40 um out again, and no more."""
    bench = Bench(phase="HOMING")
    bench["OR_MOVE_UNTIL"] = getattr(NAMES, until)
    bench["ST_INNERMOST_UM"] = bench.tip_um = 500
    for tip_um in (480, 300, 340):
        bench.tip_um = tip_um
        assert bench.tick() == 0
    bench.tip_um = 341
    assert bench.tick() == 106
    assert bench.outputs()[0] == 0


@pytest.mark.requirement("SR-03")
def test_a_way_in_from_retracted_that_leads_out_ends_half_way_to_the_face() -> None:
    bench = Bench(phase="HOMING")
    bench["ST_INNERMOST_UM"] = -300
    bench.tip_um = -150
    assert bench.tick() == 0
    bench.tip_um = -149
    assert bench.tick() == 106


@pytest.mark.requirement("SR-04")
def test_a_frozen_sensor_while_homing() -> None:
    """The same reading for fifty scans of a slow move; at rest it proves nothing."""
    bench = Bench(phase="HOMING")
    bench.raw = 2_400
    bench.motion = NAMES.MO_OUTWARD  # the last step was
    assert bench.tick(200) == 0
    bench["ST_TIP_SAME"] = 0
    bench.motion = IN
    assert bench.tick(49) == 0
    assert bench.tick() == 108


@pytest.mark.requirement("SR-04")
def test_a_sensor_that_had_frozen_before_the_move_of_homing() -> None:
    bench = Bench(phase="HOMING")
    bench.raw = 2_400
    bench.tick(200)
    bench.motion = IN
    assert bench.tick(50) == 108


@pytest.mark.requirement("SR-10")
def test_a_trigger_held_while_homing() -> None:
    """5 ms of closed contact."""
    bench = Bench(phase="HOMING")
    bench.switches |= NAMES.SW_TRIGGER
    assert bench.tick(49) == 0
    assert bench.tick() == 117
    assert bench.phase == "OFF"


# --- dwell


@pytest.mark.parametrize("now_us", [5_000, MASK - 10_000])
@pytest.mark.parametrize(("counted_um", "tip_um"), [(10, 10), (0, 21)])
@pytest.mark.requirement("SR-08")
def test_the_tip_may_be_out_as_long_as_the_stroke_says(counted_um: int, tip_um: int, now_us: int) -> None:
    """20 ms, from the first scan that sees it beyond the face, by count or by more than 20 um of the sensor."""
    bench = Bench(cap_um=CAP_UM, now_us=now_us)
    bench.stroking(-BOARD.CLEARANCE_UM)
    bench.motion = IN
    bench.counted_um, bench.tip_um = counted_um, tip_um
    bench["ST_AGREED_MEASURED_UM"] = bench["ST_AGREED_COUNTED_UM"] + 10  # so far it lags
    bench.tick()
    assert bench.tick(200) == 0
    assert bench.tick(us=1) == 104
    assert bench.phase == "OFF"


def test_at_the_face_the_tip_is_not_out() -> None:
    bench = Bench(cap_um=CAP_UM)
    bench.stroking(-BOARD.CLEARANCE_UM)
    bench.motion = IN
    bench.counted_um, bench.tip_um = 0, 20
    bench["ST_AGREED_MEASURED_UM"] = bench["ST_AGREED_COUNTED_UM"] + 10  # so far it lags
    assert bench.tick(400) == 0
    assert bench["ST_OUT"] == 0


@pytest.mark.parametrize("slot", [0, 1, 2, 3])
@pytest.mark.requirement("SR-08")
def test_each_slot_has_its_own_dwell(slot: int) -> None:
    """There are two; a bit that flips makes no others."""
    bench = stroking(300)
    bench["ST_SLOT"] = slot
    set_word(bench.image, NAMES.OR_OUT_US + (slot & 1), 3_000)
    assert bench.tick(20) == 0
    assert bench.tick(10) == 104


@pytest.mark.parametrize("phase", ["STROKING", "RETRACT"])
@pytest.mark.parametrize("slots", [(0, 1), (1, 0), (0, 0)])
@pytest.mark.requirement("SR-08")
def test_a_stroke_may_take_its_period_and_the_next_ones(phase: str, slots: tuple[int, int]) -> None:
    """A generator that makes no more steps behind the face: 40 and 60 ms after the start, or twice 40."""
    bench = Bench(cap_um=CAP_UM)
    bench.stroking(-200)
    set_word(bench.image, NAMES.OR_PERIOD_US + 1, 60_000)
    bench["ST_SLOT"], bench["ST_QUEUED"] = slots
    bench["ST_PHASE"] = getattr(NAMES, f"PHASE_{phase}")
    allowed_us = 80_000 if slots == (0, 0) else 100_000
    while bench.now_us - bench["ST_START_US"] < allowed_us:
        assert bench.tick() == 0
    assert bench.now_us - bench["ST_START_US"] == allowed_us
    assert bench.tick(us=1) == 104
    assert bench.phase == "OFF"


# --- strokes and their peaks


def back(bench: Bench) -> None:
    bench.at(-BOARD.CLEARANCE_UM, 0)
    bench.tick()


def test_a_finished_stroke_is_counted_with_its_deepest_point() -> None:
    bench = stroking(490)
    bench.tip_um = 497
    bench.tick()
    for um in (480, 300):
        bench.at(um, IN)
        bench.tick()
    bench.at(0, IN)
    bench.tick()
    assert (bench["ST_STROKES"], bench["ST_PEAK_UM"]) == (0, 497)
    back(bench)
    assert (bench["ST_STROKES"], bench["ST_LAST_PEAK_UM"], bench["ST_PEAK_UM"]) == (1, 497, 0)


def test_a_stroke_that_never_passed_the_face_is_none() -> None:
    bench = stroking(-50)
    back(bench)
    assert (bench["ST_STROKES"], bench["ST_LAST_PEAK_UM"]) == (0, 0)


def test_the_count_of_strokes_wraps() -> None:
    bench = stroking(300)
    bench["ST_STROKES"] = MASK
    back(bench)
    assert bench["ST_STROKES"] == 0

"""The solenoid's drive: its envelope, its strokes, and what it learns; on the whole pen, the truth is the plant's."""

import re
from array import array
from types import ModuleType
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pen_sim.loader import load_board, pure
from tests.firmware.support import NAMES, Pen

solenoid: Any = pure("pen.solenoid")
pulses: Any = pure("pen.pulses")
BOARD = load_board("pen_solenoid")
Drive = solenoid.Drive


def board_with(**fields: Any) -> ModuleType:
    board = ModuleType("board")
    board.__dict__.update({name: value for name, value in vars(BOARD).items() if name[0].isupper()})
    board.__dict__.update(fields)
    return board


def drive_at(mv: int) -> Any:
    drive = Drive(BOARD)
    drive._drive_mv = mv
    return drive


MV = st.integers(2_500, 4_500)
WEAKER_MV = 600  # after a minute of strokes: measured by test_cellquota
DEPTH_UM = st.integers(50, 300).map(lambda tens: 10 * tens)


@given(DEPTH_UM, MV)
def test_a_weaker_supply_and_a_longer_way_take_longer(depth_um: int, mv: int) -> None:
    assert drive_at(mv).pull_in_us(depth_um) >= drive_at(mv + 50).pull_in_us(depth_um)
    assert drive_at(mv).pull_in_us(depth_um) <= drive_at(mv).pull_in_us(depth_um + 10)


@given(DEPTH_UM, MV)
def test_the_envelope_from_either_side(depth_um: int, mv: int) -> None:
    """The greatest rate of a depth is one at which the greatest depth is that or more, and a drive that a run has made weaker keeps it.

    A tenth of a hertz more than the drive has strokes for now is too much.
    """
    drive = drive_at(mv)
    most = drive.rate_max_dhz(depth_um)
    if most:
        assert drive.depth_max_um(most) >= depth_um
        drive.plan(depth_um, most)
    else:
        assert drive.depth_max_um(1) < depth_um
    if mv - WEAKER_MV >= drive._least_mv(depth_um):
        drive_at(mv - WEAKER_MV).plan(depth_um, most)
    most = drive.rate_now_dhz(depth_um)
    with pytest.raises(ValueError, match="cannot make this stroke"):
        drive.plan(depth_um, most + 1)
    assert drive.failing() == -112


@given(DEPTH_UM, MV, st.integers(10, 1_200), st.integers(300, 1_000))
def test_every_stroke_fits_into_its_period_and_its_words(depth_um: int, mv: int, rate_dhz: int, permille: int) -> None:
    drive = drive_at(mv)
    assume(drive.rate_max_dhz(depth_um))
    drive._peak_permille = permille
    stroke = drive.plan(depth_um, min(rate_dhz, drive.rate_max_dhz(depth_um)))
    words = array("I", [0] * 64)
    assert stroke.write(words) == 3
    on_us = pulses.on_us(words[1])
    assert drive.pull_in_us(depth_um) <= on_us <= BOARD.ON_MOST_US, (
        "the coil is on until the tip is there, however slow"
    )
    assert stroke.travel_us == on_us + words[2]
    assert words[2] == drive.back_us(depth_um)
    assert stroke.travel_us + BOARD.REST_MIN_US <= stroke.period_us + 1


@pytest.mark.parametrize(("depth_um", "least_mv"), [(500, 2_700), (950, 2_700), (2_000, 2_952), (3_000, 3_192)])
def test_a_supply_that_is_not_enough_for_the_way(depth_um: int, least_mv: int) -> None:
    """2.4 V and 0.24 V more for each millimetre from retracted, 2.7 V at least: below there is no stroke, above there is one."""
    assert drive_at(least_mv).rate_max_dhz(depth_um) > BOARD.RATE_MIN_DHZ
    weak = drive_at(least_mv - 1)
    assert weak.rate_max_dhz(depth_um) == 0
    assert weak.depth_max_um(BOARD.RATE_MIN_DHZ) < depth_um
    for rate_dhz in (0, BOARD.RATE_MIN_DHZ):
        with pytest.raises(ValueError, match="cannot make this stroke"):
            weak.plan(depth_um, rate_dhz)
    assert weak.failing() == -112


@pytest.mark.parametrize(
    ("fields", "why"), [({"ON_MOST_US": 3_000}, "ON_MOST_US"), ({"RETURN_US": 999_000}, "too slow")]
)
def test_a_board_whose_deepest_stroke_cannot_be_made(fields: dict[str, int], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Drive(board_with(**fields))


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("CELL_OPEN_MV", (3_000, 3_500, 3_500), "CELL_OPEN_MV must rise"),
        ("CELL_OPEN_MV", (3_000,), "CELL_OPEN_MV must rise"),
        ("CELL_MAH", 0, "CELL_MAH is 0"),
        ("COIL_MOHM", None, "COIL_MOHM is missing"),
        ("PIN_THERMISTOR", BOARD.PIN_COIL, "a pin is used twice"),
        ("PIN_CARTRIDGE_CODE", 26, "a pin is used twice"),
        ("CELL_OPEN_UV", 1, "no field is called CELL_OPEN_UV"),
    ],
)
def test_what_is_wrong_about_cell_coil_or_cartridge_is_named(field: str, value: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        pure("pen.board").check(board_with(**{field: value}))


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"SUPPLY_WAY_MV": 3_408}, "SUPPLY_WAY_MV leaves no supply"),  # 792 mV more for 3.3 mm make 4.2 V
        ({"SUPPLY_WEAK_MV": 4_200}, "not below SUPPLY_STRONG_MV"),
        ({"PIN_COIL_LOW": 22}, "must follow PIN_COIL"),
        ({"STOP_HOME_UM": -300}, "in front of retracted"),
        ({"STOP_HOME_UM": -195}, "whole steps"),
    ],
)
def test_fields_that_contradict_each_other(fields: dict[str, int], why: str) -> None:
    pure("pen.board").check(board_with(SUPPLY_WAY_MV=3_407))
    with pytest.raises(ValueError, match=why):
        pure("pen.board").check(board_with(**fields))


@pytest.fixture
def pen() -> Pen:
    return Pen(board="pen_solenoid")


def ready(pen: Pen, zone: str = "CHEEK", depth: str = "1.0", rate: str = "100") -> Pen:
    for line in (f"ZONE {zone}", "RATE 1", f"DEPT {depth}", f"RATE {rate}"):
        pen.say(line)
    pen.say("ARM", 2.0)
    assert pen.state == "READY", pen.say("FAUL?")
    return pen


@pytest.mark.requirement("SR-03")
@pytest.mark.requirement("SR-16")
def test_strokes_to_the_stop_at_the_set_rate(pen: Pen) -> None:
    ready(pen).say("RUN 1", 1.1)
    truth = pen.plant.truth
    assert len(truth) == 100
    assert all(stroke.peak_um == pytest.approx(1_000, abs=0.5) for stroke in truth)
    assert (truth[-1].start_ns - truth[10].start_ns) / 89 == pytest.approx(10_000_000, abs=1_000)
    assert pen.say("FAUL?").startswith("0,")


@pytest.mark.requirement("SR-05")
def test_homing_sets_the_stop_and_keeps_the_needles_behind_the_face(pen: Pen) -> None:
    ready(pen)
    assert pen.plant.stop_um == 1_000
    assert pen.plant.max_tip_um < 0


def test_another_depth_while_it_strokes_sets_the_stop_between_strokes(pen: Pen) -> None:
    """Outward at once, inward over the switch; the lease goes on, and no stroke ends anywhere else."""
    ready(pen).say("RUN 5", 0.5)
    pen.say("DEPT 1.3", 0.5)
    pen.say("DEPT 0.6", 1.5)
    assert pen.state == "RUNNING"
    peaks = {round(stroke.peak_um) for stroke in pen.plant.truth}
    assert peaks == {1_000, 1_300, 600}
    said = pen.say("LOG?", 0.3).rpartition("RUN,5000 ms")[2]
    assert "RUNNING" in said
    assert "HOMING" not in said, "to the host it runs meanwhile"
    assert pen.plant.stop_um == 600
    assert pen.say("FAUL?").startswith("0,")


@pytest.mark.requirement("SR-04")
@pytest.mark.parametrize("ran_s", [0.5 + k * 0.0511 for k in range(14)])
def test_the_stop_waits_until_the_tip_has_come_to_rest(pen: Pen, ran_s: float) -> None:
    """Whenever the order comes, and whenever the foreground sees that the stroke is over: it is no mismatch of the tip."""
    ready(pen, rate="20").say("RUN 60", ran_s)
    pen.say("DEPT 0.8", 0.6)
    assert pen.say("FAUL?").startswith("0,")
    assert pen.plant.stop_um == 800


@pytest.mark.requirement("SR-01")
def test_a_deeper_zone_when_ready_sets_the_stop_beyond_the_old_cap(pen: Pen) -> None:
    """From a cap of 0.5 mm to one of 2.0: the new one is in force before the stop moves."""
    ready(pen, zone="PERIORBITAL", depth="0.5", rate="20")
    pen.say("ZONE BODY;RATE 20;RUN 0.5", 1.5)
    assert pen.say("FAUL?").startswith("0,")
    assert [round(stroke.peak_um) for stroke in pen.plant.truth] == [1_500] * 10


@pytest.mark.requirement("SR-11")
@pytest.mark.parametrize("depth", ["0.6", "1.4"])
def test_the_seconds_of_a_lease_are_of_strokes(pen: Pen, depth: str) -> None:
    """Ordered with another depth: 0.5 s at 20 Hz are ten strokes, however long the stop takes; and then it is over."""
    ready(pen, rate="20")
    pen.say(f"DEPT {depth};RUN 0.5", 2.5)
    assert pen.state == "READY"
    assert [round(stroke.peak_um) for stroke in pen.plant.truth] == [round(1_000 * float(depth))] * 10


@pytest.mark.requirement("SR-05")
def test_a_stop_at_the_screws_front_end_is_taken_in(pen: Pen) -> None:
    pen.plant.slip_um(10_000.0, pen.machine.now_ns)
    assert pen.plant.stop_um == BOARD.PLANT_FRONT_TRAVEL_UM
    ready(pen)
    assert pen.plant.stop_um == 1_000


@pytest.mark.requirement("SR-12")
@pytest.mark.parametrize("order", ["STOP", "!", "DIS"])
def test_a_stop_while_the_stop_is_set(pen: Pen, order: str) -> None:
    ready(pen).say("RUN 5", 0.5)
    pen.say("DEPT 0.6", 0.1)
    pen.machine.send(order.encode() + b"\n")
    pen.run_for(1.5)
    before = len(pen.plant.truth)
    pen.run_for(1.0)
    assert len(pen.plant.truth) == before
    assert pen.state == ("READY" if order == "STOP" else "IDLE")
    assert pen.say("FAUL?").startswith("0,")


@pytest.mark.requirement("SR-05")
def test_a_stop_that_lost_steps_on_the_way_in_is_found_by_the_switch(pen: Pen) -> None:
    """It would be too deep. The count at the switch is not what it was, and no stroke is made."""
    ready(pen)
    pen.plant.steps_to_lose = 40
    pen.say("DEPT 0.5", 2.0)
    assert pen.say("FAUL?").startswith('106,"HOME"')
    assert pen.machine.hal.gate == 0
    assert pen.plant.truth == []


@pytest.mark.requirement("SR-03")
@pytest.mark.parametrize("um", [15, 100])
def test_a_stop_that_has_slipped_outward(pen: Pen, um: int) -> None:
    """Below the tolerance it is none of ours; above it the first stroke is cut for, at the cap or where it should have ended."""
    ready(pen)
    pen.plant.slip_um(um, pen.machine.now_ns)
    pen.say("RUN 1", 0.5)
    assert pen.say("FAUL?").startswith("0," if um < 20 else '102,"POSITION_MISMATCH"')


@pytest.mark.requirement("SR-16")
@pytest.mark.parametrize("since", [0.0, 0.3])
def test_a_tip_that_does_not_get_to_the_stop_is_a_stall(pen: Pen, since: float) -> None:
    """After eight strokes that were not made: of the run, or since the last that was."""
    ready(pen, rate="20").say("RUN 3", since)
    pen.plant.coil_open = True
    pen.run_for(0.4)
    assert pen.say("FAUL?").startswith("0,")
    pen.run_for(0.2)
    assert pen.say("FAUL?").startswith('103,"STALL"')
    assert pen.machine.hal.gate == 0


@pytest.mark.requirement("SR-16")
def test_eight_missing_strokes_are_a_stall_in_every_run_anew(pen: Pen) -> None:
    """Seven, and another run of seven, are none."""
    ready(pen, rate="20").say("RUN 0.2", 0.4)
    pen.plant.coil_open = True
    for _ in range(3):
        pen.say("RUN 0.35", 0.6)
        assert pen.state == "READY"
    pen.say("RUN 1", 0.7)
    assert pen.say("FAUL?").startswith('103,"STALL"')


def test_a_cell_too_weak_for_the_depth_is_refused_and_told_what_works(pen: Pen) -> None:
    """2.9 V and a coil of 25 degrees, as 2.84 V at 20: enough for 1.5 mm, which ask for 2.832 V, and not for 1.6."""
    pen.plant.supply_mv = 2_900
    pen.run_for(0.3)
    for line in ("ZONE BODY", "RATE 20", "DEPT 2.0"):
        pen.say(line)
    (sentence,) = pen.errors()
    found = re.search(r"BODY at 2.00 mm allows at most 0.0 Hz on this drive, or ([\d.]+) mm at 20.0 Hz", sentence)
    assert found, sentence
    assert 1.5 <= float(found[1]) < 1.6
    pen.say(f"DEPT {found[1]}")
    assert pen.errors() == []
    pen.run_for(5.0)  # the gauge is slow
    pen.say("ARM", 2.0)
    assert "the cell has 0 %" in pen.errors()[0]  # 2.9 V without load: there is no minute of strokes in it
    assert pen.state == "IDLE"


def test_a_cell_that_weakens_in_a_run_ends_it(pen: Pen) -> None:
    """Before the foreground has seen it two strokes may be short; the tip returns, the drive goes off, and the supply is named."""
    ready(pen, "BODY", "2.0", "30").say("RUN 5", 1.0)
    pen.plant.supply_mv = 2_900
    pen.run_for(0.5)
    assert pen.say("FAUL?").startswith('112,"SUPPLY_LOW"')
    assert pen.plant.tip_um(pen.machine.now_ns) == -300
    assert pen.machine.hal.gate == 0
    assert len([stroke for stroke in pen.plant.truth if stroke.peak_um < 1_970]) <= 2


def test_a_cell_too_weak_for_anything_refuses_the_zone(pen: Pen) -> None:
    pen.plant.supply_mv = 2_700
    pen.run_for(0.3)
    pen.say("ZONE CHEEK")
    assert pen.errors() == ['-221,"Settings conflict;CHEEK at 1.00 mm allows at most 0.0 Hz on this drive"']
    assert pen.say("ZONE?") in ("", '""', "NONE")


@pytest.mark.requirement("SR-04")
def test_a_tip_that_bounces_off_its_seat_into_the_skin_is_named(pen: Pen) -> None:
    ready(pen, depth="1.5", rate="20").say("RUN 1", 0.3)
    assert pen.say("FAUL?").startswith("0,")
    pen.plant.seat_bounce = 4.0
    pen.run_for(0.3)
    assert pen.say("FAUL?").startswith('102,"POSITION_MISMATCH"')
    assert pen.machine.hal.gate == 0


@pytest.mark.requirement("SR-04")
def test_a_sensor_that_repeats_itself_is_frozen_from_the_first_stroke_on(pen: Pen) -> None:
    ready(pen, rate="20").say("RUN 1", 0.245)
    pen.plant.tip_sensor.frozen = True
    pen.run_for(0.06)
    assert pen.say("FAUL?").startswith('108,"SENSOR_FROZEN"')


def test_a_dip_of_the_supply_ends_no_run(pen: Pen) -> None:
    """Of 1 ms, which the scan bears: the foreground, which plans strokes by the supply, does as well, wherever it looks."""
    ready(pen, depth="1.5", rate="60").say("RUN 5", 0.3)
    usual_mv = pen.plant.supply_mv
    for number in range(40):
        pen.plant.supply_mv = 2_650
        pen.run_for(0.001)
        pen.plant.supply_mv = usual_mv
        pen.run_for(0.0403 + 0.001 * number)
    assert pen.state == "RUNNING"
    assert pen.say("FAUL?").startswith("0,")


@pytest.mark.requirement("SR-03")
@pytest.mark.parametrize("charge", [500, 1_000])
@pytest.mark.parametrize("rate", ["60", "63.7"])
def test_a_scan_sees_the_tip_at_its_stop(pen: Pen, charge: int, rate: str) -> None:
    """In every stroke, whatever was learnt, so that one which is deeper by the tolerance is noticed. It bounces off it first."""
    pen.plant.charge_permille = charge
    ready(pen, depth="1.5", rate=rate).say("RUN 4", 4.2)
    shallowest_um = float(pen.say("MEAS:DEPT? MIN")) * 1_000
    assert shallowest_um > 1_500 - BOARD.OVER_DEPTH_UM
    assert min(stroke.peak_um for stroke in pen.plant.truth) > 1_500 - 1


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1_000), st.sampled_from(["0.5", "1.0", "1.5"]))
def test_at_any_charge_either_strokes_to_the_stop_or_a_word(charge: int, depth: str) -> None:
    pen = Pen(board="pen_solenoid")
    pen.plant.charge_permille = charge
    for line in ("ZONE CHEEK", f"DEPT {depth}", "RATE 60"):
        pen.say(line)
    pen.say("ARM", 2.0)
    pen.say("RUN 0.5", 0.7)
    truth = pen.plant.truth
    short = [stroke for stroke in truth if stroke.peak_um < float(depth) * 1_000 - 30]
    assert truth or pen.errors() or pen.word("ST_FAULT")
    assert len(short) <= 2 or pen.word("ST_FAULT")
    assert pen.plant.max_tip_um <= float(depth) * 1_000 + 20
    assert NAMES

"""Strokes of the solenoid against independent integration, the balance of energy, and the figures the board promises."""

from itertools import pairwise

import pytest

from pen_sim.loader import pure
from pen_sim.plant import striker
from pen_sim.plant.skin_spec import FIRM, SOFT, TYPICAL, SkinSpec
from tests.sim.plant.solenoid_bench import (
    BOARD,
    DAMPED,
    ELASTIC,
    MS,
    SEAT_UM,
    SETTLED_NS,
    Bench,
    bench_with,
    driven,
    flight,
    skin_mn,
)

PULL_IN = 0.01  # relative, against fine steps
SLICES = 0.004  # relative
REFERENCE_S = 0.5e-6
FULL_MV, EMPTY_MV = 4_200, 3_200
PULL_IN_MARGIN = 0.02  # as the board file says
SEATED_UM = 20  # REST_MISMATCH_UM
CHOP_OFF_US = pure("pen.pulses").CHOP_OFF_US
PERIOD_MS = 1_000 / 120
SLOPE = BOARD.PLANT_COIL_UH_PER_MM * 1e-9  # H/um


@pytest.mark.parametrize("skin", [ELASTIC, DAMPED], ids=["elastic", "damped"])
@pytest.mark.parametrize("stop_um", [-100.0, 500.0, 1_000.0, 2_000.0])
@pytest.mark.parametrize("open_mv", [FULL_MV, EMPTY_MV])
def test_pull_in_takes_as_long_as_fine_steps_say(open_mv: int, stop_um: float, skin: SkinSpec) -> None:
    bench = bench_with(open_mv, stop_um, skin)
    bench.coil(True)
    reached_ns = bench.until(stop_um)
    states = flight(driven(open_mv / 1e3), skin, REFERENCE_S)
    steps = next(number for number, state in enumerate(states) if state[2] >= stop_um)
    assert reached_ns == pytest.approx(1e9 * steps * REFERENCE_S, rel=PULL_IN)


@pytest.mark.parametrize("stop_um", [500.0, 1_000.0, 2_000.0])
@pytest.mark.parametrize("skin", [TYPICAL, FIRM], ids=["typical", "firm"])
def test_real_skin_takes_as_long_as_with_slices_of_5_us(
    skin: SkinSpec, stop_um: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With puncture, friction and creep, which have no formula: the slices' length must not matter."""
    times: list[int] = []
    for slice_ns in (striker.SLICE_NS, 5_000):
        monkeypatch.setattr(striker, "SLICE_NS", slice_ns)
        bench = bench_with(EMPTY_MV, stop_um, skin)
        bench.coil(True)
        times.append(bench.until(stop_um) or 0)
    assert times[1] > 0
    assert times[0] == pytest.approx(times[1], rel=SLICES)


def test_current_and_tip_on_the_way_are_those_of_fine_steps() -> None:
    bench = bench_with(FULL_MV, 1_500.0, DAMPED)
    bench.coil(True)
    for number, (amps, _, um, _) in zip(range(5_000), flight(driven(FULL_MV / 1e3), DAMPED, REFERENCE_S), strict=False):
        if number % 25 == 0:
            tip_um = bench.tip()
            assert bench.amps() == pytest.approx(amps, abs=0.03)
            assert tip_um == pytest.approx(um, abs=8.0)  # the greatest speed in 8 us
            bench.wait(12_500)


def throw(bench: Bench, pull_in_us: int, depth_um: int) -> tuple[float, float]:
    """A stroke's pulse as the firmware makes it before it has learnt anything: full current for as long as the board says
    that the way takes, chopped for HOLD_US. How many us after the pulse the tip is on the seat, and since when it stays
    within SEATED_UM of it.
    """
    bench.coil(True)
    bench.wait(pull_in_us * 1_000)
    assert bench.plant.max_tip_um == depth_um, "it is there"
    for _ in range(BOARD.HOLD_US // (CHOP_OFF_US + BOARD.CHOP_ON_US)):
        bench.chop(False)
        bench.wait(CHOP_OFF_US * 1_000)
        bench.chop(True)
        bench.wait(BOARD.CHOP_ON_US * 1_000)
    bench.coil(False)
    begin_ns, recorded = bench.t_ns, len(bench.plant.curve)
    bench.wait(30 * MS)
    points = list(bench.plant.curve)[recorded:]
    seat_ns = next(t_ns for t_ns, um in points if um == SEAT_UM)
    last_ns = max((t_ns for t_ns, um in points if um > SEAT_UM + SEATED_UM), default=begin_ns)
    return (seat_ns - begin_ns) / 1e3, (last_ns - begin_ns) / 1e3


@pytest.mark.parametrize("coil_dc", [250, BOARD.TEMPERATURE_MAX_DC])
@pytest.mark.parametrize("skin", [SOFT, TYPICAL, FIRM], ids=["soft", "typical", "firm"])
@pytest.mark.parametrize("depth_um", [-190, 500, 1_000, 1_500, 2_000, 2_500, 3_000])
def test_the_boards_times_bound_the_plants(depth_um: int, skin: SkinSpec, coil_dc: int) -> None:
    """From the least supply for which the firmware makes a stroke of this depth, to a full cell.

    -190 um is homing's gentle stroke. The way out is shorter by PULL_IN_MARGIN or more; on the seat the tip is after
    RETURN_*, bounces there, and has come to rest after REST_MIN_US more.
    """
    drive = pure("pen.solenoid").Drive(BOARD)
    made = 0
    for open_mv in range(2_700, FULL_MV + 1, 150):
        bench = bench_with(open_mv, depth_um, skin)
        bench.plant.coil_dc = coil_dc
        drive._drive_mv = open_mv * 100_000 // (100_000 + 39 * (coil_dc - 200))
        if not drive.rate_max_dhz(depth_um):
            continue
        made += 1
        pull_in_us = drive.pull_in_us(depth_um)
        bench.coil(True)
        out_ns = bench.until(depth_um)
        assert out_ns
        assert out_ns / 1e3 * (1 + PULL_IN_MARGIN) <= pull_in_us, open_mv
        again = bench_with(open_mv, depth_um, skin)
        again.plant.coil_dc = coil_dc
        seat_us, last_us = throw(again, pull_in_us, depth_um)
        assert seat_us <= drive.back_us(depth_um), open_mv
        assert last_us <= drive.back_us(depth_um) + BOARD.REST_MIN_US, open_mv
    assert made >= 2


@pytest.mark.parametrize(("open_mv", "coil_dc"), [(FULL_MV, 250), (3_700, 250), (EMPTY_MV, 250), (EMPTY_MV, 1_000)])
@pytest.mark.parametrize("skin", [TYPICAL, FIRM], ids=["typical", "firm"])
def test_strokes_of_one_millimetre_fit_120_hz(open_mv: int, coil_dc: int, skin: SkinSpec) -> None:
    """Out within 3.5 ms, 3.8 with a coil of 100 degrees; back within 3 ms; 1 ms of rest at least."""
    bench = bench_with(open_mv, 1_000.0, skin)
    bench.plant.coil_dc = coil_dc
    bench.coil(True)
    out_ns = bench.until(1_000.0)
    bench.coil(False)
    back_ns = bench.until(SEAT_UM)
    assert out_ns
    assert back_ns
    assert out_ns / 1e6 <= (3.5 if coil_dc == 250 else 3.8)
    assert back_ns / 1e6 <= 3.0
    assert PERIOD_MS - (out_ns + back_ns) / 1e6 >= 1.0


def test_deeper_is_slower() -> None:
    times: list[int | None] = []
    for um in (500.0, 1_000.0, 2_000.0, 3_000.0):
        bench = bench_with(3_700, um, FIRM)
        bench.coil(True)
        times.append(bench.until(um))
    assert all(before and after and before < after for before, after in pairwise(times))


def test_the_tip_never_passes_the_stop() -> None:
    bench = bench_with(FULL_MV, 1_230.0, TYPICAL)
    for _ in range(5):
        bench.coil(True)
        bench.wait(5 * MS)
        bench.coil(False)
        bench.wait(7 * MS)
    assert bench.plant.max_tip_um == 1_230.0
    assert [stroke.peak_um for stroke in bench.plant.truth] == [1_230.0] * 5


def test_a_rebound_has_the_speed_that_the_board_says() -> None:
    """At 0.3 times the speed before; by differences over a microsecond."""
    bench = bench_with(FULL_MV, 1_000.0)
    bench.coil(True)
    states = flight(driven(FULL_MV / 1e3), ELASTIC)
    speed = next(state[3] for state in states if state[2] >= 1_000.0)
    hit_ns = bench.until(1_000.0)
    assert hit_ns
    for bounce in (1.0, 2.0):
        again = bench_with(FULL_MV, 1_000.0)
        again.plant.stop_bounce = bounce
        again.coil(True)
        again.wait(hit_ns + 1_000)
        first = again.tip()
        again.wait(1_000)
        back = (first - again.tip()) / 1e-6
        assert back == pytest.approx(speed * bounce * BOARD.PLANT_STOP_BOUNCE_PERMILLE / 1e3, rel=0.02)


def test_it_rests_on_the_stop_and_on_the_seat() -> None:
    bench = bench_with(FULL_MV)
    bench.coil(True)
    bench.wait(SETTLED_NS)
    seen = {bench.tip()}
    for _ in range(100):
        bench.wait(50_000)
        seen.add(bench.tip())
    assert seen == {1_000.0}
    bench.coil(False)
    bench.wait(SETTLED_NS)
    assert bench.tip() == SEAT_UM


@pytest.mark.parametrize(("part", "held"), [(1.02, True), (0.98, False)])
def test_it_lets_go_when_spring_and_skin_win(part: float, held: bool) -> None:
    """The least force that holds it on the stop is that of spring and skin, less friction: 2.76 N, or 4.3 A."""
    holding = spring_mn(1_000.0) + skin_mn(ELASTIC, 1_000.0, 0.0) - BOARD.PLANT_FRICTION_MN
    amps = part * (2 * holding / 1e9 / SLOPE) ** 0.5
    bench = bench_with(FULL_MV)
    bench.coil(True)
    bench.wait(SETTLED_NS)
    bench.allow(amps, FULL_MV / 1e3)
    bench.wait(SETTLED_NS)
    assert (bench.tip() == 1_000.0) is held


def spring_mn(um: float) -> float:
    return BOARD.PLANT_SPRING_MN + BOARD.PLANT_SPRING_MN_PER_MM / 1e3 * (um - SEAT_UM)


def test_strokes_are_timed_where_they_cross_the_face() -> None:
    """Outward as fine steps say, to a microsecond's part of the slice."""
    bench = bench_with(FULL_MV)
    start_ns = bench.t_ns
    bench.coil(True)
    bench.wait(5 * MS)
    bench.coil(False)
    bench.wait(SETTLED_NS)
    states = flight(driven(FULL_MV / 1e3), ELASTIC, REFERENCE_S)
    steps = next(number for number, state in enumerate(states) if state[2] > 0)
    stroke = bench.plant.truth[0]
    assert stroke.start_ns - start_ns == pytest.approx(1e9 * steps * REFERENCE_S, abs=5_000)
    curve = dict(zip(bench.plant.curve.t_ns, bench.plant.curve.um, strict=True))
    assert stroke.peak_um == curve[stroke.peak_ns] == 1_000.0
    assert stroke.start_ns < stroke.peak_ns < stroke.end_ns


@pytest.mark.parametrize("look_ns", [7_300, 50_000, 100_000])
def test_how_often_one_looks_changes_nothing(look_ns: int) -> None:
    def play(every_ns: int | None) -> Bench:
        bench = Bench(800.0, TYPICAL)
        edges: list[tuple[int, bool]] = []
        for number in range(15):
            begin_ns = (1 + 9 * number) * MS
            edges += [(begin_ns, True), (begin_ns + 3 * MS, False)]
            edges += [(begin_ns + 3 * MS + 20_000 * (chop + 1), chop % 2 == 0) for chop in range(40)]
        looks = [] if every_ns is None else [(t_ns, None) for t_ns in range(0, 140 * MS, every_ns)]
        for t_ns, on in sorted([*edges, *looks], key=lambda entry: entry[0]):
            if on is None:
                bench.plant.sample(t_ns)
            else:
                bench.plant.set_coil(t_ns, on, on or t_ns % (9 * MS) < 4_780_000)
        bench.plant.advance(140 * MS)
        return bench

    seldom, often = play(None).plant, play(look_ns).plant
    assert len(seldom.truth) == 15
    assert often.truth == seldom.truth
    assert list(often.curve) == list(seldom.curve)
    assert often.charge_permille == seldom.charge_permille < BOARD.PLANT_CHARGE_PERMILLE
    assert often.coil_dc == seldom.coil_dc > BOARD.PLANT_AMBIENT_DC


def test_one_seed_one_result() -> None:
    def play(seed: int) -> list[int]:
        bench = Bench(seed=seed)
        bench.coil(True)
        found: list[int] = []
        for _ in range(100):
            bench.wait(100_000)
            bench.plant.sample(bench.t_ns)
            found += bench.plant.adc
        return found

    assert play(3) == play(3)
    assert play(3) != play(4)

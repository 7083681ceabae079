"""The drive's power and the limits' copies: the enable read back, the dead-man's proof, a bit that flips."""

import pytest

from pen_sim.edges import GATE, STEP
from tests.firmware.support import MASK, NAMES, Bench, Pen

OFF_AFTER = 20  # scans that the enable may read back while the drive is off, or not while it is on
DEADMAN, ENABLE_READBACK, MEMORY = 122, 123, 127
NEAR_WRAP = MASK - 3_000  # of the clock, which starts anew half a millisecond after the proof has begun


def proving(now_us: int = 5_000) -> Bench:
    bench = Bench(phase="OFF", now_us=now_us)
    bench["OR_MODE"] = NAMES.MODE_PROVE
    bench.tick()
    assert (bench.phase, bench.outputs()[:2]) == ("HOMING", (1, 0)), "enabled, and starving"
    return bench


# --- read back


@pytest.mark.parametrize("phase", ["HOLD", "HOMING"])
@pytest.mark.requirement("SR-09")
def test_an_enable_that_does_not_read_back_while_on_is_cut_for(phase: str) -> None:
    bench = Bench(phase=phase)
    bench.sense = False
    assert bench.tick(OFF_AFTER - 1) == 0
    assert bench.tick() == ENABLE_READBACK
    assert bench.phase == "OFF"


def test_a_read_back_that_comes_again_in_time_is_forgotten() -> None:
    bench = Bench()
    for _ in range(3):
        bench.sense = False
        bench.tick(OFF_AFTER - 1)
        bench.sense = None
        assert bench.tick() == 0


@pytest.mark.parametrize("us", [100, 1_000])
@pytest.mark.requirement("SR-09")
def test_an_enable_that_reads_back_while_off(us: int) -> None:
    bench = Bench(phase="OFF")
    bench.sense = True
    assert bench.tick(OFF_AFTER, us) == 0
    assert bench.tick(us=us) == ENABLE_READBACK
    bench["OR_CLEAR_SEQ"] += 1
    assert bench.tick(3, us) == ENABLE_READBACK, "it stands"
    bench.sense = False
    bench.tick(1, us)
    bench["OR_CLEAR_SEQ"] += 1
    assert bench.tick(3, us) == 0


def test_an_enable_that_reads_back_again_while_off_has_a_new_count() -> None:
    bench = Bench(phase="OFF")
    for scans in (1, OFF_AFTER):
        bench.sense = True
        assert bench.tick(scans) == 0
        bench.sense = False
        assert bench.tick(2) == 0
    bench.sense = True
    assert bench.tick(OFF_AFTER) == 0
    assert bench.tick() == ENABLE_READBACK


def test_the_charge_pump_may_outlive_the_drive() -> None:
    bench = Bench()
    bench["OR_MODE"] = NAMES.MODE_OFF
    bench.tick()
    assert bench.phase == "OFF"
    bench.sense = True
    assert bench.tick(OFF_AFTER) == 0
    bench.sense = False
    assert bench.tick(100) == 0


# --- the proof


@pytest.mark.parametrize("now_us", [5_000, NEAR_WRAP])
@pytest.mark.parametrize(
    ("us", "fault"), [(900, DEADMAN), (999, DEADMAN), (1_000, 0), (2_001, 0), (2_500, 0), (2_501, DEADMAN)]
)
@pytest.mark.requirement("SR-15")
def test_the_dead_man_must_take_the_enable_in_1_to_2_5_ms(us: int, fault: int, now_us: int) -> None:
    """The enable reads back until it is lost, so long after it was ordered."""
    bench = proving(now_us)
    scans = (us - 1) // 100
    bench.tick(scans)
    bench.sense = False
    assert bench.tick(us=us - 100 * scans) == fault
    assert bench.phase == "OFF"
    assert bench.outputs()[:2] == (0, 0)
    if not fault:
        assert bench["ST_PROOF"] == NAMES.PROOF_DONE
        assert bench["ST_PROOF_US"] == us
        bench.tick(50)
        assert bench.phase == "OFF", "until the foreground orders to home"


@pytest.mark.requirement("SR-15")
def test_a_dead_man_that_never_takes_it_is_cut_for_in_time() -> None:
    bench = proving()
    assert bench.tick(25) == 0, "2.5 ms"
    assert bench.tick(us=1) == DEADMAN
    assert bench.outputs()[:2] == (0, 0)


@pytest.mark.requirement("SR-15")
def test_an_enable_that_does_not_rise_proves_nothing() -> None:
    bench = proving()
    bench.sense = False
    assert bench.tick(10) == 0, "1 ms"
    assert bench.tick(us=1) == ENABLE_READBACK


@pytest.mark.requirement("SR-15")
def test_a_proof_that_has_lost_its_beginning_proves_nothing() -> None:
    """A bit that flips: whether the enable has ever read back is not known any more."""
    bench = proving()
    bench["ST_PROOF"] = NAMES.PROOF_NONE
    bench.tick(15)
    bench.sense = False
    assert bench.tick() == ENABLE_READBACK


@pytest.mark.requirement("SR-15")
def test_a_proof_is_given_up_when_the_pen_is_turned_off_and_begins_anew() -> None:
    bench = proving()
    bench.tick(3)
    bench["OR_MODE"] = NAMES.MODE_OFF
    bench.tick(2)
    assert (bench.phase, bench["ST_PROOF"]) == ("OFF", NAMES.PROOF_NONE)
    bench["OR_MODE"] = NAMES.MODE_PROVE
    bench.tick()
    assert (bench.phase, bench["ST_PROOF_US"]) == ("HOMING", bench.now_us)


@pytest.mark.requirement("SR-15")
def test_every_arming_proves_the_dead_man_before_the_first_step() -> None:
    """By the pins: the gate falls once by itself, 2 ms after it rose, and only then there are steps."""
    pen = Pen(seed=1, keep=True)
    for _ in range(2):
        since_ns = pen.machine.now_ns
        pen.arm()
        gate = [edge for edge in pen.machine.edges.of(GATE) if edge[0] >= since_ns]
        steps = [at_ns for at_ns, _ in pen.machine.edges.of(STEP) if at_ns >= since_ns]
        assert [level for _, level in gate] == [1, 0, 1]
        assert gate[1][0] - gate[0][0] == pytest.approx(2_000_000, abs=1)
        assert min(steps) > gate[2][0]
        pen.say("DIS", 0.2)
        assert pen.state == "IDLE"


# --- limits and their copies


@pytest.mark.parametrize("at", range(NAMES.LIMITS_FIRST, NAMES.LIMITS_FIRST + NAMES.LIMITS_COUNT))
@pytest.mark.parametrize("copy", [False, True], ids=["limit", "copy"])
@pytest.mark.requirement("SR-23")
def test_a_bit_that_flips_is_cut_for(at: int, copy: bool) -> None:
    """In the stillness of HOLD, where most limits decide nothing else first."""
    bench = Bench()
    bench.image[at + NAMES.LIMITS_COPY - NAMES.LIMITS_FIRST if copy else at] ^= 4
    for _ in range(NAMES.LIMITS_COUNT + 3):
        if bench.tick():
            break
    assert bench.phase == "OFF"
    assert bench["ST_FAULT"] == MEMORY or not copy


@pytest.mark.requirement("SR-23")
def test_a_limit_that_is_just_being_written_is_no_fault() -> None:
    """Two scans may find that it differs, however often; the third is a fault, of one that is cleared the third as well."""
    bench = Bench()
    at = NAMES.LI_CAP_UM - NAMES.LIMITS_FIRST  # the next scan looks at this one
    for _ in range(20):
        bench["ST_LIMIT_AT"] = at
        bench.image[NAMES.LI_CAP_UM] ^= 512
        assert bench.tick(2) == 0
        bench.image[NAMES.LI_CAP_UM] ^= 512
        assert bench.tick(NAMES.LIMITS_COUNT + 3) == 0
    bench["ST_LIMIT_AT"] = at
    bench.image[NAMES.LI_CAP_UM] ^= 512
    for _ in range(2):
        assert bench.tick(2) == 0
        assert bench.tick() == MEMORY
        bench["OR_MODE"] = NAMES.MODE_OFF
        bench["OR_CLEAR_SEQ"] += 1
        bench.tick()
        bench["OR_MODE"] = NAMES.MODE_HOME
        assert bench.tick() == 0
        assert bench.phase == "HOMING"


@pytest.mark.requirement("SR-23")
def test_a_count_that_has_grown_by_a_flipped_bit_is_full() -> None:
    bench = Bench()
    bench["ST_LIMIT_AT"] = NAMES.LI_CAP_UM - NAMES.LIMITS_FIRST
    bench["ST_LIMIT_BAD"] = 1 << 20
    bench.image[NAMES.LI_CAP_UM] ^= 512
    assert bench.tick() == MEMORY


@pytest.mark.requirement("SR-23")
def test_a_pen_with_a_flipped_bit_is_off_and_can_be_used_again_after_a_clear() -> None:
    pen = Pen(seed=1).arm()
    pen.say("RUN 5", 0.1)
    pen.image[NAMES.LI_CAP_UM] ^= 1 << 12
    pen.run_for(0.01)
    assert pen.say("FAUL?").startswith(f'{MEMORY},"MEMORY"')
    assert not pen.machine.gate
    pen.say("FAUL:CLE", 0.05)
    pen.arm()
    pen.say("RUN 0.2", 0.5)
    assert pen.plant.max_tip_um < 1_000 + 20


@pytest.mark.requirement("SR-23")
def test_a_bit_that_flips_while_the_drive_is_off_forbids_arming() -> None:
    pen = Pen(seed=1)
    pen.say("ZONE CHEEK")
    pen.image[NAMES.LI_MISMATCH_UM] ^= 1 << 9
    pen.say("ARM", 0.1)
    assert any("a limit has changed" in error for error in pen.errors())
    assert pen.say("FAUL?").startswith(f'{MEMORY},"MEMORY"')
    assert not pen.machine.gate
    pen.say("FAUL:CLE", 0.05)
    pen.arm()


@pytest.mark.requirement("SR-14")
@pytest.mark.requirement("SR-23")
def test_a_scan_that_is_late_is_so_with_a_limit_that_has_changed() -> None:
    """First cause wins, and the limit is not asked for a name."""
    bench = Bench()
    bench.image[NAMES.LI_CAP_UM] ^= 4
    bench["ST_LIMIT_AT"] = NAMES.LI_CAP_UM - NAMES.LIMITS_FIRST
    assert bench.tick(us=2_000) == 120
    assert bench["ST_LIMIT_BAD"] == 0

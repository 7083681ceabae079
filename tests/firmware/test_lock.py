"""The operator's code: what is behind it, who gets there, and what a wrong code costs. What moves is told by the plant."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from pen_sim import faults
from pen_sim.store import PowerCut
from tests.firmware.support import Pen
from tests.firmware.test_zones import ROWS

CODE, WRONG = "1234", "4321"
DEPTH_TOLERANCE_UM = 30  # [design] section 6
BEYOND_UM = 20  # tip beyond the cap [design] section 6
LOCKS_S = 300  # docs/safety.md, "The operator code"
WAIT_MOST_S = 900
PROTECTED = '-203,"Command protected;'
KEPT_BYTES = 1 + 40 + 12  # count, salt and hash, and the record's own number, program and CRC

pytestmark = pytest.mark.requirement("SR-24")


def coded(code: str = CODE) -> Pen:
    """A code is set."""
    pen = Pen()
    pen.say(f"OPER:CODE {code}", 0.5)
    assert pen.errors() == []
    return pen


def tried(pen: Pen, code: str, seconds: float = 0.5) -> str:
    """The error of OPER:UNL, "" for none."""
    pen.say(f"OPER:UNL {code}", seconds)
    return "; ".join(pen.errors())


def unlocked(zone: str = "CHEEK", depth: str = "2.0") -> Pen:
    pen = coded()
    assert tried(pen, CODE) == ""
    pen.say(f"ZONE {zone}")
    pen.say("RATE 5")
    pen.say(f"DEPT {depth}")
    assert pen.errors() == []
    return pen


def wait(pen: Pen, seconds: float) -> None:
    """Lets the foreground's clock run ahead: it is all that counts here."""
    pen.machine.app.log.now_ms += round(seconds * 1_000)
    pen.run_for(0.02)


def caps_mm(pen: Pen) -> dict[str, float]:
    fields = pen.say("ZONE:CAT?", 0.1).split(",")
    return {fields[at]: float(fields[at + 2]) for at in range(0, len(fields), 5)}


ORDINARY = {row[0]: float(row[2]) for row in ROWS}
EXPERT = {row[0]: float(row[5]) for row in ROWS}


# --- what is behind it


def test_without_a_code_there_are_no_expert_depths() -> None:
    pen = Pen()
    assert (pen.say("OPER?"), pen.say("OPER:CODE?", 0.1)) == ("LOCKED", "0")
    assert tried(pen, CODE) == PROTECTED + 'no operator code is set; OPER:CODE sets the first one"'
    assert caps_mm(pen) == ORDINARY
    assert pen.machine.store.writes == 0


def test_with_the_code_every_zone_has_its_expert_cap_and_without_it_not() -> None:
    pen = coded()
    assert (pen.say("OPER?"), pen.say("OPER:CODE?")) == ("LOCKED", "1")
    for caps in (ORDINARY, EXPERT, ORDINARY):
        assert caps_mm(pen) == caps
        for zone, cap_mm in caps.items():
            pen.say(f"ZONE {zone}")
            if cap_mm:
                pen.say("RATE 1")
                assert float(pen.say("DEPT? MAX")) == cap_mm
                pen.say(f"DEPT {cap_mm:.2f}")
                assert pen.errors() == []
                pen.say(f"DEPT {cap_mm + 0.01:.2f}")
            assert pen.errors()[0].startswith(("-222", "-221")), "beyond, or blocked"
        if caps is ORDINARY and pen.say("OPER?") == "LOCKED":
            assert tried(pen, CODE) == ""
        else:
            assert pen.say("OPER?") == "UNLOCKED"
            pen.say("OPER:LOCK")


@pytest.mark.parametrize(("zone", "depth_mm"), [("CHEEK", 2.0), ("PERIORBITAL", 0.75), ("BODY", 3.0)])
@pytest.mark.requirement("SR-03")
def test_strokes_behind_the_code_are_as_deep_as_set(zone: str, depth_mm: float) -> None:
    pen = unlocked(zone, str(depth_mm))
    pen.say("ARM", 0.3)
    pen.say("RUN 1", 1.2)
    peaks = [stroke.peak_um for stroke in pen.plant.truth]
    assert len(peaks) >= 4
    assert max(abs(peak - depth_mm * 1e3) for peak in peaks) <= DEPTH_TOLERANCE_UM
    assert pen.plant.max_tip_um <= depth_mm * 1e3 + BEYOND_UM
    assert pen.say("FAUL?").startswith("0,")


@pytest.mark.requirement("SR-03")
def test_armed_locked_the_scan_has_the_ordinary_cap() -> None:
    pen = unlocked(depth="1.4")
    pen.say("OPER:LOCK")
    assert pen.say("ZONE?;:DEPT?") == "CHEEK;1.40", "a depth within the ordinary cap stays"
    pen.say("ARM", 0.3)
    assert (pen.state, pen.word("LI_CAP_UM")) == ("READY", 1_500)


# --- when it locks


def let_idle(pen: Pen) -> None:
    wait(pen, LOCKS_S - 1)
    assert pen.say("OPER?") == "UNLOCKED"
    wait(pen, 1)


def leave(pen: Pen) -> None:
    pen.machine.connect(False)
    pen.run_for(0.02)
    pen.machine.connect(True)
    pen.run_for(0.02)


def provoke(pen: Pen) -> None:
    pen.plant.trigger_held = True
    pen.run_for(0.1)
    pen.say("ARM", 0.1)
    assert pen.machine.fault == 117
    pen.plant.trigger_held = False
    pen.run_for(0.02)
    pen.say("FAUL:CLE", 0.1)


LOCKS: dict[str, Callable[[Pen], object]] = {
    "asked to": lambda pen: pen.say("OPER:LOCK"),
    "five minutes": let_idle,
    "the host leaves": leave,
    "*RST": lambda pen: pen.say("*RST"),
    "a fault": provoke,
    "a restart": lambda pen: pen.restart(),
}


@pytest.mark.parametrize("why", LOCKS)
def test_it_locks_and_a_depth_beyond_the_ordinary_cap_does_not_stay(why: str) -> None:
    """Not lowered either: the zone must be chosen again."""
    pen = unlocked()
    LOCKS[why](pen)
    assert pen.say("OPER?") == "LOCKED"
    assert caps_mm(pen) == ORDINARY
    assert pen.say("ZONE?;:DEPT?") == "NONE;0.00"
    pen.errors()
    pen.say("ARM", 0.3)
    assert pen.errors() == ['-221,"Settings conflict;choose a zone first: ZONE CHEEK"']
    assert not pen.machine.gate
    pen.say("ZONE CHEEK")
    pen.say("DEPT 2.0")
    assert pen.errors()[0].startswith("-222")
    assert tried(pen, CODE) == "", "and it can be unlocked again"


def test_five_minutes_are_counted_from_the_last_use() -> None:
    """An armed pen is in use."""
    pen = unlocked()
    wait(pen, LOCKS_S - 1)
    pen.say("ARM", 0.3)
    wait(pen, 2 * LOCKS_S)
    assert (pen.state, pen.say("OPER?")) == ("READY", "UNLOCKED")
    pen.say("DIS", 0.2)
    wait(pen, LOCKS_S - 1)
    assert pen.say("OPER?") == "UNLOCKED"
    wait(pen, 1)
    assert pen.say("OPER?") == "LOCKED"


RUNNING = {"the host leaves": leave, "asked to": lambda pen: pen.say("OPER:LOCK"), "*RST": lambda pen: pen.say("*RST")}


@pytest.mark.parametrize("why", RUNNING)
@pytest.mark.requirement("SR-07")
def test_a_pen_that_strokes_as_it_locks_retracts_and_turns_off(why: str) -> None:
    """By the trigger: under a lease the host's going is a fault anyway."""
    pen = unlocked()
    pen.say("ARM", 0.3)
    pen.plant.trigger_held = True
    pen.run_for(0.5)
    assert pen.state == "RUNNING"
    RUNNING[why](pen)
    pen.run_for(0.3)
    made = len(pen.plant.truth)
    pen.run_for(0.5)
    assert (pen.state, pen.machine.gate, len(pen.plant.truth)) == ("IDLE", False, made)
    assert pen.plant.max_tip_um <= 2_000 + BEYOND_UM
    assert pen.plant.tip_um(pen.machine.now_ns) < 0
    assert pen.say("OPER?;:ZONE?") == "LOCKED;NONE"


@pytest.mark.parametrize("line", [f"OPER:UNL {CODE}", "OPER:CODE 9876"])
def test_only_while_idle(line: str) -> None:
    pen = coded().arm()
    pen.say(line, 0.5)
    assert pen.errors()[0].startswith("-221")
    assert (pen.state, pen.say("OPER?")) == ("READY", "LOCKED")
    fresh = Pen().arm()
    fresh.say(line, 0.5)
    assert fresh.errors()[0].startswith("-221")
    assert (fresh.state, fresh.machine.store.writes) == ("READY", 0)


# --- wrong codes


def test_a_wrong_code_makes_the_next_one_wait_twice_as_long() -> None:
    """Up to a quarter of an hour. Whoever does not wait is refused without being counted, with the right code as well."""
    pen = coded()
    expected = [min(2**k, WAIT_MOST_S) for k in range(13)]
    for wait_s in expected:
        assert tried(pen, WRONG, 0.3) == f'{PROTECTED}wrong code: try again in {wait_s} s"'
        wait(pen, wait_s - 1)
        for code in (WRONG, CODE, CODE):
            assert tried(pen, code, 0.01).startswith(f"{PROTECTED}too many wrong codes: try again in 1 s")
        wait(pen, 1)
    assert tried(pen, CODE) == ""
    pen.say("OPER:LOCK")
    assert tried(pen, WRONG) == f'{PROTECTED}wrong code: try again in 1 s"', "the right one makes up for all"
    assert [b / a for a, b in pairwise(expected[:10])] == [2.0] * 9


def test_the_waiting_is_not_over_by_switching_off_and_on() -> None:
    pen = coded()
    for wait_s in (1, 2, 4):
        tried(pen, WRONG)
        wait(pen, wait_s)
    wait(pen, 100)
    pen.restart()
    assert tried(pen, CODE) == f'{PROTECTED}too many wrong codes: try again in 4 s"'
    wait(pen, 4)
    assert tried(pen, CODE) == ""
    assert tried(pen.restart(), CODE) == ""


def test_a_try_is_counted_before_it_is_answered() -> None:
    """Whoever cuts the power as soon as he sees no success has had his try; so has who stops it."""
    pen = coded()
    pen.machine.send(f"OPER:UNL {WRONG}\n".encode())
    written = pen.machine.store.writes
    while pen.machine.store.writes < written + 2:
        pen.run_for(0.000_5)
    pen.restart()
    assert "too many wrong codes" in tried(pen, CODE)
    wait(pen, 1)
    pen.machine.send(f"OPER:UNL {WRONG}\n".encode())
    pen.run_for(0.02)
    pen.say("!", 0.5)
    assert pen.say("\nOPER?") == "LOCKED"
    pen.errors()
    assert "too many wrong codes: try again in 2 s" in tried(pen, CODE)


@pytest.mark.parametrize("after", [0, 1, 8, 20, KEPT_BYTES - 1])
@pytest.mark.requirement("SR-20")
def test_power_lost_while_a_try_is_counted_opens_nothing(after: int) -> None:
    pen = coded()
    pen.machine.store.cut_after = after
    with pytest.raises(PowerCut):
        tried(pen, WRONG)
    pen.restart()
    assert pen.say("OPER?") == "LOCKED"
    assert tried(pen, WRONG) != ""
    wait(pen, 2)
    assert tried(pen, CODE) == ""


# --- setting it


def test_another_code_is_set_by_who_knows_the_old_one() -> None:
    pen = coded()
    pen.say("OPER:CODE 9876", 0.5)
    assert pen.errors() == [PROTECTED + 'a code is set: unlock with it first, OPER:UNL"']
    assert tried(pen, CODE) == ""
    pen.say("OPER:CODE 'a; b,c'", 0.5)
    assert pen.errors() == []
    pen.restart()
    assert "wrong code" in tried(pen, CODE)
    wait(pen, 1)
    assert tried(pen, "'a; b,c'") == ""


@pytest.mark.parametrize("after", [0, 5, 9, 30, KEPT_BYTES])
@pytest.mark.requirement("SR-20")
def test_power_lost_while_it_is_set_leaves_the_old_or_the_new(after: int) -> None:
    pen = coded()
    assert tried(pen, CODE) == ""
    pen.machine.store.cut_after = after
    with pytest.raises(PowerCut):
        pen.say("OPER:CODE 9876", 0.5)
    pen.restart()
    assert tried(pen, "9876" if after == KEPT_BYTES else CODE) == ""


def test_the_code_is_nowhere_to_be_read() -> None:
    """Not in flash, not in the log, not in an error; and the same code does not look the same."""
    secret = "open-sesame"
    pen = coded(secret)
    kept = dict(pen.machine.store.files)
    tried(pen, secret)
    pen.say(f"OPER:CODE {secret}", 0.5)
    pen.say("OPER:LOCK")
    said = tried(pen, "open-sesamE") + pen.say("LOG?", 0.3)
    assert secret not in said
    assert "sesam" not in said
    assert all(secret.encode() not in data for data in (*kept.values(), *pen.machine.store.files.values()))
    salts = {data[5:13] for data in (*kept.values(), *pen.machine.store.files.values())}
    assert len(salts) == 2


@pytest.mark.parametrize(("code", "error"), [("123", "-224"), ("x" * 33, "-224"), ("", "-109"), ("'ab", "-151")])
@pytest.mark.parametrize("header", ["OPER:UNL", "OPER:CODE"])
def test_what_is_no_code(header: str, code: str, error: str) -> None:
    pen = Pen()
    pen.say(f"{header} {code}", 0.2)
    (said,) = pen.errors()
    assert said.startswith(error)
    assert not code or code not in said
    assert pen.machine.store.writes == 0


# --- when the store fails


@pytest.mark.requirement("SR-20")
def test_a_lost_code_opens_nothing_and_nobody_sets_his_own() -> None:
    pen = coded()
    for name in ("operator.0", "operator.1"):
        pen.machine.store.flip(name, 99)
    pen.restart()
    assert "-203" in tried(pen, CODE) or pen.machine.fault == 129
    for _ in range(2):
        pen.run_for(0.1)
        pen.say("FAUL:CLE", 0.5)
        pen.errors()
        wait(pen, 2)
        pen.say("OPER:CODE 9876", 0.5)
        assert pen.errors()[0].startswith(PROTECTED + "the code was lost")
        for code in (CODE, "9876"):
            assert "wrong" in tried(pen, code)
            wait(pen, 10)
        assert caps_mm(pen) == ORDINARY
        pen.restart()
        assert (pen.state, pen.say("OPER:CODE?", 0.1)) == ("IDLE", "1")


@pytest.mark.requirement("SR-20")
def test_a_try_that_cannot_be_counted_is_none() -> None:
    pen = coded()
    pen.machine.store.full = True
    assert "129," in tried(pen, CODE)
    assert pen.say("OPER?;:STAT?").startswith("LOCKED;FAULT,129")
    pen.machine.store.full = False
    pen.say("FAUL:CLE", 0.5)
    wait(pen, 1)
    assert tried(pen, CODE) == ""


def test_faults_by_name_still_cut_at_an_expert_depth() -> None:
    """The scan's limit follows the cap: a carriage that slips at the deepest point is cut within 20 um of it."""
    pen = unlocked()
    pen.say("ARM", 0.3)
    pen.say("RUN 5", 0.3)
    tip_um = pen.plant.tip_um
    while tip_um(pen.machine.now_ns) < 1_990:
        pen.run_for(0.000_1)
    faults.TABLE["carriage_slip"].inject(pen.machine)
    pen.run_for(0.2)
    assert pen.machine.fault == 101
    assert pen.plant.max_tip_um <= 2_000 + BEYOND_UM

"""*SAV and *RCL: settings that outlive the power, and are chosen by nobody but who asks for them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pen_sim.loader import pure
from pen_sim.store import PowerCut
from tests.firmware.support import BOARD, DRIVE, Pen

Presets = pure("pen.presets").Presets
zones = pure("pen.zones")

SET = ("CHEEK", "0.80", "20.0")
OTHER = ("FOREHEAD", "0.50", "15.0")
NEW = ("NECK", "0.60", "10.0")
FRAME_BYTES = 12  # number, program and CRC of a copy
EMPTY = '-221,"Settings conflict;register {0} is empty: *SAV {0} keeps what is set"'
NO_ZONE = '-221,"Settings conflict;choose a zone first: ZONE CHEEK"'
WAIT_S = 0.6

pytestmark = pytest.mark.requirement("SR-20")


def choose(pen: Pen, zone: str, depth: str, rate: str) -> None:
    pen.say(f"ZONE {zone};RATE? MIN", 0.1)
    pen.say(f"RATE {pen.say('RATE? MIN')}")
    pen.say(f"DEPT {depth}")
    pen.say(f"RATE {rate}")
    assert chosen(pen) == (zone, depth, rate)


def chosen(pen: Pen) -> tuple[str, str, str]:
    zone, depth, rate = pen.say("ZONE?;DEPT?;RATE?", 0.05).split(";")
    return zone, f"{float(depth):.2f}", rate


def done(pen: Pen, line: str) -> str:
    """The error that came of it, "" for none."""
    pen.say(line, WAIT_S)
    return "".join(pen.errors())


def saved(register: int = 1, settings: tuple[str, str, str] = SET, pen: Pen | None = None) -> Pen:
    pen = pen or Pen()
    choose(pen, *settings)
    assert done(pen, f"*SAV {register}") == ""
    return pen


# --- keeping and choosing


def test_it_comes_back_after_a_restart_when_it_is_asked_for() -> None:
    pen = saved().restart()
    assert chosen(pen) == ("NONE", "0.00", "0.0")
    assert done(pen, "*RCL 1") == ""
    assert chosen(pen) == SET
    pen.say("ARM", 0.3)
    assert pen.state == "READY"


@pytest.mark.requirement("SR-01")
def test_after_a_restart_no_zone_is_chosen() -> None:
    """Nobody treats with what somebody set yesterday without asking for it."""
    pen = saved().restart()
    pen.say("ARM", 0.3)
    assert (pen.state, pen.errors()) == ("IDLE", [NO_ZONE])


def test_registers_are_apart_and_one_takes_the_place_of_what_it_held() -> None:
    pen = saved(0)
    saved(3, OTHER, pen)
    pen.restart()
    assert (done(pen, "*RCL 0"), chosen(pen)) == ("", SET)
    assert (done(pen, "*RCL 3"), chosen(pen)) == ("", OTHER)
    assert done(pen, "*SAV 0") == ""
    assert (done(pen.restart(), "*RCL 0"), chosen(pen)) == ("", OTHER)


@pytest.mark.parametrize("register", range(4))
def test_an_empty_register_says_so_and_changes_nothing(register: int) -> None:
    pen = Pen()
    choose(pen, *SET)
    assert done(pen, f"*RCL {register}") == EMPTY.format(register)
    assert chosen(pen) == SET
    assert pen.machine.store.writes == 0


@pytest.mark.parametrize(
    ("line", "code"), [("*SAV", -109), ("*RCL", -109), ("*SAV 4", -222), ("*RCL -1", -222), ("*SAV?", -113)]
)
def test_only_four_registers(line: str, code: int) -> None:
    assert done(Pen(), line).startswith(f"{code},")


def test_without_a_zone_there_is_nothing_to_keep() -> None:
    pen = Pen()
    assert done(pen, "*SAV 1") == NO_ZONE
    assert done(pen, "*RCL 1") == EMPTY.format(1)
    assert pen.machine.store.writes == 0


def test_rst_leaves_the_registers_alone() -> None:
    """As IEEE 488.2 has it, 10.32."""
    pen = saved()
    pen.say("*RST", 0.1)
    assert chosen(pen)[0] == "NONE"
    assert (done(pen, "*RCL 1"), chosen(pen)) == ("", SET)


def test_log_says_what_was_kept_and_recalled() -> None:
    pen = saved()
    done(pen, "*RCL 1")
    said = pen.say("LOG?", 0.2)
    assert ",SAVE,1 CHEEK 0.80 mm 20.0 Hz\n" in said
    assert ",RECALL,1 CHEEK 0.80 mm 20.0 Hz\n" in said


# --- when it is done, and when not at all


def test_complete_is_complete() -> None:
    """The answer comes when it is written down, both copies."""
    pen = Pen()
    choose(pen, *SET)
    store, answers = pen.machine.store, list[bytes]()
    write = store.write

    def watched(name: str, data: bytes) -> None:
        answers.append(bytes(pen.machine.hal.sent))
        write(name, data)

    store.write = watched
    assert pen.say("*SAV 1;*OPC?", WAIT_S) == "1"
    assert answers == [b"", b""]
    assert (done(pen.restart(), "*RCL 1"), chosen(pen)) == ("", SET)


def test_what_is_kept_already_is_not_written_again() -> None:
    pen = saved()
    assert pen.machine.store.writes_of["settings"] == 2
    assert done(pen, "*SAV 1") == ""
    assert pen.machine.store.writes_of["settings"] == 2


@pytest.mark.parametrize("line", ["*SAV 1", "*RCL 1", "*SAV 2"])
@pytest.mark.requirement("SR-14")
def test_not_while_armed(line: str) -> None:
    """Nothing is written then, and nothing loaded."""
    pen = saved()
    pen.say("ARM", 0.4)
    assert pen.state == "READY"
    written = pen.machine.store.writes
    assert "first DIS" in done(pen, line)
    assert (pen.state, chosen(pen), pen.machine.store.writes) == ("READY", SET, written)


def test_armed_it_is_not_in_memory() -> None:
    pen = saved()
    modules, app = pen.machine.importer.modules, pen.machine.app
    assert app.presets
    pen.say("ARM", 0.4)
    assert (pen.state, app.presets) == ("READY", None)
    assert "pen.presets" not in modules
    assert {thing.NAME for thing in app.keeping.things} == {"fault", "log"}
    pen.say("DIS", 0.5)
    assert (done(pen, "*RCL 1"), chosen(pen)) == ("", SET)


def test_not_while_a_fault_is_latched() -> None:
    pen = saved()
    pen.arm()
    pen.plant.estop_pressed = True
    pen.run_for(0.3)
    pen.plant.estop_pressed = False
    pen.errors()
    assert "fault 118 is latched" in done(pen, "*RCL 1")


# --- the same checks as ZONE, DEPT and RATE


CODE = "open-sesame"
DEEP = ("CHEEK", "2.00", "10.0")  # behind the operator's code


def deep() -> Pen:
    """A depth beyond the ordinary cap in register 1."""
    pen = Pen()
    assert done(pen, f"OPER:CODE {CODE};UNL {CODE}") == ""
    return saved(1, DEEP, pen)


@pytest.mark.requirement("SR-24")
def test_a_depth_beyond_the_ordinary_cap_is_refused_while_locked() -> None:
    """All or nothing: zone and rate stay, too. Unlocked, it is set."""
    pen = deep().restart()
    choose(pen, *OTHER)
    assert done(pen, "*RCL 1") == '-222,"Data out of range;CHEEK allows 0.25 to 1.50 mm"'.replace("0.25", _least(pen))
    assert chosen(pen) == OTHER
    assert done(pen, f"OPER:UNL {CODE}") == ""
    assert (done(pen, "*RCL 1"), chosen(pen)) == ("", DEEP)
    pen.say("OPER:LOCK")
    assert chosen(pen)[0] == "NONE"
    assert "CHEEK allows" in done(pen, "*RCL 1")


def _least(pen: Pen) -> str:
    return f"{pen.machine.board.DEPTH_MIN_UM / 1_000:.2f}"


KEPT_WRONG = {
    "a zone that is none": b"NOWHERE,500,100",
    "a zone that is blocked": b"EYELID,500,100",
    "deeper than the cap": b"CHEEK,1510,100",
    "less deep than there is": b"CHEEK,0,100",
    "faster than the zone": b"CHEEK,500,1501",
    "faster than the drive": b"CHEEK,1500,1000",
    "slower than there is": b"CHEEK,500,0",
}


@pytest.mark.parametrize("why", KEPT_WRONG)
@pytest.mark.requirement("SR-01")
def test_what_would_be_refused_now_is_not_set(why: str) -> None:
    """Whoever kept it, and with whatever firmware."""
    pen = Pen()
    pure("pen.records").Records(pen.machine.hal).write("settings", b"\n" + KEPT_WRONG[why] + b"\n\n")
    choose(pen, *SET)
    assert done(pen, "*RCL 1").startswith("-22")
    assert chosen(pen) == SET
    assert pen.machine.fault == 0


@given(st.data())
def test_whatever_could_be_set_comes_back(data: st.DataObject) -> None:
    """Zone, depth and rate that the settings take, by way of the record."""
    app = _App()
    app.settings.choose(data.draw(st.sampled_from([name for name in zones.NAMES if name != "EYELID"])))
    app.settings.set_rate(app.settings.board.RATE_MIN_DHZ)
    app.settings.set_depth(data.draw(st.integers(*app.settings.depth_range_um())))
    app.settings.set_rate(data.draw(st.integers(*app.settings.rate_range_dhz())))
    wanted = app.triple()
    register = data.draw(st.integers(0, 3))
    presets = Presets(app)
    assert presets.save(register) is not None
    again, there = _App(), Presets(app)
    there.app = again
    there.take(presets.data())
    there.recall(register)
    assert again.triple() == wanted


KEPT = st.none() | st.tuples(st.sampled_from(zones.NAMES), st.integers(0, 9_999), st.integers(0, 9_999))


@given(st.lists(KEPT, min_size=4, max_size=4))
def test_a_record_is_taken_as_it_was_given(registers: list[tuple[str, int, int] | None]) -> None:
    presets, again = Presets(_App()), Presets(_App())
    presets._registers = registers
    again.take(presets.data())
    assert again._registers == registers


class _App:
    """Settings and a log, which is all that registers need."""

    def __init__(self) -> None:
        self.settings: Any = pure("pen.settings").Settings(BOARD, DRIVE)
        self.log: Any = pure("pen.eventlog").EventLog()

    def triple(self) -> tuple[str, int, int]:
        settings = self.settings
        return settings.zone, settings.depth_um, settings.rate_dhz


# --- when the store fails


RECORD_BYTES = FRAME_BYTES + len("\nNECK,600,100\nFOREHEAD,500,150\n")


@pytest.mark.parametrize("after", range(RECORD_BYTES + 1))
def test_power_lost_at_any_byte_leaves_the_old_or_the_new(after: int) -> None:
    """And the other registers as they were."""
    pen = saved()
    saved(2, OTHER, pen)
    choose(pen, *NEW)
    pen.machine.store.cut_after = after
    with pytest.raises(PowerCut):
        pen.say("*SAV 1", WAIT_S)
    pen.restart()
    assert done(pen, "*RCL 1") == ""
    assert chosen(pen) == (NEW if after == RECORD_BYTES else SET)
    assert (done(pen, "*RCL 2"), chosen(pen)) == ("", OTHER)


@pytest.mark.parametrize("data", [b"CHEEK,1,2", b"CHEEK,1\n\n\n", b"CHEEK,1,x\n\n\n", b"\xff\n\n\n", b"\n\n\n\n"])
def test_a_record_that_makes_no_sense_is_damaged(data: bytes) -> None:
    pen = Pen()
    pure("pen.records").Records(pen.machine.hal).write("settings", data)
    pen.say("*RCL 1", WAIT_S)
    assert pen.machine.fault == 129


def test_damage_of_both_copies_is_a_fault_and_nothing_else_is_lost() -> None:
    """The settings that are chosen stay, and so does the log; cleared, the registers are empty and can be used."""
    pen = saved()
    pen.say("ARM", 0.4)
    pen.say("DIS", 0.5)
    for name in ("settings.0", "settings.1"):
        pen.machine.store.flip(name, 70)
    pen.restart()
    choose(pen, *OTHER)
    pen.say("*RCL 1", WAIT_S)
    said = pen.say("LOG?", 0.2)
    assert "settings is damaged, and lost" in said
    assert ",ARM,CHEEK\n" in said
    assert (pen.machine.fault, chosen(pen)) == (129, OTHER)
    pen.errors()
    pen.say("FAUL:CLE", WAIT_S)
    assert done(pen, "*RCL 1") == EMPTY.format(1)
    saved(1, SET, pen)
    assert (done(pen.restart(), "*RCL 1"), chosen(pen)) == ("", SET)


@pytest.mark.parametrize("name", ["settings.0", "settings.1"])
def test_damage_of_one_copy_loses_nothing_and_is_mended(name: str) -> None:
    pen = saved()
    pen.machine.store.flip(name, 70)
    pen.restart()
    assert (done(pen, "*RCL 1"), chosen(pen)) == ("", SET)
    assert "settings has one good copy, and is mended" in pen.say("LOG?", 0.2)
    files = pen.machine.store.files
    assert files["settings.0"] == files["settings.1"]


def test_what_cannot_be_written_is_a_fault_and_tried_again_when_it_is_cleared() -> None:
    pen = saved()
    pen.machine.store.full = True
    choose(pen, *OTHER)
    pen.say("*SAV 1", WAIT_S)
    assert pen.machine.fault == 129
    pen.machine.store.full = False
    pen.say("FAUL:CLE", WAIT_S)
    pen.restart()
    assert (done(pen, "*RCL 1"), chosen(pen)) == ("", OTHER)

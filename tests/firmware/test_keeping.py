"""What is kept without power: a fault that nobody cleared, and what happens when the store fails."""

import re
from collections.abc import Callable
from functools import cache

import pytest

from pen_sim import faults
from pen_sim.edges import GATE
from pen_sim.hal import SimHal
from pen_sim.loader import pure
from pen_sim.store import PowerCut, erased, half, over
from pen_tools.eventlog import Event, Log, read
from tests.firmware.support import Pen

TABLE = pure("pen.faults").TABLE
WRITE_MOST_NS = 400_000_000  # the longest erase of a block [W25Q16JV datasheet 9.6, tSE]
SETTLES_S = 0.3  # off, the trace complete, the scan slow, and written
COPY_MOST = 18  # bytes of a fault's copy: number, program, code, time, CRC

# Of the simulator's faults, with what it takes away again before it can be cleared.
SURVIVE = {
    "stall": 103, "generator_hang": 104, "over_current": 109, "driver_fault": 110, "over_temperature": 111,
    "supply_low": 112, "cartridge_out": 116, "estop": 118, "scan_late": 120, "generator_starved": 124, "link_lost": 130,
}  # fmt: skip


def broken(name: str, pen: Pen | None = None) -> Pen:
    """Stroking, and then that."""
    pen = pen or Pen()
    pen.arm()
    pen.say("RUN 5", 0.2)
    faults.TABLE[name].inject(pen.machine)
    pen.run_for(SETTLES_S)
    return pen


def gate_rises(pen: Pen) -> int:
    return sum(level for _, level in pen.machine.edges.of(GATE))


# --- SR-25


@pytest.mark.parametrize("name", SURVIVE)
@pytest.mark.requirement("SR-25")
def test_a_fault_that_was_not_cleared_is_there_after_a_restart(name: str) -> None:
    """With its cause, and nothing moves. Cleared, it is gone for good."""
    pen = broken(name)
    code = SURVIVE[name]
    assert pen.machine.fault == code
    faults.TABLE[name].repair(pen.machine)
    strokes = len(pen.restart().plant.truth)
    said = pen.say("FAUL?").split(",", 3)
    assert said[:2] == [str(code), f'"{TABLE[code][0]}"']
    assert "before the restart" in said[3]
    assert TABLE[code][2] in said[3]
    assert f"{code}," in pen.errors()[0]
    rises = gate_rises(pen)
    pen.say("ZONE CHEEK")
    pen.say("ARM", 0.3)
    assert pen.errors()[0].startswith("-221")
    assert (pen.state, gate_rises(pen), len(pen.plant.truth)) == ("FAULT", rises, strokes)
    pen.say("FAUL:CLE", 0.2)
    assert pen.state == "IDLE"
    assert pen.restart().state == "IDLE"
    assert pen.say("FAUL?").startswith("0,")
    pen.arm()


@pytest.mark.requirement("SR-25")
def test_a_restart_tells_when_it_was() -> None:
    pen = Pen(seed=3)
    pen.run_for(2.0)
    pen = broken("estop", pen)
    at_s = float(pen.say("FAUL?").split(",")[2])
    assert at_s > 2.0
    pen.restart()
    said = pen.say("FAUL?")
    told = re.search(r"before the restart, at ([0-9.]+) s: the emergency stop", said)
    assert told, said
    assert float(told[1]) == pytest.approx(at_s, abs=0.0011)


@pytest.mark.requirement("SR-25")
def test_a_trigger_held_while_arming_is_forgotten() -> None:
    """Nothing moved, and it is looked at again at every arming."""
    pen = Pen()
    pen.plant.trigger_held = True
    pen.run_for(0.1)
    pen.say("ZONE CHEEK")
    pen.say("ARM", SETTLES_S)
    assert pen.machine.fault == 117
    assert pen.restart().state == "IDLE"
    assert pen.machine.store.writes == 0


@pytest.mark.requirement("SR-25")
def test_a_watchdog_reset_is_not_forgotten_by_switching_off_and_on() -> None:
    pen = Pen().restart("WATCHDOG")
    pen.run_for(SETTLES_S)
    assert "before" not in pen.say("FAUL?")
    for cause in ("RESET", "POWER_ON"):
        pen.restart(cause)
        assert pen.say("FAUL?").startswith('125,"WATCHDOG_RESET"')
    pen.say("FAUL:CLE", 0.2)
    assert pen.restart().state == "IDLE"


@pytest.mark.requirement("SR-25")
def test_a_watchdog_reset_is_said_rather_than_an_older_fault() -> None:
    pen = broken("estop")
    pen.plant.estop_pressed = False
    pen.restart("WATCHDOG")
    assert pen.say("FAUL?").startswith("125,")


@pytest.mark.requirement("SR-25")
def test_a_fault_costs_one_write_and_clearing_it_one() -> None:
    """Of two copies each. The log is written with the fault."""
    pen = broken("estop")
    written = pen.machine.store.writes_of
    assert written == {"fault": 2, "log": 2}
    for _ in range(3):
        pen.plant.estop_pressed = False
        pen.run_for(0.02)
        pen.say("FAUL:CLE", 0.2)
        before = dict(written)
        pen.run_for(1.0)
        pen = broken("estop", pen)
        assert written == {name: count + 2 for name, count in before.items()}
    assert written == {"fault": 2 + 3 * 4, "log": 2 + 3 * 2}


@pytest.mark.parametrize("name", ["estop", "over_temperature", "stall"])
@pytest.mark.requirement("SR-14")
def test_it_is_written_while_the_drive_is_off_and_the_scan_slow(name: str) -> None:
    """And the trace has all that it wants of the fault. A write as long as flash may take is no fault of the scan."""
    pen = Pen()
    store, hal = pen.machine.store, pen.machine.hal
    seen: list[tuple[int, int, int]] = []
    write = store.write

    def watched(name: str, data: bytes) -> None:
        seen.append((hal.gate, hal.period_ns, pen.word("ST_TRACE_LEFT")))
        write(name, data)

    store.write, store.write_ns = watched, WRITE_MOST_NS
    broken(name, pen)
    pen.run_for(1.0)
    assert seen == [(0, 1_000_000, 0)] * 4, "fault and log, two copies each"
    assert pen.machine.fault == SURVIVE[name]
    faults.TABLE[name].repair(pen.machine)
    pen.run_for(0.5)
    pen.say("FAUL:CLE", 1.0)
    assert pen.state == "IDLE"
    assert [event for event in pen.say("LOG?", 0.2).split("\n") if "SCAN" in event] == []


@pytest.mark.requirement("SR-25")
def test_arming_waits_until_the_clear_is_written_down() -> None:
    """In one line, as a program sends it: the power may go away at any time afterwards, and the old fault is not there again."""
    pen = broken("estop")
    pen.plant.estop_pressed = False
    pen.run_for(0.02)
    written = pen.machine.store.writes
    pen.say("FAUL:CLE;*WAI;:ARM", 0.4)
    assert pen.errors()[1:] == []
    assert (pen.state, pen.machine.store.writes) == ("READY", written + 2)
    pen.say("RUN 5", 0.2)
    assert pen.restart().state == "IDLE"


def watch_writes(pen: Pen, note: Callable[[], object]) -> list[object]:
    """What `note` says whenever something is written, just before."""
    store, seen = pen.machine.store, list[object]()
    write = store.write

    def watched(name: str, data: bytes) -> None:
        seen.append(note())
        write(name, data)

    store.write = watched
    return seen


@pytest.mark.requirement("SR-25")
def test_complete_is_complete() -> None:
    """The answer comes when the clear is written down."""
    pen = broken("estop")
    pen.plant.estop_pressed = False
    pen.run_for(0.02)
    sent = watch_writes(pen, lambda: bytes(pen.machine.hal.sent))
    assert pen.say("FAUL:CLE;*OPC?", 0.5) == "1"
    assert sent == [b"", b""]
    assert pen.restart().state == "IDLE"


@pytest.mark.requirement("SR-25")
def test_arming_in_the_very_turn_in_which_the_clear_is_seen() -> None:
    """Nothing is ordered of the drive before the clear is written down."""
    pen = broken("estop")
    pen.plant.estop_pressed = False
    pen.run_for(0.02)
    modes = watch_writes(pen, lambda: pen.word("OR_MODE"))
    pen.machine.send(b"FAUL:CLE\n")
    while pen.word("ST_FAULT"):
        pen.run_for(0.000_05)
    pen.say("ARM", 0.6)
    assert (pen.state, pen.errors()[1:]) == ("READY", [])
    assert modes == [0, 0]


@pytest.mark.requirement("SR-14")
def test_a_scan_before_the_write_and_none_right_after_it_is_no_dead_scan() -> None:
    """One that came after the session's last look, and the timer comes back later than the foreground."""
    pen = broken("estop")
    pen.plant.estop_pressed = False
    pen.run_for(0.02)
    store, hal = pen.machine.store, pen.machine.hal

    def scan() -> None:
        if store.writes == 4:  # the first of the two copies, after fault and log
            hal.scan(hal.now_ns)
            hal.next_scan_ns = hal.now_ns + 2 * store.write_ns + 8_000_000

    watch_writes(pen, scan)
    pen.say("FAUL:CLE", 0.5)
    assert (pen.state, pen.machine.store.writes) == ("IDLE", 6)


@pytest.mark.parametrize("after", range(COPY_MOST + 1))
@pytest.mark.requirement("SR-20")
def test_power_lost_while_it_is_written(after: int) -> None:
    """A fault, or none: what was there, or what is. And the pen starts."""
    pen = broken("estop")
    pen.plant.estop_pressed = False
    pen.run_for(0.02)
    pen.machine.store.cut_after = after
    with pytest.raises(PowerCut):
        pen.say("FAUL:CLE", 0.3)
    pen.restart()
    assert pen.machine.fault == (0 if after == COPY_MOST else 118)
    assert "fault has one good copy, and is mended" in pen.say("LOG?", 0.2)
    pen.say("FAUL:CLE", 0.3)
    assert pen.restart().state == "IDLE"


# --- the log


def treated(pen: Pen | None = None) -> Pen:
    """Armed, stroked and off again, and all of it written down."""
    pen = (pen or Pen()).arm()
    pen.say("RUN 0.2", 0.4)
    assert pen.say("DIS;*OPC?", 0.5) == "1"
    return pen


def log_of(pen: Pen) -> Log:
    pen.machine.send(b"LOG?\n")
    pen.run_for(0.3)
    answer = pen.machine.receive()
    return read(answer[2 + int(answer[1:2]) : -5])


def names(events: tuple[Event, ...]) -> list[str]:
    return [name for _, name, _ in events]


OF_A_TREATMENT = [
    "BOOT", "SELFTEST", "IDLE", "ZONE", "ARM", "HOMING", "DEADMAN", "READY", "RUN", "RUNNING", "READY", "OFF", "IDLE",
]  # fmt: skip


@pytest.mark.requirement("SR-20")
def test_the_last_events_are_there_after_a_restart_and_told_apart() -> None:
    """With their times and the firmware they were of; this start's own begin with the last BOOT."""
    pen = treated()
    told = log_of(pen)
    assert (told.before, names(told.events)) == ((), OF_A_TREATMENT)
    log = log_of(pen.restart())
    assert log.before == told.events
    assert log.before[0][2] == "POWER_ON " + pen.say("*IDN?").split(",")[3]
    assert names(log.events)[:3] == ["BOOT", "SELFTEST", "IDLE"]
    assert "ARM" not in names(log.events)


@pytest.mark.requirement("SR-20")
def test_sixteen_of_several_starts_are_kept() -> None:
    pen = treated(treated().restart())
    log = log_of(pen.restart())
    assert names(log.before) == ["BOOT", "OFF", "IDLE", *OF_A_TREATMENT]
    assert [at_ms for at_ms, name, _ in log.before if name == "BOOT"] == [0, 0]


@pytest.mark.requirement("SR-20")
def test_it_is_written_when_the_drive_has_been_on_and_not_for_less() -> None:
    """Two copies each time. Settings, questions and refusals are no reason, nor is a restart."""
    pen = Pen()
    pen.say("ZONE CHEEK;DEPT 0.8;RATE 10", 0.2)
    pen.say("ARM 1;LOG?", 0.3)
    pen.run_for(1.0)
    assert pen.restart().machine.store.writes == 0
    assert not log_of(pen).before
    for treatments in (1, 2):
        treated(pen)
        pen.run_for(1.0)
        assert pen.machine.store.writes_of == {"log": 2 * treatments}
    pen.restart().run_for(1.0)
    assert pen.machine.store.writes_of == {"log": 4}


@pytest.mark.requirement("SR-20")
def test_switched_off_as_soon_as_it_says_that_it_is_done() -> None:
    """`*OPC?` after `DIS` is answered when the log is written."""
    pen = Pen().arm()
    pen.machine.send(b"DIS;*OPC?\n")
    while not pen.machine.receive():
        pen.run_for(0.000_5)
    assert names(log_of(pen.restart()).before)[-2:] == ["OFF", "IDLE"]


@pytest.mark.parametrize("name", SURVIVE)
@pytest.mark.requirement("SR-20")
def test_what_led_to_a_fault_is_kept(name: str) -> None:
    pen = broken(name)
    assert ("FAULT", TABLE[SURVIVE[name]][0]) in [event[1:] for event in log_of(pen.restart()).before]


@pytest.mark.requirement("SR-20")
def test_a_watchdog_reset_keeps_what_was_before_it() -> None:
    """And its own start, though the drive has not been on in it."""
    pen = treated().restart("WATCHDOG")
    pen.run_for(SETTLES_S)
    before = log_of(pen.restart()).before
    assert [detail.split()[0] for _, name, detail in before if name == "BOOT"] == ["POWER_ON", "WATCHDOG"]
    assert before[-1][1:] == ("FAULT", "WATCHDOG_RESET")


OLD, NEW = ("RUN", "200 ms"), ("RUN", "300 ms")


def treated_twice() -> Pen:
    """The second time in another start, and not yet turned off."""
    pen = treated().restart()
    pen.say("ZONE CHEEK;*WAI;:ARM", 0.4)
    pen.say("RUN 0.3", 0.5)
    return pen


@cache
def log_bytes() -> int:
    """Of a copy of the log after that."""
    pen = treated_twice()
    pen.say("DIS", 0.5)
    return len(pen.machine.store.files["log.0"])


@pytest.mark.parametrize("torn", [half, over, erased])
@pytest.mark.parametrize("part", range(21))
@pytest.mark.requirement("SR-20")
def test_power_lost_while_the_log_is_written(part: int, torn: Callable[[bytes, bytes, int], bytes]) -> None:
    """At each twentieth of it: the old or the new, and the pen is well."""
    pen = treated_twice()
    store = pen.machine.store
    store.torn, store.cut_in, store.cut_after = torn, "log", log_bytes() * part // 20
    with pytest.raises(PowerCut):
        pen.say("DIS", 0.5)
    runs = [event[1:] for event in log_of(pen.restart()).before if event[1] == "RUN"]
    assert runs == [NEW if part == 20 else OLD]
    assert (pen.state, pen.errors()) == ("IDLE", [])
    treated(pen)


@pytest.mark.requirement("SR-20")
def test_a_damaged_log_is_a_fault_and_loses_nothing_else() -> None:
    pen = broken("estop")
    pen.plant.estop_pressed = False
    damage(pen, "log.0", "log.1")
    pen.restart()
    for code in ("118", "129"):
        assert pen.say("FAUL?").startswith(code)
        pen.say("FAUL:CLE", 0.5)
    log = log_of(pen)
    assert log.before == ()
    assert ("STORE", "log is damaged, and lost") in [event[1:] for event in log.events]
    assert pen.state == "IDLE"
    treated(pen)
    assert "ARM" in names(log_of(pen.restart()).before)


@pytest.mark.parametrize("name", ["log.0", "log.1"])
@pytest.mark.requirement("SR-20")
def test_one_damaged_copy_of_the_log_loses_nothing(name: str) -> None:
    pen = treated()
    told = log_of(pen).events
    damage(pen, name)
    assert log_of(pen.restart()).before == told
    pen.run_for(0.5)
    damage(pen, "log.1" if name == "log.0" else "log.0")
    assert set(told[-8:]) <= set(log_of(pen.restart()).before)


@pytest.mark.requirement("SR-21")
def test_a_record_of_another_program_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    pen = treated()
    mine = pen.machine.hal.program()
    monkeypatch.setattr(SimHal, "program", lambda _: (mine[0], 0xBADC0DE))
    log = log_of(pen.restart())
    assert ("STORE", f"log was written by program {mine[1]:08x}") in [event[1:] for event in log.events]
    assert log.before[0][2].endswith(f"{mine[1]:08x}")
    assert log.events[0][2].endswith("0badc0de")


# --- fault 129


def full(pen: Pen) -> None:
    pen.machine.store.full = True


def worn(pen: Pen) -> None:
    pen.machine.store.worn = True


def well(pen: Pen) -> None:
    pen.machine.store.full = pen.machine.store.worn = False


@pytest.mark.parametrize("fail", [full, worn])
@pytest.mark.requirement("SR-20")
def test_what_cannot_be_written_is_a_fault_until_it_can(fail: Callable[[Pen], None]) -> None:
    """After the one that could not be written: the first cause wins. Clearing tries again, once each."""
    pen = Pen()
    fail(pen)
    broken("estop", pen)
    assert pen.machine.fault == 118
    pen.plant.estop_pressed = False
    pen.run_for(0.02)
    pen.say("FAUL:CLE", 0.3)
    for _ in range(3):
        assert pen.say("FAUL?").startswith('129,"STORAGE"')
        assert any(error.startswith("129,") for error in pen.errors())
        rises = gate_rises(pen)
        pen.say("ARM", 0.3)
        assert pen.errors()[0].startswith("-221")
        assert gate_rises(pen) == rises
        pen.say("FAUL:CLE;*WAI;:ARM", 0.3)
        assert gate_rises(pen) == rises, "not even between the clear and the next try"
    assert "fault is not written" in pen.say("LOG?", 0.2)
    well(pen)
    pen.say("FAUL:CLE", 0.3)
    assert pen.state == "IDLE"
    pen.arm()


def damage(pen: Pen, *names: str) -> None:
    for name in names:
        pen.machine.store.flip(name, 37)


@pytest.mark.parametrize("name", ["fault.0", "fault.1"])
@pytest.mark.requirement("SR-20")
def test_damage_of_one_copy_loses_nothing_and_is_mended(name: str) -> None:
    """Also of the one written last."""
    pen = broken("estop")
    pen.plant.estop_pressed = False
    damage(pen, name)
    pen.restart().run_for(0.3)
    assert pen.machine.fault == 118
    assert "fault has one good copy, and is mended" in pen.say("LOG?", 0.2)
    damage(pen, "fault.1" if name == "fault.0" else "fault.0")
    assert pen.restart().machine.fault == 118


@pytest.mark.requirement("SR-20")
@pytest.mark.requirement("SR-25")
def test_damage_of_both_copies_is_a_fault_and_the_console_works() -> None:
    """Whatever was recorded, nobody arms without having read that it is lost."""
    pen = broken("estop")
    pen.plant.estop_pressed = False
    damage(pen, "fault.0", "fault.1")
    for _ in range(2):
        pen.restart()
        assert pen.say("FAUL?").startswith('129,"STORAGE"')
        assert "fault is damaged, and lost" in pen.say("LOG?", 0.2)
        pen.say("ZONE CHEEK")
        pen.say("ARM", 0.2)
        assert pen.state == "FAULT"
    pen.say("FAUL:CLE", 0.3)
    assert pen.state == "IDLE"
    assert pen.restart().state == "IDLE"
    pen.arm()


@pytest.mark.parametrize("data", [b"x", b"\xc7\x00\0\0\0\0", b"1234567"])
@pytest.mark.requirement("SR-20")
def test_a_record_that_makes_no_sense_is_damaged(data: bytes) -> None:
    """Too short, a code that this firmware has not, too long."""
    pen = Pen()
    pure("pen.records").Records(pen.machine.hal).write("fault", data)
    assert pen.restart().machine.fault == 129
    pen.say("FAUL:CLE", 0.3)
    assert pen.restart().state == "IDLE"


@pytest.mark.requirement("SR-25")
def test_a_watchdog_reset_and_damage_are_said_one_after_the_other() -> None:
    pen = broken("estop")
    pen.plant.estop_pressed = False
    damage(pen, "fault.0", "fault.1")
    pen.restart("WATCHDOG")
    for code in ("125", "129"):
        assert pen.say("FAUL?").startswith(code)
        pen.say("FAUL:CLE", 0.3)
    assert pen.state == "IDLE"

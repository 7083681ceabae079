"""What is kept without power: a fault that nobody cleared, and what happens when the store fails."""

import re
from collections.abc import Callable

import pytest

from pen_sim import faults
from pen_sim.edges import GATE
from pen_sim.loader import pure
from pen_sim.store import PowerCut
from tests.firmware.support import Pen

TABLE = pure("pen.faults").TABLE
WRITE_MOST_NS = 400_000_000  # the longest erase of a block [W25Q16JV datasheet 9.6, tSE]
SETTLES_S = 0.3  # off, the trace complete, the scan slow, and written
COPY_MOST = 14  # bytes of a fault's copy: number, code, time, CRC

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
    """Of two copies each."""
    pen = broken("estop")
    assert pen.machine.store.writes == 2
    for _ in range(3):
        pen.plant.estop_pressed = False
        pen.run_for(0.02)
        pen.say("FAUL:CLE", 0.2)
        before = pen.machine.store.writes
        pen.run_for(1.0)
        pen = broken("estop", pen)
        assert pen.machine.store.writes == before + 2
    assert pen.machine.store.writes == 2 + 3 * 4


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
    assert seen == [(0, 1_000_000, 0)] * 2
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
        if store.writes == 2:  # the first of the two copies
            hal.scan(hal.now_ns)
            hal.next_scan_ns = hal.now_ns + 2 * store.write_ns + 8_000_000

    watch_writes(pen, scan)
    pen.say("FAUL:CLE", 0.5)
    assert (pen.state, pen.machine.store.writes) == ("IDLE", 4)


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

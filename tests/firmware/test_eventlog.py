"""The event log's block: lines, and their CRC."""

import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pen_sim.loader import pure
from pen_tools import eventlog

EventLog = pure("pen.eventlog").EventLog


def lines(log: Any) -> list[str]:
    """The block's lines, its CRC checked."""
    text, crc = log.block()
    assert int.from_bytes(crc, "little") == zlib.crc32(text)
    return text.decode().splitlines()


def test_events_come_in_order_with_their_time() -> None:
    log = EventLog()
    log.add("BOOT", "POWER_ON")
    log.now_ms = 1_234
    log.add("ZONE", "CHEEK")
    assert lines(log) == ["0,BOOT,POWER_ON", "1234,ZONE,CHEEK"]


def test_an_empty_log_is_a_crc() -> None:
    assert EventLog().block() == (b"", bytes(4))


@pytest.mark.parametrize("count", [63, 64, 65, 200])
def test_the_oldest_event_but_the_first_makes_room(count: int) -> None:
    """64 at most; what was before this start goes with the first that is lost."""
    log = EventLog()
    log.take(b"5,BOOT,RESET\n6,ZONE,CHEEK\n")
    for number in range(count):
        log.add("N", str(number))
    found = lines(log)
    earlier = 2 if count <= 64 else 0
    assert found[:earlier] == ["5,BOOT,RESET", "6,ZONE,CHEEK"][:earlier]
    kept = [int(line.split(",")[2]) for line in found[earlier:]]
    assert kept == [0, *range(max(1, count - 63), count)]


def test_details_are_cut_to_60_characters() -> None:
    log = EventLog()
    log.add("RUN", "x" * 61)
    assert lines(log) == ["0,RUN," + "x" * 60]


# --- what is kept without power

KEPT = 16
STARTS = st.lists(st.integers(0, 90), min_size=1, max_size=6)


def starts(counts: list[int]) -> list[list[str]]:
    """The lines of each start that had so many events besides its BOOT; each start takes what the one before has kept."""
    data, made = b"", list[list[str]]()
    for number, count in enumerate(counts):
        log = EventLog()
        log.take(data)
        log.add("BOOT", f"start {number}")
        for event in range(count):
            log.now_ms += 7
            log.add("N", f"{number}.{event}")
        data = log.data()
        made.append(lines(log))
    made.append(data.decode().splitlines())
    return made


@given(STARTS)
@pytest.mark.requirement("SR-20")
def test_the_last_lines_are_kept_and_each_with_its_start(counts: list[int]) -> None:
    """Sixteen at most, in order, the newest among them, and in front of every event the BOOT that it came after."""
    kept = starts(counts)[-1]
    events = [f"{number}.{event}" for number, count in enumerate(counts) for event in range(count)]
    found = [line.split(",")[2] for line in kept if ",N," in line]
    assert len(kept) <= KEPT
    assert found == (events[-len(found) :] if found else [])
    assert len(kept) == KEPT or len(kept) == len(events) + len(counts)
    assert kept[0].split(",")[1] == "BOOT"
    at = -1
    for line in kept:
        _, event, detail = line.split(",")
        if event == "BOOT":
            at = int(detail.removeprefix("start "))
        else:
            assert int(detail.split(".")[0]) == at
    assert at == len(counts) - 1


@given(STARTS)
@pytest.mark.requirement("SR-20")
def test_what_was_before_is_told_apart_by_the_last_boot(counts: list[int]) -> None:
    """Behind it are this start's events alone; the tools of the host take it apart so."""
    for number, said in enumerate(starts(counts)[:-1]):
        log = eventlog.read("".join(line + "\n" for line in said).encode())
        assert [name for _, name, _ in log.events[1:]] == ["N"] * min(counts[number], 63)
        assert log.events[0][1:] == ("BOOT", f"start {number}")
        assert {detail.split(".")[0] for _, _, detail in log.events[1:]} <= {str(number)}
        assert not log.before or log.before[0][1] == "BOOT"
        assert bool(log.before) == (number > 0 and counts[number] <= 63)


@given(STARTS)
def test_what_is_kept_is_taken_again(counts: list[int]) -> None:
    kept = starts(counts)[-1]
    log = EventLog()
    log.take("".join(line + "\n" for line in kept).encode())
    assert lines(log) == kept
    assert log.data().decode().splitlines() == kept
    log.lost()
    assert lines(log) == []


@pytest.mark.parametrize("data", [b"1,ZONE,CHEEK\n", b"1,BOOT,POWER_ON", b"\xff,BOOT,\n", b"\n"])
@pytest.mark.requirement("SR-20")
def test_what_is_no_log_is_damaged(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        EventLog().take(data)

"""The event log's block: lines, and their CRC."""

import zlib
from typing import Any

import pytest

from pen_sim.loader import pure

EventLog = pure("pen.eventlog").EventLog


def lines(log: Any) -> list[str]:
    """The block's lines, its CRC checked."""
    block = log.block([log.line(event) for event in log.events])
    assert int.from_bytes(block[-4:], "little") == zlib.crc32(block[:-4])
    return block[:-4].decode().splitlines()


def test_events_come_in_order_with_their_time() -> None:
    log = EventLog()
    log.add("BOOT", "POWER_ON")
    log.now_ms = 1_234
    log.add("ZONE", "CHEEK")
    assert lines(log) == ["0,BOOT,POWER_ON", "1234,ZONE,CHEEK"]


def test_an_empty_log_is_a_crc() -> None:
    assert EventLog().block([]) == bytes(4)


@pytest.mark.parametrize("count", [63, 64, 65, 200])
def test_the_oldest_event_makes_room(count: int) -> None:
    log = EventLog()
    for number in range(count):
        log.add("N", str(number))
    kept = [int(line.split(",")[2]) for line in lines(log)]
    assert kept == list(range(max(0, count - 64), count))
    assert log.lost == max(0, count - 64)


def test_details_are_cut_to_60_characters() -> None:
    log = EventLog()
    log.add("RUN", "x" * 61)
    assert lines(log) == ["0,RUN," + "x" * 60]

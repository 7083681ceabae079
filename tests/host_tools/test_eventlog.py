"""LOG? as the host takes it apart; tests/firmware/test_eventlog.py has it of the firmware's own log."""

import pytest

from pen_tools.errors import LinkLost
from pen_tools.eventlog import read


def test_the_last_boot_is_the_present_start() -> None:
    log = read(b"0,BOOT,POWER_ON 1 a 2\n9,ARM,CHEEK\n0,BOOT,RESET 1 a 2\n5,SELFTEST,\n6,X,a,b\n")
    assert log.before == ((0, "BOOT", "POWER_ON 1 a 2"), (9, "ARM", "CHEEK"))
    assert log.events == ((0, "BOOT", "RESET 1 a 2"), (5, "SELFTEST", ""), (6, "X", "a,b"))


def test_without_a_boot_all_is_of_the_present_start() -> None:
    assert read(b"5,ARM,NECK\n").events == ((5, "ARM", "NECK"),)
    assert read(b"") == read(b"")
    assert (read(b"").before, read(b"").events) == ((), ())


@pytest.mark.parametrize("block", [b"BOOT", b"x,BOOT,POWER_ON\n", b"1,BOOT\n", b"\xff,BOOT,\n"])
def test_what_is_no_log_is_said_to_be_none(block: bytes) -> None:
    with pytest.raises(LinkLost, match="a form this program does not know"):
        read(block)

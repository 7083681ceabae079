"""The console on a wire: lines, answers, people, stops, and hosts that do not read."""

import sys

import pytest

from pen_sim.loader import pure
from tests.firmware.console_bench import Bench

BLOCK_HEADER = b"#41024"


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def person(bench: Bench) -> Bench:
    assert bench.send("SYST:ECHO ON\n") == b"OK\r\n> "
    return bench


# --- lines


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\n\n", "\r\n\r\n"])
def test_any_line_end_ends_a_line_once(bench: Bench, end: str) -> None:
    assert bench.send(f"DEPT?{end}*TST?{end}") == b"1.000\n3\n"
    assert bench.status.count == 0


def test_commands_answer_nothing_and_queries_one_line(bench: Bench) -> None:
    assert bench.send("ZONE cheek\n") == b""
    assert bench.send("DEPT? MIN;DEPT? MAX;*TST?\n") == b"0.500;3.000;3\n"


def test_answers_before_an_error_are_sent(bench: Bench) -> None:
    assert bench.send("DEPT?;FOO;DEPT?\n*TST?\n") == b"1.000\n3\n"


def test_blocks_end_with_a_newline(bench: Bench) -> None:
    assert bench.send("TRAC?\n") == BLOCK_HEADER + bench.blob + b"\n"
    assert bench.send("TRAC:PART?;:DEPT?\n") == b"#15abcde;1.000\n"


def test_a_line_may_hold_256_bytes(bench: Bench) -> None:
    longest = "DEPT?" + " " * 251
    assert bench.send(longest + "\n") == b"1.000\n"
    assert bench.send(longest + " \nDEPT?\n") == b"1.000\n"
    assert bench.errors() == ['-363,"Input buffer overrun"']


@pytest.mark.parametrize("byte", [0, 4, 8, 27, 127, 128, 255])
@pytest.mark.requirement("SR-26")
def test_a_line_with_an_odd_byte_is_not_executed(bench: Bench, byte: int) -> None:
    assert bench.send(b"DEPT?" + bytes([byte]) + b";DEPT?\nDEPT?\n") == b"1.000\n"
    assert bench.errors() == ['-101,"Invalid character"']


def test_a_tab_is_white_space(bench: Bench) -> None:
    assert bench.send("\tDEPT?\tMIN\t\n") == b"0.500\n"


def test_an_idle_poll_reads_once_and_allocates_nothing(bench: Bench) -> None:
    bench.polls(3)
    reads, before = bench.wire.reads, sys.getallocatedblocks()
    for _ in range(1000):
        bench.console.poll()
    assert sys.getallocatedblocks() - before < 10
    assert bench.wire.reads == reads + 1000
    assert bench.wire.slices == []


# --- people


def test_a_person_sees_what_they_type_and_what_came_of_it(person: Bench) -> None:
    assert person.send("DEPT?\r") == b"DEPT?\r\n1.000\r\n> "
    assert person.send("ZONE cheek\r\n") == b"ZONE cheek\r\nOK\r\n> "
    assert person.send("\r") == b"\r\n> "
    assert person.send("  \r") == b"  \r\n> "


def test_a_person_sees_the_error_which_stays_in_the_queue(person: Bench) -> None:
    error = b'-222,"Data out of range;9: 0.500..3.000 MM"'
    assert person.send("DEPT 9\n") == b"DEPT 9\r\n" + error + b"\r\n> "
    assert person.errors() == [error.decode()]
    assert person.send("DEPT?;FOO\n") == b'DEPT?;FOO\r\n1.000\r\n-113,"Undefined header;FOO"\r\n> '
    assert person.send("\x1b[A\n") == b'\r\n-101,"Invalid character"\r\n> '


@pytest.mark.parametrize("key", ["\x08", "\x7f"])
def test_backspace_erases(person: Bench, key: str) -> None:
    assert person.send(f"{key}DEPR{key}T?\t{key}\n") == b"DEPR\b \bT? \b \b\r\n1.000\r\n> "


def test_echo_can_be_turned_off_again(person: Bench) -> None:
    assert person.send("SYST:ECHO OFF\n") == b"SYST:ECHO OFF\r\n"
    assert person.send("DEPT?\n") == b"1.000\n"


def test_a_stop_shows_the_prompt_after_the_line(person: Bench) -> None:
    assert person.send("DEP") == b"DEP"
    assert person.send("T?!!;ZONE") == b"! stopped; Enter goes on", "at once, and once a line"
    assert person.send("\n") == b"\r\n> "
    assert person.send("DEPT?\n") == b"DEPT?\r\n1.000\r\n> "


# --- stops


@pytest.mark.parametrize("stop", [b"!", b"\x03"])
@pytest.mark.parametrize(
    "line", [b"%b", b"ZONE cheek%b", b"NOTE '%b'", b"%bZONE cheek", b"\xff%b", b"%%b" * 300 + b"%b"]
)
@pytest.mark.requirement("SR-12")
def test_a_stop_anywhere_in_a_line_stops_and_executes_nothing(bench: Bench, line: bytes, stop: bytes) -> None:
    data = line.replace(b"%%b", b"x").replace(b"%b", stop)
    assert bench.send(data + b"\n") == b""
    assert bench.did == ["!"]
    bench.errors()
    assert bench.send("DEPT?\n") == b"1.000\n"


@pytest.mark.requirement("SR-12")
def test_a_stop_needs_no_line_end(bench: Bench) -> None:
    bench.wire.incoming += b"ZONE che!"
    bench.polls(1)
    assert bench.did == ["!"]
    bench.send("RUN\nZONE cheek\n")
    assert bench.did == ["!", ("ZONE", "cheek")], "RUN stands in the stopped line"


@pytest.mark.parametrize("before", [0, 63, 64, 65, 400, 511])
@pytest.mark.requirement("SR-12")
def test_a_stop_behind_a_burst_is_seen_as_soon_as_it_is_read(bench: Bench, before: int) -> None:
    """128 bytes a poll. The scan has seen it before."""
    bench.wire.incoming += b"x" * before + b"!"
    bench.polls(1 + before // 128)
    assert bench.did == ["!"]


def test_one_poll_reads_a_bounded_number_of_chunks(bench: Bench) -> None:
    bench.wire.incoming += b" " * 10_000
    bench.polls(1)
    assert bench.wire.reads == 2


def test_a_burst_that_fits_arrives_whole_wherever_the_ring_stands(bench: Bench) -> None:
    for length in (1, 63, 64, 200, 3, 255, 128, 511):
        line = "NOTE '" + "n" * max(0, min(length, 200) - 8) + "'\n"
        burst = line * max(1, length // len(line))
        bench.did.clear()
        bench.send(burst)
        assert bench.did == [("NOTE", line[6:-2])] * burst.count("\n")
    assert bench.status.count == 0


def test_a_stop_forgets_what_came_before_it(bench: Bench) -> None:
    bench.send("RUN;*WAI;ZONE cheek\nRUN\n")
    assert bench.did == ["RUN"]
    bench.send("!\n*OPC?\n")
    assert bench.did == ["RUN", "!"]


def test_a_stop_between_cr_and_lf_ends_with_the_lf(bench: Bench) -> None:
    assert bench.send("DEPT?\r") == b"1.000\n"
    assert bench.send("!\nDEPT?\r\n") == b"1.000\n"


def test_a_stop_within_an_answer_completes_it(bench: Bench) -> None:
    bench.wire.room = 10
    bench.wire.incoming += b"TRAC?;RUN\n"
    bench.polls(2)
    bench.wire.incoming += b"!\n"
    bench.polls(1)
    assert bench.did == ["!"]
    bench.wire.room = None
    assert bench.send("DEPT?\n") == BLOCK_HEADER + bench.blob + b"\n1.000\n"


def test_a_stop_while_a_later_query_is_held_closes_the_line(bench: Bench) -> None:
    assert bench.send("RUN;DEPT?;*OPC?\n") == b"1.000"
    assert bench.send("!\nDEPT?\n") == b"\n1.000\n"


# --- waiting


def test_opc_query_and_wai_hold_the_line_and_later_lines(bench: Bench) -> None:
    assert bench.send("RUN;*OPC?;DEPT?\nDEPT? MIN\n") == b""
    bench.pen.is_busy = False
    assert bench.send("") == b"1;1.000\n0.500\n"
    assert bench.send("RUN\n*WAI;DEPT?\n") == b""
    bench.pen.is_busy = False
    assert bench.send("") == b"1.000\n"


def test_one_poll_asks_once_whether_a_held_line_may_go_on(bench: Bench) -> None:
    bench.send("RUN;*WAI\n")
    asked: list[int] = []
    bench.engine.busy = lambda: asked.append(1) or True
    bench.polls(5)
    assert len(asked) == 5


def test_a_host_that_takes_nothing_is_offered_one_slice_a_poll(bench: Bench) -> None:
    bench.wire.room = 0
    bench.send("TRAC?\n")
    offered = len(bench.wire.slices)
    bench.polls(5)
    assert len(bench.wire.slices) == offered + 5


def test_the_next_line_waits_until_the_answer_is_handed_over(bench: Bench) -> None:
    bench.wire.room = 3
    assert bench.send("DEPT?\nRUN\n") == b"1.0"
    assert bench.did == []
    bench.wire.room = None
    assert bench.send("") == b"00\n"
    assert bench.did == ["RUN"]


def test_writes_are_short_and_one_poll_makes_few(bench: Bench) -> None:
    bench.blob = bytes(30000)
    bench.wire.incoming += b"TRAC?\n"
    bench.polls(1)
    assert max(bench.wire.slices) == 64
    assert len(bench.wire.slices) == 16
    bench.polls(40)
    assert sum(bench.wire.slices) == len("#530000\n") + 30000


def test_one_poll_executes_one_unit(bench: Bench) -> None:
    bench.wire.incoming += b"RUN\n" * 16
    for count in range(1, 17):
        assert bench.console.working or count == 1
        bench.polls(1)
        assert len(bench.did) == count
    bench.polls(1)
    assert not bench.console.working


@pytest.mark.requirement("SR-26")
def test_what_does_not_fit_is_lost_by_whole_lines_and_told_once(bench: Bench) -> None:
    bench.send("RUN;*WAI\n")
    lines = [f"NOTE n{number:03}\n" for number in range(100)]
    bench.send("".join(lines))
    bench.pen.is_busy = False
    bench.send("")
    fitting = 511 // len(lines[0])
    assert bench.did[1:] == [("NOTE", f"n{number:03}") for number in range(fitting)]
    assert bench.errors() == ['-363,"Input buffer overrun"']
    assert bench.send("DEPT?\n") == b"1.000\n"


@pytest.mark.parametrize("lost", ["RUN\n", "RUN\r", "\n", "\r"])
def test_the_line_after_a_lost_one_is_whole_again(bench: Bench, lost: str) -> None:
    bench.send("RUN;*WAI\n")
    bench.send(" " * 511 + lost)
    bench.pen.is_busy = False
    bench.send("")
    bench.send("ZONE cheek\n")
    assert bench.did == ["RUN", ("ZONE", "cheek")]
    assert bench.errors() == ['-363,"Input buffer overrun"']


def test_a_second_loss_is_told_again(bench: Bench) -> None:
    for _ in range(2):
        bench.send("RUN;*WAI\n")
        bench.send(" " * 600 + "\n")
        bench.pen.is_busy = False
        bench.send("")
    assert bench.errors() == ['-363,"Input buffer overrun"'] * 2


@pytest.mark.requirement("SR-12")
def test_a_stop_is_seen_even_when_the_buffer_is_full(bench: Bench) -> None:
    bench.send("RUN;*OPC?\n")
    bench.send("x" * 2000 + "!")
    assert bench.did == ["RUN", "!"]
    assert bench.send("\nDEPT?\n") == b"1.000\n"
    assert bench.errors() == []


def test_a_loss_within_a_stopped_line_is_told(bench: Bench) -> None:
    bench.wire.room = 0
    bench.send("TRAC?\n")
    bench.send("!" + "x" * 600 + "\n")
    bench.wire.room = None
    bench.send("")
    assert bench.send("DEPT?\n") == b"1.000\n"
    assert bench.errors() == ['-363,"Input buffer overrun"']


@pytest.mark.requirement("SR-26")
def test_who_wants_the_raw_repl_is_told_that_there_is_none(bench: Bench) -> None:
    """One line for each line that begins so, however many more of them are in it; the next line is as any other."""
    said = bench.send(b"\r\x03\r\x01\x01\x01\n*IDN?\n")
    assert said == pure("pen.console")._NO_REPL + b"needlepen,test,0,0.1.0\n"
    assert bench.stops == 1
    assert bench.send(b"*ID\x01N?\n") == b""


# --- when the host goes


@pytest.mark.parametrize("begun", ["NOTE A", "NOTE A;NOTE B;*OPC?", "*WAI;NOTE C", "TRAC?\n*IDN?\nNOTE D"])
def test_of_a_host_that_has_gone_nothing_is_left(bench: Bench, begun: str) -> None:
    """Whatever of a line has come, waits, is executed or answered: the next host's lines are answered, and they alone."""
    bench.pen.is_busy = True
    bench.wire.room = 10
    bench.send(begun)
    bench.console.forget()
    assert not bench.console.working
    bench.wire.room = None
    bench.wire.sent.clear()
    bench.did.clear()
    bench.pen.is_busy = False
    assert bench.send("NOTE E\n*IDN?\n") == b"needlepen,test,0,0.1.0\n"
    assert bench.did == [("NOTE", "E")]


def test_a_host_that_goes_stops_nothing(bench: Bench) -> None:
    """That is the scan's business, and the lease's."""
    bench.send("RUN\n")
    bench.console.forget()
    assert bench.stops == 0

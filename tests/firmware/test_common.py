"""The commands of IEEE 488.2 and SYSTem, through a console, as a host types them."""

import pytest

from tests.firmware.console_bench import Bench

POWER_ON = 128


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ("*IDN?", b"needlepen,test,0,0.1.0\n"),
        ("*TST?", b"3\n"),
        ("*OPC?", b"1\n"),
        ("*WAI;*OPC?", b"1\n"),
        ("*ESE 33;*ESE?", b"33\n"),
        ("*SRE 255;*SRE?", b"191\n"),  # bit 6 stays 0
        ("*ESR?;*ESR?", b"128;0\n"),
        ("*STB?", b"0\n"),
        ("*IDN?;*STB?", b"needlepen,test,0,0.1.0;16\n"),
        ("*IDN?\n*STB?", b"needlepen,test,0,0.1.0\n0\n"),
        ("SYST:VERS?", b"1999.0\n"),
        ("SYST:ECHO?", b"0\n"),
        ("SYST:ERR?", b'0,"No error"\n'),
        ("SYST:ERR:NEXT?", b'0,"No error"\n'),
        ("SYST:ERR:COUN?", b"0\n"),
        ("*CLS;*ESR?", b"0\n"),
        ("*CLS;*OPC;*ESR?", b"1\n"),
    ],
)
def test_a_fresh_pen_answers(bench: Bench, message: str, answer: bytes) -> None:
    assert bench.send(message + "\n") == answer


@pytest.mark.parametrize("mask", ["256", "-1", "1.5", "1E3"])
def test_a_mask_has_eight_bits(bench: Bench, mask: str) -> None:
    assert bench.send(f"*ESE {mask}\n*ESE?\n") == b"0\n"
    assert bench.errors()[0].startswith("-222,")


def test_errors_are_read_one_by_one(bench: Bench) -> None:
    bench.send("FOO\nDEPT 9\n")
    assert bench.send("SYST:ERR:COUN?\n") == b"2\n"
    assert bench.send("SYST:ERR?\n") == b'-113,"Undefined header;FOO"\n'
    # The second header continues at SYST, the third starts at the root.
    answer = b'-222,"Data out of range;9: 0.500..3.000 MM";0,"No error";0\n'
    assert bench.send("SYST:ERR?;ERR:NEXT?;:SYST:ERR:COUN?\n") == answer


def test_the_status_byte_shows_errors_faults_and_requests(bench: Bench) -> None:
    bench.send("*CLS;*ESE 32;*SRE 32\nFOO\n")
    bench.pen.fault = 103
    assert bench.send("*STB?\n") == b"108\n"  # 4 error, 8 fault, 32 event, 64 master summary


def test_reset_is_the_pens_and_takes_a_waiting_opc_back(bench: Bench) -> None:
    bench.send("*CLS\nRUN;*OPC\n*RST\n")
    bench.pen.is_busy = False
    assert bench.send("*ESR?\n") == b"0\n"
    assert bench.pen.resets == 1


def test_clear_takes_a_waiting_opc_back(bench: Bench) -> None:
    bench.send("RUN;*OPC\n*CLS\n")
    bench.pen.is_busy = False
    assert bench.send("*ESR?\n") == b"0\n"


def test_opc_sets_its_event_once_the_pen_is_done(bench: Bench) -> None:
    bench.send("*CLS\nRUN;*OPC\n")
    assert bench.send("*ESR?\n") == b"0\n"
    bench.pen.is_busy = False
    bench.polls(1)
    bench.pen.is_busy = True
    assert bench.send("*ESR?\n") == b"1\n", "seen although the pen is busy again"


def test_help_lists_every_short_header_in_one_line(bench: Bench) -> None:
    listed = bench.send("HELP?\n").decode()
    assert listed.startswith(
        "*IDN?,*RST,*CLS,*TST?,*OPC,*WAI,*ESE,*ESR?,*SRE,*STB?,SYST:ERR?,SYST:ERR:COUN?,SYST:VERS?,"
    )
    assert listed.endswith("BRE\n")
    assert len(listed.split(",")) == len(bench.engine.commands)


@pytest.mark.parametrize("header", ["dept", "DEPT?", ":DEPTH"])
def test_help_tells_how_a_command_is_typed(bench: Bench, header: str) -> None:
    assert bench.send(f"HELP? {header}\n") == b"DEPTh <0.500..3.000 MM>, DEPTh? [MINimum|MAXimum] - Depth.\n"


@pytest.mark.parametrize("header", ["FOO", "?", ":", "''"])
def test_help_refuses_what_there_is_not(bench: Bench, header: str) -> None:
    assert bench.send(f"HELP? {header}\n") == b""
    assert bench.errors()[0].startswith("-224,")


def test_headers_are_listed_as_scpi_lists_them(bench: Bench) -> None:
    answer = bench.send("SYST:HELP:HEAD?\n")
    digits = int(answer[1:2])
    size = int(answer[2 : 2 + digits])
    listing = answer[2 + digits : -1].decode()
    assert len(listing) == size
    lines = listing.splitlines()
    assert len(lines) == len(bench.engine.commands)
    assert {"*IDN?/qonly/", "*RST/nquery/", "*ESE", ":SYSTem:ERRor[:NEXT]?/qonly/", ":SYSTem:ECHO", ":DEPTh"} <= set(
        lines
    )


def test_every_listed_command_has_help_on_one_line(bench: Bench) -> None:
    for name in bench.send("HELP?\n").decode().strip().split(","):
        answer = bench.send(f"HELP? {name}\n").decode()
        assert answer.count("\n") == 1, name
        assert ";" not in answer, name
        assert answer.rstrip().endswith("."), name

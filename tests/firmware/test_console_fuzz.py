"""Any bytes, in any pieces, to hosts that read as they please."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.firmware.console_bench import Bench

pytestmark = pytest.mark.requirement("SR-26")

STOPS = (0x21, 0x03)
WORDS = (
    *(
        b"DEPT?",
        b"DEPT 1.0",
        b"DEPT 1E999999999",
        b"ZONE cheek",
        b"RUN",
        b"TRAC?",
        b"NOTE 'a;b'",
        b"NOTE 'open",
        b"FOO",
    ),
    *(
        b"*IDN?",
        b"*OPC?",
        b"*OPC",
        b"*WAI",
        b"*CLS",
        b"*STB?",
        b"SYST:ERR?",
        b"SYST:ECHO ON",
        b"SYST:ECHO OFF",
        b"HELP?",
    ),
    *(b"BRE bug", b"BRE memory", b"SYST:HELP:HEAD?", b"HELP? DEPT", b":", b";", b",", b" ", b"\t", b"'", b'"', b"\x08"),
    *(b"\n", b"\r", b"\r\n", b"\xff", b"\x00", b"!", b"\x03", b"x" * 257),
)
TEXT = st.lists(st.sampled_from(WORDS) | st.binary(max_size=4), max_size=60).map(b"".join)
QUIET = st.lists(st.sampled_from([word for word in WORDS if not {b"!", b"\x03", b"RUN"} & {word}]), max_size=30).map(
    lambda words: b"".join(words)[:400]
)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in itertools.pairwise(edges)]


def assert_bounded(bench: Bench) -> None:
    console = bench.console
    assert bench.status.count <= 16
    assert len(console._in._bytes) == 512
    assert console._in.count <= 512
    assert len(console._line) == 256
    assert console._length <= 256
    assert len(console._out._views) <= 8


@given(
    TEXT, st.lists(st.integers(0, 4000), max_size=8), st.lists(st.none() | st.integers(0, 200), min_size=1, max_size=5)
)
def test_no_bytes_get_an_exception_out_of_poll(data: bytes, places: list[int], rooms: list[int | None]) -> None:
    bench = Bench()
    for number, piece in enumerate(cut(data, places)):
        bench.wire.incoming += piece
        for room in rooms:
            bench.wire.room = room
            bench.polls(number + 1)
            assert_bounded(bench)
    bench.send("")
    assert bench.stops == sum(byte in STOPS for byte in data)
    assert all(size <= 64 for size in bench.wire.slices)


@given(TEXT)
def test_after_any_bytes_a_stop_and_a_line_end_the_next_line_works(data: bytes) -> None:
    bench = Bench()
    bench.send(data)
    bench.send("!\n")
    bench.engine.echo = False
    assert bench.send("DEPT?\n").endswith(b"1.000\n")


@given(QUIET, st.lists(st.integers(0, 400), max_size=12))
def test_pieces_and_the_whole_are_answered_alike(data: bytes, places: list[int]) -> None:
    whole, pieces = Bench(), Bench()
    expected = whole.send(data)
    assert b"".join(pieces.send(piece) for piece in cut(data, places)) == expected
    assert (pieces.did, pieces.errors()) == (whole.did, whole.errors())


@given(QUIET, st.lists(st.integers(1, 20), min_size=1, max_size=5))
def test_a_slow_host_gets_the_same_bytes(data: bytes, rooms: list[int]) -> None:
    fast, slow = Bench(), Bench()
    expected = fast.send(data)
    # Bit by bit, so that nothing is lost while the answers wait.
    for byte in data:
        slow.wire.incoming.append(byte)
        slow.console.poll()
        while slow.console._out.pending():
            for room in rooms:
                slow.wire.room = room
                slow.console.poll()
    assert slow.send("") == expected
    assert slow.did == fast.did


@given(
    st.lists(
        st.tuples(st.sampled_from(("NOTE n{}", "NOTE n{};TRAC?", "NOTE n{};*WAI")), st.integers(0, 30)), max_size=40
    ),
    st.lists(st.integers(0, 2000), max_size=6),
    st.sampled_from((None, 0, 50)),
)
def test_nothing_sent_before_a_stop_is_executed_after_it(
    lines: list[tuple[str, int]], places: list[int], room: int | None
) -> None:
    """Every executed line holds no stop, and was executed after exactly the stops that were sent before it."""
    data = b""
    stops_before: dict[str, int] = {}
    for number, (form, place) in enumerate(lines):
        line = bytearray(form.format(number).encode())
        if place < len(line):
            line.insert(place, STOPS[number % 2])
        else:
            stops_before[f"n{number}"] = sum(byte in STOPS for byte in data)
        data += line + b"\n"
    bench = Bench()
    for piece in cut(data, places):
        bench.wire.room = room
        bench.wire.incoming += piece
        bench.polls(1)
    bench.wire.room = None
    bench.send("")
    seen = 0
    for event in bench.did:
        if event == "!":
            seen += 1
        else:
            assert isinstance(event, tuple)
            assert stops_before[event[1]] == seen
    assert seen == sum(byte in STOPS for byte in data)


@given(st.lists(st.sampled_from(("RUN", "R!UN", "!RUN", "RUN!", "\x03", "")), max_size=20))
def test_lines_sent_one_by_one_are_executed_unless_they_hold_a_stop(lines: list[str]) -> None:
    bench = Bench()
    expected: list[str] = []
    for line in lines:
        bench.send(line + "\n")
        stopped = any(ord(letter) in STOPS for letter in line)
        expected += ["!"] if stopped else [line] if line else []
    assert bench.did == expected

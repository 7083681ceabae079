"""As much rubbish as USB carries: nothing moves, no memory is lost, and the pen answers as soon as it is over."""

from __future__ import annotations

import random

import pytest

from tests.chip.bench_pen import PERIOD_ERROR_US, BenchPen
from tests.chip.conftest import MakePen

STORM_S = 1.5
CHUNK = 2_048
ANSWER_S = 0.05
TAKEN_BYTES = 5_000  # at the least: it takes some six bytes a millisecond
# Of two collected heaps; measured: 64. What is kept of the last errors and events may differ in length.
KEPT_BYTES = 1_024
STOPS = b"!\x03"  # each has tests of its own

HOSTILE = (
    b"RUN", b"RUN 0", b"RUN -1", b"RUN 61", b"RUN 1E9", b"RUN NAN", b"RUN '1'", b"RUN 1,2", b"RUN #HFFFFFFFF", b"RUN 1 2", b"RUN 1KM",
    b"DEPT 9", b"DEPT -1", b"DEPT 1E999999999", b"DEPT 0." + b"9" * 200, b"RATE 1E-999", b"RATE 0", b"ZONE EYELID", b"ZONE '", b"ZONE " + b"Z" * 240,
    b"*ESE 99999999999999999999", b"*SRE -1", b"SYST:ECHO MAYBE", b"HELP? " + b"A" * 200, b"FAUL:DESC? 999", b":" * 255, b";" * 255, b"?" * 255,
    b"TRAC? X", b"'", b'"', b"x" * 300, b"\x00" * 64, b"\xff" * 64, b"\x1b[A\x1b[B", b"\x08\x7f" * 50, b"\x01", b"\x04", b"\x02",
)  # fmt: skip


def rubbish(source: random.Random) -> bytes:
    """Random bytes and hostile lines, none of which may be obeyed: no stop bytes and no order that moves."""
    made = bytearray()
    while len(made) < CHUNK:
        if source.random() < 0.5:
            made += source.choice(HOSTILE) + source.choice((b"\n", b"\r\n", b"\r"))
        else:
            made += source.randbytes(source.randrange(120)) + source.choice((b"\n", b""))
    return bytes(byte for byte in made if byte not in STOPS)


def storm(pen: BenchPen, seed: int) -> int:
    """Sends as fast as the pen takes it; returns how many bytes it took."""
    source = random.Random(seed)
    end_s, sent = pen.now_s + STORM_S, 0
    while pen.now_s < end_s:
        if pen.machine.waiting() < CHUNK:
            data = rubbish(source)
            sent += len(data)
            pen.machine.send(data)
        pen.run_for(0.005)
        pen.machine.receive()
    sent -= pen.machine.waiting()
    while pen.machine.waiting():
        pen.run_for(0.01)
    for _ in range(20):  # what it has taken in by then is a buffer's worth of lines
        if not pen.send(b"\n", 0.3):
            return sent
    raise AssertionError("it goes on talking")


def memory(pen: BenchPen) -> int:
    """Bytes free after a collection."""
    pen.order("collect")
    for _ in range(40):
        pen.run_for(0.01)
        if (free := pen.answer()) >= 0:
            return free
    raise AssertionError("no answer")


@pytest.mark.requirement("SR-26")
def test_a_storm_while_idle(make_pen: MakePen) -> None:
    pen = make_pen().start()
    storm(pen, 1)
    before = memory(pen)
    assert storm(pen, 2) > TAKEN_BYTES
    pen.machine.receive()
    assert pen.say("STAT?", ANSWER_S).startswith("IDLE,0,")
    assert abs(memory(pen) - before) <= KEPT_BYTES
    assert not pen.rises(0.0)
    assert pen.outputs() == [0, 0, 0, 0]


@pytest.mark.requirement("SR-26")
@pytest.mark.requirement("SR-14")
def test_a_storm_while_armed(make_pen: MakePen) -> None:
    """It stays READY: no step, no scan out of time, no fault, and then it strokes as ever."""
    pen = make_pen().start().arm()
    since_s = pen.now_s
    storm(pen, 3)
    assert storm(pen, 4) > TAKEN_BYTES
    pen.machine.receive()
    assert pen.say("STAT?", ANSWER_S).startswith("READY,0,")
    assert pen.machine.gate
    assert not pen.rises(since_s, "step")
    assert max(abs(gap - 100) for gap in pen.gaps_us(since_s)) <= PERIOD_ERROR_US
    pen.say("DEPT 0.8;RATE 20")
    pen.say("RUN 0.3", 0.4)
    assert pen.plant.truth[-1].peak_um == pytest.approx(800, abs=30)

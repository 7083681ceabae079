"""TRAC?: the header, the rows in the order of time, and the CRC."""

import struct
import zlib
from itertools import pairwise
from statistics import fmean

import pytest

from pen_sim.loader import pure
from tests.firmware.support import BOARD, NAMES, Pen, set_word

Tracing = pure("pen.tracing").Tracing
ROWS = 5


def unpack(block: bytes) -> tuple[tuple[int, ...], list[tuple[int, ...]]]:
    """(header, rows)."""
    assert struct.unpack("<I", block[-4:])[0] == zlib.crc32(block[:-4])
    body = block[28:-4]
    return struct.unpack("<7I", block[:28]), [struct.unpack("<6i", body[k : k + 24]) for k in range(0, len(body), 24)]


@pytest.mark.parametrize("at", range(ROWS))
@pytest.mark.parametrize(("left", "frozen"), [(-1, 0), (3, 0), (0, 1)])
def test_a_snapshot(at: int, left: int, frozen: int) -> None:
    """Magic "NTR2", 6 words a row, 5 rows, 500 mA/V * 3300 mV / 16380 = 100732 nA a count, now, and the program."""
    image = NAMES.create()
    set_word(image, NAMES.LI_TRACE_ROWS, ROWS)
    image[NAMES.ST_TRACE_AT] = at
    image[NAMES.ST_TRACE_LEFT] = left
    image[NAMES.IN_NOW_US] = 123_456
    trace = bytearray(struct.pack(f"<{6 * ROWS}i", *(-row * 10 - word for row in range(ROWS) for word in range(6))))
    tracing = Tracing(image, trace, BOARD)
    header, rows = unpack(bytes(tracing.block(0x89AB_CDEF)))
    assert header == (int.from_bytes(b"NTR2", "little"), 6, ROWS, 100_732, frozen, 123_456, 0x89AB_CDEF)
    order = [(at + k) % ROWS for k in range(ROWS)]
    assert rows == [tuple(-row * 10 - word for word in range(6)) for row in order]


def test_the_snapshot_stays_while_the_ring_goes_on() -> None:
    image = NAMES.create()
    trace = bytearray(ROWS * 24)
    tracing = Tracing(image, trace, BOARD)
    block = tracing.block(1)
    before = bytes(block)
    trace[:] = b"\xff" * len(trace)
    assert bytes(block) == before
    assert bytes(tracing.block(1)) != before


def test_the_trace_of_a_run() -> None:
    """Rows 400 us apart, waiting three scans at most; as counted and measured within 40 um of each other, and the deepest of them the depth."""
    pen = Pen(exact=True).arm()
    pen.say("RUN 1", 0.9)
    _, rows = unpack(bytes(pen.machine.app.tracing.block(1)))
    times = [row[0] for row in rows]
    gaps = [(b - a) % (1 << 30) for a, b in pairwise(times)]
    assert fmean(gaps) == pytest.approx(400, abs=1)
    assert min(gaps) >= 100
    assert max(gaps) <= 700
    assert max(abs(row[1] - row[2]) for row in rows) < 40
    assert max(row[1] for row in rows) == 1_000
    assert {row[5] for row in rows} == {NAMES.PHASE_STROKING}

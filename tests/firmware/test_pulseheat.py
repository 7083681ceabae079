"""I^2 t and charge of pulses, against sums by hand and against the plant's own heat."""

from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pen_sim.loader import load_board, pure
from tests.firmware.support import MASK, NAMES, Pen

pulseheat: Any = pure("pen.pulseheat")
tracesums: Any = pure("pen.tracesums")
heat: Any = pure("pen.heat")
BOARD = load_board("pen_solenoid")
ROWS, GRAIN = 482, 32
WORDS = NAMES.TRACE_WORDS
READINGS = st.lists(st.tuples(st.integers(1, 10), st.integers(0, 16_380)), min_size=1, max_size=ROWS - 1)


def ring(at: int, rows: list[tuple[int, int]], begin_us: int = MASK - 20_000) -> bytearray:
    """A trace whose next row was `at`, and then came these: (tenths of a millisecond after the row before, current)."""
    words = array("i", [0] * (ROWS * WORDS))
    words[(at - 1) % ROWS * WORDS] = now = begin_us
    for k, (after, raw) in enumerate(rows):
        now = (now + 100 * after) & MASK
        row = (at + k) % ROWS * WORDS
        words[row], words[row + 3] = now, raw
    return bytearray(words.tobytes())


@given(st.integers(0, ROWS - 1), READINGS)
def test_what_is_in_the_ring_since_the_last_look(at: int, rows: list[tuple[int, int]]) -> None:
    """Also over the end of the ring and the wrap of the time, and of all rows at full scale in 31 bits."""
    sums = array("i", [0, 0, 0])
    tracesums.gather(ring(at, rows), at, (at + len(rows)) % ROWS, ROWS, sums)
    assert list(sums) == [
        sum(after * (raw // GRAIN) for after, raw in rows),
        sum(after * (raw // GRAIN) ** 2 for after, raw in rows),
        sum(after for after, _ in rows),
    ]


def test_the_ring_at_full_scale_fits() -> None:
    assert 10 * (16_380 // GRAIN) ** 2 * ROWS < 1 << 31


def watched(ma: int, seconds: float, frozen: bool) -> float:
    """Of FULL, after so long at that current, from rows or, where the trace is frozen, from single readings."""
    raw = ma * 16_380 * 1_000 // (3_300 * BOARD.CURRENT_MA_PER_V)
    image = NAMES.create()
    trace = bytearray(ROWS * WORDS * 4)
    body = pulseheat.PulseHeat(BOARD, image, trace)
    at = 0
    for turn in range(round(seconds * 100)):
        if not frozen:
            trace[:] = ring(at, [(4, raw)] * 25, turn * 10_000)
            at = (at + 25) % ROWS
            image[NAMES.ST_TRACE_AT] = at
        body.add(raw, 10)
    return body.level / heat.FULL


@pytest.mark.requirement("SR-17")
@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("ma", [1_000, 3_500, 5_000])
def test_it_warms_as_first_order(ma: int, frozen: bool) -> None:
    """Half of the way after 20.8 s, by a time constant of 30 s."""
    wanted = (ma / BOARD.CURRENT_CONTINUOUS_MA) ** 2 / 2
    assert watched(ma, 20.79, frozen) == pytest.approx(wanted, rel=0.03, abs=0.003)


@pytest.mark.minutes
@pytest.mark.requirement("SR-17")
@pytest.mark.parametrize("rate", ["140", "92.7", "50"])
def test_it_never_tells_less_than_the_coil_truly_warms(rate: str) -> None:
    """0.5 mm at the greatest rate is the hardest run there is. 92.7 Hz is the rate of the foreground's own turns.

    It is reckoned for a coil of 85 degrees; a cooler one has less resistance, by 20 % at room temperature.
    """
    pen = Pen(board="pen_solenoid")
    for line in ("ZONE BODY", "DEPT 0.5", f"RATE {rate}"):
        pen.say(line)
    pen.say("ARM", 1.0)
    pen.say("RUN 45", 44.0)
    assert pen.state == "RUNNING", pen.say("FAUL?")
    true_dc = pen.plant.circuit.heat.coil_over_dc
    said_dc = pen.machine.app.quota.heat.level * BOARD.COIL_RISE_DC / heat.FULL
    assert true_dc > 60
    assert true_dc < said_dc < 1.35 * true_dc


def test_the_charge_is_that_of_the_coil() -> None:
    """1,000 mA for 250 ms."""
    image = NAMES.create()
    raw = 1_000 * 16_380 * 1_000 // (3_300 * BOARD.CURRENT_MA_PER_V)
    trace = ring(0, [(10, raw)] * 250, 0)
    body = pulseheat.PulseHeat(BOARD, image, trace)
    image[NAMES.ST_TRACE_AT] = 250
    body.add(raw, 250)
    assert body.charge_ma_us() == pytest.approx(250_000_000, rel=0.03)


@pytest.mark.requirement("SR-23")
@pytest.mark.parametrize("at", [-1, ROWS, 1 << 30, -(1 << 31)])
def test_a_word_that_has_flipped_leads_nowhere(at: int) -> None:
    """The chip would read whatever is there, or hang. Meanwhile the single reading counts; then it goes on where it was."""
    image = NAMES.create()
    trace = ring(0, [(4, 0)] * 250, 0)
    body = pulseheat.PulseHeat(BOARD, image, trace)
    image[NAMES.ST_TRACE_AT] = at
    body.add(16_000, 100)
    assert body.level > 0
    image[NAMES.ST_TRACE_AT] = 250
    body.level = 0
    body.add(16_000, 100)
    assert body.level == 0

"""The generator of pulses: every edge at its time, and the coil off whenever there is no pulse."""

from array import array
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pen_sim.edges import COIL, COIL_LOW, DIR, STEP, Edges
from pen_sim.loader import pure
from pen_sim.pulser import Pulser

pulses: Any = pure("pen.pulses")
word = pure("pen.steps").word
US = 1_000


class Desk:
    """What edges come to."""

    def __init__(self) -> None:
        self.high: list[tuple[int, bool]] = []
        self.changes: list[tuple[int, bool, bool]] = []
        self.last = (False, False)
        self.edges = Edges(True)
        self.pulser = Pulser(self, self.edges)
        self.pulser.take(0, True)

    def step(self, t_ns: int) -> None:
        """Counted by the generator."""

    def set_dir(self, t_ns: int, outward: bool) -> None:
        """Not looked at."""

    def set_coil(self, t_ns: int, high: bool, low: bool) -> None:
        if high is not self.last[0]:
            self.high.append((t_ns // US, high))
        self.last = (high, low)
        self.changes.append((t_ns // US, high, low))

    def low(self) -> list[tuple[int, int]]:
        return [(t_ns // US, level) for t_ns, level in self.edges.of(COIL_LOW)]


def stroke(peak_us: int, chops: int, on_us: int, back_us: int = 2_000) -> "array[int]":
    return array("I", [pulses.PULSE | 1, pulses.pulse(peak_us, chops, on_us), back_us])


def test_a_pulse_edge_by_edge() -> None:
    """200 us of wait, 1500 of peak, twice 13 off and 27 on, then off and 2000 us for the way back."""
    desk = Desk()
    desk.pulser.start(0, stroke(1_500, 2, 27), 3, 200, False)
    desk.pulser.advance(10_000 * US)
    assert desk.high == [(200, True), (1_700, False), (1_713, True), (1_740, False), (1_753, True), (1_780, False)]
    assert desk.low() == [(200, 1), (1_780, 0)]
    assert [change[0] for change in desk.changes] == [t for t, _ in desk.high], "both sides change in one instant"
    assert [low for _, _, low in desk.changes] == [True] * 5 + [False]
    assert [t_ns // US for t_ns, _ in desk.edges.of(COIL)] == [t for t, _ in desk.high]
    assert not desk.pulser.moving


def test_a_stroke_that_follows_keeps_the_period() -> None:
    """It can be ordered once the pulse has begun. From first edge to first edge: pulse, way back, and the lead."""
    desk = Desk()
    pulser = desk.pulser
    pulser.start(0, stroke(1_500, 0, 27), 3, 200, False)
    pulser.advance(199 * US)
    assert pulser.motion() == 1, "moving, not outward, and nothing can be ordered yet"
    pulser.advance(300 * US)
    assert pulser.motion() == 7
    pulser.start(300 * US, stroke(1_500, 0, 27), 3, 5_000 - 3_500, True)
    assert pulser.motion() == 5, "one at most is queued"
    pulser.advance(20_000 * US)
    assert desk.low() == [(200, 1), (1_700, 0), (5_200, 1), (6_700, 0)]


@given(st.integers(0, 12_000))
def test_let_go_at_any_time_the_coil_is_off_at_once_and_stays_off(at_us: int) -> None:
    desk = Desk()
    pulser = desk.pulser
    pulser.start(0, stroke(1_500, 20, 27), 3, 200, False)
    pulser.advance(300 * US)
    pulser.start(300 * US, stroke(1_500, 20, 27), 3, 700, True)
    pulser.advance(max(at_us, 300) * US)
    pulser.let_go(max(at_us, 300) * US, 2_500)
    assert not pulser.outward
    edges = len(desk.high)
    pulser.advance(30_000 * US)
    assert not pulser.moving
    assert all(not on for _, on in desk.high[edges:])
    assert not desk.high or desk.high[-1][1] is False


def test_steps_of_the_stop_leave_the_coil_alone() -> None:
    desk = Desk()
    pulser = desk.pulser
    pulser.take(0, False)
    pulser.start(0, array("I", [word(True, 1, 1_000), word(True, 4, 1_000)]), 2, 1_000, False)
    pulser.advance(20_000 * US)
    assert (pulser.steps, desk.high, desk.low()) == (5, [], [])
    assert len(desk.edges.of(STEP)) == 5
    pulser.take(20_000 * US, True)
    assert pulser.motion() == 0
    assert desk.edges.of(DIR)[1:] == [(20_000 * US, 0)], "a step that nobody sent goes inward"
    pulser.start(20_000 * US, stroke(1_000, 0, 27), 3, 200, False)
    pulser.advance(20_100 * US)
    assert pulser.motion() == 1, "it waits: no tip is on its way out"

"""LED and buzzer of the simulator: edges as a pin would have them, whenever somebody looks."""

from itertools import pairwise

import pytest

from pen_sim.edges import BUZZER, LED_BLUE, LED_GREEN, LED_RED, Edges
from pen_sim.lamps import Lamps

MS = 1_000_000


@pytest.fixture
def edges() -> Edges:
    return Edges(True)


def test_the_leds_change_when_they_are_told_to_and_only_then(edges: Edges) -> None:
    lamps = Lamps(edges)
    for at_ms, light in enumerate((0, 1, 3, 3, 6, 0)):
        lamps.show(at_ms * MS, light, 0)
    assert edges.of(LED_RED) == [(1 * MS, 1), (4 * MS, 0)]
    assert edges.of(LED_GREEN) == [(2 * MS, 1), (5 * MS, 0)]
    assert edges.of(LED_BLUE) == [(4 * MS, 1), (5 * MS, 0)]
    assert edges.of(BUZZER) == []


@pytest.mark.parametrize("looks_ms", [[], [3], list(range(100))], ids=["never", "once", "often"])
def test_a_tone_is_the_same_however_often_somebody_looks(edges: Edges, looks_ms: list[int]) -> None:
    lamps = Lamps(edges)
    lamps.show(5 * MS, 0, 500)
    for at_ms in looks_ms:
        lamps.settle((5 + at_ms) * MS)
    lamps.show(105 * MS, 0, 0)
    lamps.settle(500 * MS)
    made = edges.of(BUZZER)
    assert made == [((5 + k) * MS, 1 - k % 2) for k in range(100)]


def test_it_ends_low_and_a_light_does_not_disturb_it(edges: Edges) -> None:
    lamps = Lamps(edges)
    lamps.show(0, 0, 500)
    lamps.show(round(1.5 * MS), 7, 500)
    lamps.show(round(2.5 * MS), 0, 0)
    assert edges.of(BUZZER) == [(0, 1), (1 * MS, 0), (2 * MS, 1), (round(2.5 * MS), 0)]


def test_the_fundamental_keeps_its_rate(edges: Edges) -> None:
    """440 Hz is no whole number of nanoseconds."""
    lamps = Lamps(edges)
    lamps.show(0, 0, 440)
    lamps.settle(10_000 * MS)
    made = edges.of(BUZZER)
    assert len(made) == 8_800
    assert {b[0] - a[0] for a, b in pairwise(made)} == {1_136_363, 1_136_364}

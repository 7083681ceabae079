"""The step generator against a list of times worked out by hand."""

from array import array

import pytest

from pen_sim.edges import DIR, STEP, Edges
from pen_sim.generator import Generator
from pen_sim.loader import pure

word = pure("pen.steps").word

LEAD_US = 500


class Recorder:
    """Takes the steps instead of a plant."""

    def __init__(self) -> None:
        self.steps: list[tuple[int, int]] = []
        self._direction = 0

    def step(self, t_ns: int) -> None:
        self.steps.append((t_ns, self._direction))

    def set_dir(self, t_ns: int, outward: bool) -> None:
        self._direction = 1 if outward else -1


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def generator(recorder: Recorder) -> Generator:
    return Generator(recorder, Edges(keep=True))


def words(*rows: tuple[bool, int, int]) -> "array[int]":
    return array("I", [word(*row) for row in rows])


TWO_OUT_TWO_IN = words((True, 2, 100), (False, 2, 200))


def test_every_step_waits_its_interval(generator: Generator, recorder: Recorder) -> None:
    generator.start(1_000_000, TWO_OUT_TWO_IN, 2, LEAD_US, following=False)
    generator.advance(10_000_000)
    assert recorder.steps == [(1_500_000, 1), (2_000_000, 1), (2_200_000, -1), (2_400_000, -1)]
    assert generator.steps == 0
    assert not generator.moving


def test_only_the_first_word_has_the_lead(generator: Generator, recorder: Recorder) -> None:
    generator.start(0, words((True, 1, 100), (True, 1, 100)), 2, LEAD_US, following=False)
    generator.advance(10_000_000)
    assert [t for t, _ in recorder.steps] == [500_000, 600_000]


def test_nothing_happens_before_its_time(generator: Generator, recorder: Recorder) -> None:
    generator.start(0, TWO_OUT_TWO_IN, 2, LEAD_US, following=False)
    generator.advance(LEAD_US * 1_000 - 1)
    assert recorder.steps == []
    generator.advance(LEAD_US * 1_000)
    assert len(recorder.steps) == 1


def test_a_queued_stroke_follows_without_a_gap(generator: Generator, recorder: Recorder) -> None:
    generator.start(0, TWO_OUT_TWO_IN, 2, LEAD_US, following=False)
    generator.advance(600_000)
    generator.start(650_000, TWO_OUT_TWO_IN, 2, 3_000, following=True)
    assert not generator.motion() & 2, "the queue is full"
    generator.advance(20_000_000)
    first, second = recorder.steps[:4], recorder.steps[4:]
    assert second[0][0] - first[-1][0] == 3_000_000
    assert len(second) == 4


def test_following_a_stroke_that_is_over_starts_anew(generator: Generator, recorder: Recorder) -> None:
    generator.start(0, TWO_OUT_TWO_IN, 2, LEAD_US, following=True)
    generator.advance(10_000_000)
    assert recorder.steps[0][0] == LEAD_US * 1_000


def test_replacing_drops_what_was_and_waits_anew(generator: Generator, recorder: Recorder) -> None:
    generator.start(0, words((True, 5, 100)), 1, LEAD_US, following=False)
    generator.advance(650_000)
    generator.replace(650_000, [word(False, 1, 300)])
    generator.advance(10_000_000)
    assert recorder.steps == [(500_000, 1), (950_000, -1)]


def test_replacing_by_nothing_stands_still(generator: Generator, recorder: Recorder) -> None:
    generator.start(0, TWO_OUT_TWO_IN, 2, LEAD_US, following=False)
    generator.replace(100, [])
    generator.advance(10_000_000)
    assert recorder.steps == []
    assert generator.motion() == 0


def test_dropping_the_queue_leaves_the_stroke(generator: Generator, recorder: Recorder) -> None:
    generator.start(0, TWO_OUT_TWO_IN, 2, LEAD_US, following=False)
    generator.start(0, TWO_OUT_TWO_IN, 2, LEAD_US, following=True)
    generator.drop_queued()
    generator.advance(10_000_000)
    assert len(recorder.steps) == 4


def test_motion_says_open_within_the_last_four_words(generator: Generator) -> None:
    generator.start(0, words(*[(True, 1, 100)] * 6), 6, 100, following=False)
    seen = []
    for done in range(7):
        generator.advance(done * 100_000)
        seen.append(generator.motion())
    assert seen == [5, 5, 7, 7, 7, 7, 0]


def test_a_hung_generator_makes_no_step_and_still_moves(generator: Generator, recorder: Recorder) -> None:
    generator.start(0, TWO_OUT_TWO_IN, 2, LEAD_US, following=False)
    generator.hung = True
    generator.advance(10_000_000)
    assert recorder.steps == []
    assert generator.moving
    assert generator.motion() & 1


def test_a_starved_generator_takes_no_queued_stroke(generator: Generator, recorder: Recorder) -> None:
    generator.starved = True
    generator.start(0, TWO_OUT_TWO_IN, 2, LEAD_US, following=False)
    generator.start(0, TWO_OUT_TWO_IN, 2, LEAD_US, following=True)
    generator.advance(10_000_000)
    assert len(recorder.steps) == 4


def test_a_slow_clock_stretches_every_interval(generator: Generator, recorder: Recorder) -> None:
    generator.scale_ppm = 30_000
    generator.start(0, TWO_OUT_TWO_IN, 2, 1_000, following=False)
    generator.advance(10_000_000)
    assert recorder.steps[0][0] == 1_030_000
    assert recorder.steps[2][0] - recorder.steps[1][0] == 206_000


def test_edges_are_noted(recorder: Recorder) -> None:
    edges = Edges(keep=True)
    generator = Generator(recorder, edges)
    generator.start(0, TWO_OUT_TWO_IN, 2, LEAD_US, following=False)
    generator.advance(10_000_000)
    assert [t for t, _ in edges.of(STEP)] == [t for t, _ in recorder.steps]
    assert [level for _, level in edges.of(DIR)] == [1, 0]

"""Edges: kept or not, the hash is the same; anything that differs, differs in the hash."""

from hypothesis import given
from hypothesis import strategies as st

from pen_sim.edges import ENABLE, SIGNALS, STEP, Edges

EDGES = st.lists(st.tuples(st.integers(0, 10**13), st.integers(0, len(SIGNALS) - 1), st.integers(0, 1)), max_size=50)


def filled(entries: list[tuple[int, int, int]], keep: bool) -> Edges:
    edges = Edges(keep)
    for entry in entries:
        edges.add(*entry)
    return edges


@given(EDGES)
def test_what_goes_in_comes_out(entries: list[tuple[int, int, int]]) -> None:
    edges = filled(entries, keep=True)
    for signal in range(len(SIGNALS)):
        assert edges.of(signal) == [(t_ns, level) for t_ns, which, level in entries if which == signal]


@given(EDGES, EDGES)
def test_the_hash_tells_runs_apart(one: list[tuple[int, int, int]], other: list[tuple[int, int, int]]) -> None:
    same = filled(one, True).hash() == filled(other, False).hash()
    assert same == (one == other)


def test_what_is_not_kept_takes_no_memory() -> None:
    edges = Edges(keep=False)
    kept = Edges(keep=True)
    for t_ns in range(200_000):
        edges.add(t_ns, STEP, 1)
        kept.add(t_ns, STEP, 1)
    assert len(edges.entries) < 65_536
    assert edges.hash() == kept.hash()


def test_the_consoles_bytes_count_as_evidence() -> None:
    one, other = Edges(True), Edges(True)
    one.note(b"READY")
    other.note(b"FAULT")
    assert one.hash() != other.hash()


def test_asking_for_the_hash_changes_nothing() -> None:
    one, other = Edges(True), Edges(True)
    for t_ns in range(10):
        one.add(t_ns, ENABLE, 1)
        one.hash()
        other.add(t_ns, ENABLE, 1)
    assert one.hash() == other.hash()

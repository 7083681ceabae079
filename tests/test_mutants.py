"""The parts of the mutation tests that judge: what counts as noticed, and that every module has tests to notice."""

from pathlib import Path

import pytest

from scripts import mutants

FIRMWARE_TESTS = Path(__file__).parent / "firmware"


def test_every_module_and_test_that_is_named_is_there() -> None:
    assert {"scan", "session", "phases", "stepper", "descriptor", "turn", "limits"} <= set(mutants.TESTS)
    assert {f"guard_{name}" for name in ("motion", "power", "signals")} <= set(mutants.TESTS)
    for module, tests in mutants.TESTS.items():
        assert (mutants.ROOT / "firmware" / "pen" / f"{module}.py").exists()
        assert all((FIRMWARE_TESTS / f"{name}.py").exists() for name in tests)


@pytest.mark.parametrize(("answer", "failed"), [(0, False), (1, True), (5, True)])
def test_tests_that_answer_anything_but_0_have_noticed(answer: int, failed: bool) -> None:
    assert mutants.tests_fail(lambda: answer, 60)[0] is failed


def test_an_error_is_noticed() -> None:
    def run() -> int:
        raise SystemExit(0)

    assert mutants.tests_fail(run, 60)[0]


def test_a_loop_without_end_is_noticed() -> None:
    def run() -> int:
        while True:
            pass

    failed, took_s = mutants.tests_fail(run, 0.2)
    assert failed
    assert took_s >= 0.1


def test_a_change_is_the_lines_that_differ() -> None:
    assert mutants.change("a = 1\nb = a + 1\n", "a = 1\nb = a - 1\n") == "b = a + 1 -> b = a - 1"


def test_a_sample_is_the_same_each_time_and_another_with_another_seed() -> None:
    items = list(range(1_000))
    first = mutants.drawn(items, 300, 1)
    assert first == mutants.drawn(items, 300, 1) != mutants.drawn(items, 300, 2)
    assert len(set(first)) == 300
    assert first == sorted(first)
    assert first[0] < 100, "from all of them"
    assert first[-1] > 900


@pytest.mark.parametrize("sample", [0, 10, 11])
def test_no_sample_and_one_that_is_too_great_are_all(sample: int) -> None:
    assert mutants.drawn(list(range(10)), sample, 1) == list(range(10))


def test_a_module_without_tests_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert mutants.main(["console"]) == 2
    assert "no tests are named for console; there are: descriptor" in capsys.readouterr().out

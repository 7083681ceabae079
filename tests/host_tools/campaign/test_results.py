"""The results file: what is in it stays, whatever happens while it is written, and another campaign's is not touched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pen_tools.campaign.results import Results, Run
from pen_tools.errors import Usage
from tests.host_tools.campaign.truths import named, scenario

KEY = {"target": "sim", "board": "bench_stepper", "seed": 1, "firmware_checksum": "abc"}


def run(number: int) -> Run:
    return Run(scenario(number=number), named(), 0.25)


def _filled(path: Path, count: int) -> bytes:
    with Results(path, KEY) as results:
        for number in range(count):
            results.add(run(number))
    return path.read_bytes()


def test_what_was_added_is_there_again(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "results.jsonl"
    _filled(path, 3)
    with Results(path, KEY) as results:
        assert sorted(results.runs) == [0, 1, 2]
        found = results.runs[1]
    assert found.scenario == run(1).scenario
    assert found.evidence.code == named().code
    assert [tuple(out) for out in found.evidence.outs] == named().outs
    assert len(path.read_bytes().splitlines()) == 4, "one line says which campaign it is"


def test_each_run_is_in_the_file_as_soon_as_it_is_added(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    with Results(path, KEY) as results:
        results.add(run(5))
        assert json.loads(path.read_bytes().splitlines()[1])["scenario"]["number"] == 5


@pytest.mark.parametrize("cut", [1, 20, 300])
def test_half_a_line_is_taken_away_and_the_rest_stays(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "results.jsonl"
    whole = _filled(path, 3)
    path.write_bytes(whole[:-cut])
    with Results(path, KEY) as results:
        assert sorted(results.runs) == [0, 1]
        results.add(run(2))
    assert path.read_bytes() == whole


@pytest.mark.parametrize("name", KEY)
def test_another_campaigns_file_is_refused_and_left_alone(tmp_path: Path, name: str) -> None:
    path = tmp_path / "results.jsonl"
    before = _filled(path, 1)
    with pytest.raises(Usage, match=f"another campaign: {name} is"):
        Results(path, {**KEY, name: "x"})
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", ["hello\n", "[]\n", '{"needlepen_campaign": 1}\n', "{}\n{}\n"])
def test_any_other_file_is_refused_and_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "results.jsonl"
    path.write_text(content)
    with pytest.raises(Usage, match="campaign"):
        Results(path, KEY)
    assert path.read_text() == content


def test_a_line_that_is_no_run_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    _filled(path, 1)
    with path.open("a") as file:
        file.write('{"scenario": {}}\n')
    with pytest.raises(Usage, match="no file of a campaign's results"):
        Results(path, KEY)


def test_a_place_that_cannot_be_written_is_usage(tmp_path: Path) -> None:
    with pytest.raises(Usage, match="cannot write"):
        Results(tmp_path, KEY)

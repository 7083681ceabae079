"""`pen campaign` as its users call it: done, stopped, gone on with, replayed, and written as a page."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import pen_sim
import pen_tools
from pen_tools.campaign import ground
from tests.host_tools.campaign.grounds import take_out
from tests.host_tools.cli_bench import pen, pen_json

PNG = b"\x89PNG\r\n"
COMMAND = [sys.executable, "-c", "from pen_tools.cli import main; main()", "campaign"]


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Results go into a folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    ground.firmware_checksum.cache_clear()


def only_results() -> Path:
    (path,) = Path("build", "campaign").glob("*.jsonl")
    return path


def test_a_campaign_and_the_same_again_without_running() -> None:
    first = pen_json("campaign", "--runs", "12")
    assert (first["ok"], first["runs"], first["asked"], first["failed"], first["saved"]) == (True, 12, 12, [], True)
    assert sum(first["outcomes"].values()) == sum(first["kinds"].values()) == first["kinds"]["safe"] == 12
    assert sum(sum(counts.values()) for counts in first["by_fault"].values()) == 12
    assert (first["target"], first["board"], first["seed"]) == ("sim", "bench_stepper", 1)
    assert 0 < first["cpu_s_per_run"] < 5
    before = only_results().read_bytes()
    again = pen_json("campaign", "--runs", "12")
    assert {**again, "cpu_s_per_run": 0} == {**first, "cpu_s_per_run": 0}
    assert only_results().read_bytes() == before


def test_more_runs_of_the_same_campaign_are_added_and_the_number_of_jobs_changes_nothing() -> None:
    pen_json("campaign", "--runs", "4")
    pen_json("campaign", "--runs", "9", "--jobs", "3")
    pen_json("campaign", "--runs", "9", "--jobs", "1", "--results", "other.jsonl")

    def evidence(path: Path) -> dict[int, str]:
        lines = [json.loads(line) for line in path.read_text().splitlines()[1:]]
        return {line["scenario"]["number"]: json.dumps(line["evidence"]) for line in lines}

    assert evidence(only_results()) == evidence(Path("other.jsonl"))
    assert len(evidence(only_results())) == 9


def test_people_get_tables() -> None:
    result = pen("campaign", "--runs", "6")
    assert result.exit_code == 0
    for word in ("outcome", "named", "fault", "tip beyond the cap", "worst"):
        assert word in result.stdout
    assert "6 runs on bench_stepper, seed 1" in result.stderr


def test_ctrl_c_keeps_what_is_done_and_the_same_command_goes_on() -> None:
    paths = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(str(Path(each.__path__[0]).parent) for each in (pen_sim, pen_tools)),
    }
    process = subprocess.Popen([*COMMAND, "--runs", "500"], stderr=subprocess.PIPE, text=True, env=paths)
    while not (found := list(Path("build").rglob("*.jsonl"))) or found[0].read_bytes().count(b"\n") < 4:
        assert process.poll() is None
        os.sched_yield()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130
    (error, hint) = said.splitlines()[-2:]
    done = int(re.search(r"stopped by Ctrl-C: (\d+) of 500 runs are done", error)[1])  # type: ignore[index]
    assert hint == "hint: the same command goes on from there"
    assert only_results().read_bytes().count(b"\n") == done + 1 >= 4
    assert pen_json("campaign", "--runs", str(done))["runs"] == done


def test_a_page_is_one_file_with_its_pictures_in_it() -> None:
    result = pen("campaign", "--runs", "6", "--report", "page.html")
    assert result.exit_code == 0
    text = Path("page.html").read_text()
    assert text.count("data:image/png;base64,") >= 2
    assert not re.findall(r"""(?:src|href)=["'](?!data:)""", text)
    assert "http" not in text
    for word in ("Outcomes by fault", "Worst cases", "Distributions", "safe", "pen campaign --replay 1:"):
        assert word in text


def test_a_firmware_without_a_check_fails_and_its_replay_shows_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    take_out(monkeypatch, tmp_path, "scan.py", "if apart > deeper or apart < shallower:", "if 0:")
    found = pen_json("campaign", "--runs", "40", "--report", "page.html", code=1)
    assert not found["ok"]
    assert found["kinds"]["unsafe"] >= 1
    assert "Runs that failed" in Path("page.html").read_text()
    worst = found["failed"][0]
    words = shlex.split(worst["replay"])
    result = pen(*words[1:])
    assert result.exit_code == 1
    for reason in worst["reasons"]:
        assert reason in result.stdout
    assert Path(words[-1]).read_bytes().startswith(PNG)
    again = pen_json("campaign", "--replay", worst["run"], code=1)
    assert (again["outcome"], again["reasons"]) == (worst["outcome"], worst["reasons"])
    assert pen("campaign", "--runs", "40").stdout.count("--replay") >= 1


def test_a_replay_is_the_run_that_was_kept() -> None:
    pen_json("campaign", "--runs", "3")
    kept = {}
    for line in only_results().read_text().splitlines()[1:]:
        found = json.loads(line)
        kept[found["scenario"]["number"]] = found["evidence"]
    assert pen_json("campaign", "--replay", "1:2")["evidence"] == kept[2]


WRONG = [
    ("--replay 7: which run?", "--replay", "7"),
    ("--replay 1:x: which run?", "--replay", "1:x"),
    ("--replay does one run", "--replay", "1:1", "--report", "x.html"),
    ("--plot draws one run", "--plot", "x.png"),
    ("it is a page", "--report", "x.png"),
    ("cannot write nowhere", "--report", str(Path("nowhere", "x.html"))),
    ("what kind of picture?", "--replay", "1:1", "--plot", "x.bmp"),
    ("no board named 'nope'", "--board", "nope"),
    ("only virtual pens", "--target", "serial:X"),
    ("cannot write .", "--results", "."),
    ("--runtime is for the emulated chip", "--runtime", "x.uf2"),
]


@pytest.mark.parametrize(("words", "options"), [(words, options) for words, *options in WRONG])
def test_wrong_usage_is_one_line_and_a_hint(words: str, options: list[str]) -> None:
    result = pen("campaign", "--runs", "1", *options)
    assert result.exit_code in (2, 4)
    assert "error: " in result.stderr
    assert words in result.stderr
    assert "hint: " in result.stderr
    assert not list(Path().rglob("*.jsonl"))


@pytest.mark.parametrize("options", [["--runs", "0"], ["--jobs", "0"], ["--seed", "-1"]])
def test_numbers_that_make_no_sense_are_refused(options: list[str]) -> None:
    assert pen("campaign", *options).exit_code == 2

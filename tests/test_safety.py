"""The generated part of the safety file: that it is up to date, and that what is missing is seen."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from scripts.safety import __main__ as program
from scripts.safety import evidence, results, rules, webpage
from scripts.safety.evidence import Evidence
from scripts.safety.recorder import Recorder
from scripts.safety.results import Results, Run
from scripts.safety.tree import ROOT
from scripts.safety.waiting import Waiting

SAFETY = """# Safety

| # | the firmware shall | for | kept by |
|---|---|---|---|
{rows}
<!-- requirements: made by `make safety` -->
<!-- end of requirements -->
<!-- faults: made by `make safety` -->
<!-- end of faults -->
"""
GUARD = '''"""Guards."""

LIMIT_US = 5  # [safety] SR-02


class Guard:
    """One."""

    def watch(self, p):  # [SR-01]
        return p > 1


def cut(p):
    if p:
        return 1  # [SR-02] and [SR-01]
    return 0
'''
FAULTS = """CUT = "CUT"
TABLE = {
    103: ("STALL", CUT, "meaning", "next"),
    104: ("DWELL", CUT, "meaning", "next"),
}
"""
INJECTORS = """TABLE = (
    Fault("jam", (103,), "it jams", 1, 2),
    Fault("both", (104, 103), "it hangs", 1, 2),
)
"""
TESTS = """import pytest
from hil_tests.expected import JAMS

pytestmark = pytest.mark.requirement("SR-01")
KINDS = ("DWELL", "RATE 5")


@pytest.mark.parametrize("name", [pytest.param("a", marks=pytest.mark.requirement("SR-03")), "b"])
@pytest.mark.requirement("SR-02")
def test_one(name): inject("jam@1.5")


def test_two(): assert KINDS


def test_three(): assert faults.STALL


def test_four(): assert JAMS
"""
FILES = {
    "docs/safety.md": SAFETY.format(rows="".join(f"| SR-{n:02} | do {n} | H{n} | code |\n" for n in range(1, 27))),
    "firmware/pen/guard.py": GUARD,
    "firmware/pen/hal/pio.py": "def deadman():  # [SR-26]\n    return 1\n",
    "firmware/pen/faults.py": FAULTS,
    "sim/pen_sim/faults/all.py": INJECTORS,
    "tests/firmware/test_guard.py": TESTS,
    "hil_tests/expected.py": 'JAMS = [_fault("jam")]\n',
    "hil_tests/test_all.py": 'import pytest\n@pytest.mark.requirement("SR-26")\ndef test_all(): pass\n',
    "tests/chip/test_dead.py": 'import pytest\n@pytest.mark.requirement("SR-26")\ndef test_dead(): pass\n',
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with three requirements in its code, and two faults."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def collect(root: Path, waiting: dict[str, Waiting] | None = None) -> Evidence:
    return dataclasses.replace(evidence.collect(root), waiting=waiting or {}, also_injected={})


def complaints(root: Path, waiting: dict[str, Waiting] | None = None) -> str:
    return "\n".join(rules.complaints(collect(root, waiting)))


def change(root: Path, name: str, old: str, new: str) -> None:
    """Another text in one place of a file, which may be in the cache of trees."""
    text = (root / name).read_text(encoding="utf-8")
    assert old in text
    (root / name).write_text(text.replace(old, new), encoding="utf-8")
    program.evidence.faultrows.parse.cache_clear()


# --- the project itself


def test_every_requirement_and_fault_has_what_it_needs() -> None:
    assert list(rules.complaints(evidence.collect(ROOT))) == []


def test_the_pages_are_up_to_date() -> None:
    assert list(rules.stale(ROOT, evidence.collect(ROOT))) == []


def test_the_dead_mans_requirement_leads_to_its_code_and_tests() -> None:
    """What a reader of SR-13 must be able to reach."""
    page = evidence.page(evidence.collect(ROOT))
    section = page[page.index("## SR-13\n") : page.index("## SR-14\n")]
    assert "[hal.rp2040_pio.deadman](../firmware/pen/hal/rp2040_pio.py#L" in section
    assert "[test_a_dead_scan_loses_the_drive_and_does_not_get_it_back](../tests/chip/test_dead.py#L" in section
    assert "(../build/safety.html#SR-13)" in section


# --- what is found


def test_code_is_found_by_its_comments(root: Path) -> None:
    found = {name: [(place.name, place.line) for place in places] for name, places in collect(root).keepers.items()}
    assert found == {
        "SR-01": [("guard.Guard.watch", 9), ("guard.cut", 15)],
        "SR-02": [("guard.LIMIT_US", 3), ("guard.cut", 15)],
        "SR-26": [("hal.pio.deadman", 1)],
    }


def test_tests_are_found_by_markers_of_function_parameter_and_module(root: Path) -> None:
    found = {proof.place.name: proof for proof in collect(root).proofs}
    assert found["test_one"].requirements == {"SR-01", "SR-02", "SR-03"}
    assert found["test_two"].requirements == {"SR-01"}
    assert found["test_all"].targets == ("sim", "chip")
    assert found["test_dead"].targets == ("chip",)
    assert found["test_two"].targets == ("sim",)
    assert found["test_one"].place.line == 10, "the line of its name"


def test_faults_are_found_by_name_and_by_injector(root: Path) -> None:
    found = {proof.place.name: proof.faults for proof in collect(root).proofs}
    assert found["test_one"] == {103}
    assert found["test_two"] == {104}, "in a table that it reads"
    assert found["test_three"] == {103}
    assert found["test_four"] == {103}, "in a table that another file has"
    assert found["test_all"] == set()


def test_injectors_of_a_fault(root: Path) -> None:
    found = collect(root).faults
    assert [place.name for place in found[103].injectors] == ["jam", "both"]
    assert [place.name for place in found[104].injectors] == ["both"]
    assert (found[104].place.line, found[104].reaction) == (4, "CUT")


# --- what is missing is said


def test_a_requirement_without_code_or_without_a_test(root: Path) -> None:
    said = complaints(root)
    assert "SR-04 is kept by no code: mark its line in firmware/ with `# [SR-04]`." in said
    assert 'SR-04 is proven by no test: mark one with @pytest.mark.requirement("SR-04").' in said
    assert "SR-03 is kept by no code" in said
    assert "SR-03 is proven" not in said
    assert "SR-01" not in said


def test_a_fault_without_an_injector_or_a_test(root: Path) -> None:
    assert "Fault" not in complaints(root)
    change(root, "sim/pen_sim/faults/all.py", "(104, 103)", "(103,)")
    change(root, "tests/firmware/test_guard.py", '"DWELL"', '"NONE"')
    said = complaints(root)
    assert "Fault 104 DWELL has no injector: add one to sim/pen_sim/faults." in said
    assert "Fault 104 DWELL is named in no test." in said
    assert "Fault 103" not in said


def test_a_requirement_that_the_safety_file_does_not_have(root: Path) -> None:
    change(root, "firmware/pen/hal/pio.py", "SR-26", "SR-27")
    assert "A comment or a test names SR-27, which docs/safety.md does not have." in complaints(root)


def test_a_row_is_missing(root: Path) -> None:
    change(root, "docs/safety.md", "| SR-09 | do 9 | H9 | code |\n", "")
    assert "docs/safety.md must have the rows SR-01 to SR-26" in complaints(root)


NOTHING = {"SR-04": Waiting("all", whole=True)}


def test_what_is_not_yet_kept_must_be_said_in_both_places(root: Path) -> None:
    said = complaints(root, NOTHING)
    assert "SR-04 is *not yet* in waiting.py and not in docs/safety.md: make them agree." in said
    change(root, "docs/safety.md", "| do 4 | H4 | code |", "| do 4 | H4 | *not yet* |")
    assert "SR-04" not in complaints(root, NOTHING)
    assert "SR-04 is *not yet* in docs/safety.md and not in waiting.py: make them agree." in complaints(root)


def test_what_is_kept_and_proven_by_now_may_not_wait(root: Path) -> None:
    change(root, "docs/safety.md", "| do 1 | H1 | code |", "| do 1 | H1 | *not yet* |")
    said = complaints(root, {"SR-01": Waiting("all", whole=True)})
    assert "SR-01 is in waiting.py as wholly missing, and is kept and proven by now: take it out." in said
    assert "SR-01" not in complaints(root, {"SR-01": Waiting("a part")})


@pytest.mark.parametrize(("code", "late"), [(104, True), (105, False)])
def test_what_raises_its_fault_by_now_may_not_wait(root: Path, code: int, late: bool) -> None:
    change(root, "docs/safety.md", "| do 1 | H1 | code |", "| do 1 | H1 | the rest *not yet* |")
    said = complaints(root, {"SR-01": Waiting("a part", faults=(code,))})
    assert ("SR-01 is in waiting.py, and fault 104 is raised by now: take it out." in said) is late


# --- pages


def test_pages_are_written_once_and_then_checked(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--check"], root) == 1
    said = capsys.readouterr().out
    assert "docs/safety.md is out of date: run `make safety`" in said
    assert "docs/evidence.md is out of date: run `make safety`" in said
    program.main([], root)
    assert "out of date" not in capsys.readouterr().out
    change(root, "firmware/pen/guard.py", "LIMIT_US = 5", "\nLIMIT_US = 5")
    program.main(["--check"], root)
    said = capsys.readouterr().out
    assert "docs/evidence.md is out of date" in said, "every line below has moved"
    assert "docs/safety.md is" not in said


def test_a_safety_file_without_its_place_for_a_table(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(root, "docs/safety.md", "<!-- end of faults -->", "")
    assert program.main([], root) == 1
    assert "docs/safety.md has no block named faults" in capsys.readouterr().out


def test_an_unknown_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--chek"]) == 2
    assert "Usage" in capsys.readouterr().out


# --- results


def report(nodeid: str, when: str, outcome: str) -> pytest.TestReport:
    made: Any = pytest.TestReport
    return made(nodeid, ("", 0, ""), {}, outcome, None, when)


def record(path: Path, cases: dict[str, str], suite: str = "sim", commit: str = "abc") -> Results:
    recorder = Recorder(path, suite, commit, "2026-01-01T00:00:00+00:00")
    for nodeid, outcome in cases.items():
        recorder.pytest_runtest_logreport(report(nodeid, "setup", "passed"))
        recorder.pytest_runtest_logreport(report(nodeid, "call", outcome))
        recorder.pytest_runtest_logreport(report(nodeid, "teardown", "passed"))
    recorder.pytest_sessionfinish()
    return results.read(path)


ONE = "tests/firmware/test_guard.py::test_one"
ALL = "hil_tests/test_all.py::test_all"


def test_cases_of_a_test_are_counted_and_the_last_run_stays(root: Path) -> None:
    path = root / results.RESULTS
    record(path, {f"{ONE}[a]": "passed", f"{ONE}[b::c]": "failed", f"{ONE}[d]": "skipped", ALL: "passed"})
    found = record(path, {ALL: "failed"}, suite="chip", commit="def")
    proofs = {proof.key: proof for proof in collect(root).proofs}
    assert [(run.target, run.passed, run.failed, run.skipped, run.outcome) for run in found.of(proofs[ONE])] == [
        ("sim", 1, 1, 1, "failed")
    ]
    assert {run.target: (run.outcome, run.commit) for run in found.of(proofs[ALL])} == {
        "sim": ("passed", "abc"), "chip": ("failed", "def"),
    }  # fmt: skip
    assert record(path, {ALL: "passed"}, suite="chip").of(proofs[ALL])[0].outcome == "passed"


def test_a_teardown_that_fails_is_a_failure(root: Path) -> None:
    recorder = Recorder(root / "r.json", "sim", "", "")
    for when, outcome in (("setup", "passed"), ("call", "passed"), ("teardown", "failed")):
        recorder.pytest_runtest_logreport(report(ONE, when, outcome))
    assert [(run.passed, run.failed) for _, run in recorder.runs()] == [(0, 1)]


def test_chip_tests_run_on_the_chip_whatever_the_suite_does(root: Path) -> None:
    recorder = Recorder(root / "r.json", "sim", "", "")
    recorder.pytest_runtest_logreport(report("tests/chip/test_dead.py::test_dead", "call", "passed"))
    assert [run.target for _, run in recorder.runs()] == ["chip"]


def test_a_run_without_tests_leaves_no_file(root: Path) -> None:
    Recorder(root / "r.json", "sim", "", "").pytest_sessionfinish()
    assert not (root / "r.json").exists()


def test_results_that_are_none(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = root / results.RESULTS
    path.parent.mkdir()
    path.write_text(json.dumps({ONE: [{"target": "sim"}]}))
    with pytest.raises(ValueError, match="delete it and run the tests again"):
        results.read(path)
    assert program.main(["--results"], root) == 1
    assert "delete it" in capsys.readouterr().out


def test_a_requirement_needs_a_test_that_passed_and_none_that_failed(root: Path) -> None:
    path = root / results.RESULTS
    found = collect(root, NOTHING)
    said = list(rules.unproven(found, record(path, {f"{ONE}[a]": "passed", ALL: "skipped"})))
    assert "SR-26 has no test that has passed." in said
    assert "SR-01 has no test that has passed." not in said
    assert "SR-04 has no test that has passed." not in said, "it need not have one yet"
    said = list(rules.unproven(found, record(path, {f"{ONE}[a]": "failed"}, commit="def+")))
    assert f"{ONE} failed on sim at def+: SR-01, SR-02, SR-03." in said
    assert "SR-01 has no test that has passed." in said


def test_the_page_of_last_results(root: Path) -> None:
    found = collect(root)
    last = record(root / results.RESULTS, {f"{ONE}[a]": "passed", ALL: "failed"})
    page = webpage.page(found, last)
    section = page[page.index('id="SR-26"') : page.index('id="F103"')]
    assert "sim: 1 failed</span> 2026-01-01T00:00:00+00:00 abc" in section
    assert "never run here" in section, "the one on the chip"
    proofs = found.proving("SR-26")
    assert webpage.passed(proofs, last, "sim") == '0 of 1, <span class="failed">1 failed</span>'
    assert webpage.passed(proofs, last, "chip") == "0 of 2"
    assert webpage.passed(found.proving("SR-01"), last, "sim") == "1 of 4"


def test_a_run_is_the_worst_of_its_cases() -> None:
    assert Run("sim", 0, 0, 2, "", "").outcome == "skipped"
    assert Run("sim", 1, 0, 2, "", "").outcome == "passed"
    assert Run("sim", 9, 1, 0, "", "").outcome == "failed"

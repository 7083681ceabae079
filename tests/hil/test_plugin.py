"""The suite's own plugin: options, skips, measurements, and the report."""

import json
from pathlib import Path
from typing import Any

import pytest

from pen_sim.loader import pure

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ("-p", "hil_tests.plugin", "-p", "no:cacheprovider")

MEASURES = """
import math
import pytest

@pytest.mark.requirement("SR-03")
@pytest.mark.parametrize("value", [1.0, 2.0, 3.0])
def test_within(measure, value):
    assert measure("depth", value, 1.0, 3.0, "um") == value

@pytest.mark.requirement("SR-03")
@pytest.mark.requirement("SR-16")
@pytest.mark.parametrize("value", [0.999, 3.001, math.nan, math.inf])
def test_outside(measure, value):
    measure("before", 1.0, 0.0, math.inf)
    measure("depth <&>", value, 1.0, 3.0, "um")
    measure("after", 1.0, 0.0, 2.0)
"""

NEEDS = """
import pytest

@pytest.mark.needs("rig.truth")
@pytest.mark.requirement("SR-01")
def test_truth(rig): pass

@pytest.mark.needs("virtual_time")
def test_time(pen): pass

def test_unmarked(rig): pass
"""


FAULTS = """
import pytest
from hil_tests.expected import Row, name_of

ROWS = [Row("stall", {"stepper": 1.0, "solenoid": 2.0}), Row("coil_open", {"solenoid": 1.0}), Row("carriage_slip", {"stepper": 1.0})]

@pytest.mark.parametrize("fault", ROWS, ids=name_of)
def test_fault(fault): pass
"""


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that pytester starts find the packages of the checkout as well."""
    monkeypatch.setenv("PYTHONPATH", ":".join(str(ROOT / name) for name in ("sim", "host_tools", ".")))


def run(pytester: pytest.Pytester, text: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(text)
    return pytester.runpytest_inprocess(*PLUGIN, *options)


def report(pytester: pytest.Pytester) -> dict[str, Any]:
    return json.loads((pytester.path / "hil_report" / "hil.json").read_text(encoding="utf-8"))


def test_limits_belong_to_the_range(pytester: pytest.Pytester) -> None:
    run(pytester, MEASURES).assert_outcomes(passed=3, failed=4)


@pytest.mark.parametrize(("board", "lacks"), [("bench_stepper", "coil_open"), ("pen_solenoid", "carriage_slip")])
def test_what_the_boards_drive_cannot_have_is_left_out(pytester: pytest.Pytester, board: str, lacks: str) -> None:
    result = run(pytester, FAULTS, "--board", board)
    result.assert_outcomes(passed=2, deselected=1)
    assert not run(pytester, FAULTS, "--board", board, "-k", lacks).parseoutcomes().get("passed")


def test_rows_up_to_the_failure_are_kept(pytester: pytest.Pytester) -> None:
    run(pytester, MEASURES, "-k", "outside and nan")
    (test,) = report(pytester)["tests"]
    assert [row["name"] for row in test["measurements"]] == ["before", "depth <&>"]
    assert test["measurements"][0] == {"name": "before", "value": 1.0, "low": 0.0, "high": None, "unit": "", "ok": True}
    assert (test["measurements"][1]["value"], test["measurements"][1]["ok"]) == (None, False)
    assert test["reason"].startswith("Failed: depth <&>: nan um (1 um to 3 um)")


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_the_report(pytester: pytest.Pytester, workers: tuple[str, ...]) -> None:
    run(pytester, MEASURES, *workers, "--junitxml=junit.xml")
    data = report(pytester)
    assert data["totals"] == {"passed": 3, "failed": 4, "skipped": 0}
    assert data["requirements"] == {"SR-03": "failed", "SR-16": "failed"}
    assert (data["target"], data["board"], data["seed"]) == ("sim", "bench_stepper", 1)
    assert len([row for test in data["tests"] for row in test["measurements"]]) == 3 + 4 * 2
    assert 'name="depth" value="2 um (1 um to 3 um)"' in (pytester.path / "junit.xml").read_text()
    page = (pytester.path / "hil_report" / "hil.html").read_text(encoding="utf-8")
    assert "depth &lt;&amp;&gt;" in page
    assert "http" not in page, "the page needs nothing but itself"


def test_nothing_is_written_without_a_test_of_the_suite(pytester: pytest.Pytester) -> None:
    run(pytester, "def test_other(): pass").assert_outcomes(passed=1)
    assert not (pytester.path / "hil_report").exists()


@pytest.mark.requirement("SR-21")
def test_the_report_knows_the_firmware(pytester: pytest.Pytester) -> None:
    run(pytester, "def test_it(pen): pass", "--seed", "7", "--hil-report", "elsewhere").assert_outcomes(passed=1)
    data = json.loads((pytester.path / "elsewhere" / "hil.json").read_text(encoding="utf-8"))
    assert (data["serial_number"], data["seed"]) == ("SIM0", 7)
    maker, board, number, firmware = data["identity"].split(",")
    assert (maker, board, number) == ("needlepen", data["board"], "SIM0")
    assert firmware.split()[0] == data["firmware"] == pure("pen.version").VERSION
    assert len(firmware.split()) == 3, "version, runtime, CRC-32"


def test_what_is_missing_is_named_with_the_option_that_supplies_it(pytester: pytest.Pytester) -> None:
    result = run(pytester, NEEDS, "--rig", "none", "-rs")
    result.assert_outcomes(passed=1, skipped=2)
    result.stdout.fnmatch_lines(
        ["*needs rig.truth (a rig that knows where the tip truly is)*sim*leave out --rig none*"]
    )
    assert report(pytester)["requirements"] == {"SR-01": "skipped"}


def test_with_the_rig_nothing_is_missing(pytester: pytest.Pytester) -> None:
    run(pytester, NEEDS).assert_outcomes(passed=3)


def test_an_unknown_capability_is_an_error(pytester: pytest.Pytester) -> None:
    result = run(pytester, "import pytest\n@pytest.mark.needs('rig.magic')\ndef test_it(pen): pass")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*no capability named 'rig.magic'; there are: rig, *"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--target", "chip", "--runtime", "nothing.uf2"], "*cannot read nothing.uf2*"),
        (["--target", "chip", "--board", "spaceship"], "*no board named 'spaceship'*"),
        (["--target", "moon"], "*no target 'moon'; there are: sim, chip, serial:PORT*"),
        (["--target", "serial:"], "*no target 'serial:'*"),
        (["--target", "serial:COM3", "--rig", "sim"], "*rig cannot stand around*"),
        (["--target", "serial:COM3", "-n", "2"], "*leave out -n*"),
        (["--target", "serial:COM3", "--board", "spaceship"], "*no board named 'spaceship'*"),
        (["--board", "spaceship"], "*no board named 'spaceship'; there are: *bench_stepper*"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_options_that_cannot_be(pytester: pytest.Pytester, options: list[str], words: str) -> None:
    result = run(pytester, "def test_it(pen): pass", *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([words])


def test_a_failure_leaves_its_evidence(pytester: pytest.Pytester) -> None:
    text = "def test_it(pen):\n    pen.arm('CHEEK', 1.0, 20.0)\n    pen.run(0.2)\n    assert False\n"
    result = run(pytester, text, "--seed", "3")
    result.stdout.fnmatch_lines(["python -m pytest *::test_it --target sim --seed 3 --board bench_stepper"])
    (folder,) = (pytester.path / "hil_report" / "failures").iterdir()
    assert {path.name for path in folder.iterdir()} == {
        "console.txt", "failure.txt", "pen.vcd", "trace.bin", "trace.csv",
    }  # fmt: skip
    console = (folder / "console.txt").read_text(encoding="utf-8")
    assert " > RUN 0.200\n" in console
    assert " < needlepen,bench_stepper,SIM0" in console
    assert "--seed 3" in (folder / "failure.txt").read_text(encoding="utf-8")
    assert len((folder / "trace.csv").read_text(encoding="utf-8").splitlines()) > 470


def test_a_pen_that_no_longer_answers_leaves_its_transcript(pytester: pytest.Pytester) -> None:
    text = "def test_it(pen, rig):\n    rig.inject('foreground_hang')\n    assert False\n"
    run(pytester, text).assert_outcomes(failed=1)
    (folder,) = (pytester.path / "hil_report" / "failures").iterdir()
    assert "no trace could be had" in (folder / "trace.txt").read_text(encoding="utf-8")
    assert (folder / "console.txt").exists()


def test_success_leaves_none(pytester: pytest.Pytester) -> None:
    run(pytester, "def test_it(pen): pass").assert_outcomes(passed=1)
    assert not (pytester.path / "hil_report" / "failures").exists()


def test_wiring_comes_first(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_a="def test_a(pen): pass", test_wiring="def test_w(pen): pass")
    result = pytester.runpytest_inprocess(*PLUGIN, "-v")
    result.stdout.fnmatch_lines(["test_wiring.py::test_w *", "test_a.py::test_a *"])

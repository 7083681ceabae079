"""The coverage gate: what it asks for, and what it says."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
COMPLETE = (
    "scan", "guard_signals", "guard_motion", "phases", "turn", "descriptor", "session", "homing", "loading",
)  # fmt: skip


def load() -> ModuleType:
    """The script as a module."""
    path = ROOT / "scripts" / "check_coverage.py"
    spec = importlib.util.spec_from_loader("check_coverage", loader=None)
    assert spec
    module = importlib.util.module_from_spec(spec)
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), module.__dict__)
    return module


script = load()


def file(lines: int = 100, branches: int = 20, *, missing: list[int] | None = None, jumps: Any = ()) -> dict[str, Any]:
    missing = missing or []
    return {
        "summary": {
            "num_statements": lines, "covered_lines": lines - len(missing), "num_branches": branches,
            "covered_branches": branches - len(jumps),
        },
        "missing_lines": missing,
        "missing_branches": [list(jump) for jump in jumps],
    }  # fmt: skip


def report(tmp_path: Path, files: dict[str, Any]) -> str:
    path = tmp_path / "coverage.json"
    path.write_text(json.dumps({"files": files}), encoding="utf-8")
    return str(path)


@pytest.fixture
def whole() -> dict[str, Any]:
    """Every file that must be complete, complete, and two others."""
    names = (*COMPLETE, "app", "console")
    return {f"firmware/pen/{name}.py": file() for name in names} | {"sim/pen_sim/hal.py": file(missing=[1, 2])}


def test_what_must_be_complete_is_there() -> None:
    assert {f"firmware/pen/{name}.py" for name in COMPLETE} == set(script.COMPLETE)
    assert all((ROOT / path).exists() for path in script.COMPLETE)


def test_all_is_well(tmp_path: Path, whole: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert script.main([report(tmp_path, whole)]) == 0
    assert capsys.readouterr().out.startswith("firmware/pen/ is covered to 100.0 %")


@pytest.mark.parametrize("name", COMPLETE)
@pytest.mark.parametrize(
    ("gap", "sentence"),
    [
        ({"missing": [7]}, "never run: line 7"),
        ({"missing": [3, 5, 6, 7]}, "never run: line 3, 5-7"),
        ({"jumps": [(4, 9)]}, "line 4 never went on to line 9"),
        ({"jumps": [(4, -2)]}, "line 4 never left the function"),
    ],
)
def test_one_gap_in_one_of_them_fails(
    tmp_path: Path, whole: dict[str, Any], capsys: pytest.CaptureFixture[str], name: str, gap: Any, sentence: str
) -> None:
    whole[f"firmware/pen/{name}.py"] = file(**gap)
    assert script.main([report(tmp_path, whole)]) == 1
    assert capsys.readouterr().out.strip() == f"firmware/pen/{name}.py must be covered completely: {sentence}"


def test_a_file_that_was_not_measured_fails(tmp_path: Path, whole: dict[str, Any]) -> None:
    del whole["firmware/pen/turn.py"]
    assert script.main([report(tmp_path, whole)]) == 1


@pytest.mark.parametrize(("missing", "status"), [(65, 0), (67, 1)])
def test_95_percent_of_all(tmp_path: Path, whole: dict[str, Any], missing: int, status: int) -> None:
    """11 files of 120: 1320, of which 66 are 5 %."""
    whole["firmware/pen/app.py"] = file(missing=list(range(1, missing + 1)))
    assert script.main([report(tmp_path, whole)]) == status


def test_nothing_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert script.main([report(tmp_path, {"sim/pen_sim/hal.py": file()})]) == 1
    assert "Nothing below" in capsys.readouterr().out
    assert script.main([str(tmp_path / "none.json")]) == 1
    assert script.percent({}) == 0.0


def test_a_branch_of_a_line_that_never_ran_is_not_said_twice() -> None:
    assert list(script.gaps(file(missing=[4], jumps=[(4, 9)]))) == ["never run: line 4"]

"""Gathers the tests' results and writes hil.json and hil.html at the end. One per run: xdist's workers send it theirs."""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hil_tests import report_html
from hil_tests.bench import Target


@dataclass
class Outcome:
    """One test: `outcome` is passed, failed or skipped; `reason` why it did not pass."""

    test: str
    outcome: str = "passed"
    reason: str = ""
    seconds: float = 0.0
    requirements: list[str] = field(default_factory=list[str])
    measurements: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


class Report:
    """Listens to pytest's own reports; only those that the plugin has written on count."""

    def __init__(self, target: Target, folder: Path) -> None:
        self._target = target
        self._folder = folder
        self._identity = ""
        self._began = datetime.now(UTC)
        self._outcomes: dict[str, Outcome] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Setup, call and teardown of a test, each one."""
        hil: dict[str, Any] | None = getattr(report, "hil", None)
        if hil is None:
            return
        outcome = self._outcomes.setdefault(report.nodeid, Outcome(report.nodeid))
        outcome.seconds += report.duration
        outcome.requirements = hil["requirements"]
        outcome.measurements += hil["rows"]
        self._identity = self._identity or hil["identity"]
        if not report.passed and outcome.outcome != "failed":
            outcome.outcome = report.outcome
            outcome.reason = _reason(report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Writes both files, if any test of the suite was there."""
        if not self._outcomes:
            return
        data = self.data()
        self._folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(data, indent=1, allow_nan=False)
        (self._folder / "hil.json").write_text(text + "\n", encoding="utf-8")
        (self._folder / "hil.html").write_text(report_html.page(data), encoding="utf-8")

    def data(self) -> dict[str, Any]:
        """Everything, as hil.json has it."""
        fields = [*self._identity.split(","), "", "", "", ""]
        outcomes = [self._outcomes[name] for name in sorted(self._outcomes)]
        return {
            "target": self._target.name,
            "board": fields[1] or self._target.board,
            "serial_number": fields[2],
            "firmware": fields[3].partition(" ")[0],
            "identity": self._identity,
            "seed": self._target.seed,
            "date": self._began.isoformat(timespec="seconds"),
            "commit": _commit(),
            "totals": {name: sum(o.outcome == name for o in outcomes) for name in ("passed", "failed", "skipped")},
            "requirements": requirements(outcomes),
            "tests": [asdict(outcome) for outcome in outcomes],
        }


def requirements(outcomes: list[Outcome]) -> dict[str, str]:
    """Each requirement: failed if one of its tests did, skipped if none of them ran, otherwise passed."""
    found: dict[str, set[str]] = {}
    for outcome in outcomes:
        for name in outcome.requirements:
            found.setdefault(name, set()).add(outcome.outcome)
    worst = ("failed", "passed", "skipped")
    return {name: next(word for word in worst if word in found[name]) for name in sorted(found)}


def _reason(report: pytest.TestReport) -> str:
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    lines = [line.removeprefix("E").strip() for line in report.longreprtext.splitlines() if line.startswith("E ")]
    return lines[0] if lines else report.longreprtext.strip().partition("\n")[0]


def _commit() -> str | None:
    """The checkout's commit, "+" behind it if files differ from it; None outside a checkout."""
    git = ["git", "-C", str(Path(__file__).resolve().parent)]
    try:
        head = subprocess.run([*git, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=True)
        changed = subprocess.run([*git, "status", "--porcelain"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return head.stdout.strip() + ("+" if changed.stdout.strip() else "")

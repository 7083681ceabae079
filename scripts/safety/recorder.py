"""The pytest plugin that notes how every test ended. One per run: xdist's workers send their reports to it."""

from __future__ import annotations

import subprocess
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scripts.safety.proofs import ON_CHIP
from scripts.safety.results import RESULTS, Run, read
from scripts.safety.tree import ROOT


class Recorder:
    """Listens to reports of tests. A case fails if its setup, its call or its teardown does. `suite`: what hil_tests run on."""

    def __init__(self, path: Path, suite: str, commit: str, date: str) -> None:
        self._path = path
        self._suite = suite
        self._commit = commit
        self._date = date
        self._cases: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Notes the worst of a case's three phases."""
        before = self._cases.get(report.nodeid, "passed")
        self._cases[report.nodeid] = before if report.passed or before == "failed" else report.outcome

    def pytest_sessionfinish(self) -> None:
        """Adds this run's results to the earlier ones."""
        if self._cases:
            results = read(self._path)
            results.update(self.runs())
            results.write(self._path)

    def runs(self) -> list[tuple[str, Run]]:
        """A run for each test function."""
        counts: dict[str, Counter[str]] = {}
        for nodeid, outcome in self._cases.items():
            counts.setdefault(nodeid.partition("[")[0], Counter())[outcome] += 1
        return [
            (key, Run(self._target(key), count["passed"], count["failed"], count["skipped"], self._date, self._commit))
            for key, count in counts.items()
        ]

    def _target(self, key: str) -> str:
        if key.startswith(ON_CHIP):
            return "chip"
        return self._suite if key.startswith("hil_tests/") else "sim"


def commit(root: Path) -> str:
    """The checkout's commit, "+" behind it if files differ from it; "" outside a checkout."""
    git = ["git", "-C", str(root)]
    try:
        head = subprocess.run([*git, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=True)
        changed = subprocess.run([*git, "diff", "--quiet", "HEAD"], capture_output=True, check=False)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return head.stdout.strip() + ("+" if changed.returncode else "")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the results go."""
    parser.addoption(
        "--requirement-results",
        type=Path,
        default=ROOT / RESULTS,
        metavar="FILE",
        help="where the safety file's results are kept",
    )


def pytest_configure(config: pytest.Config) -> None:
    """In the process that sees all reports, and where tests really run."""
    if hasattr(config, "workerinput") or config.getoption("collectonly", False):
        return
    suite = str(config.getoption("target", "sim")).partition(":")[0]
    if board := config.getoption("board", None):
        suite = f"{suite} {board}"
    date = datetime.now(UTC).isoformat(timespec="seconds")
    recorder = Recorder(Path(str(config.getoption("requirement_results"))), suite, commit(ROOT), date)
    config.pluginmanager.register(recorder, "requirements-recorder")

"""The results file: one JSON line that says which campaign it is, then one for each run, in the order in which they ended.

A line is written whole and at once. What a run that was broken off left of one is taken away when the file is opened again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

from pen_tools.campaign import draw, evidence
from pen_tools.campaign.draw import Scenario
from pen_tools.campaign.evidence import Evidence
from pen_tools.errors import Usage

_FORMAT = 1


@dataclass(frozen=True)
class Run:
    """A run that is over: what it was, what came of it, and how many seconds of a processor it took."""

    scenario: Scenario
    evidence: Evidence
    cpu_s: float

    def as_json(self) -> dict[str, Any]:
        """A line of the file."""
        return {"scenario": self.scenario.as_json(), "evidence": self.evidence.as_json(), "cpu_s": round(self.cpu_s, 4)}


class Results:
    """The file of one campaign, opened for more runs. Raises Usage if it is another's, or cannot be read or written."""

    def __init__(self, path: Path, key: Mapping[str, object]) -> None:
        self.path = path
        self.runs: dict[int, Run] = {}
        head = {"needlepen_campaign": _FORMAT, **key}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: IO[bytes] = path.open("a+b")
            self._file.seek(0)
            whole = _whole(self._file.read())
        except OSError as error:
            raise Usage(f"cannot write {path}: {error.strerror}", "--results FILE names another") from error
        lines = whole.splitlines()
        try:
            self._take(lines, head)
        except BaseException:
            self._file.close()
            raise
        self._file.truncate(len(whole))
        if not lines:
            self._write(head)

    def _take(self, lines: list[bytes], head: Mapping[str, object]) -> None:
        if not lines:
            return
        try:
            found = cast("dict[str, Any]", json.loads(lines[0]))
            if found != head:
                raise Usage(
                    f"{self.path} is of another campaign: {_apart(found, head)}", "--results FILE names another"
                )
            for line in lines[1:]:
                self._keep(_run(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Usage(f"{self.path} is no file of a campaign's results", "--results FILE names another") from error

    def _keep(self, run: Run) -> None:
        self.runs[run.scenario.number] = run

    def add(self, run: Run) -> None:
        """Notes a run, and has it in the file before this returns."""
        self._keep(run)
        self._write(run.as_json())

    def _write(self, line: Mapping[str, object]) -> None:
        self._file.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
        self._file.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def _whole(content: bytes) -> bytes:
    """Up to the end of the last line that has one."""
    return content[: content.rfind(b"\n") + 1]


def _apart(found: Mapping[str, object], wanted: Mapping[str, object]) -> str:
    """The first thing in which they differ."""
    for name, value in wanted.items():
        if found.get(name) != value:
            return f"{name} is {found.get(name)}, not {value}"
    return "it says more"


def _run(line: dict[str, Any]) -> Run:
    return Run(draw.of_json(line["scenario"]), evidence.of_json(line["evidence"]), float(line["cpu_s"]))

"""The last result of every test, by target: what the recorder writes and the pages read."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scripts.safety.proofs import Proof

RESULTS = "build/requirements.json"


@dataclass(frozen=True)
class Run:
    """One test's last run on one target, all its cases together. `date`: ISO, UTC. `commit`: with "+" if files differ from it."""

    target: str
    passed: int
    failed: int
    skipped: int
    date: str
    commit: str

    @property
    def outcome(self) -> str:
        """failed if one case did, passed if one did and none failed, else skipped."""
        return "failed" if self.failed else "passed" if self.passed else "skipped"


class Results:
    """{test: {target: Run}}; empty if nothing has run yet."""

    def __init__(self, runs: dict[str, dict[str, Run]]) -> None:
        self._runs = runs

    def of(self, proof: Proof) -> list[Run]:
        """The test's last run on each target it ran on."""
        return list(self._runs.get(proof.key, {}).values())

    def update(self, runs: Iterable[tuple[str, Run]]) -> None:
        """The newer run replaces the older one of the same test and target."""
        for key, run in runs:
            self._runs.setdefault(key, {})[run.target] = run

    def write(self, path: Path) -> None:
        """As a whole or not at all."""
        data = {key: [asdict(run) for _, run in sorted(runs.items())] for key, runs in sorted(self._runs.items())}
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{path.name}.{os.getpid()}")
        beside.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
        beside.replace(path)


def read(path: Path) -> Results:
    """What is there. Raises ValueError, saying what to do, if it is no file of ours."""
    if not path.exists():
        return Results({})
    try:
        data: dict[str, list[dict[str, Any]]] = json.loads(path.read_text(encoding="utf-8"))
        return Results({key: {run["target"]: Run(**run) for run in runs} for key, runs in data.items()})
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{path} cannot be read ({error}): delete it and run the tests again") from error

"""What a campaign says: outcomes by class and by fault, the worst cases, and how to see a run again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from pen_tools import output, targets
from pen_tools.campaign import judge
from pen_tools.campaign.draw import PHASES
from pen_tools.campaign.ground import Ground
from pen_tools.campaign.outcomes import ORDER, Kind, Outcome
from pen_tools.campaign.work import Judged

_SHOWN = 20  # failing runs that people see


@dataclass(frozen=True)
class Worst:
    """The run with the greatest value of something, which has a limit."""

    what: str
    value: float
    unit: str
    limit: float
    judged: Judged


@dataclass(frozen=True)
class Summary:
    """A campaign as far as it has come. `asked`: how many runs there shall be."""

    ground: Ground
    seed: int
    asked: int
    found: Sequence[Judged]

    @property
    def failed(self) -> list[Judged]:
        """Every run of a class that is not safe, the worst first."""
        bad = [each for each in self.found if not each.verdict.outcome.ok]
        return sorted(bad, key=lambda each: (ORDER.index(each.verdict.outcome), each.run.scenario.number))

    @property
    def ok(self) -> bool:
        """All runs are there and none has failed."""
        return len(self.found) == self.asked and not self.failed

    @property
    def outcomes(self) -> dict[Outcome, int]:
        """How many of each class there is, the worst first."""
        counts = Counter(each.verdict.outcome for each in self.found)
        return {outcome: counts[outcome] for outcome in ORDER if counts[outcome]}

    def kinds(self) -> dict[str, int]:
        """How many are unsafe, wrong, safe."""
        return {str(kind): sum(each.verdict.outcome.kind is kind for each in self.found) for kind in Kind}

    def by_fault(self) -> dict[str, list[Judged]]:
        """The runs of each fault, in the order of their names."""
        names = sorted({each.run.scenario.fault for each in self.found})
        return {name: [each for each in self.found if each.run.scenario.fault == name] for name in names}

    def by_phase(self) -> dict[str, list[Judged]]:
        """The runs of each phase in which faults happen, in their order."""
        return {name: [each for each in self.found if each.run.scenario.phase == name] for name in PHASES}

    def worst(self) -> list[Worst]:
        """The extremes of what there is a limit for."""
        measured: list[tuple[str, str, float, Callable[[Judged], float | None]]] = [
            ("tip beyond the cap", "um", judge.BEYOND_CAP_UM, lambda each: each.verdict.beyond_cap_um),
            ("needles out under power, of what is allowed", "%", 100, lambda each: each.verdict.out_percent),
            ("fault to drive off, of what is allowed", "%", 100, lambda each: each.verdict.off_percent),
        ]
        found: list[Worst] = []
        for what, unit, limit, of in measured:
            whole = [each for each in self.found if each.verdict.outcome is not Outcome.BROKEN]
            known = [(value, each) for each in whole if (value := of(each)) is not None and value < inf]
            if known:
                value, each = max(known, key=lambda pair: pair[0])
                found.append(Worst(what, value, unit, limit, each))
        return found

    def cpu_s(self) -> float:
        """Seconds of a processor, of a run in the mean."""
        return sum(each.run.cpu_s for each in self.found) / max(len(self.found), 1)

    def replay(self, each: Judged) -> str:
        """The command that shows a run again."""
        scenario = each.run.scenario
        target = f" --target {self.ground.target}" if self.ground.target != targets.SIM else ""
        board = f" --board {self.ground.board_name}" if self.ground.board_name != targets.BOARD else ""
        return f"pen campaign{target}{board} --replay {scenario.name} --plot run-{scenario.seed}-{scenario.number}.png"


def to_json(summary: Summary) -> dict[str, Any]:
    """One object."""
    faults = summary.by_fault()
    return {
        "ok": summary.ok,
        **summary.ground.key(summary.seed),
        "asked": summary.asked,
        "runs": len(summary.found),
        "kinds": summary.kinds(),
        "outcomes": {str(outcome): count for outcome, count in summary.outcomes.items()},
        "by_fault": {name: _counts(runs) for name, runs in faults.items()},
        "by_phase": {name: _counts(runs) for name, runs in summary.by_phase().items()},
        "worst": [
            {
                "what": each.what,
                "value": _number(each.value),
                "unit": each.unit,
                "limit": each.limit,
                "run": each.judged.run.scenario.name,
            }
            for each in summary.worst()
        ],
        "failed": [_failed(summary, each) for each in summary.failed],
        "cpu_s_per_run": round(summary.cpu_s(), 4),
    }


def _number(value: float) -> float | None:
    """JSON has no infinity."""
    return None if abs(value) == inf else round(value, 4)


def _counts(runs: Sequence[Judged]) -> dict[str, int]:
    counts = Counter(each.verdict.outcome for each in runs)
    return {str(outcome): counts[outcome] for outcome in ORDER if counts[outcome]}


def _failed(summary: Summary, each: Judged) -> dict[str, Any]:
    scenario = each.run.scenario
    return {
        "run": scenario.name,
        "outcome": str(each.verdict.outcome),
        "reasons": list(each.verdict.reasons),
        "scenario": scenario.as_json(),
        "replay": summary.replay(each),
    }


def show(summary: Summary) -> None:
    """For people, on stdout."""
    output.table(
        ("outcome", "<kind", "runs", "<what it means"),
        [(str(outcome), str(outcome.kind), count, outcome.meaning) for outcome, count in summary.outcomes.items()],
    )
    output.table(
        ("fault", "runs", "failed", "<outcomes"),
        [
            (name, len(runs), sum(not each.verdict.outcome.ok for each in runs), in_words(_counts(runs)))
            for name, runs in summary.by_fault().items()
        ],
    )
    output.table(
        ("worst", "value", "limit", "<unit", "<run"),
        [
            (
                each.what,
                f"{each.value:.2f}",
                f"{each.limit:g}",
                each.unit,
                each.judged.run.scenario.name,
            )
            for each in summary.worst()
        ],
    )
    failed = summary.failed
    for each in failed[:_SHOWN]:
        output.say(f"{each.verdict.outcome} {each.run.scenario.name}: {each.run.scenario.words()}")
        for reason in each.verdict.reasons:
            output.say(f"    {reason}")
        output.say(f"    {summary.replay(each)}")
    if len(failed) > _SHOWN:
        output.say(f"and {len(failed) - _SHOWN} more: --json and --report have all of them")


def in_words(counts: dict[str, int]) -> str:
    """ "12 named, 3 refused"."""
    return ", ".join(f"{count} {name}" for name, count in counts.items())

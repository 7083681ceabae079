"""One run again, with what it needs for a picture: the tip's course, and the story in words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from pen_tools import output
from pen_tools.benching.forks import in_copies
from pen_tools.campaign.draw import Scenario
from pen_tools.campaign.ground import Ground
from pen_tools.campaign.judge import Verdict
from pen_tools.campaign.results import Run
from pen_tools.campaign.work import Judged
from pen_tools.course import Course


@dataclass(frozen=True)
class Replayed:
    """A run, its verdict, and where the tip was, in mm."""

    run: Run
    verdict: Verdict
    course: Course


def again(ground: Ground, scenarios: list[Scenario]) -> list[Replayed]:
    """Plays them, each in a copy of this process. Raises CopyFailed with the traceback if one breaks off."""
    return in_copies([partial(_again, ground, scenario) for scenario in scenarios])


def _again(ground: Ground, scenario: Scenario) -> Replayed:
    rig = ground.pen(scenario)
    run = ground.run_on(rig, scenario)
    curve = rig.machine.plant.curve
    course = Course(
        [*(t_ns / 1e9 for t_ns in curve.t_ns), rig.now_s()], [*(um / 1e3 for um in curve.um), rig.tip_um() / 1e3]
    )
    return Replayed(run, ground.judge(run), course)


def show(replayed: Replayed) -> None:
    """For people, on stdout: what was done and what came of it, in the order of time."""
    run, verdict = replayed.run, replayed.verdict
    output.say(f"{run.scenario.name}: {run.scenario.words()}")
    output.table(("s", "<what"), [(f"{at_s:.4f}", what) for at_s, what in story(run)], left=0)
    output.say(f"{verdict.outcome}, {verdict.outcome.kind}: {verdict.outcome.meaning}")
    for reason in verdict.reasons:
        output.say(f"    {reason}")
    if run.evidence.error:
        output.say(run.evidence.error.rstrip())


def to_json(judged: Judged) -> dict[str, Any]:
    """One object."""
    run, verdict = judged.run, judged.verdict
    return {
        "ok": verdict.outcome.ok,
        "run": run.scenario.name,
        "outcome": str(verdict.outcome),
        "reasons": list(verdict.reasons),
        "scenario": run.scenario.as_json(),
        "evidence": run.evidence.as_json(),
    }


def story(run: Run) -> list[tuple[float, str]]:
    """(seconds, what) of everything that was done to the pen, and what it did."""
    evidence, scenario = run.evidence, run.scenario
    moments = [(at_s, f"host: {text}") for at_s, text in evidence.orders]
    moments += [(at_s, "drive on" if level else "drive off") for at_s, level in evidence.gate]
    for at_s, what in ((evidence.injected_s, "happens"), (evidence.repaired_s, "is repaired")):
        if at_s is not None:
            moments.append((at_s, f"{scenario.fault} {what}"))
    words = [("latched", evidence.code), ("would not arm", evidence.refused), ("clear, cause there", evidence.standing)]
    words += [
        ("latched again", evidence.again),
        ("clear, cause gone", evidence.gone),
        ("latched at the end", evidence.late),
    ]
    words += [("state at the end", evidence.ended), ("deepest tip", f"{evidence.max_tip_um / 1e3:.4f} mm")]
    said = "; ".join([*evidence.remarks, *(f"{name}: {value}" for name, value in words if value)])
    return [*sorted(moments), (evidence.end_s, said)]

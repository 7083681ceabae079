"""Works through a campaign: the runs that are still missing, on all processors, each noted as soon as it is over."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from pen_tools.benching.forks import each_copy
from pen_tools.campaign.evidence import Evidence
from pen_tools.campaign.ground import Ground
from pen_tools.campaign.judge import Verdict
from pen_tools.campaign.results import Results, Run


@dataclass(frozen=True)
class Judged:
    """A run and its verdict."""

    run: Run
    verdict: Verdict


def work(ground: Ground, results: Results, seed: int, runs: int, jobs: int | None, done: Callable[[int], None]) -> None:
    """Until there are `runs` of them. `done` gets how many there are. What has ended is kept, whatever ends this."""
    missing = [number for number in range(runs) if number not in results.runs]
    scenarios = [ground.draw(seed, number) for number in missing]
    copies = each_copy([partial(ground.run, scenario) for scenario in scenarios], jobs)
    try:
        for count, (number, ok, found) in enumerate(copies, 1):
            run = found if ok else Run(scenarios[number], Evidence(error=str(found)), 0.0)
            results.add(run)
            done(runs - len(missing) + count)
    finally:
        copies.close()


def judged(ground: Ground, results: Results, runs: int) -> list[Judged]:
    """The first `runs` of the campaign, as far as they are there."""
    found: list[Judged] = []
    for number in sorted(number for number in results.runs if number < runs):
        run = results.runs[number]
        try:
            found.append(Judged(run, ground.judge(run)))
        except Exception:
            broken = Run(run.scenario, Evidence(error=traceback.format_exc()), run.cpu_s)
            found.append(Judged(broken, ground.judge(broken)))
    return found

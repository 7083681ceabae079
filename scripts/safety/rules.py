"""What the safety file must not be without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from scripts.safety.evidence import EVIDENCE, SAFETY, Evidence, injected, page, with_blocks
from scripts.safety.results import Results

NOT_YET = "*not yet*"
STALE = "run `make safety` and commit what it changes"


def complaints(found: Evidence) -> Iterator[str]:
    """Sentences, each with what to do next; none if all is well. Says nothing of results."""
    known = [requirement.name for requirement in found.requirements]
    expected = [f"SR-{number:02}" for number in range(1, 27)]
    if known != expected:
        yield f"{SAFETY} must have the rows SR-01 to SR-26, once each and in order."
    for requirement in found.requirements:
        yield from _about(found, requirement.name, NOT_YET in requirement.by)
    marked = set(found.keepers) | {name for proof in found.proofs for name in proof.requirements}
    for name in sorted(marked - set(expected)):
        yield f"A comment or a test names {name}, which {SAFETY} does not have."
    for code, row in found.faults.items():
        if not injected(found, code):
            yield f"Fault {code} {row.name} has no injector: add one to sim/pen_sim/faults."
        if not found.naming(code):
            yield f"Fault {code} {row.name} is named in no test."


def _about(found: Evidence, name: str, not_yet: bool) -> Iterator[str]:
    waiting = found.waiting.get(name)
    if not_yet != bool(waiting):
        where, other = (SAFETY, "waiting.py") if not_yet else ("waiting.py", SAFETY)
        yield f"{name} is {NOT_YET} in {where} and not in {other}: make them agree."
    if waiting and (raised := [code for code in waiting.faults if code in found.faults]):
        yield f"{name} is in waiting.py, and fault {raised[0]} is raised by now: take it out."
    kept, proven = name in found.keepers, bool(found.proving(name))
    if waiting and waiting.whole:
        if kept and proven:
            yield f"{name} is in waiting.py as wholly missing, and is kept and proven by now: take it out."
        return
    if not kept:
        yield f"{name} is kept by no code: mark its line in firmware/ with `# [{name}]`."
    if not proven:
        yield f'{name} is proven by no test: mark one with @pytest.mark.requirement("{name}").'


def unproven(found: Evidence, results: Results) -> Iterator[str]:
    """Requirements without a passing test, and tests of requirements that failed, in their last runs."""
    for requirement in found.requirements:
        name = requirement.name
        waiting = found.waiting.get(name)
        runs = [run for proof in found.proving(name) for run in results.of(proof)]
        if not any(run.outcome == "passed" for run in runs) and not (waiting and waiting.whole):
            yield f"{name} has no test that has passed."
    for proof in found.proofs:
        for run in results.of(proof):
            if run.outcome == "failed" and proof.requirements:
                yield f"{proof.key} failed on {run.target} at {run.commit}: {', '.join(sorted(proof.requirements))}."


def stale(root: Path, found: Evidence) -> Iterator[str]:
    """Pages that are not what they would be if made now."""
    text = (root / SAFETY).read_text(encoding="utf-8")
    if with_blocks(text, found) != text:
        yield f"{SAFETY} is out of date: {STALE}."
    path = root / EVIDENCE
    if not path.exists() or path.read_text(encoding="utf-8") != page(found):
        yield f"{EVIDENCE} is out of date: {STALE}."

"""build/safety.html: every requirement and fault with its code, its tests and their last results."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from scripts.safety.evidence import Evidence
from scripts.safety.proofs import Proof
from scripts.safety.results import Results, Run
from scripts.safety.tree import Place

PAGE = "build/safety.html"

_STYLE = """body{font:15px/1.4 system-ui,sans-serif;max-width:75em;margin:2em auto;padding:0 1em}
table{border-collapse:collapse;width:100%;margin:.5em 0 2em}td,th{border-bottom:1px solid #ddd;padding:.2em .6em;text-align:left}
.passed{color:#060}.failed{color:#b00;font-weight:bold}.skipped,.never{color:#777}"""


def page(found: Evidence, results: Results) -> str:
    """The whole page."""
    body = ["<h1>Last results</h1>", "<table><tr><th>requirement<th>tests<th>passed on sim<th>passed on chip</tr>"]
    for requirement in found.requirements:
        proofs = found.proving(requirement.name)
        counts = "".join(f"<td>{passed(proofs, results, target)}" for target in ("sim", "chip"))
        body.append(f'<tr><td><a href="#{requirement.name}">{requirement.name}</a><td>{len(proofs)}{counts}</tr>')
    body.append("</table>")
    for requirement in found.requirements:
        name = requirement.name
        body.append(f'<h2 id="{name}">{name}</h2><p>The firmware shall {escape(requirement.shall)}.</p>')
        body += _code(found.keepers.get(name, []))
        body += _tests(found.proving(name), results)
    for code, row in found.faults.items():
        body.append(f'<h2 id="F{code}">{code} {row.name}</h2>')
        body += _code([row.place, *row.injectors])
        body += _tests(found.naming(code), results)
    return (
        f"<!doctype html><meta charset=utf-8><title>Safety: last results</title><style>{_STYLE}</style>\n"
        + "\n".join([*body, ""])
    )


def passed(proofs: list[Proof], results: Results, target: str) -> str:
    """ "3 of 4" tests that can run there; failed ones are named by their number."""
    there = [proof for proof in proofs if target in proof.targets]
    runs = [run for proof in there for run in results.of(proof) if run.target == target]
    failures = sum(run.outcome == "failed" for run in runs)
    text = f"{sum(run.outcome == 'passed' for run in runs)} of {len(there)}"
    return f'{text}, <span class="failed">{failures} failed</span>' if failures else text


def _code(places: list[Place]) -> Iterator[str]:
    links = [f'<a href="../{place.path}#L{place.line}">{escape(place.name)}</a> line {place.line}' for place in places]
    if links:
        yield f"<p>{', '.join(links)}</p>"


def _tests(proofs: list[Proof], results: Results) -> Iterator[str]:
    yield "<table><tr><th>test<th>line<th>last result</tr>"
    for proof in proofs:
        runs = results.of(proof)
        said = "<br>".join(_said(run) for run in runs) or '<span class="never">never run here</span>'
        yield f'<tr><td><a href="../{proof.place.path}#L{proof.place.line}">{escape(proof.key)}</a><td>{proof.place.line}<td>{said}</tr>'
    yield "</table>"


def _said(run: Run) -> str:
    cases = ", ".join(f"{count} {word}" for word, count in run_counts(run) if count)
    return f'<span class="{run.outcome}">{run.target}: {cases}</span> {escape(run.date)} {escape(run.commit)}'


def run_counts(run: Run) -> list[tuple[str, int]]:
    """The cases by how they ended."""
    return [("passed", run.passed), ("failed", run.failed), ("skipped", run.skipped)]

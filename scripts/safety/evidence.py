"""What is known of every requirement and fault, and the pages that say it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.safety import faultrows
from scripts.safety.faultrows import CODES, FaultRow
from scripts.safety.keepers import keepers
from scripts.safety.proofs import Proof, proofs
from scripts.safety.tree import Place
from scripts.safety.waiting import INJECTED_BY, WAITING, Waiting

SAFETY = "docs/safety.md"
EVIDENCE = "docs/evidence.md"
RESULTS_LINK = "../build/safety.html"

_ROW = re.compile(r"^\| (SR-\d\d) \| (.+?) \| ([^|]+) \| (.+) \|$", re.MULTILINE)
_BLOCK = "<!-- {0}: made by `make safety` -->\n(.*?)<!-- end of {0} -->\n"

_HEAD = """# Evidence

Made by `make safety` from the firmware's comments (`# [SR-13]`), the tests' markers, and the two tables of faults; a test fails when
it is out of date. [safety.md](safety.md) says what the requirements are for. Last results are on this machine's page,
[build/safety.html](../build/safety.html), which every `make test`, `make chip` and `make safety` writes.
"""


@dataclass(frozen=True)
class Requirement:
    """One row of the safety file. `by`: what its last column says keeps it."""

    name: str
    shall: str
    hazards: str
    by: str


@dataclass(frozen=True)
class Evidence:
    """All there is to link."""

    requirements: list[Requirement]
    keepers: dict[str, list[Place]]
    proofs: list[Proof]
    faults: dict[int, FaultRow]
    waiting: dict[str, Waiting]
    also_injected: dict[int, tuple[Place | None, str]]

    def proving(self, requirement: str) -> list[Proof]:
        """The tests that are marked with it."""
        return [proof for proof in self.proofs if requirement in proof.requirements]

    def naming(self, code: int) -> list[Proof]:
        """The tests that name the fault or one of its injectors."""
        return [proof for proof in self.proofs if code in proof.faults]


def collect(root: Path) -> Evidence:
    """Reads the tree below `root`."""
    text = (root / SAFETY).read_text(encoding="utf-8")
    also = {code: (faultrows.injector(root, name), when) for code, (name, when) in INJECTED_BY.items()}
    return Evidence(
        [Requirement(*row) for row in _ROW.findall(text)],
        keepers(root),
        proofs(root, faultrows.names(root)),
        faultrows.rows(root),
        WAITING,
        also,
    )


def page(found: Evidence) -> str:
    """docs/evidence.md."""
    lines = [_HEAD, "# Requirements\n"]
    for requirement in found.requirements:
        lines += _section(found, requirement)
    lines.append("# Faults\n")
    for code in CODES:
        if code in found.faults:
            lines += _fault_section(found, found.faults[code])
    return "\n".join(lines)


def _section(found: Evidence, requirement: Requirement) -> Iterator[str]:
    name = requirement.name
    yield f"## {name}\n"
    yield f"The firmware shall {requirement.shall} ({requirement.hazards}). [Last results]({RESULTS_LINK}#{name})\n"
    if name in found.waiting:
        yield f"*Not yet*: {found.waiting[name].what}.\n"
    yield from _list("Kept in", [place.link() for place in found.keepers.get(name, [])])
    yield from _list("Proven by", [proof.place.link() + _on(proof) for proof in found.proving(name)])


def _fault_section(found: Evidence, row: FaultRow) -> Iterator[str]:
    yield f"## {row.code} {row.name}\n"
    yield f"[Its row](../{row.place.path}#L{row.place.line}), reaction {row.reaction}. [Last results]({RESULTS_LINK}#F{row.code})\n"
    yield from _list("Injected by", injected(found, row.code))
    yield from _list("Named in", [proof.place.link() + _on(proof) for proof in found.naming(row.code)])


def injected(found: Evidence, code: int) -> list[str]:
    """Links to the fault's injectors."""
    links = [place.link() for place in found.faults[code].injectors]
    place, when = found.also_injected.get(code, (None, ""))
    return [*links, f"{place.link()} {when}"] if place else links


def _on(proof: Proof) -> str:
    return f", {' and '.join(proof.targets)}"


def _list(title: str, items: list[str]) -> Iterator[str]:
    if items:
        yield f"{title}\n"
        yield from (f"- {item}" for item in items)
        yield ""


def with_blocks(text: str, found: Evidence) -> str:
    """The safety file's text with its two tables made anew. Raises ValueError if it has no place for one."""
    for name, made in (("requirements", _requirement_table(found)), ("faults", _fault_table(found))):
        pattern = re.compile(_BLOCK.format(name), re.DOTALL)
        match = pattern.search(text)
        if match is None:
            raise ValueError(f"{SAFETY} has no block named {name}")
        text = text[: match.start(1)] + made + text[match.end(1) :]
    return text


def _requirement_table(found: Evidence) -> str:
    lines = ["", "| # | code | tests |", "|---|---|---|"]
    for requirement in found.requirements:
        name = requirement.name
        code = ", ".join(f"`{word}`" for word in dict.fromkeys(place.name for place in found.keepers.get(name, [])))
        count = len(found.proving(name))
        late = f"; *not yet*: {found.waiting[name].what}" if name in found.waiting else ""
        lines.append(f"| [{name}](evidence.md#{name.lower()}) | {code or '-'} | {count}{late} |")
    return "\n".join([*lines, "", ""])


def _fault_table(found: Evidence) -> str:
    lines = ["", "| code | name | reaction | injectors | tests |", "|---|---|---|---|---|"]
    for code in CODES:
        row = found.faults.get(code)
        if row is None:
            lines.append(f"| {code} | set aside | - | - | - |")
            continue
        made_by = [f"`{place.name}`" for place in row.injectors]
        place, when = found.also_injected.get(code, (None, ""))
        made_by += [f"`{place.name}` {when}"] if place else []
        link = f"[{code}](evidence.md#{code}-{row.name.lower()})"
        lines.append(
            f"| {link} | {row.name} | {row.reaction} | {', '.join(made_by) or '-'} | {len(found.naming(code))} |"
        )
    return "\n".join([*lines, "", ""])

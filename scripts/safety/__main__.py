"""Makes the generated parts of the safety file.

Usage: python -m scripts.safety [--check | --results]. Without an option it writes docs/evidence.md, the tables in docs/safety.md
and build/safety.html; --check writes nothing; --results writes build/safety.html and also asks that tests have passed.
"""

from __future__ import annotations

import sys
from pathlib import Path

from scripts.safety import evidence, results, rules, webpage
from scripts.safety.tree import ROOT


def main(arguments: list[str], root: Path = ROOT) -> int:
    """0 if all is well; 1, and a sentence for each thing that is not, otherwise."""
    if set(arguments) - {"--check", "--results"}:
        print(__doc__)
        return 2
    found = evidence.collect(root)
    wrong = list(rules.complaints(found))
    try:
        if not arguments:
            _write_pages(root, found)
        wrong += rules.stale(root, found)
        if "--check" not in arguments:
            last = results.read(root / results.RESULTS)
            _write(root / webpage.PAGE, webpage.page(found, last))
            if "--results" in arguments:
                wrong += rules.unproven(found, last)
    except ValueError as error:
        wrong.append(str(error))
    print("\n".join(wrong) or _summary(found))
    return 1 if wrong else 0


def _write_pages(root: Path, found: evidence.Evidence) -> None:
    path = root / evidence.SAFETY
    _write(path, evidence.with_blocks(path.read_text(encoding="utf-8"), found))
    _write(root / evidence.EVIDENCE, evidence.page(found))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _summary(found: evidence.Evidence) -> str:
    whole = len(found.requirements) - len(found.waiting)
    return f"{whole} requirements are kept and proven, {len(found.waiting)} wait for something; {webpage.PAGE} has the last results."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

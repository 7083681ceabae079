"""Holds the firmware's coverage to its numbers, and says in plain words what no test reached.

Reads what `pytest --cov --cov-report=json` wrote. All of firmware/pen: at least 95 % of statements and branches together.
What decides whether needles move, the scan and the orders to it: every statement and every branch.

Run: python scripts/check_coverage.py [coverage.json]
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MEASURED = "firmware/pen/"
TOTAL_PERCENT = 95.0
COMPLETE = (
    "firmware/pen/scan.py",
    "firmware/pen/guard_signals.py",
    "firmware/pen/guard_motion.py",
    "firmware/pen/phases.py",
    "firmware/pen/turn.py",
    "firmware/pen/descriptor.py",
    "firmware/pen/session.py",
    "firmware/pen/homing.py",
    "firmware/pen/loading.py",
)

File = dict[str, Any]


def percent(files: dict[str, File]) -> float:
    """Statements and branches that ran, of all there are."""
    summaries = [file["summary"] for file in files.values()]
    ran = sum(summary["covered_lines"] + summary["covered_branches"] for summary in summaries)
    there = sum(summary["num_statements"] + summary["num_branches"] for summary in summaries)
    return 100.0 * ran / there if there else 0.0


def ranges(numbers: list[int]) -> str:
    """`3, 5-7` for [3, 5, 6, 7]."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def gaps(file: File) -> Iterator[str]:
    """What no test reached in one file, a clause each."""
    if lines := file["missing_lines"]:
        yield f"never run: line {ranges(lines)}"
    for start, end in file["missing_branches"]:
        if start not in lines:
            yield f"line {start} never " + (f"went on to line {end}" if end > 0 else "left the function")


def complaints(files: dict[str, File]) -> Iterator[str]:
    """Everything that is short of its number."""
    if not files:
        yield f"Nothing below {MEASURED} was measured."
        return
    reached = percent(files)
    if reached < TOTAL_PERCENT:
        yield f"{MEASURED} is covered to {reached:.1f} %, and {TOTAL_PERCENT:.0f} % are needed."
        for path, file in sorted(files.items()):
            yield from (f"  {path}: {gap}" for gap in gaps(file))
    for path in COMPLETE:
        if path not in files:
            yield f"{path} must be covered completely, and was not measured."
        else:
            yield from (f"{path} must be covered completely: {gap}" for gap in gaps(files[path]))


def main(arguments: list[str]) -> int:
    """Prints one line if all is well, else what is missing; returns the exit status."""
    report = Path(arguments[0] if arguments else "build/coverage.json")
    if not report.exists():
        print(f"{report} is not there; `make test` writes it.")
        return 1
    measured: dict[str, File] = json.loads(report.read_text(encoding="utf-8"))["files"]
    files = {path: file for path, file in measured.items() if path.startswith(MEASURED)}
    found = list(complaints(files))
    print("\n".join(found) or f"{MEASURED} is covered to {percent(files):.1f} %, the scan and the session completely.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

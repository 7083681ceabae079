"""Writes docs/commands.md from the firmware's own table of commands. `--check` only compares, for the tests."""

import sys
from pathlib import Path

from pen_sim.machine import Machine

TARGET = Path(__file__).resolve().parents[1] / "docs" / "commands.md"
EQUIPPED = "pen_solenoid"  # the board that has all the commands there are

HEAD = """# Commands of the pen

Made from the table in the firmware by `scripts/make_commands.py`; a test fails when it is out of date. Capitals are the short
form, any case is accepted, several commands go on a line with `;` between them. `!` stops at any time.

`LOG?` has a line `ms,event,detail` for each event. The last BOOT is the present start; lines before it are of earlier ones
([safety.md](safety.md), "Kept without power").

| command | arguments | what it does |
|---|---|---|
"""


def page() -> str:
    """The whole page."""
    rows: list[str] = []
    everywhere, found = {row.header for row in Machine().app.engine.commands}, Machine(EQUIPPED).app.engine.commands
    for row in sorted(found, key=lambda row: row.header.lstrip("*")):
        usage = row.usage().replace("|", "\\|")
        where = "" if row.header in everywhere else f" `{EQUIPPED}` alone."
        rows.append(f"| `{row.header}` | `{usage}` | {row.help}{where} |\n")
    return HEAD + "".join(rows)


def main() -> int:
    """0 if the page is up to date or was written, 1 if `--check` found it out of date."""
    if "--check" in sys.argv:
        return 0 if TARGET.read_text(encoding="utf-8") == page() else 1
    TARGET.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

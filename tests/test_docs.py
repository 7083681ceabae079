"""What the documents say is what the firmware says."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UNPROVEN: set[str] = set()


def test_the_page_of_commands_is_up_to_date() -> None:
    script = [sys.executable, str(ROOT / "scripts" / "make_commands.py"), "--check"]
    done = subprocess.run(script, env={"PYTHONPATH": str(ROOT / "sim")}, check=False)
    assert done.returncode == 0, "run scripts/make_commands.py"


def test_the_page_of_the_indicator_is_up_to_date() -> None:
    script = [sys.executable, str(ROOT / "scripts" / "make_indicator.py"), "--check"]
    done = subprocess.run(script, env={"PYTHONPATH": str(ROOT / "sim")}, check=False)
    assert done.returncode == 0, "run scripts/make_indicator.py"


def test_every_requirement_that_is_kept_has_a_test() -> None:
    """docs/safety.md says which are kept; a row that begins with "not yet", or has nothing else, is not."""
    rows = re.findall(r"^\| (SR-\d\d) \|.*\| (.+) \|$", (ROOT / "docs" / "safety.md").read_text(), re.MULTILINE)
    assert len(rows) == 26
    kept = {name for name, by in rows if by.replace("*not yet*", "").strip(" .;:") and not by.startswith("*not yet*")}
    tests = [path.read_text() for folder in ("tests", "hil_tests") for path in (ROOT / folder).rglob("test_*.py")]
    proven = {name for text in tests for name in re.findall(r'requirement\("(SR-\d\d)"\)', text)}
    assert kept - proven == UNPROVEN

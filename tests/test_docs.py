"""What the documents say is what the firmware says."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_the_page_of_commands_is_up_to_date() -> None:
    script = [sys.executable, str(ROOT / "scripts" / "make_commands.py"), "--check"]
    done = subprocess.run(script, env={"PYTHONPATH": str(ROOT / "sim")}, check=False)
    assert done.returncode == 0, "run scripts/make_commands.py"


def test_the_page_of_the_indicator_is_up_to_date() -> None:
    script = [sys.executable, str(ROOT / "scripts" / "make_indicator.py"), "--check"]
    done = subprocess.run(script, env={"PYTHONPATH": str(ROOT / "sim")}, check=False)
    assert done.returncode == 0, "run scripts/make_indicator.py"

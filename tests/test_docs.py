"""What the documents say is what the firmware says."""

import subprocess
import sys
from pathlib import Path

import pytest

from pen_sim.loader import board_names, load_board

ROOT = Path(__file__).resolve().parents[1]


def test_the_page_of_commands_is_up_to_date() -> None:
    script = [sys.executable, str(ROOT / "scripts" / "make_commands.py"), "--check"]
    done = subprocess.run(script, env={"PYTHONPATH": str(ROOT / "sim")}, check=False)
    assert done.returncode == 0, "run scripts/make_commands.py"


def test_the_page_of_the_indicator_is_up_to_date() -> None:
    script = [sys.executable, str(ROOT / "scripts" / "make_indicator.py"), "--check"]
    done = subprocess.run(script, env={"PYTHONPATH": str(ROOT / "sim")}, check=False)
    assert done.returncode == 0, "run scripts/make_indicator.py"


@pytest.mark.parametrize("name", board_names())
def test_a_boards_page_has_every_pin(name: str) -> None:
    board = load_board(name)
    page = (ROOT / "boards" / f"{name}.md").read_text(encoding="utf-8")
    rows = {
        tuple(cell.strip() for cell in line.split("|")[1:-1])
        for line in page.splitlines()
        if line[:4] == "| GP" and line[4].isdigit()
    }
    told = {row[-2]: row[0] for row in rows}  # GPIO first, then on a Pico its pin; net and part last
    pins = {field[4:]: getattr(board, field) for field in dir(board) if field.startswith("PIN_")}
    pins |= {field: 26 + getattr(board, field) for field in dir(board) if field.startswith("ADC_")}
    assert told == {net: f"GP{gpio}" for net, gpio in pins.items() if gpio < 30}  # the chip's thermometer has no pin

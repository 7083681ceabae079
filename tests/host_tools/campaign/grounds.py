"""Firmware with something taken out of it, and the ground to run it on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pen_sim.paths import FIRMWARE
from pen_tools.campaign import ground
from pen_tools.campaign.draw import Scenario
from pen_tools.campaign.ground import Ground

BOARD = "bench_stepper"


def take_out(monkeypatch: pytest.MonkeyPatch, folder: Path, file: str, line: str, instead: str) -> None:
    """From here on simulated pens run a copy of the firmware in which this line, which must be there once, is another."""
    copy = folder / "firmware"
    shutil.copytree(FIRMWARE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    text = (copy / "pen" / file).read_text(encoding="utf-8")
    assert text.count(line) == 1
    (copy / "pen" / file).write_text(text.replace(line, instead), encoding="utf-8")
    monkeypatch.setattr("pen_sim.loader.FIRMWARE", copy)
    monkeypatch.setattr("pen_tools.campaign.ground.FIRMWARE", copy)
    ground.firmware_checksum.cache_clear()


def numbers(field: Ground, fault: str, count: int, **more: object) -> list[Scenario]:
    """The first scenarios of campaign 1 with this fault, and whatever else is asked for."""
    assert fault in (*ground.fault_names(field.target, field.board.DRIVE), "none")
    found: list[Scenario] = []
    number = 0
    while len(found) < count:
        scenario = field.draw(1, number)
        number += 1
        if scenario.fault == fault and all(getattr(scenario, name) == value for name, value in more.items()):
            found.append(scenario)
    return found

"""A cause that is gone before anybody repairs it, as on the chip, is not one that a pen could find again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from pen_sim.insides import CHIP
from pen_sim.sim_insides import SimInsides
from pen_tools.campaign import ground
from pen_tools.campaign.ground import Ground
from pen_tools.campaign.outcomes import Outcome
from tests.host_tools.campaign.grounds import BOARD, numbers

LONG_US, USUAL_US = 90, 27


@pytest.fixture
def field() -> Iterator[Ground]:
    """Simulated pens that are taken for chips."""
    ground.firmware_checksum.cache_clear()
    yield replace(ground.simulated(BOARD), target=CHIP)
    ground.firmware_checksum.cache_clear()


def outcomes(field: Ground, fault: str, **more: object) -> set[Outcome]:
    return {field.judge(field.run(scenario)).outcome for scenario in numbers(field, fault, 3, **more)}


@pytest.mark.parametrize("phase", ["ready", "stroke"])
def test_a_restart_cures_an_exception_in_the_scan(monkeypatch: pytest.MonkeyPatch, field: Ground, phase: str) -> None:
    """What was overwritten is written anew; that the watchdog has bitten must be said all the same."""
    monkeypatch.setattr(SimInsides, "raise_in_scan", lambda self: self.reset("WATCHDOG"))
    assert outcomes(field, "scan_raises", phase=phase) == {Outcome.NAMED}
    monkeypatch.setattr(SimInsides, "raise_in_scan", lambda self: self.reset("POWER_ON"))
    assert outcomes(field, "scan_raises", phase=phase) == {Outcome.UNNOTICED}


def test_a_scan_that_was_long_for_a_moment_is_over(monkeypatch: pytest.MonkeyPatch, field: Ground) -> None:
    def lengthen(self: SimInsides, on: bool) -> None:
        machine = self._machine
        machine.hal.scan_cost_us = LONG_US if on else USUAL_US
        machine.at(machine.now_ns + 1_000_000, lambda: setattr(machine.hal, "scan_cost_us", USUAL_US))

    monkeypatch.setattr(SimInsides, "target", CHIP)
    monkeypatch.setattr(SimInsides, "lengthen_scans", lengthen)
    assert outcomes(field, "scan_long", phase="stroke") == {Outcome.NAMED}

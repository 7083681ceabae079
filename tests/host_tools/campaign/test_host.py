"""The campaign's host and a pen that has restarted: it has the time to test itself, and no more than that."""

from __future__ import annotations

from pathlib import Path

import pytest

from pen_sim.machine import Machine
from pen_sim.rig import SimRig
from pen_tools.campaign.evidence import Evidence
from pen_tools.campaign.host import Ended, Host
from pen_tools.client import PenClient
from pen_tools.links import SimLink
from tests.host_tools.campaign.grounds import BOARD, take_out

CHIPS_US = 820_000  # half of the self test on the chip, which takes 1.64 s
FOR_EVER_US = 4_000_000


def host_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, half_us: int) -> Host:
    """At an idle pen whose self test at start takes twice as long as that; nobody has restarted it yet."""
    take_out(monkeypatch, tmp_path, "selftest.py", "_SCANS_US = const(20_000)", f"_SCANS_US = const({half_us})")
    rig = SimRig(Machine(BOARD, 1))
    pen = PenClient(SimLink(rig.machine))
    pen.open()
    pen.wait_for("IDLE")
    return Host(rig, pen, Evidence(), period_s=0.1, homing_s=0.1)


def test_a_pen_that_has_restarted_gets_no_orders_before_it_has_tested_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    host = host_of(monkeypatch, tmp_path, CHIPS_US)
    host.rig.inject("reset_power_on")
    host.begin_anew()
    host.pen.command("ZONE CHEEK")
    host.order("ARM")
    assert not host.evidence.refused


def test_a_fault_hides_the_self_test_until_it_is_cleared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    host = host_of(monkeypatch, tmp_path, CHIPS_US)
    host.pen.command("ZONE CHEEK")
    host.arm()
    host.rig.inject("reset_watchdog")
    host.begin_anew()
    assert host.state().name == "FAULT"
    assert host.clear() == "cleared"
    host.pen.command("ZONE CHEEK")
    host.order("ARM")
    assert not host.evidence.refused


def test_a_self_test_that_does_not_end_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The pen refuses, and the evidence has why."""
    host = host_of(monkeypatch, tmp_path, FOR_EVER_US)
    host.rig.inject("reset_power_on")
    began_s = host.now_s()
    host.begin_anew()
    assert 3.0 < host.now_s() - began_s < 4.0
    with pytest.raises(Ended):
        host.order("ARM")
    assert "SELFTEST" in host.evidence.refused

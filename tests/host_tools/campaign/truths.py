"""Made-up truths: what the evidence of a run looks like, written by hand, so that the judge can be shown anything."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pen_tools.campaign import facts
from pen_tools.campaign.draw import Scenario
from pen_tools.campaign.evidence import Evidence
from pen_tools.campaign.judge import Drive, Verdict, judge

ESTOP, STALL, HOME = 118, 103, 106
PERIOD_S, OUT_S = 0.1, 0.027  # 10 Hz, and the arithmetic of a stroke of 1.00 mm
ABLE, WEAK = Drive(OUT_S, lambda: False), Drive(OUT_S, lambda: True)
DEPTH_UM, CAP_UM = 1_000.0, 1_500.0
INJECTED_S = 0.515  # in a stroke


def scenario(**more: Any) -> Scenario:
    """A cheek at 1.00 mm and 10 Hz, somebody presses the emergency stop in a stroke."""
    usual = Scenario(
        seed=1, number=0, noise_seed=1, zone="CHEEK", cap_um=1_500, depth_um=1_000, rate_dhz=100, skin="typical",
        needles="sharp", supply_mv=12_000, fault="estop", phase="stroke", part=0.5, strokes=0.0, ending="STOP",
    )  # fmt: skip
    return replace(usual, **more)


def outs(start_s: float, count: int, um: float = DEPTH_UM) -> list[tuple[float, float, float]]:
    """So many healthy strokes from there."""
    return [(start_s + k * PERIOD_S, start_s + k * PERIOD_S + OUT_S, um) for k in range(count)]


def named(**more: Any) -> Evidence:
    """Cut in the fourth stroke 0.4 ms after the stop was pressed, named, not to be cleared before repair, and well again."""
    usual = Evidence(
        injected_s=INJECTED_S,
        repaired_s=1.0,
        again_s=1.2,
        end_s=2.0,
        max_tip_um=DEPTH_UM,
        tip_um=-500.0,
        gate=[(0.1, 1), (0.5154, 0), (1.21, 1), (1.7, 0)],
        outs=[*outs(0.205, 3), (0.505, 0.521, 800.0), *outs(1.305, 3)],
        orders=[
            (0.1, "ARM"),
            (0.2, "RUN 1.000"),
            (0.9, "FAUL:CLE"),
            (1.1, "FAUL:CLE"),
            (1.2, "ARM"),
            (1.3, "RUN 0.300"),
            (1.69, "DIS"),
        ],
        still_s=0.0,
        code=ESTOP,
        standing="the emergency stop is pressed",
        gone="cleared",
        ended="IDLE",
    )
    return replace(usual, **more)


def silent(**more: Any) -> Evidence:
    """Ten strokes and three, and not a word."""
    usual = Evidence(
        injected_s=INJECTED_S,
        repaired_s=1.5,
        again_s=1.7,
        end_s=2.5,
        max_tip_um=DEPTH_UM,
        tip_um=-500.0,
        gate=[(0.1, 1), (1.4, 0), (1.71, 1), (2.2, 0)],
        outs=[*outs(0.205, 10), *outs(1.805, 3)],
        orders=[(0.1, "ARM"), (0.2, "RUN 1.000"), (1.39, "DIS"), (1.7, "ARM"), (1.8, "RUN 0.300"), (2.19, "DIS")],
        still_s=0.0,
        ended="IDLE",
    )
    return replace(usual, **more)


def healthy(**more: Any) -> Evidence:
    """The same without a fault."""
    return silent(**{"injected_s": None, "repaired_s": None, **more})


def verdict(evidence: Evidence, drive: Drive = ABLE, **more: Any) -> Verdict:
    """What the judge says; `more` changes the scenario."""
    asked = scenario(**more)
    return judge(asked, evidence, facts.of(asked.fault), drive)

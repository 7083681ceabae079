"""The operator's code on the chip: the real hash, the real flash, and the drive behind it."""

from __future__ import annotations

import pytest

from tests.chip.conftest import MakePen

DEPTH_UM, DEPTH_TOLERANCE_UM, BEYOND_UM = 2_000, 30, 20  # [design] section 6
TWO_SCANS_US = 2_000  # slow ones: none was left out
PROTECTED = '-203,"Command protected;'


@pytest.mark.requirement("SR-24")
def test_expert_depths_are_behind_the_code_through_a_reset(make_pen: MakePen) -> None:
    pen = make_pen().start()
    pen.say("ZONE CHEEK;:RATE 5")
    pen.say("OPER:CODE 1234", 0.5)
    pen.chip.reset("POWER_ON")
    pen.scans_begin().wait("IDLE")
    assert pen.say("OPER?;:OPER:CODE?", 0.2) == "LOCKED;1"
    since_s = pen.now_s
    pen.say("OPER:UNL 4321", 0.5)
    assert pen.say("SYST:ERR?", 0.1) == PROTECTED + 'wrong code: try again in 1 s"'
    pen.run_for(0.9)
    pen.say("OPER:UNL 1234", 0.5)
    assert pen.say("OPER?;:SYST:ERR?", 0.1) == 'UNLOCKED;0,"No error"'
    assert max(pen.gaps_us(since_s)) < TWO_SCANS_US
    pen.say("ZONE CHEEK;:RATE 5;:DEPT 2.0")
    pen.say("ARM", 0.3)
    pen.wait("READY")
    pen.say("RUN 1", 1.3)
    peaks = [stroke.peak_um for stroke in pen.plant.truth]
    assert len(peaks) >= 4
    assert max(abs(peak - DEPTH_UM) for peak in peaks) <= DEPTH_TOLERANCE_UM
    assert pen.plant.max_tip_um <= DEPTH_UM + BEYOND_UM
    pen.chip.reset("RUN")
    pen.scans_begin().wait("IDLE")
    pen.say("ZONE CHEEK;:RATE 5;:DEPT 2.0")
    assert pen.say("OPER?;:SYST:ERR?", 0.1).startswith("LOCKED;-222")

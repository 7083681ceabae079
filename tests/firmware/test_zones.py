"""The zone table: its numbers are the safety file's, written out here."""

import pytest

from pen_sim.loader import pure

zones = pure("pen.zones")

# docs/safety.md, Zones: default mm, cap mm, default Hz, greatest Hz, expert cap mm.
SAFETY_FILE = """
    EYELID      0     0     0    0  0
    PERIORBITAL 0.50  0.50  60   90  0.75
    NOSE        0.50  1.00  60   90  1.00
    FOREHEAD    0.50  1.00  80   117  1.50
    GLABELLA    0.50  1.00  80   117  1.50
    TEMPLE      0.50  1.00  80   117  1.50
    MALAR       0.75  1.00  80   117  1.50
    UPPER_LIP   0.50  1.00  60   90  1.00
    CHEEK       1.00  1.50  100  150  2.00
    CHIN        1.00  1.50  100  150  2.00
    JAWLINE     0.75  1.00  80   117  1.50
    NECK        0.50  1.00  80   117  1.00
    BODY        1.50  2.00  100  150  3.00
"""
ROWS = [line.split() for line in SAFETY_FILE.split("\n") if line.strip()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
@pytest.mark.requirement("SR-01")
@pytest.mark.requirement("SR-24")
def test_a_zone(row: list[str]) -> None:
    name, depth_mm, cap_mm, rate_hz, most_hz, expert_mm = row
    depth_um, cap_um, expert_um = (round(float(mm) * 1_000) for mm in (depth_mm, cap_mm, expert_mm))
    assert zones.TABLE[name] == (depth_um, cap_um, int(rate_hz) * 10, int(most_hz) * 10, expert_um)


def test_there_are_no_others_and_people_see_them_in_order() -> None:
    assert list(zones.NAMES) == [row[0] for row in ROWS]
    assert set(zones.TABLE) == set(zones.NAMES)


def test_defaults_are_allowed() -> None:
    for depth_um, cap_um, rate_dhz, most_dhz, expert_um in zones.TABLE.values():
        assert depth_um <= cap_um <= expert_um
        assert depth_um % 10 == 0
        assert rate_dhz <= most_dhz

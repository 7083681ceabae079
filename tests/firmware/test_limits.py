"""The limits that the scan compares with, from the board."""

from fractions import Fraction

import pytest

from pen_sim.loader import pure
from tests.firmware.support import BOARD, NAMES, board_like, image_names

limits = pure("pen.limits")
Drive = pure("pen.stepper").Drive


def filled(**fields: int) -> "dict[str, int]":
    image = NAMES.create()
    board = board_like(**fields)
    limits.fill(image, board, Drive(board))
    return {name: image[at] for name, at in image_names("LI_").items()}


# docs/safety.md SR-03, SR-04, SR-14; docs/design.md 1 and 6; the board's own numbers.
EXPECTED = {
    "LI_PERIOD_US": 1_000, "LI_LATE_US": 50, "LI_LONG_US": 80, "LI_HEARTBEAT_US": 50_000, "LI_CAP_UM": 0,
    "LI_OVER_UM": 8, "LI_DEEPER_UM": 20, "LI_MISMATCH_UM": 40, "LI_REST_MISMATCH_UM": 20,
    "LI_TIP_OFFSET_UM": -1_050, "LI_TIP_MIN_RAW": 744, "LI_TIP_MAX_RAW": 15_387, "LI_CURRENT_MAX_RAW": 11_912,
    "LI_SUPPLY_MIN_RAW": 8_686, "LI_SUPPLY_MAX_RAW": 11_168, "LI_TEMPERATURE_MIN_RAW": 3_137, "LI_STEP_UM": 10,
    "LI_CLEARANCE_UM": 300, "LI_TRACE_EVERY": 1, "LI_TRACE_ROWS": 472, "LI_TRACE_AFTER": 128,
    "LI_LEAD_US": 707, "LI_LEAD_REST_US": 1_107, "LI_FOLLOW_US": 0, "LI_HOME_AT_REST": 1,
}  # fmt: skip


def test_every_limit_has_a_value() -> None:
    found = filled()
    gain = found.pop("LI_TIP_GAIN")
    assert gain == int(Fraction(1_500 * 33, 10 * 16_380) * 65_536), "um for a count, in 65536ths, rounded down"
    assert found == EXPECTED


@pytest.mark.requirement("SR-03")
def test_the_tip_is_cut_for_before_it_is_20_um_beyond() -> None:
    assert filled(OVER_DEPTH_UM=20)["LI_OVER_UM"] == 20
    assert pure("pen.board").FIELDS["OVER_DEPTH_UM"][1] == 20
    assert BOARD.OVER_DEPTH_UM < 20


@pytest.mark.parametrize(("period_us", "every"), [(100, 4), (1_000, 1)])
def test_the_period_and_the_rows(period_us: int, every: int) -> None:
    """Rows are 400 us or 1 ms apart; the next scan's period is not compared with the old one."""
    image = NAMES.create()
    image[NAMES.ST_PRIMED] = 1
    limits.set_period(image, period_us)
    assert (image[NAMES.LI_PERIOD_US], image[NAMES.LI_TRACE_EVERY], image[NAMES.ST_PRIMED]) == (period_us, every, 0)

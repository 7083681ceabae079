"""Pacing: how far a served pen's virtual time may go, so that it follows the wall and is never ahead of it."""

from __future__ import annotations

import time
from collections.abc import Callable

_STEP_NS = 20_000_000  # the wall's time that one step covers at most: clients are looked at between steps
_CATCH_UP = 2  # how many times faster than it should a late pen runs; more would look like a jump
_MOST_LATE_NS = 2_000_000_000  # of what is later than this nothing is caught up: the computer slept


class Pacer:
    """Virtual time at `speed` times the wall's. A pen that is late catches up at twice its speed."""

    def __init__(self, speed: float = 1.0, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._speed = speed
        self._clock = clock
        self._last_ns = clock()
        self._late_ns = 0

    def step_ns(self) -> int:
        """How far virtual time goes now. The caller lets it go exactly so far."""
        now_ns = self._clock()
        gone_ns = now_ns - self._last_ns
        self._last_ns = now_ns
        owed_ns = min(self._late_ns + gone_ns, _MOST_LATE_NS)
        step_ns = min(owed_ns, _CATCH_UP * min(gone_ns, _STEP_NS))
        self._late_ns = owed_ns - step_ns
        return round(step_ns * self._speed)

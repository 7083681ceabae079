"""The microsecond clock against a second one, the host's milliseconds. [safety] SR-22"""

from micropython import const

from pen.ticks import age

_WINDOW_MS = const(1_000)
_PERMILLE = const(10)  # the crystal has 0.03, the host 0.5 [USB 2.0, 7.1.11]; a millisecond's grain at either end is 2
_AWAY_US = const(
    200_000
)  # a foreground that looked away for longer cannot tell how often the host's number has wrapped
_ASLEEP_US = const(5_000)  # a host that has not counted for longer sleeps, and says nothing about the clock


class Clock:
    """Compares over windows of a second."""

    def __init__(self):
        self._frame = -1
        self._last_us = self._since_us = self._host_ms = 0

    def poll(self, now_us, frame):
        """True if the last window disagrees. `frame`: the host's milliseconds modulo 2048, -1 without a host."""
        passed = (frame - self._frame) & 0x7FF
        since_us = age(now_us, self._last_us)
        jumped = passed * 500 > since_us + _ASLEEP_US  # another host, which counts from elsewhere
        if frame < 0 or self._frame < 0 or jumped or since_us > (_AWAY_US if passed else _ASLEEP_US):
            self._begin(now_us, frame)
            return False
        if passed:
            self._frame = frame
            self._last_us = now_us
            self._host_ms += passed
        if self._host_ms < _WINDOW_MS:
            return False
        ours_us = age(now_us, self._since_us)
        apart_us = abs(ours_us - self._host_ms * 1_000)
        wrong = apart_us > self._host_ms * _PERMILLE
        self._begin(now_us, frame)
        return wrong

    def forget(self):
        """The window under way is of a clock that was wrong."""
        self._frame = -1

    def _begin(self, now_us, frame):
        self._frame = frame
        self._since_us = self._last_us = now_us
        self._host_ms = 0

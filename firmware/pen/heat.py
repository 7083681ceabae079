"""I^2 t: how warm the windings are by the current they have had, where no thermometer is. [safety] SR-17"""

from micropython import const

from pen.units import raw_from_mv

FULL = const(65_536)  # what the continuous current leads to in the end: the windings' limit
_AGAIN = const(52_429)  # four fifths: cool enough to begin again
_EVERY_MS = const(100)  # of a thermal time constant of seconds
_ONE = const(1_024)  # the continuous current, and its square


class Heat:
    """A body that the square of the current warms, and that cools with the time constant HEAT_TAU_MS."""

    def __init__(self, board):
        self._continuous_raw = raw_from_mv(board.CURRENT_CONTINUOUS_MA * 1_000 // board.CURRENT_MA_PER_V)
        self._tau_ms = board.HEAT_TAU_MS
        self.level = 0  # of FULL
        self._squares = self._readings = self._ms = 0

    def add(self, raw, ms):
        """A reading of the current, and the time since the one before."""
        ratio = raw * _ONE // self._continuous_raw
        self._squares += ratio * ratio // _ONE
        self._readings += 1
        self._ms += ms
        if self._ms >= _EVERY_MS:
            rest = self._squares // self._readings * (FULL // _ONE)
            self.level += (rest - self.level) * min(self._ms, self._tau_ms) // self._tau_ms
            self._squares = self._readings = self._ms = 0

    def hot(self):
        """At the limit."""
        return self.level >= FULL

    def warm(self):
        """Not cool enough to begin again after it was hot."""
        return self.level >= _AGAIN

    def percent(self):
        """Of the limit."""
        return self.level * 100 // FULL

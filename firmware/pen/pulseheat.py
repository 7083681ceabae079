"""I^2 t of pulses, and their charge: out of the trace, because a reading now and then would keep step with the strokes."""

from array import array

from micropython import const

from pen.heat import FULL, Heat
from pen.image import ST_TRACE_AT
from pen.tracesums import gather
from pen.units import ADC_FULL, ADC_MV

_ROW_BYTES = const(24)
_GRAIN = const(32)  # of the current's reading, and
_DT_US = const(100)  # of the time [pen.tracesums]
_EVERY_MS = const(100)


class PulseHeat(Heat):
    """As Heat; `charge` adds up the coil's current times time, in grains of the reading times 0.1 ms."""

    def __init__(self, board, image, trace):
        super().__init__(board)
        self.charge = 0
        self._board = board
        self._image = image
        self._trace = trace
        self._rest = (self._continuous_raw // _GRAIN) ** 2
        self._rows = len(trace) // _ROW_BYTES
        self._at = 0
        self._sums = array("i", [0, 0, 0])
        self._square = self._time = self._turn_ms = 0

    def charge_ma_us(self):
        """`charge` in mA times us."""
        return self.charge * _GRAIN * _DT_US * self._board.CURRENT_MA_PER_V * ADC_MV // (1_000 * ADC_FULL)

    def add(self, raw, ms):
        """The current since the call before; `raw`, a single reading of it, where the trace is frozen."""
        sums = self._sums
        sums[0] = sums[1] = sums[2] = 0
        to = self._image[ST_TRACE_AT]
        if 0 <= to < self._rows:  # whatever has become of that word, nothing is read beside the ring
            gather(self._trace, self._at, to, self._rows, sums)
            self._at = to
        if not sums[2]:
            sums[1], sums[2] = (raw // _GRAIN) ** 2, 1
        self.charge += sums[0]
        self._square += sums[1]
        self._time += sums[2]
        self._turn_ms += ms
        if self._turn_ms >= _EVERY_MS:
            rest = self._square * FULL // (self._time * self._rest)
            self.level += (rest - self.level) * min(self._turn_ms, self._tau_ms) // self._tau_ms
            self._square = self._time = self._turn_ms = 0

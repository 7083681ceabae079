"""What the pen measured of its own run: peaks, rate and current, gathered in the foreground from the scan's words."""

from pen import units
from pen.image import (
    IN_CURRENT_RAW,
    IN_SUPPLY_RAW,
    IN_TEMPERATURE_RAW,
    PHASE_STROKING,
    ST_CURRENT_PEAK_RAW,
    ST_FIRST_US,
    ST_LAST_PEAK_UM,
    ST_PHASE,
    ST_START_US,
    ST_STARTED,
    ST_STROKES,
)
from pen.ticks import TICKS_MASK, age


class Extremes:
    """Count, least, sum and greatest of a series of integers; 0 throughout while empty."""

    def __init__(self):
        self.clear()

    def clear(self):
        """Forgets the series."""
        self.count = self.least = self.greatest = self.total = 0

    def add(self, value, times=1):
        """Takes `value` in, `times` times."""
        if not self.count or value < self.least:
            self.least = value
        if not self.count or value > self.greatest:
            self.greatest = value
        self.count += times
        self.total += value * times

    def mean(self):
        """The mean, rounded down."""
        return self.total // self.count if self.count else 0


class Measure:
    """Of the present or last run; a run begins with its first stroke."""

    def __init__(self, image, board, dose):
        self.image = image
        self.board = board
        self.dose = dose
        self.depth_um = Extremes()
        self.current_ma = Extremes()
        self._started = 0
        self._first_us = 0
        self._strokes = 0
        self._start_us = 0
        self._interval_us = 0
        self._intervals = 0

    def poll(self, zone):
        """One turn of the foreground; strokes finished since the last one are put down to `zone`."""
        image = self.image
        started = image[ST_STARTED]
        if started != self._started or image[ST_FIRST_US] != self._first_us:
            self._count_starts(started)
        strokes = image[ST_STROKES]  # once: a scan may count another behind it
        finished = (strokes - self._strokes) & TICKS_MASK
        if finished:
            self._strokes = strokes
            self.depth_um.add(image[ST_LAST_PEAK_UM], finished)
            self.dose.add(zone, finished, image[ST_LAST_PEAK_UM])
        if image[ST_PHASE] >= PHASE_STROKING:
            self.current_ma.add(self.ma(image[IN_CURRENT_RAW]))

    def _count_starts(self, started):
        """A run is told from the one before by the time of its first stroke: it may have as many starts as that one had."""
        now_us = self.image[ST_START_US]
        first_us = self.image[ST_FIRST_US]
        if started < self._started or not self._started or first_us != self._first_us:
            self.depth_um.clear()
            self.current_ma.clear()
            self.image[ST_CURRENT_PEAK_RAW] = 0
            self._interval_us = self._intervals = 0
        else:
            self._interval_us += age(now_us, self._start_us)
            self._intervals += started - self._started
        self._started = started
        self._first_us = first_us
        self._start_us = now_us

    def last_peak_um(self):
        """The deepest measured point of the last finished stroke of this run, 0 before the first."""
        return self.image[ST_LAST_PEAK_UM] if self.depth_um.count else 0

    def strokes(self):
        """Strokes finished in this run."""
        return self.depth_um.count

    def rate_text(self):
        """Strokes a second from first to last start, three decimals; 0.000 before the second stroke."""
        if not self._interval_us:
            return "0.000"
        return units.decimal((self._intervals * 1_000_000_000 + self._interval_us // 2) // self._interval_us, 3)

    def ma(self, raw):
        """Milliamperes of a current reading."""
        return units.mv_from_raw(raw) * self.board.CURRENT_MA_PER_V // 1_000

    def current_max_ma(self):
        """The greatest current any scan of this run saw."""
        return self.ma(self.image[ST_CURRENT_PEAK_RAW])

    def current_now_ma(self):
        """The present current."""
        return self.ma(self.image[IN_CURRENT_RAW])

    def supply_mv(self):
        """The present supply voltage."""
        return units.mv_from_raw(self.image[IN_SUPPLY_RAW]) * self.board.SUPPLY_MV_PER_V // 1_000

    def temperature_dc(self):
        """The present temperature."""
        return units.temperature_dc(self.image[IN_TEMPERATURE_RAW], self.board)

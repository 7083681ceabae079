"""The self test: at start with the program's checksum, at arming and for *TST? without. [safety] SR-22"""

from micropython import const

from pen import checks
from pen.image import IN_NOW_US
from pen.ticks import age

_SCANS_US = const(20_000)  # over which the scan's rate is counted at start
_TRIES = const(3)  # whatever was before the first count, the next one is of now
_SCANS_LEAST = const(10)
_SLOW_US = const(1_000)  # its period then [pen.limits]
_FAST_US = const(100)


class SelfTest:
    """`result`: None until it has run, then the sum of what fails, see checks."""

    def __init__(self, image, hal, board):
        self.image = image
        self.hal = hal
        self.board = board
        self.result = None
        self._program = -1
        self._rate_right = False
        self._began_us = None
        self._since_us = 0
        self._scans = 0
        self._tries = 0

    def poll(self, now_us):
        """One turn at start, until there is a result."""
        if self._began_us is None:
            self._began_us = now_us
        waited_us = age(now_us, self._began_us)
        if not self._scans and waited_us < _SCANS_US:
            self.count()  # from the first scan on
        elif self._program < 0:
            self._program = self.hal.checksum()
        elif waited_us >= 2 * _SCANS_US:
            self._rate_right = self.rate_right(_SLOW_US)
            self._tries += 1
            if self._rate_right or self._tries >= _TRIES:
                self.now()
            else:
                self._began_us = now_us
                self.count()

    def now(self):
        """All but the checksum, which stays as it was found at start. Drive off."""
        tested = checks.self_test(self.image, self.board, self.hal.runtime(), self._rate_right)
        self.result = tested | self._program | self.hal.examine()

    def recount(self):
        """Every turn: a scan that was not there at start, and is now, has its rate counted again."""
        if self.result is None or self._rate_right:
            return
        if age(self.image[IN_NOW_US], self._since_us) >= _SCANS_US:
            self._rate_right = self.rate_right(_SLOW_US)
            if self._rate_right:
                self.result &= ~checks.SCAN
            self.count()

    def count(self):
        """Begins to count scans, by the time that they were made at."""
        self._since_us = self.image[IN_NOW_US]
        self._scans = self.hal.scans()

    def rate_right(self, period_us=_FAST_US):
        """Whether as many scans came since as there are periods, within 2 % and two; and enough to tell."""
        wanted = age(self.image[IN_NOW_US], self._since_us) // period_us
        return wanted >= _SCANS_LEAST and abs(self.hal.scans() - self._scans - wanted) <= 2 + wanted // 50

    def failed(self):
        """What failed, for people; "" if nothing did that forbids to use the pen."""
        return checks.names((self.result or 0) & ~checks.PASSING)

"""The fault that is latched, kept without power: whoever switches the pen off and on has not cleared it."""

from pen import faults
from pen.units import decimal


class FaultRecord:
    """`code`: of the fault that is latched and would be after a restart; `before`: it was latched before the last one."""

    NAME = "fault"

    def __init__(self):
        self.code = 0
        self.before = False
        self.dirty = False
        self._ms = 0

    def take(self, data):
        """Two bytes of code and four of milliseconds, low first. Raises ValueError."""
        self.code = int.from_bytes(data[:2], "little")
        self._ms = int.from_bytes(data[2:], "little")
        self.before = self.code != 0
        if data and (len(data) != 6 or (self.code and self.code not in faults.TABLE)):
            raise ValueError(self.code)

    def data(self):
        """As `take` gets it."""
        return self.code.to_bytes(2, "little") + (self._ms & 0xFFFFFFFF).to_bytes(4, "little")

    def lost(self):
        """Nobody knows; STORAGE, which is latched then, stands for it."""
        self.code = self._ms = 0
        self.before = False

    def note(self, code, ms):
        """A fault is latched, 0 for one cleared, `ms` after the start."""
        if not _survives(code):
            code = 0
        if code != self.code:
            self.code = code
            self._ms = ms if code else 0
            self.before = False
            self.dirty = True

    def when(self):
        """What to say before the meaning of a fault."""
        return "before the restart, at {} s: ".format(decimal(self._ms, 3)) if self.before else ""


def _survives(code):
    """Not what the pen finds again by itself at the start or at arming, having refused to move [docs/safety.md]."""
    return code == faults.WATCHDOG_RESET or (code and faults.TABLE[code][1] != faults.REFUSE)

"""What the pen keeps without power: read at the start, written when the drive is off, and never lost without a word."""

from micropython import const

from pen import faults
from pen.seldom import forget

_WELL = const(0)
_FOUND = const(1)
_LATCHED = const(2)


class Keeping:
    """`things` are what is kept. Each has

    NAME    of its record
    dirty   whether it has changed since it was written
    take(data)   gets what was kept, b"" if there was never any; raises ValueError if it makes nothing of it
    data()  what to keep, bytes
    lost()  is told that what was kept is damaged

    What is damaged, or cannot be written, is fault 129; clearing that is to go on with what `lost` left, or to try again.
    """

    def __init__(self, hal, session, log, things):
        self._hal = hal
        self.session = session
        self.log = log
        self.things = things
        self._trouble = _WELL

    def load(self):
        """Reads everything, before the scan starts."""
        records = _records()
        for thing in self.things:
            self._note(records.load(self._hal, thing, self.log))

    def add(self, thing):
        """One more, which is read at once. Never while armed."""
        self.things.append(thing)
        self._note(_records().load(self._hal, thing, self.log))

    def drop(self, thing):
        """It is written down, and nobody needs it in memory."""
        self.things.remove(thing)

    def pending(self):
        """Whether something waits to be written, and not for a person."""
        if self._trouble and self.session.fault():
            return False
        for thing in self.things:
            if thing.dirty:
                return True
        return False

    def poll(self):
        """One turn of the foreground: at most one record, while the drive is off and the scan slow."""
        if self._trouble:
            if self.session.fault():
                return
            if self._trouble == _FOUND:
                self._trouble = _LATCHED
                self.session.latch(faults.STORAGE)
                return
            self._trouble = _WELL  # cleared
        for thing in self.things:
            if thing.dirty and self.session.quiet():
                self._note(_records().save(self._hal, thing, self.log))
                self.session.forgive_gap()
                return

    def _note(self, well):
        if not well:
            self._trouble = _FOUND


def _records():
    """The module, for this once."""
    from pen import records

    forget("pen.records")
    return records

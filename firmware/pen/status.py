"""The error queue and the status registers of IEEE 488.2."""

from micropython import const

from pen import errors

_DEPTH = const(16)

_OPERATION_COMPLETE = const(1)
_QUERY_ERROR = const(4)
_DEVICE_ERROR = const(8)
_EXECUTION_ERROR = const(16)
_COMMAND_ERROR = const(32)
_POWER_ON = const(128)

_STB_ERRORS = const(4)
_STB_FAULT = const(8)
_STB_MESSAGE = const(16)
_STB_EVENT = const(32)
_STB_MASTER = const(64)

_CLASSES = {1: _COMMAND_ERROR, 2: _EXECUTION_ERROR, 4: _QUERY_ERROR}


def _event(code):
    """The event bit for an error: by its hundreds for SCPI's own; the pen's are device errors."""
    return _CLASSES.get(-code // 100, _DEVICE_ERROR)


class Status:
    """Errors, oldest first, at most 16, and the registers. Adding an error allocates nothing.

    `ese` and `sre` are the enable masks (0 to 255); `message_available` is set while a message has answered something.
    """

    def __init__(self):
        self.ese = 0
        self.sre = 0
        self.message_available = False
        self.count = 0
        self._codes = [0] * _DEPTH
        self._details = [""] * _DEPTH
        self._events = _POWER_ON

    def add(self, code, detail=""):
        """Queues an error: SCPI's -499 to -100, or a positive fault code. A full queue ends in -350 instead."""
        self._events |= _event(code)
        if self.count == _DEPTH:
            self._events |= _DEVICE_ERROR
            code, detail = errors.QUEUE_OVERFLOW, ""
        else:
            self.count += 1
        self._codes[self.count - 1] = code
        self._details[self.count - 1] = detail

    def next(self):
        """Takes the oldest error: its text, `0,"No error"` if there is none."""
        if not self.count:
            return errors.text(0)
        oldest = errors.text(self._codes[0], self._details[0])
        self.count -= 1
        for at in range(self.count):
            self._codes[at] = self._codes[at + 1]
            self._details[at] = self._details[at + 1]
        return oldest

    def complete(self):
        """Sets the event bit that `*OPC` asked for."""
        self._events |= _OPERATION_COMPLETE

    def read_events(self):
        """The event register (0 to 255), which reading clears."""
        events, self._events = self._events, 0
        return events

    def byte(self, fault=False):
        """The status byte (0 to 255) as `*STB?` answers it: bit 3 is a latched fault, bit 6 the master summary."""
        value = _STB_ERRORS if self.count else 0
        if fault:
            value |= _STB_FAULT
        if self.message_available:
            value |= _STB_MESSAGE
        if self._events & self.ese:
            value |= _STB_EVENT
        return value | _STB_MASTER if value & self.sre else value

    def clear(self):
        """`*CLS`: forgets errors and events; the masks stay."""
        self.count = 0
        self._events = 0

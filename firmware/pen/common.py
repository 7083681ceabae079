"""The commands that every instrument has: IEEE 488.2 and SYSTem."""

from pen import errors
from pen.arguments import Boolean, Header, Number
from pen.command import Command
from pen.engine import HOLD
from pen.errors import Refused
from pen.gradual import Gradual

_VERSION = "1999.0"
_MASK = Number("", 0, 0, 255)
# The status byte's bit 6 is a summary and cannot enable itself.
_SUMMARY = 64
_ROWS_AT_ONCE = 8


class Common:
    """The handlers. `engine` is the interpreter they belong to; `pen` has identity() -> str, reset(), self_test() -> int
    (0 is passed) and fault_code() -> int (0 is none)."""

    def __init__(self, engine, pen):
        self.engine = engine
        self.status = engine.status
        self.pen = pen
        self._gradual = Gradual()

    def reset(self):
        """`*RST`: also takes a waiting `*OPC` back."""
        self.engine.await_completion(False)
        self.pen.reset()

    def clear(self):
        """`*CLS`."""
        self.engine.await_completion(False)
        self.status.clear()

    def completed(self):
        """`*OPC?`: 1, once nothing is busy."""
        return HOLD if self.engine.busy() else 1

    def complete(self):
        """`*OPC`."""
        self.engine.await_completion(True)

    def wait(self):
        """`*WAI`."""
        return HOLD if self.engine.busy() else None

    def event_mask(self):
        """`*ESE?`."""
        return self.status.ese

    def set_event_mask(self, mask):
        """`*ESE`."""
        self.status.ese = mask

    def request_mask(self):
        """`*SRE?`."""
        return self.status.sre

    def set_request_mask(self, mask):
        """`*SRE`."""
        self.status.sre = mask & ~_SUMMARY

    def status_byte(self):
        """`*STB?`."""
        return self.status.byte(self.pen.fault_code() != 0)

    def error_count(self):
        """SYSTem:ERRor:COUNt?"""
        return self.status.count

    def version(self):
        """SYSTem:VERSion?"""
        return _VERSION

    def echo(self):
        """SYSTem:ECHO?"""
        return self.engine.echo

    def set_echo(self, wanted):
        """SYSTem:ECHO."""
        self.engine.echo = wanted

    def headers(self):
        """SYSTem:HELP:HEADers?: a line for every header."""
        return self._gradual.answer("headers", self.engine.commands, _listing, _lines, _ROWS_AT_ONCE)

    def help(self, header):
        """HELP?: every short header, or one command's usage and help."""
        if header is None:
            return self._gradual.answer("help", self.engine.commands, _name, ",".join, _ROWS_AT_ONCE)
        row = self.engine.find(header.split(":"))
        if not row:
            raise Refused(errors.ILLEGAL_VALUE, header + ": see HELP?")
        return row.usage() + " - " + row.help


def _lines(made):
    return "".join(made).encode()


def _name(row):
    return row.short() + ("" if row.command else "?")


def _listing(row):
    """A header as SCPI lists it: ":SYSTem:VERSion?/qonly/", "*RST/nquery/", and no mark if it has both forms."""
    mark = "" if row.query and row.command else "?/qonly/" if row.query else "/nquery/"
    root = "" if row.header.startswith("*") else ":"
    return root + row.header + mark + "\n"


def rows(engine, pen):
    """The rows of these commands, for `engine.add`."""
    do = Common(engine, pen)
    return (
        Command("*IDN", "Maker, model, serial number, and the program: version, runtime, CRC.", query=pen.identity),
        Command("*RST", "Settings as at the start.", command=do.reset),
        Command("*CLS", "Forgets errors and events.", command=do.clear),
        Command("*TST", "Self test, 0 is passed.", query=pen.self_test),
        Command("*OPC", "Tells when nothing is busy any more.", query=do.completed, command=do.complete),
        Command("*WAI", "Waits until nothing is busy any more.", command=do.wait),
        Command("*ESE", "Events that the status byte sums up.", do.event_mask, do.set_event_mask, _MASK),
        Command("*ESR", "Events since the last reading.", query=do.status.read_events),
        Command("*SRE", "Bits of the status byte that its bit 6 sums up.", do.request_mask, do.set_request_mask, _MASK),
        Command("*STB", "Status byte.", query=do.status_byte),
        Command("SYSTem:ERRor[:NEXT]", "The oldest error, which it removes.", query=do.status.next),
        Command("SYSTem:ERRor:COUNt", "Errors in the queue.", query=do.error_count),
        Command("SYSTem:VERSion", "The SCPI version.", query=do.version),
        Command("SYSTem:ECHO", "Echo, prompt and plain answers for people.", do.echo, do.set_echo, Boolean()),
        Command("SYSTem:HELP:HEADers", "Every header.", query=do.headers),
        Command("HELP", "Every command, or how one is used.", query=do.help, query_argument=Header(optional=True)),
    )

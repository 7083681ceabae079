"""The command interpreter: the table of commands, and the execution of one message, unit by unit.

Once a unit fails, the rest of its message is not executed.
"""

from micropython import const

from pen import errors
from pen.errors import Refused
from pen.scpi import Block, matches, resolve, split_unit, units

# What a handler returns to be called again at the next step: the message waits there.
HOLD = object()

# What commands leave behind, measured on the chip: 600 to 1400 bytes each, and up to four times their answer.
_UNIT_LITTER = const(1_500)
_PIECE_LITTER = const(4)


def _values(argument, parameters):
    """What to call the handler with; raises Refused(-108, -109) and whatever the argument raises."""
    if len(parameters) > (1 if argument else 0):
        raise Refused(errors.PARAMETER_NOT_ALLOWED, parameters[-1])
    if not argument:
        return ()
    if parameters:
        return (argument.parse(parameters[0]),)
    if argument.optional:
        return (None,)
    raise Refused(errors.MISSING_PARAMETER, argument.describe())


def _text(value):
    if isinstance(value, str):
        return value
    # On the device a bool is no int.
    if isinstance(value, (int, bool)):
        return str(int(value))
    if isinstance(value, (tuple, list)):
        return ",".join([_text(item) for item in value])
    raise TypeError(f"no answer: {type(value).__name__}")


def _pieces(value):
    """The byte buffers of an answer."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        value = Block(value)
    return value.pieces() if isinstance(value, Block) else [_text(value).encode()]


class Engine:
    """Executes messages. `commands` are the rows, `busy() -> bool` tells whether an overlapped operation goes on.

    `active`: a message is not finished. `held`: its last step waited. `error_code`, `error_detail`: what ended the last
    message, 0 for nothing. `echo`: the console talks to a person (SYSTem:ECHO). `litter`: about how many bytes of memory
    were left behind since whoever collects them set it to 0.
    """

    def __init__(self, commands, status, busy):
        self.status = status
        self.busy = busy
        self.commands = []
        self.active = False
        self.held = False
        self.echo = False
        self.awaited = False
        self.error_code = 0
        self.error_detail = ""
        self.litter = 0
        self._index = {}
        self._units = []
        self._path = []
        self._held_call = None
        self._is_query = False
        self._arguments = ()
        self.add(commands)

    def add(self, commands):
        """Adds rows to the table."""
        for row in commands:
            self.commands.append(row)
            for short, long, optional in row.nodes:
                rows = self._index.setdefault(short, self._index.get(long, []))  # one list for both names
                rows.append(row)
                others = self._index.setdefault(long, rows)
                if others is not rows:
                    others.append(row)
                if not optional:
                    break

    def find(self, words):
        """The row for a header's words (upper case, from the root), or None."""
        for row in self._index.get(words[0], ()):
            if matches(row.nodes, words):
                return row
        return None

    def start(self, message):
        """Takes the next message (str, printable ASCII); step() executes it."""
        self._units = units(message)
        self._path = []
        self.active = bool(self._units)
        self.error_code = 0
        self.status.message_available = False

    def step(self):
        """Executes one unit, or tries the held one again. Returns its answer as a list of byte buffers, [] for none."""
        pieces = []
        self.held = False
        try:
            pieces = self._execute(self._held_call or self._prepare(self._units.pop(0)))
        except Refused as refused:
            self.fail(refused.code, refused.detail)
        except MemoryError:
            self.fail(errors.OUT_OF_MEMORY)
        except Exception as error:
            # A handler's bug must not stop the loop that feeds the pen's watchdogs.
            self.fail(errors.DEVICE_SPECIFIC, f"{type(error).__name__} {error}")
        self.active = self.held or bool(self._units)
        self.litter += _litter(pieces)
        return pieces

    def _prepare(self, unit):  # [SR-26]
        """What to call for a unit; its arguments are kept for as long as it is held."""
        header, parameters = split_unit(unit)
        self._is_query = header.endswith("?")
        words, self._path = resolve(header[:-1] if self._is_query else header, self._path)
        row = self.find(words)
        call = argument = None
        if row:
            call, argument = (row.query, row.query_argument) if self._is_query else (row.command, row.argument)
        if not call:
            raise Refused(errors.UNDEFINED_HEADER, header)
        self._arguments = _values(argument, parameters)
        return call

    def _execute(self, call):
        value = call(*self._arguments)
        self.held = value is HOLD
        self._held_call = call if self.held else None
        if self.held or not self._is_query:
            return []
        pieces = _pieces(value)
        self.status.message_available = True
        return pieces

    def fail(self, code, detail=""):
        """Queues an error and ends the message."""
        self.litter += _UNIT_LITTER
        self.status.add(code, detail)
        self.error_code = code
        self.error_detail = detail
        self.abandon()

    def abandon(self):
        """Forgets what is left of the message."""
        self._units.clear()
        self._held_call = None
        self.active = self.held = False

    def await_completion(self, wanted):
        """`*OPC`: sets its event bit as soon as nothing is busy; False takes the wish back."""
        self.awaited = wanted
        self.watch()

    def watch(self):
        """To be called now and then while `awaited`."""
        if self.awaited and not self.busy():
            self.awaited = False
            self.status.complete()


def _litter(pieces):
    """About how many bytes of memory one unit leaves behind; a block that is kept for the purpose is none."""
    left = _UNIT_LITTER
    for piece in pieces:
        if not isinstance(piece, memoryview):
            left += _PIECE_LITTER * len(piece)
    return left

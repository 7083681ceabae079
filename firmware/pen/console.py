"""The console's line: bytes in, answers out. It never blocks, and nothing stops it from seeing a `!`.

`!` or Ctrl-C stops at once, wherever it stands. Everything that came before it and is not yet executed is forgotten (a
held message, lines that wait, the line it stands in), so that nothing sent before a stop can move the pen after it; the
line it stands in ends at the next line end. An answer that is on its way is completed. A person is told at once.
"""

from micropython import const

from pen import errors
from pen.queues import CUT, Inbox, Outbox

# To a program that wants the raw REPL, as mpremote does, and would wait for a byte for ever.
_NO_REPL = b"This is no REPL. Ctrl-C leads there while the drive is off, and is a stop while it is on.\r\n"
_STOP = const(0x21)
_CTRL_A = const(0x01)
_CTRL_C = const(0x03)
_CR = const(13)
_LF = const(10)
_TAB = const(9)
_BACKSPACE = const(8)
_DELETE = const(127)

_CHUNK = const(64)
_LINE = const(256)
# What one poll may do. On the chip, under the scan's load, 64 bytes take 2 ms to read, a byte of a line 0.1 ms, a command
# 4 to 20 ms and a slice 0.5 ms: together less than half of what the heartbeat may be late.
_CHUNKS = const(2)
_BUDGET = const(32)
_BYTE_COST = const(1)
_STEP_COST = const(32)
_SLICES = const(16)


class Console:
    """Reads lines, has `engine` execute them, and hands over its answers. `working`: there is more to do at once.

    `hal`: console_read(bytearray) -> bytes put there, console_write(memoryview) -> bytes taken; both return at once.
    `stop()` is called once for every `!` and Ctrl-C, within the poll that reads it.
    Lines end with CR, LF or both and hold 256 bytes. Queued errors: -363 for longer lines and for bytes that came while
    512 waited already, -101 for lines with anything but printable ASCII and tabs; none of these is executed.
    """

    def __init__(self, hal, engine, stop):
        self._read = hal.console_read
        self._engine = engine
        self._stop = stop
        self._chunk = bytearray(_CHUNK)
        self._view = memoryview(self._chunk)
        self._in = Inbox()
        self._out = Outbox(hal.console_write)
        self._line = bytearray(_LINE)
        self._length = 0
        self._after_cr = False
        self._skipping = False
        self._fault = 0
        self._typed = bytearray(1)
        self._answering = False
        self._budget = 0
        self.working = False

    def poll(self):
        """To be called every millisecond or so. With nothing to do it reads once and returns, allocating nothing."""
        if not self._gather() and not self.working:
            return
        engine = self._engine
        if engine.awaited:
            engine.watch()
        self._budget = _BUDGET
        self._out.allowance = _SLICES
        while self._out.flush() and self._budget > 0 and self._work():
            pass
        self.working = self._out.pending() or self._in.count > 0 or engine.active or engine.awaited

    def forget(self):
        """The host has gone: neither its lines nor the answers to them are for the next one."""
        self._engine.abandon()
        self._out.clear()
        self._in.clear()
        self._length = self._fault = 0
        self._after_cr = self._skipping = self._answering = self.working = False

    def _gather(self):
        """Takes in what has come; whether anything has."""
        for chunk in range(_CHUNKS):
            count = self._read(self._chunk)
            if count:
                self._scan(count)
            if count < _CHUNK:
                return chunk > 0 or count > 0
        return True

    def _scan(self, count):
        # Without a stop in it a chunk is copied as a whole: byte by byte, 512 of them would take the chip ten milliseconds.
        # Old bytes behind `count` may look like a stop here; that costs only time.
        if not (b"!" in self._chunk or b"\x03" in self._chunk) and self._in.extend(self._view[:count]):
            return
        for at in range(count):
            byte = self._chunk[at]
            if byte in (_STOP, _CTRL_C):  # [SR-12]
                self._stop()
                self._abandon()
            else:
                self._in.put(byte)

    def _abandon(self):
        self._engine.abandon()
        if self._answering:
            self._close_answer()
        self._in.clear()
        self._length = 0
        self._fault = 0
        self._after_cr = False
        if self._engine.echo and not self._skipping:
            self._out.put(b"! stopped; Enter goes on")
        self._skipping = True

    def _work(self):
        """Executes one unit or takes one byte; False if there is nothing to do, or it has to wait."""
        if self._engine.active:
            return self._step()
        if not self._in.count:
            return False
        self._budget -= _BYTE_COST
        self._take(self._in.take())
        return True

    def _take(self, byte):
        was_cr = self._after_cr
        self._after_cr = byte == _CR
        if byte == CUT:
            self._fault = errors.INPUT_OVERRUN
            self._end_line()
        elif byte == _CR:
            self._end_line()
        elif byte == _LF:
            if not was_cr:
                self._end_line()
        elif not self._skipping and not self._fault:
            self._add(byte)

    def _add(self, byte):
        """Into the line."""
        echo = self._engine.echo
        if echo and byte in (_BACKSPACE, _DELETE):
            self._erase()
        elif byte != _TAB and not 32 <= byte < 127:  # [SR-26]
            self._fault = errors.INVALID_CHARACTER
            if byte == _CTRL_A and not self._length:
                self._out.put(_NO_REPL)
        elif self._length == _LINE:  # [SR-26]
            self._fault = errors.INPUT_OVERRUN
        else:
            self._line[self._length] = byte
            self._length += 1
            if echo:
                # A tab shows as one blank, so that one backspace takes it away again.
                self._typed[0] = 32 if byte == _TAB else byte
                self._out.put(self._typed)

    def _erase(self):
        if self._length:
            self._length -= 1
            self._out.put(b"\b \b")

    def _end_line(self):
        message = bytes(memoryview(self._line)[: self._length]).decode()
        fault, skipped = self._fault, self._skipping
        self._length = 0
        self._fault = 0
        self._skipping = False
        if self._engine.echo:
            self._out.put(b"\r\n")
        if fault:
            self._engine.fail(fault)
            self._finish()
            return
        if not skipped:
            self._engine.start(message)
        if not self._engine.active:
            self._prompt()

    def _step(self):
        self._budget -= _STEP_COST
        pieces = self._engine.step()
        if pieces:
            if self._answering:
                self._out.put(b";")
            self._answering = True
            for piece in pieces:
                self._out.put(piece)
        if not self._engine.active:
            self._finish()
        return not self._engine.held

    def _finish(self):
        """Ends the answer to a line."""
        engine = self._engine
        answered = self._answering
        if answered:
            self._close_answer()
        if not engine.echo:
            return
        if engine.error_code:
            self._out.put(errors.text(engine.error_code, engine.error_detail).encode() + b"\r\n")
        elif not answered:
            self._out.put(b"OK\r\n")
        self._prompt()

    def _close_answer(self):
        self._answering = False
        self._out.put(b"\r\n" if self._engine.echo else b"\n")

    def _prompt(self):
        if self._engine.echo:
            self._out.put(b"> ")

"""The program: owns every part, and is the plain loop of short polls that runs them."""

import gc

from micropython import const

from pen import board as board_fields
from pen import faults, limits, scan
from pen.console import Console
from pen.dose import Dose
from pen.eventlog import EventLog
from pen.image import MODE_OFF, OR_HEARTBEAT, OR_MODE, OR_RAISE, ST_FAULT, ST_FAULT_US, create, create_trace
from pen.interpreter import interpreter
from pen.measure import Measure
from pen.session import Session
from pen.settings import Settings
from pen.stroke import Drive
from pen.ticks import TICKS_MASK, age
from pen.tracing import Tracing
from pen.version import VERSION

_LITTER_MOST = const(
    16_384
)  # bytes by a rough count; collected before the runtime has to, in the middle of something else
_TURN_MS = 1  # length of a turn of the loop while armed
_IDLE_TURN_MS = 5  # and otherwise


class App:
    """The pen. Raises ValueError if the board file is not right; nothing has been touched then.

    `release`: the key of the release UF2 that this is, "" for files on a runtime.
    """

    def __init__(self, hal, board, release=""):
        board_fields.check(board)
        self.hal = hal
        self.board = board
        self.version = VERSION + ("+uf2." + release if release else "")
        self.image = create()
        self.drive = Drive(board)
        limits.fill(self.image, board, self.drive)
        self.trace = create_trace(limits.TRACE_ROWS)
        self.log = EventLog()
        self.settings = Settings(board, self.drive)
        self.session = Session(self.image, hal, board, self.drive, self.settings, self.log)
        self.dose = Dose()
        self.measure = Measure(self.image, board, self.dose)
        self.tracing = Tracing(self.image, self.trace, board)
        self.engine = interpreter(self)
        self.console = Console(hal, self.engine, self.stop_byte)
        self._fault = 0
        self._raised_ms = 0
        self._last_us = 0
        self._part_us = 0
        self._alone = True

    def identity(self):
        """Maker, model, serial number, version: the four fields of *IDN?."""
        return "needlepen,{},{},{}".format(self.board.NAME, self.hal.unique_id(), self.version)  # [SR-21]

    def stop_byte(self):
        """What a `!` on the console does: the stroke returns, the drive goes off. No fault."""
        self.session.halt("!")

    def reset(self):
        """*RST: as `!`, and every setting and count back to its start. A latched fault stays."""
        self.session.halt("*RST")
        self.settings.clear()
        self.dose.clear()

    def start(self):
        """Starts the scan; from here on the HAL interrupts."""
        cause = self.hal.reset_cause()
        self.log.add("BOOT", cause)
        if cause == "WATCHDOG":  # [SR-25]
            self.image[OR_RAISE] = faults.WATCHDOG_RESET
            self._report_fault()  # before the first command may ask
        self._last_us = self.hal.now_us()
        self.hal.start(self.image, self.trace, scan.check, self.drive)

    def poll(self):
        """One turn of the loop."""
        now_us = self.hal.now_us()
        self._count_time(now_us)
        self.image[OR_HEARTBEAT] = (self.image[OR_HEARTBEAT] + 1) & TICKS_MASK  # [SR-14]
        if self.engine.litter > _LITTER_MOST:
            # 24 ms on the chip, 38 under the scan's load, of the 50 that a heartbeat may be late: a turn of its own.
            gc.collect()
            self.engine.litter = 0
            return
        self._watch_host()
        self.session.watch_scan(now_us)  # before a command may ask
        self.measure.poll(self.session.loading.zone)  # before a command may choose another zone
        self.console.poll()
        self.session.poll(now_us)
        self._report_fault()
        if self.console.working:
            self.hal.idle_ms(0)
        else:
            self.hal.idle_ms(_IDLE_TURN_MS if self.image[OR_MODE] == MODE_OFF else _TURN_MS)

    def _watch_host(self):
        left = self.hal.host_left()
        if left and not self._alone:
            self.console.forget()
        self._alone = left

    def run(self):
        """For ever."""
        self.start()
        while True:
            self.poll()

    def _report_fault(self):
        """A fault newly latched also goes into the error queue, as a positive SCPI error."""
        code = self.session.fault()
        if code != self._fault:
            self._fault = code
            self._raised_ms = self.log.now_ms
            if code:
                self.engine.status.add(code, faults.TABLE[code][0] + ": " + faults.TABLE[code][2])

    def fault_ms(self):
        """When the fault was latched, in milliseconds since start; by the foreground's clock if no scan has latched it."""
        if not self.image[ST_FAULT]:
            return self._raised_ms
        return self.log.now_ms - age(self._last_us, self.image[ST_FAULT_US]) // 1_000

    def _count_time(self, now_us):
        self._part_us += age(now_us, self._last_us)
        self._last_us = now_us
        self.log.now_ms += self._part_us // 1_000
        self._part_us %= 1_000

"""The program: owns every part, and is the plain loop of short polls that runs them."""

import gc

from micropython import const

from pen import faults, limits, scan
from pen.commands import interpreter
from pen.console import Console
from pen.dose import Dose
from pen.eventlog import EventLog
from pen.faultrecord import FaultRecord
from pen.image import (
    IN_CURRENT_RAW,
    MODE_OFF,
    OR_HEARTBEAT,
    OR_MODE,
    ST_FAULT,
    ST_FAULT_US,
    create,
    create_trace,
)
from pen.indicator import EVERY_MS, Indicator
from pen.keeping import Keeping
from pen.measure import Measure
from pen.seldom import forget
from pen.session import IDLE, Session
from pen.settings import Settings
from pen.ticks import TICKS_MASK, age
from pen.tracing import Tracing
from pen.version import VERSION
from pen.watches import watch_clock, watch_quota, watch_scan

_LITTER_MOST = const(
    16_384
)  # bytes by a rough count; collected before the runtime has to, in the middle of something else
_TURN_MS = 1  # length of a turn of the loop while armed
_IDLE_TURN_MS = 5  # and otherwise


def _check(board):
    """Of four kilobytes of names and ranges nothing is needed after the start."""
    from pen import board as fields

    forget("pen.board")
    fields.check(board)
    forget("pen.board_" + board.DRIVE)


class App:
    """The pen. Raises ValueError if the board file is not right; nothing has been touched then.

    `release`: the key of the release UF2 that this is, "" for files on a runtime.
    """

    def __init__(self, hal, board, release=""):
        _check(board)
        self.hal = hal
        self.board = board
        self.version = VERSION + ("+uf2." + release if release else "")
        self.image = create()
        from pen import drive  # what differs between boards: it is forgotten below

        self.drive = drive.make(board)
        limits.fill(self.image, board, self.drive)
        self.trace = create_trace(limits.TRACE_ROWS)
        self.log = EventLog()
        self.settings = Settings(board, self.drive)
        self.dose = Dose()
        self.measure = Measure(self.image, board, self.dose)
        self.quota = drive.quota(self)
        self.session = Session(self.image, hal, board, self.drive, self.settings, self.log, self.quota)
        self.last_fault = FaultRecord()
        self.keeping = Keeping(hal, self.session, self.log, [self.last_fault, self.log])
        self.lock = None
        self.presets = None
        self.cartridges = None
        self.tracing = Tracing(self.image, self.trace, board)
        self.indicator = Indicator()
        self.engine = interpreter(self)
        drive.add(self)
        forget("pen.drive")
        self.console = Console(hal, self.engine, self.stop_byte)
        self._fault = 0
        self._armed = False
        self._raised_ms = 0
        self._last_us = 0
        self._part_us = 0
        self._alone = True
        self._seldom_ms = 0

    def identity(self):
        """Maker, model, serial number, firmware: the four fields of *IDN?."""
        return "needlepen,{},{},{}".format(self.board.NAME, self.hal.unique_id(), self.firmware())  # [SR-21]

    def firmware(self):
        """Its version, the runtime and the program's CRC-32: "0.1.0 mp1.26.1 89abcdef"."""
        return "{} {} {:08x}".format(self.version, *self.hal.program())

    def stop_byte(self):
        """What a `!` on the console does: the stroke returns, the drive goes off. No fault."""
        self.session.halt("!")

    def reset(self):
        """*RST: as `!`, and every setting and count back to its start. A latched fault stays."""
        self.session.halt("*RST")
        if self.lock:
            self.lock.lock("*RST")
        if self.cartridges:
            self.cartridges.new_session()
        self.settings.clear()
        self.dose.clear()
        self.quota.clear()
        self.indicator.sounds = True

    def start(self):
        """Starts the scan; from here on the HAL interrupts."""
        cause = self.hal.reset_cause()
        self.log.add("BOOT", "{} {}".format(cause, self.firmware()))  # [SR-21]
        self._recall(cause)  # [SR-25]
        self._last_us = self.hal.now_us()
        self.hal.start(self.image, self.trace, scan.check, self.drive)

    def _recall(self, cause):
        """What was kept, a fault that was not cleared among it, before the first command may ask."""
        self.keeping.load()
        code = faults.WATCHDOG_RESET if cause == "WATCHDOG" else self.last_fault.code
        if code:
            self.session.latch(code)
        self.keeping.poll()
        self._report_fault()

    def load_lock(self):
        """The operator's lock, which is not in memory before somebody asks for it. Raises Refused while armed."""
        if not self.lock:
            self.session.require_off()
            from pen.lock import Lock

            self.lock = Lock(self)
            self.keeping.add(self.lock)
        return self.lock

    def load_presets(self):
        """The registers of *SAV and *RCL, which are in memory from the first of these commands to the next arming. Raises Refused."""
        self.session.require_off()
        if not self.presets:
            from pen.presets import Presets

            forget("pen.presets")
            self.presets = Presets(self)
            self.keeping.add(self.presets)
        return self.presets

    def arm(self):
        """Has the session arm; False until everything is written down. Raises Refused, also for a cartridge that was used."""
        code = ""
        if self.session.state() == IDLE:
            code = self.hal.cartridge_code()
            if code and not self.cartridges:
                from pen.cartridges import Cartridges

                self.cartridges = Cartridges(self.image)
                self.keeping.add(self.cartridges)
            if self.unwritten():
                return False
            if self.presets:
                self.keeping.drop(self.presets)
                self.presets = None
            if self.cartridges:
                self.cartridges.require(code)
        self.session.arm()
        self._armed = True
        if self.cartridges:
            self.cartridges.begin(code)
        return True

    def busy(self):
        """Whether something that was ordered has yet to come to its end, or to be written down."""
        return self.session.busy() or self.unwritten()

    def unwritten(self):
        """Whether an idle pen has yet to write something down; it is armed only after that."""
        self._report_fault()  # one that was cleared just now is to be written, too
        return self.session.state() == IDLE and (self._armed or self.keeping.pending())

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
        if self.tracing.snapshot and not self.console.working:
            self.tracing.snapshot = None  # it has been sent, and it is large
            gc.collect()
            return
        self._watch_host()
        watch_scan(self.session, now_us)  # before a command may ask
        self.measure.poll(self.session.loading.zone)  # before a command may choose another zone
        if not self.drive.poll(self.image):
            self.console.poll()
        self.session.poll(now_us)
        self._report_fault()
        hurries = self.drive.hurries
        if self.log.now_ms >= self._seldom_ms and not hurries:
            self._poll_seldom()
        if hurries or self.console.working or self.session.tests.result is None:
            self.hal.idle_ms(0)
        else:
            self.hal.idle_ms(_IDLE_TURN_MS if self.image[OR_MODE] == MODE_OFF else _TURN_MS)

    def _watch_host(self):
        left = self.hal.host_left()
        if left and not self._alone:
            self.console.forget()
        self._alone = left
        if self.lock:
            self.lock.poll(left)

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
            self.last_fault.note(code, self.fault_ms())
            if code:
                name, _, meaning, _ = faults.TABLE[code]
                self.engine.status.add(code, name + ": " + self.last_fault.when() + meaning)
                if self.last_fault.dirty:
                    self.log.dirty = True

    def _poll_seldom(self):
        """What need not be looked at in every turn: a stop byte may wait for the turn to end."""
        now_ms = self.log.now_ms
        watch_clock(self.session, self.hal.now_us())
        watch_quota(self.session, now_ms - self._seldom_ms + EVERY_MS, self.image[IN_CURRENT_RAW])
        self._seldom_ms = now_ms + EVERY_MS
        if self._armed and self.session.quiet():
            self._armed = False
            self.log.dirty = True
            if self.cartridges:
                self.cartridges.end()
        shown = self.indicator
        warning = int(self.quota.warning(self.settings.zone))
        if shown.poll(self.session.state(), self.session.fault(), warning, now_ms):
            self.hal.indicate(shown.light, shown.tone_hz)
        self.keeping.poll()  # last: while flash is written, light and tone stay as they are, and must be those of now

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

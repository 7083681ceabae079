"""The session: what state the pen is in, and which orders each state takes. It asks; the scan decides and moves."""

from micropython import const

from pen import checks, faults, limits
from pen.clock import Clock
from pen.errors import CONFLICT, Refused
from pen.image import set_limit
from pen.loading import Loading, home, load
from pen.selftest import SelfTest
from pen.ticks import age
from pen.watches import obey_scan, watch_scan

# Copies of image.py's, which a test compares: a name of another module costs memory.
_IN_NOW_US = const(0)
_LI_CAP_UM = const(77)
_MODE_OFF = const(0)
_MODE_HOME = const(1)
_MODE_HOLD = const(2)
_MODE_PROVE = const(3)
_OR_LEASE_START_US = const(110)
_OR_LEASE_US = const(111)
_OR_MODE = const(113)
_OR_LEASE_SEQ = const(115)
_OR_STOP_SEQ = const(116)
_OR_MOVE_UNTIL = const(118)
_OR_RAISE = const(119)
_OR_CLEAR_SEQ = const(120)
_PHASE_OFF = const(0)
_PHASE_HOMING = const(1)
_PHASE_HOLD = const(2)
_PROOF_DONE = const(3)
_ST_PHASE = const(16)
_ST_FAULT = const(32)
_ST_LEASE_SEQ = const(52)
_ST_STOP_SEQ = const(53)
_ST_CLEAR_SEQ = const(55)
_ST_TRACE_LEFT = const(57)
_ST_STOPPED = const(71)
_ST_PROOF = const(122)
_ST_PROOF_US = const(123)
_UNTIL_END = const(0)

BOOT = "BOOT"
SELFTEST = "SELFTEST"
IDLE = "IDLE"
HOMING = "HOMING"
READY = "READY"
RUNNING = "RUNNING"
FAULT = "FAULT"

LEASE_MOST_MS = const(60_000)  # [safety] SR-11


class Session:
    """States and orders. Orders raise Refused and then change nothing."""

    def __init__(self, image, hal, board, drive, settings, log, quota):
        self.image = image
        self.hal = hal
        self.settings = settings
        self.log = log
        self.quota = quota
        self.homing = drive.homing(image, hal, board)
        self.loading = Loading(image, hal, board, drive, settings, self.homing)
        self.tests = SelfTest(image, hal, board)
        self.clock = Clock()
        self.placing = False  # the drive is placed for another depth; what was ordered meanwhile waits
        self.stopped_us = None
        self.homing_error = ""
        self.period_us = limits.SCAN_SLOW_US
        self._began_us = None
        self.scan_gone = False
        self.scans = -1
        self.scans_us = 0
        self._state = BOOT

    def state(self):
        """The state's name."""
        image = self.image
        if image[_ST_FAULT] or image[_OR_RAISE]:
            return FAULT
        phase = image[_ST_PHASE]
        if phase == _PHASE_HOLD or self.placing:
            return RUNNING if image[_ST_LEASE_SEQ] != image[_OR_LEASE_SEQ] else READY
        if phase > _PHASE_HOLD:
            return RUNNING
        if phase == _PHASE_HOMING or image[_OR_MODE] != _MODE_OFF:
            return HOMING
        if self._began_us is None:
            return BOOT
        return SELFTEST if self.tests.result is None else IDLE

    def arm(self):
        """Homes and gets ready. Latches TRIGGER_STUCK if the trigger is held."""
        self._require((IDLE,), "only an idle pen can be armed")
        if not self.settings.zone:  # [SR-01]
            raise Refused(CONFLICT, "choose a zone first: ZONE CHEEK")
        self._require_test()  # [SR-22]
        standing = checks.standing(self.image)
        for code in (faults.TRIGGER_STUCK, faults.ENABLE_READBACK, faults.MEMORY):  # [SR-10]
            if code in standing:
                self.image[_OR_RAISE] = code
        for sentence in standing.values():
            raise Refused(CONFLICT, sentence)
        sentence = self.quota.refusal(self.settings.zone)
        if sentence:
            raise Refused(CONFLICT, sentence)
        set_limit(self.image, _LI_CAP_UM, self.settings.cap_um())
        set_limit(self.image, _OR_LEASE_US, 0)  # of the last time
        self._set_period(limits.SCAN_FAST_US)
        self.homing_error = ""
        self.image[_OR_MOVE_UNTIL] = _UNTIL_END  # not what a homing that was broken off was looking for
        self.image[_OR_MODE] = _MODE_PROVE  # [SR-15]
        self.log.add("ARM", self.settings.zone)

    def test(self):
        """Repeats the self test, if the drive is off; answers the last result."""
        if self.state() == IDLE:
            self.tests.now()
        return self.tests.result or 0

    def disarm(self):
        """Leaves ready: a stroke under way turns round first, then the drive goes off."""
        self._require((HOMING, READY, RUNNING), "not armed")
        self.halt("DIS")

    def run(self, lease_ms):
        """Strokes for `lease_ms`, 1 to LEASE_MOST_MS, counted from the scan before this; renews a lease that still runs."""
        self._require((READY, RUNNING), "arm first with ARM")
        if self.image[_OR_MODE] != _MODE_HOLD and not self.placing:
            raise Refused(CONFLICT, "the pen is being turned off")
        image = self.image
        self.loading.poll(image[_OR_MODE] == _MODE_HOLD)  # a setting just made is in force before the lease is
        # Not before, which takes a millisecond on the chip; and the start first, so that no scan sees a lease that is over.
        set_limit(image, _OR_LEASE_START_US, image[_IN_NOW_US])
        set_limit(image, _OR_LEASE_US, lease_ms * 1_000)
        image[_OR_LEASE_SEQ] += 1
        self.log.add("RUN", "{} ms".format(lease_ms))

    def stop(self):
        """Retracts and stays ready; breaks off homing. Nothing to do in other states, and no error."""
        if self.state() == HOMING:
            self.halt("STOP")
        else:
            set_limit(self.image, _OR_LEASE_US, 0)  # one that the scan has not seen yet is over as well
            self.image[_OR_STOP_SEQ] += 1
            self.log.add("STOP", "")

    def halt(self, why):
        """Retracts, then the drive goes off. Safe in every state; what `!` does."""
        self.image[_OR_MODE] = _MODE_OFF
        self.image[_OR_STOP_SEQ] += 1
        self.log.add("OFF", why)

    def clear(self):
        """Clears the latched fault. Raises Refused while its cause still stands or the tip is still on its way back."""
        code = self.fault()
        if not code:
            return
        if self.scan_gone:
            raise Refused(CONFLICT, "no safety scan runs: switch the pen off and on")
        if self.image[_ST_PHASE] != _PHASE_OFF:
            raise Refused(CONFLICT, "the needles are still on their way back")
        if code == faults.SELF_TEST:
            self._require_test()
        if code == faults.MEMORY:
            limits.renew(self.image, self.homing.board, self.homing.drive)
        standing = checks.standing(self.image)
        sentence = standing.get(code)
        if code <= faults.SENSOR_FROZEN and not sentence:  # where the tip is is what these are about
            sentence = standing.get(faults.SENSOR_RANGE)
        if code == faults.OVER_TEMP and not sentence and self.quota.heat.warm():
            sentence = "the drive is still warm"
        if sentence:
            raise Refused(CONFLICT, sentence + ": " + faults.TABLE[code][3])
        self.image[_OR_MODE] = _MODE_OFF
        self.image[_OR_RAISE] = 0
        self.image[_OR_CLEAR_SEQ] += 1
        self.clock.forget()
        self.log.add("CLEAR", faults.name(code))

    def fault(self):
        """The latched fault's code, 0 without one. A number that is none has come from a bit that flipped."""
        code = self.image[_ST_FAULT] or abs(self.image[_OR_RAISE])
        return code if not code or code in faults.TABLE else faults.MEMORY

    def latch(self, code):
        """A fault that the foreground has found; the scan latches it, unless there is one."""
        self.image[_OR_RAISE] = code
        self.image[_OR_MODE] = _MODE_OFF

    def quiet(self):
        """Whether flash may be written, which stops the scan for a while: started up, all off, and the scan slow."""
        return self.tests.result is not None and self.period_us == limits.SCAN_SLOW_US and self._all_off()

    def require_off(self):
        """Raises Refused unless the pen is IDLE."""
        self._require((IDLE,), "first DIS")

    def forgive_gap(self):
        """After a write to flash: whether scans come is judged from now on."""
        self.scans = self.hal.scans()
        self.scans_us = self.hal.now_us()

    def busy(self):
        """True while something that was ordered has yet to come to its end: homing, strokes, a stop, a clear."""
        image = self.image
        unseen = image[_ST_CLEAR_SEQ] != image[_OR_CLEAR_SEQ] or image[_ST_STOP_SEQ] != image[_OR_STOP_SEQ]
        if unseen or (image[_OR_MODE] == _MODE_OFF and image[_ST_PHASE] != _PHASE_OFF):
            return True
        return self.state() in (BOOT, SELFTEST, HOMING, RUNNING)

    def lease_left_ms(self, now_us):
        """Milliseconds left of the lease, 0 without one."""
        image = self.image
        if image[_ST_LEASE_SEQ] == image[_OR_LEASE_SEQ]:
            return 0
        return max(0, (image[_OR_LEASE_US] - age(now_us, image[_OR_LEASE_START_US])) // 1_000)

    def poll(self, now_us):
        """One turn of the foreground: starts up, homes, loads changed strokes, and slows the scan when all is off."""
        watch_scan(self, now_us)
        if self._began_us is None:
            self._began_us = now_us
        elif self.tests.result is None:
            self.tests.poll(now_us)
            if self.tests.failed() and not self.fault():
                self.image[_OR_RAISE] = faults.SELF_TEST
        elif self.image[_OR_MODE] == _MODE_PROVE and self.image[_ST_PROOF] == _PROOF_DONE:
            self.log.add("DEADMAN", "{} us".format(self.image[_ST_PROOF_US]))
            self.image[_OR_MODE] = _MODE_HOME
            self.tests.count()
            self.homing.start(self.settings.depth_um)  # [SR-05]
        elif self.image[_OR_MODE] == _MODE_HOME and not self.image[_ST_STOPPED]:
            home(self, now_us)  # but not while a stop byte waits to be read, which is no failure
        self.tests.recount()
        obey_scan(self, now_us)
        if not _MODE_OFF <= self.image[_OR_MODE] <= _MODE_PROVE:
            self.latch(faults.MEMORY)
        load(self)
        if self.image[_ST_FAULT]:
            self.image[_OR_MODE] = _MODE_OFF
        mode = self.image[_OR_MODE]
        if mode == _MODE_OFF or (mode == _MODE_HOLD and self.image[_ST_PHASE] != _PHASE_HOMING):
            self.placing = False
        if self.period_us == limits.SCAN_FAST_US and self._all_off():
            self._set_period(limits.SCAN_SLOW_US)
        self._note_change()

    def _require_test(self):
        """Tests now; raises Refused, and latches SELF_TEST, if something fails."""
        self.tests.now()
        if self.tests.failed():
            self.image[_OR_RAISE] = faults.SELF_TEST
            raise Refused(CONFLICT, "self test failed: " + self.tests.failed())

    def _all_off(self):
        """The drive is off, nothing was ordered, and the trace has all it wants of a fault."""
        image = self.image
        return image[_OR_MODE] == _MODE_OFF and image[_ST_PHASE] == _PHASE_OFF and image[_ST_TRACE_LEFT] <= 0

    def _set_period(self, period_us):
        self.period_us = period_us
        limits.set_period(self.image, period_us)
        self.hal.set_scan_period(period_us)

    def _require(self, states, sentence):
        now = self.state()
        if now == FAULT:
            raise Refused(
                CONFLICT, "fault {} is latched: FAUL? says what to do, FAUL:CLE clears it".format(self.fault())
            )
        if now not in states:
            raise Refused(CONFLICT, "{}, the pen is {}".format(sentence, now))

    def _note_change(self):
        state = self.state()
        if state != self._state:
            self._state = state
            self.log.add(state, faults.name(self.fault()) if state == FAULT else self.homing_error)

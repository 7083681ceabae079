"""The operator's code: expert depths are behind it. Kept as a salted hash, and a wrong code makes the next one wait.

Loaded when a command first asks for it, never while armed. [docs/safety.md, "The operator code"]
"""

from hashlib import sha256

from micropython import const

from pen.engine import HOLD
from pen.errors import PROTECTED, Refused
from pen.session import HOMING, IDLE, READY, RUNNING

_SALT = const(8)
_KEY = const(40)  # salt and hash
_ROUNDS = const(300)  # 35 ms on the emulated chip
_AT_ONCE = const(50)  # rounds, 6 ms there, of the 10 that one turn may take for it
_WAIT_MOST_S = const(900)
_WRONG_MOST = const(255)
_IDLE_MS = const(300_000)  # unlocked and not armed, after which it locks by itself
_TRY = const(1)
_SET = const(2)
_LOST = b"-"  # instead of a key: there was one


class Lock:
    """`unlocked`: expert depths are allowed. A thing that is kept, see keeping.py: how many wrong codes came, and the key."""

    NAME = "operator"

    def __init__(self, app):
        self.app = app
        self.dirty = False
        self.unlocked = False
        self._wrong = 0
        self._key = b""
        self._since_ms = app.log.now_ms  # what there is to wait for is waited for since then, also after a restart
        self._used_ms = 0
        self._job = None  # (_TRY or _SET, the code), while a command waits
        self._salt = b""
        self._digest = b""
        self._rounds = 0

    def take(self, data):
        """A byte of wrong codes, and the key if a code is set. Raises ValueError."""
        if data and len(data) - 1 not in (0, len(_LOST), _KEY):
            raise ValueError(len(data))
        self._wrong = data[0] if data else 0
        self._key = data[1:]

    def data(self):
        """As `take` gets it."""
        return bytes((self._wrong,)) + self._key

    def lost(self):
        """No code fits any more, and none can be set: who does not know the old one might set his own."""
        self._key = _LOST

    def is_set(self):
        """Whether there is a code, or was one."""
        return self._key != b""

    def unlock(self, code):
        """Allows expert depths. Returns HOLD until the try is counted and the hash computed; raises Refused."""
        self.app.session.require_off()
        if self.unlocked:
            return None
        if not self._key:
            raise Refused(PROTECTED, "no operator code is set; OPER:CODE sets the first one")
        if self._job != (_TRY, code):
            left_s = self._patience_s()
            if left_s:
                raise Refused(PROTECTED, "too many wrong codes: try again in {} s".format(left_s))
            self._begin(_TRY, code, self._key[:_SALT])
            self._wrong = min(self._wrong + 1, _WRONG_MOST)  # counted first: switching off would save the count
            self._since_ms = self.app.log.now_ms
            self.dirty = True
        if self.dirty or not self._derived():
            return HOLD
        self._job = None
        if self._salt + self._digest != self._key:
            raise Refused(PROTECTED, "wrong code: try again in {} s".format(self._patience_s()))
        self._wrong = 0
        self.dirty = self.unlocked = self.app.settings.expert = True
        self._used_ms = self.app.log.now_ms
        self.app.log.add("OPERATOR", "unlocked")
        return None

    def set_code(self, code):
        """Sets the first code, or another one while unlocked. Returns HOLD until it is kept; raises Refused."""
        self.app.session.require_off()
        if self._job != (_SET, code):
            if self._key == _LOST:
                raise Refused(PROTECTED, "the code was lost: remove /records/operator.* by the REPL, then set one")
            if self._key and not self.unlocked:
                raise Refused(PROTECTED, "a code is set: unlock with it first, OPER:UNL")
            self._begin(_SET, code, self.app.hal.random_bytes(_SALT))
        if self._rounds:
            if self._derived():
                self._key = self._salt + self._digest
                self.dirty = True
            return HOLD
        if self.dirty:
            return HOLD
        self._job = None
        self.app.log.add("OPERATOR", "code set")
        return None

    def lock(self, why):
        """Only ordinary depths from here on; an armed pen retracts and turns off."""
        if not self.unlocked:
            return
        self.unlocked = False
        self._job = None
        if self.app.session.state() in (HOMING, READY, RUNNING):
            self.app.session.halt(why)
        self.app.settings.lock()
        self.app.log.add("OPERATOR", "locked: " + why)

    def poll(self, host_left):
        """One turn of the foreground: what locks by itself."""
        if not self.unlocked:
            return
        now_ms = self.app.log.now_ms
        if host_left:
            self.lock("host left")
        elif self.app.session.fault():
            self.lock("fault")
        elif self.app.session.state() != IDLE:
            self._used_ms = now_ms
        elif now_ms - self._used_ms > _IDLE_MS:
            self.lock("idle")

    def _begin(self, what, code, salt):
        self._job = (what, code)
        self._salt = salt
        self._digest = sha256(self.app.hal.unique_id().encode() + salt + code.encode()).digest()
        self._rounds = _ROUNDS

    def _derived(self):
        """A slice of the work; True when it is done."""
        rounds = min(self._rounds, _AT_ONCE)
        digest = self._digest
        for _ in range(rounds):
            step = sha256(digest)
            step.update(self._salt)
            digest = step.digest()
        self._digest = digest
        self._rounds -= rounds
        return not self._rounds

    def _patience_s(self):
        """Seconds until the next try: one after the first wrong code, twice as long after each more."""
        wait_s = min(1 << min(self._wrong, 12) >> 1, _WAIT_MOST_S)
        left_ms = wait_s * 1_000 - (self.app.log.now_ms - self._since_ms)
        return max(0, (left_ms + 999) // 1_000)

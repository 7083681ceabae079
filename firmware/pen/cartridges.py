"""Coded cartridges: one that was used in an earlier session is refused. Loaded when a code is first read, never while armed."""

from hashlib import sha256

from micropython import const

from pen.errors import CONFLICT, Refused
from pen.image import ST_FIRST_US, ST_STROKES

_MOST = const(32)  # cartridges remembered; whoever comes back after as many others is taken for new
_SIZE = const(8)  # bytes of each: enough of a hash


class Cartridges:
    """A thing that is kept, see keeping.py: which were used, the last one last. A session ends at *RST and at a restart."""

    NAME = "cartridges"

    def __init__(self, image):
        self.image = image
        self.dirty = False
        self._used = []
        self._session = []  # those which were used in this session
        self._armed = None  # (cartridge, its session's list, what the scan had counted) since arming

    def take(self, data):
        """Eight bytes each. Raises ValueError."""
        if len(data) % _SIZE or len(data) > _MOST * _SIZE:
            raise ValueError(len(data))
        self._used = [data[at : at + _SIZE] for at in range(0, len(data), _SIZE)]

    def data(self):
        """As `take` gets it."""
        return b"".join(self._used)

    def lost(self):
        """Nobody knows which were used."""
        self._used = []

    def require(self, code):  # [SR-19]
        """Raises Refused for one that was used in an earlier session; "" is one without a code."""
        cartridge = _hash(code)
        if cartridge in self._used and cartridge not in self._session:
            raise Refused(CONFLICT, "this cartridge was used before: seat a new one")

    def begin(self, code):
        """The pen is being armed with it; "" for one without a code."""
        self._armed = (_hash(code), self._session, self._counted()) if code else None

    def end(self):
        """The drive is off: a cartridge that has made a stroke, whole or not, is used."""
        if not self._armed:
            return
        cartridge, session, counted = self._armed
        self._armed = None
        if counted != self._counted() and cartridge not in session:
            session.append(cartridge)
            self._used = ([each for each in self._used if each != cartridge] + [cartridge])[-_MOST:]
            self.dirty = True

    def new_session(self):
        """What was used until now is used; also a stroke that is under way."""
        self._session = []

    def _counted(self):
        """Changes with every stroke that starts a run, and with every one that ends."""
        return self.image[ST_FIRST_US], self.image[ST_STROKES]


def _hash(code):
    return sha256(code.encode()).digest()[:_SIZE]

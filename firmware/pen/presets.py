"""The registers of *SAV and *RCL: zone, depth and rate that are kept without power, and chosen when somebody asks for them.

Loaded when a command first asks for them, never while armed. [docs/safety.md, "Kept without power"]
"""

from micropython import const

from pen.engine import HOLD
from pen.errors import CONFLICT, Refused
from pen.settings import Settings
from pen.units import hz, mm

_REGISTERS = const(4)


class Presets:
    """A thing that is kept, see keeping.py: (zone, depth in um, rate in tenths of a hertz) by register, None for an empty one."""

    NAME = "settings"

    def __init__(self, app):
        self.app = app
        self.dirty = False
        self.lost()

    def take(self, data):
        """A line for each register, "CHEEK,1000,200", or an empty one. Raises ValueError."""
        lines = data.decode().split("\n") if data else [""] * _REGISTERS
        if len(lines) != _REGISTERS:
            raise ValueError(len(lines))
        self._registers = [_read(line) for line in lines]

    def data(self):
        """As `take` gets it."""
        return "\n".join(["{},{},{}".format(*kept) if kept else "" for kept in self._registers]).encode()

    def lost(self):
        """All are empty."""
        self._registers = [None] * _REGISTERS

    def save(self, register):  # [SR-20]
        """Keeps what is set. Returns HOLD until it is written down; raises Refused without a zone."""
        settings = self.app.settings
        if not settings.zone:
            raise Refused(CONFLICT, "choose a zone first: ZONE CHEEK")
        kept = settings.zone, settings.depth_um, settings.rate_dhz
        if self._registers[register] != kept:
            self._registers[register] = kept
            self.dirty = True
            self.app.log.add("SAVE", _shown(register, kept))
        return HOLD if self.dirty else None

    def recall(self, register):
        """Sets what was kept, if ZONE, DEPT and RATE would take all of it now. Raises Refused; then nothing has changed."""
        kept = self._registers[register]
        if not kept:
            raise Refused(CONFLICT, "register {0} is empty: *SAV {0} keeps what is set".format(register))
        zone, depth_um, rate_dhz = kept
        settings = self.app.settings
        trial = Settings(settings.board, settings.drive)
        trial.expert = settings.expert
        trial.choose(zone)
        trial.set_rate(settings.board.RATE_MIN_DHZ)  # at which the drive can do every depth
        trial.set_depth(depth_um)
        trial.set_rate(rate_dhz)
        settings.zone, settings.depth_um, settings.rate_dhz = trial.zone, trial.depth_um, trial.rate_dhz
        settings.changed += 1
        self.app.log.add("RECALL", _shown(register, kept))


def _read(line):
    if not line:
        return None
    zone, depth_um, rate_dhz = line.split(",")
    return zone, int(depth_um), int(rate_dhz)


def _shown(register, kept):
    return "{} {} {} mm {} Hz".format(register, kept[0], mm(kept[1]), hz(kept[2]))

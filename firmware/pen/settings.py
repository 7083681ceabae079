"""Zone, depth and rate: what a person set. Refuses, never clamps: a refused setting changes nothing."""

from pen import zones
from pen.errors import CONFLICT, ILLEGAL_VALUE, OUT_OF_RANGE, Refused
from pen.units import hz, mm


class Settings:
    """`zone` is "" until one is chosen; `changed` counts accepted changes; `expert`: the caps behind the operator's code."""

    def __init__(self, board, drive):
        self.board = board
        self.drive = drive
        self.changed = 0
        self.expert = False
        self.clear()

    def clear(self):
        """Back to no zone chosen."""
        self.zone = ""
        self.depth_um = 0
        self.rate_dhz = 0
        self.changed += 1

    def cap_um(self):  # [SR-24]
        """The chosen zone's cap within the board's own; 0 without a zone."""
        return self.cap_of(self.zone) if self.zone else 0

    def cap_of(self, zone):
        """A zone's cap as it is now, within the board's own, which nothing lifts; 0 for a blocked one."""
        return min(zones.TABLE[zone][4 if self.expert else 1], self.board.DEPTH_MAX_UM)

    def lock(self):
        """Ordinary caps from here on. A depth beyond them is not lowered: the zone must be chosen again."""
        self.expert = False
        if self.depth_um > self.cap_um():
            self.clear()

    def choose(self, name):
        """Chooses a zone and sets its defaults, the rate lowered to what the drive can do. Raises Refused."""
        zone = name.upper()
        if zone not in zones.TABLE:
            raise Refused(ILLEGAL_VALUE, "no zone {}; ZONE:CAT? lists them".format(zone[:20]))
        depth_um, cap_um, rate_dhz, _, _ = zones.TABLE[zone]
        if cap_um == 0:
            raise Refused(CONFLICT, zone + " is blocked: the pen never treats it")
        depth_um = min(depth_um, self.board.DEPTH_MAX_UM)
        self._require_envelope(zone, depth_um, self.board.RATE_MIN_DHZ)
        self.zone = zone
        self.depth_um = depth_um
        self.rate_dhz = min(rate_dhz, self.drive.rate_max_dhz(depth_um), self.board.RATE_MAX_DHZ)
        self.changed += 1

    def set_depth(self, depth_um):
        """Sets the depth. Raises Refused with the depth or rate that would work."""
        self._require_zone()
        if not self.board.DEPTH_MIN_UM <= depth_um <= self.cap_um():  # [SR-01]
            raise Refused(
                OUT_OF_RANGE,
                "{} allows {} to {} mm".format(self.zone, mm(self.board.DEPTH_MIN_UM), mm(self.cap_um())),
            )
        self._require_envelope(self.zone, depth_um, self.rate_dhz)
        self.depth_um = depth_um
        self.changed += 1

    def set_rate(self, rate_dhz):
        """Sets the rate. Raises Refused with the rate that would work."""
        self._require_zone()
        most = min(zones.TABLE[self.zone][3], self.board.RATE_MAX_DHZ)
        if not self.board.RATE_MIN_DHZ <= rate_dhz <= most:
            raise Refused(
                OUT_OF_RANGE, "{} allows {} to {} Hz".format(self.zone, hz(self.board.RATE_MIN_DHZ), hz(most))
            )
        self._require_envelope(self.zone, self.depth_um, rate_dhz)
        self.rate_dhz = rate_dhz
        self.changed += 1

    def depth_range_um(self):
        """(least, greatest) depth that would be accepted now, at the present rate."""
        self._require_zone()
        return self.board.DEPTH_MIN_UM, min(self.cap_um(), self.drive.depth_max_um(self.rate_dhz))

    def rate_range_dhz(self):
        """(least, greatest) rate that would be accepted now, at the present depth."""
        self._require_zone()
        most = min(zones.TABLE[self.zone][3], self.board.RATE_MAX_DHZ, self.drive.rate_max_dhz(self.depth_um))
        return self.board.RATE_MIN_DHZ, most

    def _require_zone(self):  # [SR-01]
        if not self.zone:
            raise Refused(CONFLICT, "choose a zone first: ZONE CHEEK")

    def _require_envelope(self, zone, depth_um, rate_dhz):
        most = self.drive.rate_max_dhz(depth_um)
        if rate_dhz > most:
            sentence = "{} at {} mm allows at most {} Hz on this drive".format(zone, mm(depth_um), hz(most))
            deepest_um = self.drive.depth_max_um(rate_dhz)
            if deepest_um >= self.board.DEPTH_MIN_UM:
                sentence += ", or {} mm at {} Hz".format(mm(deepest_um), hz(rate_dhz))
            raise Refused(CONFLICT, sentence)

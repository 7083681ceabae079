"""What a session may give at most: time, punctures per zone, and heat of the drive. [safety] SR-17, SR-18

A session lasts from switching on, or *RST, to the next. Punctures a square centimetre are judgement on published targets, areas
are those of a large face, both sides together; sources in docs/safety.md.
"""

from micropython import const

from pen import faults
from pen.heat import Heat

SESSION_MOST_MS = const(3_600_000)  # armed; a whole face takes half of it
_SESSION_NEAR_MS = const(3_300_000)
_PER_CM2 = const(300)  # punctures to aim at [safety] zones
_AREA_CM2 = {
    "PERIORBITAL": 20,
    "NOSE": 15,
    "FOREHEAD": 60,
    "GLABELLA": 10,
    "TEMPLE": 30,
    "MALAR": 40,
    "UPPER_LIP": 12,
    "CHEEK": 80,
    "CHIN": 20,
    "JAWLINE": 40,
    "NECK": 120,
    "BODY": 400,
}


class Quota:
    """Watches what `dose` counts, the time armed and the current."""

    def __init__(self, board, dose, log):
        self.needles = board.NEEDLES
        self.dose = dose
        self.log = log
        self.heat = Heat(board)
        self.clear()

    def clear(self):
        """A new session. The heat stays."""
        self.armed_ms = 0
        self._warned = ""

    def target(self, zone):
        """Strokes that give a zone its dose; twice as many are its limit."""
        return _AREA_CM2[zone] * _PER_CM2 // self.needles

    def limit(self, zone):
        """Strokes after which a zone gets no more in this session."""
        return 2 * self.target(zone)

    def poll(self, zone, ms, raw, armed):
        """One turn of the foreground, `ms` after the last. 0, or minus the fault to retract for."""
        self.heat.add(raw, ms)
        if not armed:
            return 0
        self.armed_ms += ms
        if self.heat.hot():
            return -faults.OVER_TEMP
        if self.armed_ms >= SESSION_MOST_MS:
            return -faults.SESSION_TIME
        if zone:
            strokes = self.dose.strokes(zone)
            if strokes >= self.limit(zone):
                return -faults.DOSE
            if strokes >= self.target(zone) and self._warned != zone:
                self._warned = zone
                self.log.add("DOSE", zone)
        return 0

    def warning(self, zone):
        """Whether the zone has had its dose, or the session's time is nearly over."""
        return self.armed_ms >= _SESSION_NEAR_MS or (bool(zone) and self.dose.strokes(zone) >= self.target(zone))

    def refusal(self, zone):
        """Why this zone cannot be armed for, "" if it can."""
        if self.heat.warm():
            return "the drive must cool down: {} % of what it can take".format(self.heat.percent())
        if self.armed_ms >= SESSION_MOST_MS:
            return "the session has had its hour: *RST begins a new one"
        if self.dose.strokes(zone) >= self.limit(zone):
            return zone + " has had twice its dose: choose another zone, or *RST begins a new session"
        return ""

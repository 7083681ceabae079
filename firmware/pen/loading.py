"""Gets the stroke that the settings ask for into a slot the generator is not using, so that a change never meets a stroke."""

from pen import faults
from pen.image import (
    IN_MOTION,
    IN_NOW_US,
    LI_CAP_UM,
    LI_FOLLOW_US,
    MO_MOVING,
    MODE_HOLD,
    MODE_HOME,
    OR_MODE,
    OR_OUT_US,
    OR_PEAK_UM,
    OR_PERIOD_US,
    OR_RAISE,
    OR_RATE_SLACK_US,
    OR_SLOT,
    OR_TRAVEL_US,
    PHASE_HOLD,
    ST_FAULT,
    ST_PHASE,
    ST_QUEUED,
    ST_SLOT,
    ST_STILL_US,
    ST_STOPPED,
    ST_TRIGGER,
    ST_TRIGGER_READY,
    set_limit,
)
from pen.steps import NO_STROKE_UM
from pen.ticks import age


class Loading:
    """Two slots: one is being stroked or queued, the other may be written. `zone`: the one that the strokes are for."""

    def __init__(self, image, hal, board, drive, settings, homing):
        self.image = image
        self.hal = hal
        self.board = board
        self.drive = drive
        self.settings = settings
        self.homing = homing
        self.zone = ""
        self._loaded = 0
        self._tuned = 0

    def poll(self, armed):
        """Loads if armed, the settings or the drive changed since, and the other slot is free.

        True if the drive must be placed for the new depth first, and stands still for that.
        """
        if not armed or not self.settings.zone:
            return False
        if self._loaded == self.settings.changed and self._tuned == self.drive.tuned:
            return False
        if not self.homing.placed(self.settings.depth_um):
            return self._empty()
        if self._settled() and (self.settings.zone == self.zone or self._withdraw()):
            self.load_now()
        return False

    def load_now(self):
        """Plans the stroke of the present settings and offers it to the scan."""
        image = self.image
        settings = self.settings
        slot = 1 - (image[OR_SLOT] & 1)
        stroke = self.drive.plan(settings.depth_um, settings.rate_dhz)
        set_limit(image, LI_CAP_UM, settings.cap_um())
        self.hal.load(slot, stroke.write(self.hal.slots[slot]))
        set_limit(image, OR_PERIOD_US + slot, stroke.period_us)
        set_limit(image, OR_TRAVEL_US + slot, stroke.travel_us)
        set_limit(image, OR_RATE_SLACK_US + slot, stroke.period_us * self.board.RATE_TOLERANCE_PERMILLE // 1_000)
        set_limit(image, OR_OUT_US + slot, stroke.out_us() + self.board.DWELL_MARGIN_US)
        image[OR_SLOT] = slot
        self.zone = settings.zone
        self._loaded = settings.changed
        self._tuned = self.drive.tuned

    def _empty(self):
        """Offers a slot without a stroke, so that the one under way is the last; True once nothing moves any more."""
        image = self.image
        offered = image[OR_SLOT] & 1
        if image[OR_PEAK_UM + offered] != NO_STROKE_UM:
            if not self._settled():
                return False
            set_limit(image, OR_PEAK_UM + 1 - offered, NO_STROKE_UM)
            image[OR_SLOT] = 1 - offered
            return False  # a scan may have started the one before just now: the next turn sees it
        # A trigger held since before would be one that sticks, while the drive is placed.
        held = image[ST_TRIGGER] and not image[ST_TRIGGER_READY]
        # And the tip has come to rest: until then the scan compares it with the stroke in a slot that placing writes over.
        rests = age(image[IN_NOW_US], image[ST_STILL_US]) >= image[LI_FOLLOW_US]
        return image[ST_PHASE] == PHASE_HOLD and image[IN_MOTION] & MO_MOVING == 0 and rests and not held

    def _withdraw(self):
        """Takes the offered stroke back before another zone's cap is in force; False while strokes are made."""
        image = self.image
        if image[ST_PHASE] != PHASE_HOLD:
            return False
        offered = OR_PEAK_UM + (image[OR_SLOT] & 1)
        peak_um = image[offered]
        set_limit(image, offered, NO_STROKE_UM)
        if image[ST_PHASE] == PHASE_HOLD:
            return True
        set_limit(image, offered, peak_um)  # a scan came between and started it
        return False

    def _settled(self):
        """Nothing moves, or the slot offered last is the one that is stroked and queued, so the other is free."""
        image = self.image
        if image[IN_MOTION] & MO_MOVING == 0:
            return True
        return image[ST_SLOT] == image[OR_SLOT] and image[ST_QUEUED] == image[OR_SLOT]


# What leads to strokes of the depth that is set, one look a turn, on the session's behalf.


def load(session):
    """What cannot be a stroke of these settings is a fault: the drive knows which."""
    try:
        if session.loading.poll(session.image[OR_MODE] == MODE_HOLD):
            session.placing = True
            session.image[OR_MODE] = MODE_HOME  # before there are words in a slot, which a scan would take for a stroke
            session.homing.place(session)
    except ValueError:
        session.latch(session.loading.drive.failing())


def home(session, now_us):
    """One turn of a homing, or of placing."""
    image = session.image
    homing = session.homing
    try:
        homing.advance(now_us)
        if homing.result == "" and not image[ST_STOPPED] and not image[ST_FAULT]:
            if not homing.placed(session.settings.depth_um):
                homing.place(session)  # for what was set meanwhile
                return
            session.loading.load_now()
    except ValueError:
        session.latch(session.loading.drive.failing())
        return
    if image[ST_STOPPED]:
        return  # by the scan, while this was looking: the move was broken off, and means nothing
    if image[ST_FAULT]:
        homing.result = ""
    elif homing.result:
        session.homing_error = homing.result
        image[OR_RAISE] = faults.HOME
    elif homing.result == "":
        image[OR_MODE] = MODE_HOLD
        if not session.placing and not session.tests.rate_right():
            image[OR_RAISE] = faults.CLOCK

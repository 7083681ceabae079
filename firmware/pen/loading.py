"""Gets the stroke that the settings ask for into a slot the generator is not using, so that a change never meets a stroke."""

from pen.image import (
    IN_MOTION,
    LI_CAP_UM,
    MO_MOVING,
    OR_OUT_US,
    OR_PERIOD_US,
    OR_RATE_SLACK_US,
    OR_SLOT,
    ST_QUEUED,
    ST_SLOT,
)
from pen.stroke import Stroke


class Loading:
    """Two slots: one is being stroked or queued, the other may be written. `zone`: the one that the strokes are for."""

    def __init__(self, image, hal, board, drive, settings):
        self.image = image
        self.hal = hal
        self.board = board
        self.drive = drive
        self.settings = settings
        self.zone = ""
        self._loaded = 0
        self._travel_us = 0
        self._wait_us = 0

    def poll(self, armed):
        """Loads if armed, what is loaded is not what it should be, and the other slot is free."""
        stale = self._loaded != self.settings.changed or self._wait_us
        if armed and stale and self.settings.zone and self._settled():
            self.load_now()

    def load_now(self):
        """Plans the stroke of the present settings and offers it to the scan.

        After a shorter stroke it would start too soon, because the rest before it makes up for its own length. So that
        one waits longer, and as soon as it is under way the same stroke is loaded again without the wait.
        """
        image = self.image
        settings = self.settings
        slot = 1 - image[OR_SLOT]
        stroke = Stroke(self.drive, settings.depth_um, settings.rate_dhz)
        image[LI_CAP_UM] = settings.cap_um()
        count = stroke.write(self.hal.slots[slot])
        self._wait(self.drive.travel_us(stroke.steps))
        self.hal.load(slot, count, stroke.lead_first_us, stroke.lead_next_us + self._wait_us)
        image[OR_PERIOD_US + slot] = stroke.period_us
        slack_us = stroke.period_us * self.board.RATE_TOLERANCE_PERMILLE // 1_000
        image[OR_RATE_SLACK_US + slot] = (
            slack_us + self._wait_us
        )  # should a second one follow before it is loaded again
        image[OR_OUT_US + slot] = stroke.out_us() + self.board.DWELL_MARGIN_US
        image[OR_SLOT] = slot
        self.zone = settings.zone
        self._loaded = settings.changed

    def _wait(self, travel_us):
        """How much longer the first of these strokes rests, because the one before it is shorter. At rest: not at all."""
        moving = self.image[IN_MOTION] & MO_MOVING
        self._wait_us = max(0, 2 * (travel_us - self._travel_us)) if moving else 0
        self._travel_us = travel_us

    def _settled(self):
        """Nothing moves, or the slot offered last is the one that is stroked and queued, so the other is free."""
        image = self.image
        if image[IN_MOTION] & MO_MOVING == 0:
            return True
        return image[ST_SLOT] == image[OR_SLOT] and image[ST_QUEUED] == image[OR_SLOT]

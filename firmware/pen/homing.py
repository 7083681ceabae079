"""Homing: find the home switch's edge with single slow moves, and believe it only if count and tip sensor agree.

In until the switch closes, out until it opens, a fixed way back to retracted, then a look at the tip sensor. Every move
is finite; the scan stops it at the switch. `advance` is called from the foreground's loop and never waits.
"""

from micropython import const

from pen.image import (
    IN_MOTION,
    IN_STEPS,
    IN_SWITCHES,
    LI_REST_MISMATCH_UM,
    MO_MOVING,
    OR_MOVE_SEQ,
    OR_MOVE_UNTIL,
    OR_ORIGIN,
    OR_SLOT,
    ST_MEASURED_UM,
    ST_MOVE_SEQ,
    SW_HOME,
    UNTIL_END,
    UNTIL_HOME_CLOSED,
    UNTIL_HOME_OPEN,
    set_limit,
)
from pen.steps import STEPS_MOST, word
from pen.ticks import age

_IN = const(1)
_OUT = const(2)
_BACK = const(3)
_SETTLE = const(4)

_SETTLE_US = const(5_000)
_MARGIN_US = const(100_000)
_LOOKS = const(8)  # readings averaged at the end: a spike does not decide


class Homing:
    """One homing at a time. `result`: None while under way, "" when done, else what is wrong."""

    def __init__(self, image, hal, board, drive):
        self.image = image
        self.hal = hal
        self.board = board
        self.drive = drive
        self.result = ""
        self.stage = 0
        self._accepted = False
        self._seen_um = 0
        self._begun_steps = 0
        self._looks = 0
        self._sum_um = 0
        self._since_us = 0
        self._begun_us = None
        self._longest_us = 0

    def placed(self, _depth_um):
        """Whether strokes of this depth can be made without moving anything first."""
        return True

    def start(self, _depth_um):
        """Begins with the move inward, or skips it if the switch is closed already. Then strokes of this depth can be made."""
        self.result = None
        if self.image[IN_SWITCHES] & SW_HOME:
            self._start_out()
        else:
            self._move(_IN, False, self._whole_travel_steps(), UNTIL_HOME_CLOSED)

    def advance(self, now_us):
        """Looks whether the present move is over and does what follows."""
        if self.result is not None:
            return
        if self.stage == _SETTLE:
            self._settle(now_us)
        elif self._overdue(now_us):
            self.result = "the drive does not make the steps ordered"
        elif self._arrived():
            if self.stage == _IN:
                self._after_in()
            elif self.stage == _OUT:
                self._after_out()
            else:
                set_limit(self.image, OR_ORIGIN, self.image[IN_STEPS])
                self.stage = _SETTLE
                self._looks = self._sum_um = 0
                self._since_us = now_us

    def _whole_travel_steps(self):
        travel_um = self.board.DEPTH_MAX_UM + self.board.CLEARANCE_UM + self.board.BACK_TRAVEL_UM
        return min(travel_um // self.drive.step_um, STEPS_MOST)

    def _start_out(self):
        self._seen_um = self.image[ST_MEASURED_UM]
        self._begun_steps = self.image[IN_STEPS]
        # From the back stop to where the switch has certainly opened, and well before the face.
        self._move(_OUT, True, (self.board.BACK_TRAVEL_UM - 100) // self.drive.step_um, UNTIL_HOME_OPEN)

    def _after_in(self):
        if self.image[IN_SWITCHES] & SW_HOME:
            self._start_out()
        else:
            self.result = "the home switch did not close"  # [SR-05]

    def _after_out(self):
        counted_um = (self.image[IN_STEPS] - self._begun_steps) * self.drive.step_um
        apart_um = self.image[ST_MEASURED_UM] - self._seen_um - counted_um
        if self.image[IN_SWITCHES] & SW_HOME:
            self.result = "the home switch did not open"
        elif abs(apart_um) > 2 * self.image[LI_REST_MISMATCH_UM]:  # [SR-05]
            self.result = "tip sensor and count disagree by {} um on the way out".format(apart_um)
        else:
            back_um = self.board.HOME_OPENS_UM + self.drive.step_um - 1
            self._move(_BACK, False, back_um // self.drive.step_um, UNTIL_END)

    def _settle(self, now_us):
        if age(now_us, self._since_us) < _SETTLE_US:
            return
        self._looks += 1
        self._sum_um += self.image[ST_MEASURED_UM]
        if self._looks == _LOOKS:
            apart_um = self._sum_um // _LOOKS + self.board.CLEARANCE_UM
            self.result = ""
            if self.image[IN_SWITCHES] & SW_HOME == 0:
                self.result = "the home switch is open at retracted"
            elif abs(apart_um) > self.image[LI_REST_MISMATCH_UM]:  # [SR-05]
                self.result = "tip sensor and home switch disagree by {} um".format(apart_um)

    def _move(self, stage, outward, steps, until):
        self.stage = stage
        self._accepted = False
        self._begun_us = None
        self._longest_us = steps * self.drive.homing_us + _MARGIN_US
        self._forget_until()
        self.hal.slots[0][0] = word(outward, 1, self.drive.homing_us)
        if steps > 1:
            self.hal.slots[0][1] = word(outward, steps - 1, self.drive.homing_us)
        self.hal.load(0, min(steps, 2), False)
        self.image[OR_SLOT] = 0
        self._order(until)

    def _forget_until(self):
        """While words are loaded a generator may look as if it moved: no switch must end that."""
        self.image[OR_MOVE_UNTIL] = UNTIL_END

    def _order(self, until):
        self.image[OR_MOVE_UNTIL] = until
        self.image[OR_MOVE_SEQ] += 1

    def _overdue(self, now_us):
        """True if the present move takes longer than all of its steps and a turn or two of the loop can."""
        if self._begun_us is None:
            self._begun_us = now_us
        return age(now_us, self._begun_us) > self._longest_us

    def _arrived(self):
        """True from the second look on that finds the order taken and nothing moving: a scan lies between two looks."""
        if self.image[ST_MOVE_SEQ] != self.image[OR_MOVE_SEQ]:
            return False
        if not self._accepted:
            self._accepted = True
            return False
        return self.image[IN_MOTION] & MO_MOVING == 0

"""Homing of the solenoid's stop, and setting it: by its switch, its count, and a short stroke against it behind the face.

In until the switch closes, out until it opens: there its place is known, and a stroke that ends there must read the same. From
there out to the depth. A stop that has lost steps on its way out is too shallow, which strokes show; on the way in it would be too
deep, so that way always leads over the switch again.
"""

from micropython import const

from pen import pulses, units
from pen.homing import Homing
from pen.image import (
    IN_CURRENT_RAW,
    IN_MOTION,
    IN_NOW_US,
    IN_STEPS,
    IN_SUPPLY_RAW,
    IN_SWITCHES,
    IN_TEMPERATURE_RAW,
    LI_CAP_UM,
    LI_REST_MISMATCH_UM,
    MO_OUTWARD,
    OR_LEASE_START_US,
    OR_ORIGIN,
    OR_PEAK_UM,
    OR_SLOT,
    ST_MEASURED_UM,
    ST_STILL_US,
    SW_HOME,
    UNTIL_END,
    UNTIL_HOME_CLOSED,
    UNTIL_HOME_OPEN,
    set_limit,
)
from pen.steps import NO_STROKE_UM, STEPS_MOST
from pen.ticks import age, later

_IN = const(1)
_OUT = const(2)
_PROBE = const(3)
_SET = const(4)

_PROBES = const(10)  # one that no look has seen is made again: a turn of the foreground under load is longer than one
_WAIT_US = const(1_500)  # before it
_PROBE_PEAK_US = const(8_100)  # at full current, which settles: what it is then says how hot the coil is
_PROBE_US = const(3_000)  # by then the tip is at the stop, 0.1 mm away, and has bounced
_SETTLED_US = const(6_000)  # five of the current's time constants
_UNSEEN_UM = const(-1_000_000)
_ENDS_UM = const(
    400
)  # the screw's own ends are behind home and beyond the deepest, a few tenths of a millimetre each [boards]
_SEARCH_UM = const(200)  # outward: the switch opens before
_STEPS_OFF = const(2)  # that the switch's edge may be from where the count has it


class StopHoming(Homing):
    """`result` as Homing's. The stop is where the tip will stop."""

    def __init__(self, image, hal, board, drive):
        super().__init__(image, hal, board, drive)
        self._depth_um = 0
        self._set_um = _UNSEEN_UM
        self._homed = False
        self._probes = 0
        self._deepest_um = 0
        self._placing_us = None  # since when a lease waits

    def placed(self, depth_um):
        """Whether the stop is set for strokes of this depth."""
        return self._set_um == depth_um

    def start(self, depth_um):
        """Homes, whatever was known before, and sets the stop."""
        self._homed = False
        self._placing_us = None
        apart_um = self.image[ST_MEASURED_UM] + self.board.CLEARANCE_UM
        if abs(apart_um) > 2 * self.image[LI_REST_MISMATCH_UM]:  # [SR-05]
            self.result = "the tip is {} um from retracted".format(apart_um)
            return
        self._begin(depth_um)

    def place(self, session):
        """Sets the stop for another depth of its settings: outward at once, inward over the switch.

        Nothing moves, and no slot has a stroke: the cap of the depth may be in force already.
        """
        depth_um = session.settings.depth_um
        set_limit(self.image, LI_CAP_UM, session.settings.cap_um())
        self._placing_us = self.image[IN_NOW_US]
        if depth_um > self._set_um > _UNSEEN_UM and self._homed:
            self.result = None
            self._depth_um = depth_um
            self._set_um = _UNSEEN_UM
            self._go_to_depth()
        else:
            self._begin(depth_um)

    def select(self, board):
        """The thermistor on the board while the stop moves on its way to its switch, for the coil is off then; else the coil's."""
        if self.drive.elsewhere and not board:
            self.drive.board_dc = units.temperature_dc(self.image[IN_TEMPERATURE_RAW], self.board)
        self.drive.elsewhere = board
        self.hal.own.select_thermistor(board)

    def _begin(self, depth_um):
        self.select(True)
        self.result = None
        self._depth_um = depth_um
        self._set_um = _UNSEEN_UM
        if self.image[IN_SWITCHES] & SW_HOME:
            self._search_out()
        else:
            self._move(_IN, False, self._whole_travel_steps(), UNTIL_HOME_CLOSED)

    def advance(self, now_us):
        """Looks whether the present move is over and does what follows."""
        if self.result is not None:
            return
        if self.stage == _PROBE:
            self.drive.hurries = True
            self._look()
        if self._overdue(now_us):
            self.result = "the drive does not make the steps ordered"
        elif self._arrived():
            if self.stage == _IN:
                self._after_in()
            elif self.stage == _OUT:
                self._after_out()
            elif self.stage == _PROBE:
                self._after_probe()
            else:
                set_limit(self.image, OR_PEAK_UM + 0, NO_STROKE_UM)  # what is in the slot are steps of the stop
                self._set_um = self._depth_um
                self._count_lease(now_us)
                self.result = ""

    def _count_lease(self, now_us):
        """From here on: its seconds are of strokes, and there were none while the stop was placed."""
        image = self.image
        if self._placing_us is not None:
            waited_us = min(age(now_us, self._placing_us), age(now_us, image[OR_LEASE_START_US]))
            set_limit(image, OR_LEASE_START_US, later(image[OR_LEASE_START_US], waited_us))

    def _whole_travel_steps(self):
        travel_um = self.board.DEPTH_MAX_UM + self.board.CLEARANCE_UM + _ENDS_UM
        return min(travel_um // self.drive.step_um, STEPS_MOST)

    def _search_out(self):
        self._move(_OUT, True, _SEARCH_UM // self.drive.step_um, UNTIL_HOME_OPEN)

    def _after_out(self):
        edge_um = self.board.STOP_HOME_UM + self.drive.step_um
        origin = self.image[IN_STEPS] - (edge_um + self.board.CLEARANCE_UM) // self.drive.step_um
        off = origin - self.image[OR_ORIGIN]
        if self.image[IN_SWITCHES] & SW_HOME:
            self.result = "the home switch did not open"
        elif self._homed and abs(off) > _STEPS_OFF:  # [SR-05]
            self.result = "the stop's count and its home switch disagree by {} um".format(off * self.drive.step_um)
        else:
            set_limit(self.image, OR_ORIGIN, origin)
            self._homed = True
            self._probes = 0
            self._probe()

    def _probe(self):
        """A stroke over a tenth of a millimetre, held for milliseconds, so that a turn of the foreground sees it.

        At full current, as the hardest strokes are: a cell that cannot bear that says so here, behind the face. The blow is
        a fifteenth of a stroke's: 0.23 mJ to 3.5 in the simulator.
        """
        self.select(False)
        self._forget_until()
        slot = self.hal.slots[0]
        slot[0] = pulses.PULSE | _WAIT_US
        slot[1] = pulses.pulse(_PROBE_PEAK_US, 0, self.board.CHOP_ON_US)
        slot[2] = self.board.RETURN_US
        self.stage = _PROBE
        self.drive.hurries = True
        self._probes += 1
        self._deepest_um = _UNSEEN_UM
        self.drive.probe = None
        self._accepted = False
        self._begun_us = None
        self._longest_us = 100_000
        self.hal.load(0, pulses.WORDS)
        self.image[OR_SLOT] = 0
        self._order(UNTIL_END)

    def _look(self):
        """Once the tip has had time to get to the stop: before, it is anywhere."""
        image = self.image
        readings = image[IN_SUPPLY_RAW], image[IN_CURRENT_RAW]
        since_us = age(image[IN_NOW_US], image[ST_STILL_US])
        if not image[IN_MOTION] & MO_OUTWARD or since_us <= _PROBE_US:
            return
        self._deepest_um = max(self._deepest_um, image[ST_MEASURED_UM])
        if since_us > _SETTLED_US:
            self.drive.probe = readings

    def _after_probe(self):
        if not self.drive.probe and self._probes < _PROBES:
            self._probe()
            return
        self.drive.probes += 1
        apart_um = self._deepest_um - self.board.STOP_HOME_UM - self.drive.step_um
        if abs(apart_um) > self.image[LI_REST_MISMATCH_UM]:  # [SR-05]
            self.result = "a stroke against the stop at home ends {} um from it".format(apart_um)
        else:
            self._go_to_depth()

    def _go_to_depth(self):
        at_um = (self.image[IN_STEPS] - self.image[OR_ORIGIN]) * self.drive.step_um - self.board.CLEARANCE_UM
        self._move(_SET, True, (self._depth_um - at_um) // self.drive.step_um, UNTIL_END)

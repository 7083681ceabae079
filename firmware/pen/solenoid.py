"""The solenoid, a drive as drive.py wants it: a pulse throws the tip against a stop, and a stepper sets where that is.

How long the tip takes depends on the way, the supply and the coil's heat: the board has it for the weakest and the strongest
coil, see `pull_in_us`. What the pulse's first part, of full current, has to be for the tip to arrive without slamming is learnt
from when it arrives.
"""

from micropython import const

from pen import faults, pulses, units
from pen.image import (
    IN_MOTION,
    IN_NOW_US,
    IN_SUPPLY_RAW,
    IN_TEMPERATURE_RAW,
    LI_FOLLOW_US,
    LI_HOME_AT_REST,
    LI_LEAD_REST_US,
    LI_LEAD_US,
    MO_OUTWARD,
    OR_PEAK_UM,
    OR_RAISE,
    PHASE_STROKING,
    ST_FOLLOWED_US,
    ST_LAST_PEAK_UM,
    ST_MEASURED_UM,
    ST_PHASE,
    ST_SLOT,
    ST_STARTED,
    ST_STILL_US,
    ST_STROKES,
)
from pen.ticks import age

DHZ_US = 10_000_000
_SHORT_UM = 30  # of the stop: between two scans the tip is at it and 23 um away again; a step, and the sensor's noise
_SPARE_US = 200  # how much earlier than it must the tip is to arrive: skin may be firmer at the next place
_GRAIN_US = 100  # a scan
_LATE_MOST_US = 800  # of one stroke
_SAFER = 80  # of a thousand: above what was too little
_FORGET_STROKES = 16
_CHANGE = 20  # of a thousand: worth planning anew for
_SUPPLY_GRAIN_MV = 50
_DIP_US = 12_000  # longer than the scan takes for supply and temperature [docs/safety.md]
_ST_TIP_SAME = const(22)  # as image.py has it
_FROZEN_SCANS = 50  # as guard_motion's: 5 ms of the very same reading
_MISSING_MOST = 8  # strokes in a row, as the scan bears short ones
_OUT_UM = 20  # beyond the face, as the scan takes it: above the sensor's noise
_FULL = 1_000
_RUN_MV = 700  # weaker after the hardest run there is, by cell and hot coil: 620 in the simulator


class Drive:
    """`tuned` counts what it has learnt of supply, heat and arrival.

    `probes` counts homing's strokes against the stop; `probe`: (supply, current) at the end of the last, readings of the
    converter, None if no look has seen it; `shape_planned`: of the last stroke that was. `elsewhere`: the thermistor on the board
    is the selected one, and not the coil's; `board_dc`: what it said at the last homing. `hurries` is set in every turn of homing
    that makes the probe or waits to see it.
    """

    def __init__(self, board):
        self.board = board
        self.step_um = board.STEP_UM
        self.clearance_um = board.CLEARANCE_UM
        self.homing_us = 1_000_000 // board.HOMING_STEPS_PER_S
        self.tuned = self.probes = 0
        self.probe = None
        self.elsewhere = self.hurries = False
        self.board_dc = 0
        self.shape_planned = (0, 0)
        # The supply that a cold coil would need to be as strong as this one is now; until the first look the deepest stroke's.
        self._drive_mv = self._least_mv(board.DEPTH_MAX_UM)
        self._peak_permille = _FULL  # of the time to the stop, at full current
        self._least_permille = board.PEAK_MIN_PERMILLE  # less was too little, a while ago
        self._planned_permille = _FULL
        self._strokes = 0
        self._started = 0  # strokes begun in this run when one was last counted
        self._weak = False
        self._weaker_us = None  # since when it seems to be
        if self.rate_max_dhz(board.DEPTH_MAX_UM) < board.RATE_MIN_DHZ:
            raise ValueError("the deepest stroke is too slow: a stronger coil or less depth")
        if self._on_us(board.DEPTH_MAX_UM) > board.ON_MOST_US:
            raise ValueError("the deepest stroke needs the coil for longer than ON_MOST_US")

    def limits(self):
        """The tip gets to the stop and back in its own time; the home switch is the stop's, which is out at rest."""
        slowest_us = self._on_us(self.board.DEPTH_MAX_UM) + self.back_us(self.board.DEPTH_MAX_UM)
        return (
            (LI_LEAD_US, self.homing_us),  # a step of the stop must not come sooner, where it turns round
            (LI_LEAD_REST_US, self.board.REST_MIN_US),
            (LI_FOLLOW_US, slowest_us),
            (LI_HOME_AT_REST, 0),
        )

    def homing(self, image, hal, board):
        """Finds the stop's home switch, and sets the stop."""
        from pen.stop_homing import StopHoming

        return StopHoming(image, hal, board, self)

    def pull_in_us(self, depth_um, drive_mv=0):
        """From the coil's first edge until the tip is at a stop there, in the firmest skin that the board was measured with.

        Linear in the way and in the supply, between the weakest coil and the strongest. `drive_mv`: of another supply, see
        `drive_mv_of`; 0 is the present one.
        """
        board = self.board
        way_um = depth_um + self.clearance_um
        weak_us = board.PULL_IN_WEAK_US + board.PULL_IN_WEAK_US_PER_MM * way_um // 1_000
        strong_us = board.PULL_IN_STRONG_US + board.PULL_IN_STRONG_US_PER_MM * way_um // 1_000
        span_mv = board.SUPPLY_STRONG_MV - board.SUPPLY_WEAK_MV
        above_mv = min(max((drive_mv or self._drive_mv) - board.SUPPLY_WEAK_MV, 0), span_mv)
        return weak_us - (weak_us - strong_us) * above_mv // span_mv

    def _least_mv(self, depth_um):
        """The supply without which the tip would be late at a stop there, or would never be there."""
        board = self.board
        way_mv = board.SUPPLY_WAY_MV + board.SUPPLY_WAY_MV_PER_MM * (depth_um + self.clearance_um) // 1_000
        return max(board.SUPPLY_WEAK_MV, way_mv)

    def _on_us(self, depth_um, drive_mv=0):
        return self.pull_in_us(depth_um, drive_mv) + self.board.HOLD_US

    def back_us(self, depth_um):
        """The way back from a stop there, at the longest."""
        return self.board.RETURN_US + self.board.RETURN_US_PER_MM * (depth_um + self.clearance_um) // 1_000

    def rate_max_dhz(self, depth_um):
        """The greatest rate at this depth, supply and heat that can be kept for a whole run, in tenths of a hertz.

        0 if the supply is not enough for it; of one that just is, strokes may end when cell and coil have got weaker.
        """
        drive_mv = self._drive_mv
        return self.rate_at_dhz(depth_um, max(drive_mv - _RUN_MV, min(drive_mv, self._least_mv(depth_um))))

    def rate_at_dhz(self, depth_um, drive_mv):
        """The greatest rate at this depth, of a drive that is so strong, see `drive_mv_of`; 0 if it is too weak."""
        if drive_mv < self._least_mv(depth_um):
            return 0
        return DHZ_US // (self._on_us(depth_um, drive_mv) + self.back_us(depth_um) + self.board.REST_MIN_US)

    def rate_now_dhz(self, depth_um):
        """The greatest rate at this depth that there are strokes for, at this moment; 0 if there are none."""
        return self.rate_at_dhz(depth_um, self._drive_mv)

    def depth_max_um(self, rate_dhz):
        """The greatest depth at this rate, in whole steps; below 0 if there is none."""
        within, beyond = -1, self.board.DEPTH_MAX_UM // self.step_um + 1
        while beyond - within > 1:
            middle = (within + beyond) // 2
            if self.rate_max_dhz(middle * self.step_um) >= rate_dhz:
                within = middle
            else:
                beyond = middle
        return within * self.step_um

    def plan(self, depth_um, rate_dhz):
        """One stroke. Raises ValueError outside the envelope."""
        self._planned_permille = self._peak_permille
        self.shape_planned = self.shape(depth_um)
        self._weak = rate_dhz > self.rate_now_dhz(depth_um)
        return Stroke(self, depth_um, rate_dhz)

    def failing(self):
        """The supply has fallen, or the coil has warmed, since the stroke was possible; else a bit has flipped."""
        return -faults.SUPPLY_LOW if self._weak else faults.MEMORY

    def shape(self, depth_um):
        """(peak_us, chops) of the pulse: full current as learnt, then chopped until the tip has been held at the stop."""
        on_us = self._on_us(depth_um)
        chop_us = pulses.CHOP_OFF_US + self.board.CHOP_ON_US
        peak_us = max(self.pull_in_us(depth_um) * self._peak_permille // _FULL, _GRAIN_US)
        chops = min(max(-(-(on_us - peak_us) // chop_us), 0), pulses.CHOPS_MOST)
        return on_us - chops * chop_us, chops

    def admit(self, image, slot, words, count, returns):
        """A stroke's pulse, or, if it does not return, steps of the stop, which move nothing that is in the skin."""
        if returns:
            pulses.admit(image, slot, words, count, self.board.ON_MOST_US)
        else:
            self._admit_steps(image, slot, words, count)

    def _admit_steps(self, image, slot, words, count):
        from pen.descriptor import admit

        admit(image, slot, words, count, 1_000_000 // self.board.STEPS_PER_S, False)

    def poll(self, image):
        """A look at the last stroke, the supply and the heat; what has changed enough is planned anew.

        True while homing's probe is to be seen: a line of the console takes longer than that lasts.
        """
        hurries, self.hurries = self.hurries, False
        if not (image[IN_MOTION] & MO_OUTWARD or self.elsewhere):
            self._look_at_supply(image)
        if image[ST_STROKES] != self._strokes:
            self._strokes = image[ST_STROKES]
            self._learn(image)
            self._started = image[ST_STARTED]
        if image[ST_PHASE] == PHASE_STROKING and not image[OR_RAISE]:
            image[OR_RAISE] = self._wrong(image)
        if abs(self._peak_permille - self._planned_permille) > _CHANGE:
            self._planned_permille = self._peak_permille
            self.tuned += 1
        return hurries

    def _wrong(self, image):
        """What the scan does not see while it gives the tip its time: a fault to cut for, or 0."""
        if image[_ST_TIP_SAME] >= _FROZEN_SCANS:  # [SR-04]
            return faults.SENSOR_FROZEN
        if self._missing(image):
            return faults.STALL
        return faults.POSITION_MISMATCH if self._not_back(image) else 0

    def _missing(self, image):  # [SR-16]
        """Strokes of which no needle comes out are none, and no scan has a depth of them to compare."""
        started = image[ST_STARTED]
        self._started = min(self._started, started)  # another run counts anew
        return started - self._started > _MISSING_MOST

    def _not_back(self, image):  # [SR-04]
        """Beyond the face when it should be back: a tip that bounces off its seat into the skin, or has no spring to speak of."""
        still_us = image[ST_STILL_US]
        away_um = image[ST_MEASURED_UM]
        since_us = age(image[IN_NOW_US], still_us)
        back = since_us > self.back_us(image[OR_PEAK_UM + (image[ST_SLOT] & 1)])
        return back and away_um > _OUT_UM and not image[IN_MOTION] & MO_OUTWARD and image[ST_STILL_US] == still_us

    def _look_at_supply(self, image):
        """What has become stronger counts at once; weaker, if it stays: a dip is none, and whether it is too hot says the scan."""
        board = self.board
        supply_mv = units.mv_from_raw(image[IN_SUPPLY_RAW]) * board.SUPPLY_MV_PER_V // 1_000
        drive_mv = self.drive_mv_of(supply_mv, units.temperature_dc(image[IN_TEMPERATURE_RAW], board))
        now_us = image[IN_NOW_US]
        if drive_mv >= self._drive_mv - _SUPPLY_GRAIN_MV:
            self._weaker_us = None
            if drive_mv <= self._drive_mv + _SUPPLY_GRAIN_MV:
                return
        elif self._weaker_us is None:
            self._weaker_us = now_us
            return
        elif age(now_us, self._weaker_us) < _DIP_US:
            return
        self._weaker_us = None
        self._drive_mv = drive_mv
        self.tuned += 1

    def drive_mv_of(self, supply_mv, temperature_dc):
        """The supply that a cold coil would need to be as strong as one of this temperature is with this supply."""
        return supply_mv * 100_000 // (100_000 + 39 * max(temperature_dc - 200, 0))  # copper: 0.39 % a degree

    def _learn(self, image):
        """From one stroke: a part of what it came early is taken off the peak, twice that part of what it came late is added."""
        peak_um = image[OR_PEAK_UM + (image[ST_SLOT] & 1)]
        wanted_us = self.pull_in_us(peak_um)
        early_us = wanted_us - _SPARE_US - image[ST_FOLLOWED_US] - _GRAIN_US
        if early_us < 2 * _GRAIN_US and image[ST_LAST_PEAK_UM] < peak_um - _SHORT_UM:
            early_us = -_LATE_MOST_US  # one that comes fast bounces, and may be at the stop between two scans
            self._least_permille = min(self._peak_permille + _SAFER, _FULL)
        elif self._strokes % _FORGET_STROKES == 0:
            self._least_permille = max(self._least_permille - 1, self.board.PEAK_MIN_PERMILLE)
        early_us = min(max(early_us, -_LATE_MOST_US), _LATE_MOST_US)
        change = early_us * _FULL // wanted_us // (8 if early_us > 0 else 4)
        self._peak_permille = min(max(self._peak_permille - change, self._least_permille), _FULL)


class Stroke:
    """One planned stroke. `travel_us`: from the coil's first edge until the tip is back.

    Raises ValueError if the drive cannot make it.
    """

    def __init__(self, drive, depth_um, rate_dhz):
        if not 0 < rate_dhz <= drive.rate_now_dhz(depth_um):
            raise ValueError("the drive cannot make this stroke at this rate")
        self._peak_us, self._chops = drive.shape(depth_um)
        self._on_us = drive.board.CHOP_ON_US
        self._back_us = drive.back_us(depth_um)
        self.period_us = (DHZ_US + rate_dhz // 2) // rate_dhz
        held_us = self._chops * (pulses.CHOP_OFF_US + self._on_us)
        self.travel_us = self._peak_us + held_us + self._back_us

    def out_us(self):
        """From the coil's first edge until the tip is back: never less than it is out."""
        return self.travel_us

    def write(self, words):  # [SR-06]
        """Fills three words: the wait, which is set anew at every start, the pulse, the way back."""
        words[0] = pulses.PULSE
        words[1] = pulses.pulse(self._peak_us, self._chops, self._on_us)
        words[2] = self._back_us
        return pulses.WORDS


def quota(app):
    """What a session may give at most, and what cell and coil can."""
    from pen.cellquota import Quota

    return Quota(app)

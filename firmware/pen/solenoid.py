"""The solenoid, a drive as drive.py wants it: a pulse throws the tip against a stop, and a stepper sets where that is.

How long the tip takes depends on the way, the supply and the coil's heat: the board has it for the weakest and the strongest
coil, see `pull_in_us`. What the pulse's first part, of full current, has to be for the tip to arrive without slamming is learnt
from when it arrives.
"""

from pen import faults, pulses, units
from pen.image import (
    IN_MOTION,
    IN_SUPPLY_RAW,
    IN_TEMPERATURE_RAW,
    LI_FOLLOW_US,
    LI_HOME_AT_REST,
    LI_LEAD_REST_US,
    LI_LEAD_US,
    MO_OUTWARD,
    OR_PEAK_UM,
    ST_FOLLOWED_US,
    ST_LAST_PEAK_UM,
    ST_SLOT,
    ST_STROKES,
)

DHZ_US = 10_000_000
_SHORT_UM = 20  # of the stop: the sensor's noise and a step
_SPARE_US = 200  # how much earlier than it must the tip is to arrive: skin may be firmer at the next place
_GRAIN_US = 100  # a scan
_LATE_MOST_US = 800  # of one stroke
_SAFER = 80  # of a thousand: above what was too little
_FORGET_STROKES = 16
_CHANGE = 20  # of a thousand: worth planning anew for
_SUPPLY_GRAIN_MV = 50
_FULL = 1_000


class Drive:
    """`tuned` counts what it has learnt of supply, heat and arrival."""

    def __init__(self, board):
        self.board = board
        self.step_um = board.STEP_UM
        self.clearance_um = board.CLEARANCE_UM
        self.homing_us = 1_000_000 // board.HOMING_STEPS_PER_S
        self.tuned = 0
        # The supply that a cold coil would need to be as strong as this one is now; until the first look the deepest stroke's.
        self._drive_mv = self._least_mv(board.DEPTH_MAX_UM)
        self._peak_permille = _FULL  # of the time to the stop, at full current
        self._least_permille = board.PEAK_MIN_PERMILLE  # less was too little, a while ago
        self._planned_permille = _FULL
        self._strokes = 0
        self._weak = False
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

    def pull_in_us(self, depth_um):
        """From the coil's first edge until the tip is at a stop there, in the firmest skin that the board was measured with.

        Linear in the way and in the supply, between the weakest coil and the strongest.
        """
        board = self.board
        way_um = depth_um + self.clearance_um
        weak_us = board.PULL_IN_WEAK_US + board.PULL_IN_WEAK_US_PER_MM * way_um // 1_000
        strong_us = board.PULL_IN_STRONG_US + board.PULL_IN_STRONG_US_PER_MM * way_um // 1_000
        span_mv = board.SUPPLY_STRONG_MV - board.SUPPLY_WEAK_MV
        above_mv = min(max(self._drive_mv - board.SUPPLY_WEAK_MV, 0), span_mv)
        return weak_us - (weak_us - strong_us) * above_mv // span_mv

    def _least_mv(self, depth_um):
        """The supply without which the tip would be late at a stop there, or would never be there."""
        board = self.board
        way_mv = board.SUPPLY_WAY_MV + board.SUPPLY_WAY_MV_PER_MM * (depth_um + self.clearance_um) // 1_000
        return max(board.SUPPLY_WEAK_MV, way_mv)

    def _on_us(self, depth_um):
        return self.pull_in_us(depth_um) + self.board.HOLD_US

    def back_us(self, depth_um):
        """The way back from a stop there, at the longest."""
        return self.board.RETURN_US + self.board.RETURN_US_PER_MM * (depth_um + self.clearance_um) // 1_000

    def rate_max_dhz(self, depth_um):
        """The greatest rate at this depth, supply and heat, in tenths of a hertz; 0 if the supply is not enough for it."""
        if self._drive_mv < self._least_mv(depth_um):
            return 0
        return DHZ_US // (self._on_us(depth_um) + self.back_us(depth_um) + self.board.REST_MIN_US)

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
        self._weak = rate_dhz > self.rate_max_dhz(depth_um)
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
        """A look at the last stroke, the supply and the heat; what has changed enough is planned anew."""
        if not image[IN_MOTION] & MO_OUTWARD:
            self._look_at_supply(image)
        if image[ST_STROKES] != self._strokes:
            self._strokes = image[ST_STROKES]
            self._learn(image)
        if abs(self._peak_permille - self._planned_permille) > _CHANGE:
            self._planned_permille = self._peak_permille
            self.tuned += 1

    def _look_at_supply(self, image):
        board = self.board
        supply_mv = units.mv_from_raw(image[IN_SUPPLY_RAW]) * board.SUPPLY_MV_PER_V // 1_000
        hotter_dc = units.temperature_dc(image[IN_TEMPERATURE_RAW], board) - 200
        drive_mv = supply_mv * 100_000 // (100_000 + 39 * max(hotter_dc, 0))  # copper: 0.39 % a degree
        if abs(drive_mv - self._drive_mv) > _SUPPLY_GRAIN_MV:
            self._drive_mv = drive_mv
            self.tuned += 1

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
        if not 0 < rate_dhz <= drive.rate_max_dhz(depth_um):
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

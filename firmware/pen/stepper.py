"""The stepper, a drive as drive.py wants it: from (depth, rate) to one finite stroke, or to the number that would work.

A stroke is a list of words for the step generator, see steps.py. The first word's interval, the lead, is set anew at every
start and carries the rest between strokes: from first step to first step the period is exact.
"""

from array import array

from pen import faults
from pen.descriptor import admit
from pen.image import LI_FOLLOW_US, LI_HOME_AT_REST, LI_LEAD_REST_US, LI_LEAD_US, SW_HOME
from pen.steps import STEPS_MOST, word

RAMP_MOST = 15  # steps of the ramp; two ways of two ramps and a cruise each stay within the words of a slot
DHZ_US = 10_000_000  # microseconds in ten seconds: the period of 0.1 Hz


def isqrt(value):
    """The greatest integer whose square is not above `value` (0 or more)."""
    root = value
    better = (root + 1) // 2
    while better < root:
        root = better
        better = (root + value // root) // 2
    return root


class Drive:
    """What the drive can do, from the board: the ramp from standstill to full speed, in whole microseconds.

    `ramp`: intervals before steps 1, 2, ... of a start from rest at the greatest acceleration; its last entry is the
    interval at full speed. It has one step at least, because the lead takes the place of a stroke's first interval.
    Raises ValueError if the board asks for what does not fit.
    """

    tuned = 0  # it has nothing to learn,
    hurries = False  # and homing nothing that lasts as short as a turn of the foreground

    def __init__(self, board):
        self.step_um = board.STEP_UM
        self.clearance_um = board.CLEARANCE_UM
        self.rest_min_us = board.REST_MIN_US
        self.homing_us = 1_000_000 // board.HOMING_STEPS_PER_S
        cruise_us = -(-1_000_000 // board.STEPS_PER_S)
        before_us = max(isqrt(2_000_000_000_000 // board.STEPS_PER_S2), cruise_us)
        ramp = [before_us]
        while True:
            at_us = isqrt(2 * (len(ramp) + 1) * 1_000_000_000_000 // board.STEPS_PER_S2)
            if at_us - before_us <= cruise_us:
                break
            if len(ramp) == RAMP_MOST:
                raise ValueError("the drive's ramp is too long: more acceleration or less speed")
            ramp.append(at_us - before_us)
            before_us = at_us
        self.ramp_steps = len(ramp)
        self.ramp = array("i", ramp + [cruise_us])
        self.lead_rest_us = self.ramp[0] + self.rest_min_us
        if self.steps_to(board.DEPTH_MAX_UM) > STEPS_MOST:
            raise ValueError("the deepest stroke has too many steps: longer steps or less depth")
        if self.rate_max_dhz(board.DEPTH_MAX_UM) < board.RATE_MIN_DHZ:
            raise ValueError("the deepest stroke is too slow: more speed or less depth")

    def limits(self):
        """(word of the image, value) of what the scan has to know: the tip is where the count is, and home when retracted."""
        return (
            (LI_LEAD_US, self.ramp[0]),
            (LI_LEAD_REST_US, self.lead_rest_us),
            (LI_FOLLOW_US, 0),
            (LI_HOME_AT_REST, SW_HOME),
        )

    def poll(self, _image):
        """Nothing to learn, and no hurry."""

    def homing(self, image, hal, board):
        """Finds the home switch."""
        from pen.homing import Homing

        return Homing(image, hal, board, self)

    def plan(self, depth_um, rate_dhz):
        """One stroke. Raises ValueError if there is none."""
        return Stroke(self, depth_um, rate_dhz)

    def failing(self):
        """What was possible stays it: a bit has flipped."""
        return faults.MEMORY

    def admit(self, image, slot, words, count, returns):
        """See descriptor.admit."""
        admit(image, slot, words, count, self.ramp[self.ramp_steps], returns)

    def steps_to(self, um):
        """Steps from retracted to `um` beyond the face."""
        return (um + self.clearance_um) // self.step_um

    def travel_us(self, steps):
        """Time of one way of `steps` steps, from standstill to standstill."""
        ramped = min(self.ramp_steps, steps // 2)
        return 2 * sum(self.ramp[:ramped]) + (steps - 2 * ramped) * self.ramp[ramped]

    def period_min_us(self, depth_um):
        """The shortest period of strokes of this depth."""
        return 2 * self.travel_us(self.steps_to(depth_um)) + self.rest_min_us

    def rate_max_dhz(self, depth_um):
        """The greatest rate at this depth, in tenths of a hertz."""
        return DHZ_US // self.period_min_us(depth_um)

    def depth_max_um(self, rate_dhz):
        """The greatest depth at this rate; below 0 if there is none."""
        within, beyond = 0, STEPS_MOST + 1
        while beyond - within > 1:
            steps = (within + beyond) // 2
            if self.rate_max_dhz(steps * self.step_um - self.clearance_um) >= rate_dhz:
                within = steps
            else:
                beyond = steps
        return (within + 1) * self.step_um - self.clearance_um - 1  # all of them are as many steps


class Stroke:
    """One planned stroke, ready to be written into a slot. `travel_us`: from its first step to its last.

    Raises ValueError if the drive cannot make it.
    """

    def __init__(self, drive, depth_um, rate_dhz):
        self.drive = drive
        self.steps = drive.steps_to(depth_um)
        self.period_us = (DHZ_US + rate_dhz // 2) // rate_dhz
        self.travel_us = 2 * drive.travel_us(self.steps) - drive.ramp[0]
        if self.period_us - self.travel_us < drive.lead_rest_us:
            raise ValueError("the drive cannot make this stroke at this rate")

    def out_us(self):
        """How long the tip is beyond the face: from the step that passes it outward to the one that passes it inward."""
        face = self.drive.steps_to(0)
        ramped = min(self.drive.ramp_steps, self.steps // 2, face)
        before_us = sum(self.drive.ramp[:ramped]) + (face - ramped) * self.drive.ramp[ramped]
        return 2 * (self.drive.travel_us(self.steps) - before_us)

    def write(self, words):  # [SR-06]
        """Fills `words` (array('I') of SLOT_WORDS) with the stroke; returns how many it took. The lead comes first."""
        count = self._one_way(words, 0, True)
        return self._one_way(words, count, False)

    def _one_way(self, words, at, outward):
        ramp = self.drive.ramp
        ramped = min(self.drive.ramp_steps, self.steps // 2)
        for k in range(ramped):
            words[at + k] = word(outward, 1, ramp[k])
        at += ramped
        cruising = self.steps - 2 * ramped
        if cruising:
            words[at] = word(outward, cruising, ramp[ramped])
            at += 1
        for k in range(ramped):
            words[at + k] = word(outward, 1, ramp[ramped - 1 - k])
        return at + ramped

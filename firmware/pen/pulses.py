"""Words of the coil's pulse generator, and what a list of them really does.

    1 << 31 | wait_us                               waits, and then takes the next word, which is a pulse
    wait_us                                         waits
    peak_us << 19 | on_us << 13 | chops << 6        a pulse: on for peak_us, then `chops` times off for CHOP_OFF_US and on for on_us

However long the CPU is dead, no pulse is longer than its word says, and without a word the coil is off.
"""

from pen.image import IN_STEPS, LI_CAP_UM, LI_CLEARANCE_UM, LI_STEP_UM, OR_ORIGIN, OR_PEAK_UM, set_limit
from pen.steps import NO_STROKE_UM

PULSE = 1 << 31
WAIT_MOST_US = 1_048_575  # 20 bits
PEAK_MOST_US = 8_191  # 13 bits
CHOPS_MOST = 127  # 7 bits
ON_MOST_US = 63  # 6 bits
CHOP_OFF_US = 13
WORDS = 3  # of a stroke: wait, pulse, and the way back


def pulse(peak_us, chops, on_us):
    """One pulse. Raises ValueError for what does not fit into its word."""
    if not (1 <= peak_us <= PEAK_MOST_US and 0 <= chops <= CHOPS_MOST and 2 <= on_us <= ON_MOST_US):
        raise ValueError("no such pulse")
    return peak_us << 19 | on_us << 13 | chops << 6


def on_us(word):
    """How long a pulse lasts from its first edge to its last."""
    return (word >> 19) + (word >> 6 & CHOPS_MOST) * (CHOP_OFF_US + (word >> 13 & ON_MOST_US))


def admit(image, slot, words, count, longest_us):
    """Checks a stroke's three words, and the stop that will end it, and notes where that is as the slot's peak.

    Raises ValueError, and leaves the slot without a stroke, if the stop is beyond the cap, if the pulse is longer than
    `longest_us`, or if it is not one pulse with a way back.
    """
    set_limit(image, OR_PEAK_UM + slot, NO_STROKE_UM)
    peak_um = (image[IN_STEPS] - image[OR_ORIGIN]) * image[LI_STEP_UM] - image[LI_CLEARANCE_UM]
    if peak_um > image[LI_CAP_UM]:  # [SR-02]
        raise ValueError("a stop beyond the cap")
    if count != WORDS or not words[0] & PULSE or words[2] & PULSE or not words[1] >> 19:  # [SR-06]
        raise ValueError("not one pulse with a way back")
    if on_us(words[1]) > longest_us:
        raise ValueError("a pulse longer than the coil may be on")
    set_limit(image, OR_PEAK_UM + slot, peak_um)

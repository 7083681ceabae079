"""What a list of step generator words really does, read from the words themselves: the last look before they may run."""

from pen.image import LI_CAP_UM, LI_CLEARANCE_UM, LI_STEP_UM, OR_PEAK_UM, set_limit
from pen.steps import NO_STROKE_UM, OUTWARD


def follow(words, count):
    """(farthest outward, end, shortest interval in us) of `count` words, positions in steps from where they begin."""
    at = farthest = 0
    shortest_us = 1 << 20
    for k in range(count):
        steps = (words[k] >> 20 & 0x7FF) + 1
        at += steps if words[k] & OUTWARD else -steps
        farthest = max(farthest, at)
        shortest_us = min(shortest_us, words[k] & 0xFFFFF)
    return farthest, at, shortest_us


def admit(image, slot, words, count, shortest_us, returns=True):
    """Checks the words of a slot against the cap and notes their peak where the scan looks for it.

    The HAL calls this for whatever it is asked to load. Raises ValueError, and leaves the slot without a stroke (a peak
    no cap allows), if the words lead beyond the cap, are too fast, or, where `returns`, do not end where they began; or if
    the first word is more than one step, because its wait is set anew at every start.
    """
    set_limit(image, OR_PEAK_UM + slot, NO_STROKE_UM)
    farthest, end, fastest_us = follow(words, count)
    peak_um = farthest * image[LI_STEP_UM] - image[LI_CLEARANCE_UM]
    if peak_um > image[LI_CAP_UM]:  # [SR-02]
        raise ValueError("a stroke beyond the cap")
    if fastest_us < shortest_us:
        raise ValueError("a stroke faster than the drive")
    if returns and end != 0:  # [SR-06]
        raise ValueError("a stroke that does not end retracted")
    if count == 0 or words[0] >> 20 & 0x7FF:
        raise ValueError("a stroke that does not begin with a single step")
    set_limit(image, OR_PEAK_UM + slot, peak_um)

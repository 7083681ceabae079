"""Words of the step generator: `outward << 31 | (steps - 1) << 20 | interval_us`, executed as `steps` times (wait, one step)."""

OUTWARD = 1 << 31
STEPS_MOST = 2_048  # of one word: 11 bits
INTERVAL_MOST_US = 1_048_575  # of one word: 20 bits
SLOT_WORDS = 64
NO_STROKE_UM = 1 << 29  # the peak of a slot that holds no stroke: beyond every cap


def word(outward, steps, interval_us):
    """One word: `steps` of them, `interval_us` before each, so a step never comes sooner after whatever was before."""
    return (OUTWARD if outward else 0) | (steps - 1) << 20 | interval_us

"""Turning round in the middle of the way out. Runs in the scan's interrupt: viper, integers, no allocation."""

import micropython


@micropython.viper
def plan_turn(words, ramp, ramp_steps: int, at: int, steps: int) -> int:  # [SR-06]
    """Fills `words` with the way from step `at` of a stroke of `steps` to standstill and back to retracted.

    It decelerates no harder than planned: the speed at step `at` is that of its place on the ramps, so the tip stays
    short of the stroke's own peak. The return has the ramps of a stroke, cut short if they do not fit.
    `ramp`: array('i') of ramp_steps + 1 intervals, see Drive. Returns the number of words; 0 if nothing has moved yet.
    """
    w = ptr32(words)
    r = ptr32(ramp)
    one = 1
    outward = one << 31  # beyond what the compiler takes as a number
    speed = at
    if steps - at < speed:
        speed = steps - at
    if ramp_steps < speed:
        speed = ramp_steps
    top = at + speed
    count = 0
    while speed > 0:
        speed -= 1
        w[count] = outward | r[speed]
        count += 1
    ramped = top >> 1
    if ramp_steps < ramped:
        ramped = ramp_steps
    k = 0
    while k < ramped:
        w[count + k] = r[k]
        k += 1
    count += ramped
    if top > 2 * ramped:
        w[count] = ((top - 2 * ramped - 1) << 20) | r[ramped]
        count += 1
    k = ramped
    while k > 0:
        k -= 1
        w[count] = r[k]
        count += 1
    return count

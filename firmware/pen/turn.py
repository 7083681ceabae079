"""Turning round in the middle of the way out. Runs in the scan's interrupt: viper, integers, no allocation."""

import micropython


@micropython.viper
def plan_turn(words, ramp, ramp_steps: int, at: int, steps: int) -> int:
    """Fills `words` with the way from step `at` of a stroke of `steps` to standstill and back to retracted.

    It decelerates no harder than planned: the speed at step `at` is that of its place on the ramps, so the tip stays
    short of the stroke's own peak. The return has the ramps of a stroke; where both do not fit, the tip is behind the face
    and goes back as slowly as it starts.
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
    if top == 0:
        return 0
    if top <= 2 * ramp_steps:
        w[count] = ((top - 1) << 20) | r[0]
        return count + 1
    k = 0
    while k < ramp_steps:
        w[count + k] = r[k]
        k += 1
    count += ramp_steps
    w[count] = ((top - 2 * ramp_steps - 1) << 20) | r[ramp_steps]
    count += 1
    while k > 0:
        k -= 1
        w[count] = r[k]
        count += 1
    return count

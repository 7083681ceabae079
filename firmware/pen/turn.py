"""Turning round in the middle of the way out: the plan. The simulator's HAL turns by it. The chip's puts the same words together
from pieces (hal/rp2040_motion.py), and tests compare the two. Viper, as what runs in the scan.
"""

import micropython


@micropython.viper
def plan_turn(words, ramp, ramp_steps: int, at: int, steps: int) -> int:  # [SR-06]
    """Fills `words` with the way from step `at` of a stroke of `steps` to standstill and back to retracted.

    It slows down by the last half of the ramp, no matter how fast it was, so the tip stays short of the stroke's own peak.
    The generator begins anew, and its first step comes up to an interval late: at full speed the rotor is slowed to half by then,
    and the whole ramp would have to take it outward to speed again. The return has the ramps of a stroke, cut short if they do
    not fit.
    `ramp`: array('i') of ramp_steps + 1 intervals, see Drive. Returns the number of words; 0 if nothing has moved yet.
    """
    w = ptr32(words)
    r = ptr32(ramp)
    one = 1
    outward = one << 31  # beyond what the compiler takes as a number
    speed = (ramp_steps + 1) >> 1
    if at < speed:
        speed = at
    if steps - at < speed:
        speed = steps - at
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

"""The step generator stopped, or turned round. Viper, as everything that runs in the scan. See rp2040_scan.py for `state`.

What turn.plan_turn plans is not planned here. The ways of all turns are pieces of one, which `turn_words` has laid out: the
last steps of a deceleration, the ramp of a return, its cruise of as many steps as are left, and its ramp down. If the ramps
do not fit, the first steps of the one and the last of the other are left, which follow each other as one stroke another.
"""

import micropython
from micropython import const

OUTWARD = 1 << 31

_SIO = const(1)
_GENERATOR = const(2)
_DMA = const(3)
_DMA_ABORT = const(47)
_DMA_BIT = const(48)
_START = const(4)
_DIR_BIT = const(12)
_WORDS = const(32)
_RAMP_STEPS = const(52)
_CRUISE = const(53)
_TURN_WORDS = const(54)
_POSITION = const(16)
_FOLLOWS = const(24)
_ORIGIN = const(30)
_SLOT = const(31)
_LEFT = const(29)
_TOP = const(38)
_COUNT = const(35)
_QUEUED = const(23)

_IMAGE = const(14)
_OU_MOTION = const(11)
_MOVE_TURN = const(2)
_GPIO_IN = const(1)
_PIO_SHIFTCTRL = const(52)
_PIO_INSTR = const(54)
_DMA_COUNT = const(2)
_DMA_CTRL = const(3)
_DMA_READ_TRIGGER = const(15)
_DMA_BUSY = const(1 << 24)
_XOR = const(0x400)
_SET = const(0x800)
_CLEAR = const(0xC00)
_SET_STEP_LOW = const(0xE000)  # the instruction `set(pins, 0)`
_OVERHEAD = const(10)  # rp2040_pio.STEPS_OVERHEAD
_ABORT_MOST = const(32)  # reads; an abort takes a few cycles


@micropython.viper
def move(s: ptr32):
    """OU_MOTION. MOVE_HALT stops the generator where it is, with STEP low, and empties it. MOVE_TURN gives up the way out,
    or the stroke that follows the return under way.
    """
    p = ptr32(s[_IMAGE])
    turns = p[_OU_MOTION] == _MOVE_TURN
    s[_QUEUED] = 0
    sio = ptr32(s[_SIO])
    pio = ptr32(s[_GENERATOR])
    returns = 0
    if turns:
        if not s[_LEFT]:
            return
        if not sio[_GPIO_IN] & s[_DIR_BIT]:
            # On the way back. Only words of a stroke that follows may lie behind the one under way: its last.
            if not s[_FOLLOWS]:
                return
            returns = 1
    if not returns:
        pio[_CLEAR] = 1
    abort = ptr32(s[_DMA_ABORT])
    abort[0] = s[_DMA_BIT]
    channel = ptr32(s[_DMA])
    k = 0
    while channel[_DMA_CTRL] & _DMA_BUSY and k < _ABORT_MOST:
        k += 1
    one = 1
    pio[_XOR + _PIO_SHIFTCTRL] = one << 31  # a change of FJOIN empties the FIFO
    pio[_XOR + _PIO_SHIFTCTRL] = one << 31
    s[_FOLLOWS] = 0
    if returns:
        if not sio[_GPIO_IN] & s[_DIR_BIT]:
            return
        pio[_CLEAR] = 1
    pio[_PIO_INSTR] = _SET_STEP_LOW
    pio[_SET] = 1 << 4
    pio[_PIO_INSTR] = s[_START]
    pio[_SET] = 1
    if not turns:
        return
    at = s[_POSITION] - s[_ORIGIN]
    n = s[_RAMP_STEPS]
    slowing = (n + 1) >> 1
    speed = s[_TOP + s[_SLOT]] - at
    if at < speed:
        speed = at
    if slowing < speed:
        speed = slowing
    top = at + speed
    if top <= 0:
        return
    words = s[_TURN_WORDS]
    if top > 2 * n:
        w = ptr32(words)
        w[slowing + n] = ((top - 2 * n - 1) << 20) + s[_CRUISE]
        count = speed + 2 * n + 1
    else:
        ramped = top >> 1
        count = speed + top - ramped
        s[_COUNT + 2] = ramped
        s[_WORDS + 2] = words + ((slowing + 2 * n + 1 - ramped) << 2)
        if ramped:
            s[_QUEUED] = 3
    channel[_DMA_COUNT] = count
    channel[_DMA_READ_TRIGGER] = words + ((slowing - speed) << 2)


def turn_words(words, ramp, ramp_steps):
    """Lays out the pieces of all turns: half a deceleration, ramp up, cruise (left open), ramp down. 3 * ramp_steps + 1 words
    at most.
    """
    slowing = (ramp_steps + 1) // 2
    for k in range(slowing):
        words[k] = OUTWARD | (ramp[slowing - 1 - k] - _OVERHEAD)
    for k in range(ramp_steps):
        words[slowing + k] = ramp[k] - _OVERHEAD
        words[slowing + 2 * ramp_steps - k] = ramp[k] - _OVERHEAD


@micropython.viper
def prepare(words, ready, count: int) -> int:
    """Copies a slot's words for the DMA, with what the generator adds taken off; returns how many steps lead out."""
    w = ptr32(words)
    r = ptr32(ready)
    top = 0
    k = 0
    while k < count:
        r[k] = w[k] - _OVERHEAD
        if w[k] < 0:
            top += ((w[k] >> 20) & 0x7FF) + 1
        k += 1
    return top

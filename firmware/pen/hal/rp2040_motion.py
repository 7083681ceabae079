"""The step generator stopped, or turned round. Viper, as everything that runs in the scan. See rp2040_scan.py for `state`."""

import micropython
from micropython import const

OUTWARD = 1 << 31

_SIO = const(1)
_GENERATOR = const(2)
_DMA = const(3)
_DMA_ABORT = const(4)
_DMA_BIT = const(5)
_START = const(6)
_DIR_BIT = const(16)
_WORDS = const(24)
_RAMP_STEPS = const(27)
_CRUISE = const(28)
_TURN_WORDS = const(29)
_POSITION = const(32)
_FOLLOWS = const(42)
_ORIGIN = const(43)
_SLOT = const(44)
_TOP = const(45)
_COUNT = const(61)
_QUEUED = const(41)

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
def halt(state):
    """Stops the generator where it is, with STEP low, and empties it."""
    s = ptr32(state)
    one = 1
    pio = ptr32(s[_GENERATOR])
    channel = ptr32(s[_DMA])
    abort = ptr32(s[_DMA_ABORT])
    pio[_CLEAR] = 1
    abort[0] = s[_DMA_BIT]
    k = 0
    while channel[_DMA_CTRL] & _DMA_BUSY and k < _ABORT_MOST:
        k += 1
    pio[_XOR + _PIO_SHIFTCTRL] = one << 31  # a change of FJOIN empties the FIFO
    pio[_XOR + _PIO_SHIFTCTRL] = one << 31
    pio[_PIO_INSTR] = _SET_STEP_LOW
    pio[_SET] = 1 << 4
    pio[_PIO_INSTR] = s[_START]
    pio[_SET] = 1
    s[_FOLLOWS] = 0


@micropython.viper
def turn(state):
    """Gives up the way out, or the stroke that follows the return under way; what turn.plan_turn plans, without planning.

    The ways of all turns are pieces of one, which `turn_words` has laid out: the last steps of a deceleration, the ramp of a
    return, its cruise of as many steps as are left, and its ramp down. If the ramps do not fit, the first steps of the one
    and the last of the other are left, which follow each other as one stroke follows another.
    """
    s = ptr32(state)
    sio = ptr32(s[_SIO])
    if sio[_GPIO_IN] & s[_DIR_BIT] == 0:
        # On the way back. Only words of a stroke that follows may lie behind the one under way: its last.
        if s[_FOLLOWS] == 0:
            return
        empty(state)
        s[_FOLLOWS] = 0
        if sio[_GPIO_IN] & s[_DIR_BIT] == 0:
            return
    halt(state)
    channel = ptr32(s[_DMA])
    n = s[_RAMP_STEPS]
    at = s[_POSITION] - s[_ORIGIN]
    speed = s[_TOP + s[_SLOT]] - at
    if at < speed:
        speed = at
    if n < speed:
        speed = n
    top = at + speed
    if top <= 0:
        return
    words = s[_TURN_WORDS]
    if top > 2 * n:
        w = ptr32(words)
        w[2 * n] = ((top - 2 * n - 1) << 20) + s[_CRUISE]
        count = speed + 2 * n + 1
    else:
        ramped = top >> 1
        count = speed + top - ramped
        s[_COUNT + 2] = ramped
        s[_WORDS + 2] = words + ((3 * n + 1 - ramped) << 2)
        if ramped:
            s[_QUEUED] = 3
    channel[_DMA_COUNT] = count
    channel[_DMA_READ_TRIGGER] = words + ((n - speed) << 2)


@micropython.viper
def empty(state):
    """Takes away the words that have not begun."""
    s = ptr32(state)
    one = 1
    channel = ptr32(s[_DMA])
    abort = ptr32(s[_DMA_ABORT])
    abort[0] = s[_DMA_BIT]
    k = 0
    while channel[_DMA_CTRL] & _DMA_BUSY and k < _ABORT_MOST:
        k += 1
    pio = ptr32(s[_GENERATOR])
    pio[_XOR + _PIO_SHIFTCTRL] = one << 31
    pio[_XOR + _PIO_SHIFTCTRL] = one << 31


def turn_words(words, ramp, ramp_steps):
    """Lays out the pieces of all turns: deceleration, ramp up, cruise (left open), ramp down. 3 * ramp_steps + 1 words."""
    for k in range(ramp_steps):
        down = ramp[ramp_steps - 1 - k] - _OVERHEAD
        words[k] = OUTWARD | down
        words[ramp_steps + k] = ramp[k] - _OVERHEAD
        words[2 * ramp_steps + 1 + k] = down


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

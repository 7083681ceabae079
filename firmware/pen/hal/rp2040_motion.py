"""The step generator's orders, executed by the scan. Viper, as everything that runs there.

One stroke is in the hardware, at most one waits here: its words go to the DMA while the last word of the one before is
executed, so that its lead counts from that word's step. See rp2040_scan.py for `state`.
"""

import micropython
from micropython import const

from pen.turn import plan_turn

_GENERATOR = const(2)
_DMA = const(3)
_DMA_ABORT = const(4)
_DMA_BIT = const(5)
_START = const(6)
_SIO = const(1)
_DIR_BIT = const(16)
_WORDS = const(24)
_RAMP_STEPS = const(27)
_RAMP = const(28)
_POSITION = const(32)
_COUNT = const(33)
_QUEUED = const(41)
_FOLLOWS = const(42)
_ORIGIN = const(43)
_SLOT = const(44)
_TOP = const(45)

_OU_MOTION = const(140)
_OU_SLOT = const(141)
_OU_NEXT = const(142)
_OU_LEAD_US = const(143)
_MOVE_START = const(1)
_MOVE_TURN = const(2)

_GPIO_IN = const(1)
_PIO_FLEVEL = const(3)
_PIO_SHIFTCTRL = const(52)
_PIO_ADDR = const(53)
_PIO_INSTR = const(54)
_DMA_COUNT = const(2)
_DMA_CTRL = const(3)
_DMA_READ_TRIGGER = const(15)
_DMA_BUSY = const(1 << 24)
_XOR = const(0x400)
_SET = const(0x800)
_CLEAR = const(0xC00)
_SET_STEP_LOW = const(0xE000)  # the instruction `set(pins, 0)`
_INTERVAL = const(0xFFFFF)
_OVERHEAD = const(10)  # rp2040_pio.STEPS_OVERHEAD
_ABORT_MOST = const(32)  # reads; an abort takes a few cycles


@micropython.viper
def move(image, state):
    """Executes OU_MOTION."""
    p = ptr32(image)
    s = ptr32(state)
    motion = p[_OU_MOTION]
    if motion == _MOVE_START:
        slot = p[_OU_SLOT]
        if s[_COUNT + slot] == 0:
            return
        words = ptr32(s[_WORDS + slot])
        words[0] = (words[0] & ~_INTERVAL) | (p[_OU_LEAD_US] - _OVERHEAD)
        following = p[_OU_NEXT]
        if following == 0:
            s[_ORIGIN] = s[_POSITION]
        s[_QUEUED] = slot + 1
        if following == 0 or int(left(state)) <= 1:
            run_queued(state)
    elif motion == _MOVE_TURN:
        s[_QUEUED] = 0
        turn(state)
    else:
        s[_QUEUED] = 0
        halt(state)


@micropython.viper
def left(state) -> int:
    """Words not yet finished, the one under way included."""
    s = ptr32(state)
    channel = ptr32(s[_DMA])
    pio = ptr32(s[_GENERATOR])
    words = channel[_DMA_COUNT]
    words += pio[_PIO_FLEVEL] & 15
    if pio[_PIO_ADDR] != s[_START]:
        words += 1
    return words


@micropython.viper
def run_queued(state):
    """Gives the words of the queued slot to the DMA, which is idle."""
    s = ptr32(state)
    slot = s[_QUEUED] - 1
    s[_QUEUED] = 0
    s[_SLOT] = slot
    s[_FOLLOWS] = 1
    channel = ptr32(s[_DMA])
    channel[_DMA_COUNT] = s[_COUNT + slot]
    channel[_DMA_READ_TRIGGER] = s[_WORDS + slot]


@micropython.viper
def halt(state):
    """Stops the generator where it is, with STEP low, and empties it."""
    s = ptr32(state)
    pio = ptr32(s[_GENERATOR])
    pio[_CLEAR] = 1
    empty(state)
    pio[_PIO_INSTR] = _SET_STEP_LOW
    pio[_SET] = 1 << 4
    pio[_PIO_INSTR] = s[_START]
    pio[_SET] = 1
    s[_FOLLOWS] = 0


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
    pio[_XOR + _PIO_SHIFTCTRL] = one << 31  # a change of FJOIN empties the FIFO
    pio[_XOR + _PIO_SHIFTCTRL] = one << 31


@micropython.viper
def turn(state):
    """Gives up the way out, or the stroke that follows the return under way."""
    s = ptr32(state)
    sio = ptr32(s[_SIO])
    if int(left(state)) == 0:
        return
    if sio[_GPIO_IN] & s[_DIR_BIT] == 0:
        if s[_FOLLOWS] == 0:
            return
        empty(state)
        s[_FOLLOWS] = 0
        if sio[_GPIO_IN] & s[_DIR_BIT] == 0:
            return
    halt(state)
    run_turn(state)


@micropython.viper
def run_turn(state):
    """The words of a turn, planned from where the tip is, to the DMA."""
    s = ptr32(state)
    words = ptr32(s[_WORDS + 2])
    at = s[_POSITION] - s[_ORIGIN]
    count = int(plan_turn(words, ptr32(s[_RAMP]), s[_RAMP_STEPS], at, s[_TOP + s[_SLOT]]))
    if count == 0:
        return
    k = 0
    while k < count:
        words[k] -= _OVERHEAD
        k += 1
    channel = ptr32(s[_DMA])
    channel[_DMA_COUNT] = count
    channel[_DMA_READ_TRIGGER] = s[_WORDS + 2]


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

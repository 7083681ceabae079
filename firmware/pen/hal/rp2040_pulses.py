"""The solenoid's generator stopped, and its words made ready. Viper, as everything that runs in the scan. See rp2040_scan.py for `state`."""

import micropython
from micropython import const

_SIO = const(1)
_GENERATOR = const(2)
_DMA = const(3)
_START = const(4)
_IMAGE = const(14)
_QUEUED = const(23)
_FOLLOWS = const(24)
_LEFT = const(29)
_DMA_ABORT = const(47)
_DMA_BIT = const(48)
_TURN_WORDS = const(54)
_OU_MOTION = const(11)
_MOVE_TURN = const(2)
_PIO_SHIFTCTRL = const(52)
_PIO_INSTR = const(54)
_DMA_COUNT = const(2)
_DMA_CTRL = const(3)
_DMA_READ_TRIGGER = const(15)
_DMA_BUSY = const(1 << 24)
_XOR = const(0x400)
_SET = const(0x800)
_CLEAR = const(0xC00)
_SET_LOW = const(0xE000)  # the instruction `set(pins, 0)`: the coil's both sides, or STEP
_ABORT_MOST = const(32)  # reads; an abort takes a few cycles
_PULSE_OVERHEAD = const(3)  # cycles of every part of a pulse, besides its count [rp2040_coil]
_BACK_OVERHEAD = const(7)
_STEP_OVERHEAD = const(10)  # rp2040_pio.STEPS_OVERHEAD


@micropython.viper
def move(s: ptr32):
    """OU_MOTION. Either way the coil is off at once, and what is queued forgotten; MOVE_TURN then waits for the tip's way back."""
    p = ptr32(s[_IMAGE])
    turns = p[_OU_MOTION] == _MOVE_TURN
    s[_QUEUED] = 0
    if turns and not s[_LEFT]:
        return
    pio = ptr32(s[_GENERATOR])
    pio[_CLEAR] = 1
    pio[_PIO_INSTR] = _SET_LOW
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
    pio[_SET] = 1 << 4
    pio[_PIO_INSTR] = s[_START]
    pio[_SET] = 1
    if turns:
        channel[_DMA_COUNT] = 1
        channel[_DMA_READ_TRIGGER] = s[_TURN_WORDS]


@micropython.viper
def prepare(words, ready, count: int) -> int:
    """Copies a slot's words for the DMA, with what the generator adds taken off. Three words are a pulse, fewer are steps."""
    w = ptr32(words)
    r = ptr32(ready)
    if count == 3:
        r[0] = w[0]
        r[1] = w[1] - (_PULSE_OVERHEAD << 19) - (_PULSE_OVERHEAD << 13)
        r[2] = w[2] - _BACK_OVERHEAD
        return 0
    k = 0
    while k < count:
        r[k] = w[k] - _STEP_OVERHEAD
        k += 1
    return 0

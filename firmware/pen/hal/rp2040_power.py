"""The drive's power: dead-man, watchdog and enable pin together. Viper. See rp2040_scan.py for `state`."""

import micropython
from micropython import const

_SIO = const(1)
_GENERATOR = const(2)
_DEADMAN = const(5)
_DEADMAN_START = const(49)
_DEADMAN_FEED = const(6)
_WATCHDOG = const(7)
_WATCHDOG_LOAD = const(8)
_MARK = const(50)
_ENABLE_BIT = const(10)
_GPIO_SET = const(5)
_GPIO_CLEAR = const(6)
_PIO_TXF0 = const(4)
_PIO_SHIFTCTRL = const(52)
_PIO_INSTR = const(54)
_LOAD = const(1)
_SCRATCH = const(3)
_XOR = const(0x400)  # the same register, written as exclusive or
_SET = const(0x800)
_CLEAR = const(0xC00)


@micropython.viper
def power_up(state):  # [SR-13]
    """Restarts the dead-man, fed once; the watchdog on; then the enable pin high."""
    s = ptr32(state)
    one = 1
    pio = ptr32(s[_DEADMAN])
    pio[_CLEAR] = 1
    pio[_XOR + _PIO_SHIFTCTRL] = one << 31  # a change of FJOIN empties the FIFO
    pio[_XOR + _PIO_SHIFTCTRL] = one << 31
    pio[_SET] = 1 << 4
    pio[_PIO_INSTR] = s[_DEADMAN_START]
    pio[_PIO_TXF0] = s[_DEADMAN_FEED]
    pio[_SET] = 1
    watchdog = ptr32(s[_WATCHDOG])
    watchdog[_SCRATCH] = s[_MARK]
    watchdog[_LOAD] = s[_WATCHDOG_LOAD]
    watchdog[_SET] = one << 30
    sio = ptr32(s[_SIO])
    sio[_GPIO_SET] = s[_ENABLE_BIT]


@micropython.viper
def power_down(state):
    """The enable pin low, the generator stopped, the watchdog off, when there will be no scan any more. The carrier starves.

    The scan has the same in itself: a cut waits for no call.
    """
    s = ptr32(state)
    one = 1
    sio = ptr32(s[_SIO])
    sio[_GPIO_CLEAR] = s[_ENABLE_BIT]
    pio = ptr32(s[_GENERATOR])
    pio[_CLEAR] = 1
    watchdog = ptr32(s[_WATCHDOG])
    watchdog[_CLEAR] = one << 30
    watchdog[_SCRATCH] = 0

"""Outputs that cannot move anything. boot.py calls this first, after every reset, so it needs nothing but the board."""

from machine import Pin, mem32
from micropython import const

_DMA = const(0x50000000)  # [RP2040 datasheet 2.5.7]
_CHANNELS = const(12)
_CHANNEL = const(0x40)
_CTRL = const(0x10)  # alias 1's: writing it starts nothing
_ABORT = const(0x50000444)


def make_safe(board):  # [SR-09]
    """Enable, carrier, step, direction and coil low, LED and buzzer off. The level is set before the pin becomes an output.

    And no DMA: a soft reset lets it go on, into memory that is somebody else's by then.
    """
    for number in (
        board.PIN_ENABLE,
        board.PIN_CARRIER,
        board.PIN_STEP,
        board.PIN_DIR,
        board.PIN_LED_RED,
        board.PIN_LED_GREEN,
        board.PIN_LED_BLUE,
        board.PIN_BUZZER,
        getattr(board, "PIN_COIL", board.PIN_ENABLE),
        getattr(board, "PIN_COIL_LOW", board.PIN_ENABLE),
    ):
        Pin(number, Pin.OUT, value=0)
    for channel in range(_CHANNELS):
        mem32[_DMA + _CHANNEL * channel + _CTRL] = 0  # first all, because one starts another [RP2040-E13]
    mem32[_ABORT] = (1 << _CHANNELS) - 1
    while mem32[_ABORT]:
        pass

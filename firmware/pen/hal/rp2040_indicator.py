"""RGB LED and piezo buzzer: three pins, and a PWM slice that runs only while it sounds. Foreground only."""

from machine import PWM, Pin, mem32
from micropython import const

_HALF = const(32_768)  # of 65536: a square wave
_CSR = const(0x40050000)  # of slice 0, the next 20 bytes on; 0 stops the slice [RP2040 datasheet 4.5.3]
_SLICE = const(20)


def indicate(hal, light, tone_hz):
    """A method of the HAL. `tone_hz` is 0 or 16 to 1000."""
    board = hal.board
    Pin(board.PIN_LED_RED).value(light & 1)
    Pin(board.PIN_LED_GREEN).value(light & 2)
    Pin(board.PIN_LED_BLUE).value(light & 4)
    pin = board.PIN_BUZZER
    if tone_hz:
        PWM(Pin(pin), freq=tone_hz, duty_u16=_HALF)
    else:
        # Not PWM.deinit: whoever makes a PWM gives it the pin, and that is a click.
        Pin(pin, Pin.OUT, value=0)
        mem32[_CSR + _SLICE * (pin >> 1 & 7)] = 0

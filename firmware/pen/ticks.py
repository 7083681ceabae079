"""The one helper for ages. Ticks are integers from 0 to 2**30 - 1 that wrap (MicroPython's own range on a 32-bit chip)."""

from micropython import const

TICKS_MASK = const(0x3FFF_FFFF)
_HALF = const(0x2000_0000)


def age(now, then):
    """Ticks from `then` to `now`; right if less than 2**29 apart, negative if `then` lies ahead."""
    return ((now - then + _HALF) & TICKS_MASK) - _HALF


def later(now, ticks):
    """The instant `ticks` after `now`."""
    return (now + ticks) & TICKS_MASK

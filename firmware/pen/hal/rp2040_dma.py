"""DMA channels by number: the scan works on their registers, not on their objects."""

import rp2
from micropython import const

BASE = const(0x50000000)  # [RP2040 datasheet 2.5.7]
_STRIDE = const(0x40)


def number(dma: rp2.DMA):
    """The channel's number, 0 to 11."""
    return dma.channel  # pyright: ignore[reportAttributeAccessIssue] the stubs do not have it


def registers(dma):
    """Address of the channel's registers."""
    return BASE + _STRIDE * number(dma)

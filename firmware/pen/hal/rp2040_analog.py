"""The ADC, running by itself: four channels in turn, written by DMA into a ring of sixteen, read by nobody but the scan."""

import rp2
import uctypes
from machine import ADC, mem32
from micropython import const

from pen.hal import rp2040_scan as scan
from pen.hal.rp2040_dma import number, registers

# Registers. [RP2040 datasheet 4.9.6, 2.5.7]
_CS = const(0x4004C000)
_FCS = const(0x4004C008)
_FIFO = const(0x4004C00C)
_DIV = const(0x4004C010)
_DREQ_ADC = const(36)
_COUNT_TRIGGER = const(0x1C)  # of a channel: alias 1's count, whose writing starts it

_RING_BITS = const(5)  # 32 bytes
_SLOW = const(2999 << 8)  # sixteen conversions in a millisecond, of a clock of 48 MHz
_LAP = const(0x0FFFFFF0)  # transfers until the second channel starts the first anew: whole rings, half an hour


def start_ring(board, state):
    """Starts conversions in the order of the image: tip, current, supply, temperature. The channels must rise.

    Returns what the hardware works on, which must be kept alive. The HAL sets the pace.
    """
    channels = (board.ADC_TIP, board.ADC_CURRENT, board.ADC_SUPPLY, board.ADC_TEMPERATURE)
    mask = 0
    for channel in channels:
        ADC(channel)
        mask |= 1 << channel
    memory = bytearray(64)
    address = (uctypes.addressof(memory) + 31) & ~31
    state[scan.RING] = address
    count = bytearray(_LAP.to_bytes(4, "little"))
    work, again = rp2.DMA(), rp2.DMA()
    again.config(
        read=count,
        write=registers(work) + _COUNT_TRIGGER,
        count=1,
        ctrl=again.pack_ctrl(size=2, inc_read=False, inc_write=False),
    )
    mem32[_CS] = mem32[_CS] & ~(1 << 3)  # no conversion while the ring is set up
    while not mem32[_CS] & 1 << 8:
        pass
    while mem32[_FCS] >> 16 & 15:
        mem32[_FIFO]
    work.config(
        read=_FIFO,
        write=address,
        count=_LAP,
        ctrl=work.pack_ctrl(
            size=1,
            inc_read=False,
            inc_write=True,
            ring_size=_RING_BITS,
            ring_sel=True,
            treq_sel=_DREQ_ADC,
            chain_to=number(again),
        ),
        trigger=True,
    )
    mem32[_DIV] = _SLOW
    mem32[_FCS] = 1 << 24 | 1 << 3 | 1  # one conversion in the FIFO asks the DMA
    mem32[_CS] = mask << 16 | channels[0] << 12 | 1 << 3 | 1 << 1 | 1  # round robin, many, temperature sensor, on
    return [memory, work, again, count]

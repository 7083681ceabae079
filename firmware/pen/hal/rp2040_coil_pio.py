"""The coil's PIO program; its words are those of pen/pulses.py, less what the program adds. Nothing here touches hardware."""

import rp2
from micropython import const

BACK_OVERHEAD = const(7)  # cycles of a wait behind a pulse, besides its count


@rp2.asm_pio(set_init=(rp2.PIO.OUT_LOW, rp2.PIO.OUT_LOW), out_shiftdir=rp2.PIO.SHIFT_LEFT)
def coil():
    """Waits, and pulses: `set` is the high side, and the low side above it. Without a word both are off.

    Between a wait's first cycle and the edge are its count and ten cycles, as between steps. A pulse is its count and three.
    """
    wrap_target()
    label("next")
    pull(block)
    out(y, 1)
    out(null, 11)
    out(x, 20)
    label("wait")
    jmp(x_dec, "wait")
    jmp(not_y, "next")
    pull(block)
    out(y, 13)
    out(isr, 6)
    out(x, 7)
    label("on")
    set(pins, 3)
    label("peak")
    jmp(y_dec, "peak")
    jmp(x_dec, "chop")
    set(pins, 0)
    wrap()
    label("chop")
    set(pins, 2)[10]
    mov(y, isr)
    jmp("on")

"""Stop bytes, found in each packet when it comes, so that a stop need not wait for the foreground.

A packet lies in the USB controller's memory until the stack lets the next one come, which can be 30 us later: the scan would
see some of them. So the interrupt of USB leads through here, before the runtime's own handler knows of the packet, and its
length is known. Where no name reaches, its vector is put into the runtime's table, which is in RAM.

Thumb assembly, since an interrupt cannot call Python: 21 cycles for every four bytes.
"""

from array import array

import micropython
import uctypes
from machine import mem32
from micropython import const

from pen.hal.rp2040_scan import STOP

_VTOR = const(0xE000ED08)  # address of the table of vectors [ARMv6-M, B3.2.5]
_VECTOR = const(4 * (16 + 5))  # USB's in it [RP2040 datasheet 2.3.2]
_BUFFER_STATUS = const(0x50110058)  # which endpoints have had a packet; 2 OUT, the console's, is bit 5 [4.1.4]
_CONTROL = const(0x50100094)  # its buffer control, with the length [4.1.2.5]
_ENDPOINT = const(0x50100014)  # its endpoint control: where its buffer is, once a host has configured it
_DPRAM = const(0x50100000)
_BEFORE = const(4)  # of the table


@micropython.asm_thumb
def _place():  # [SR-12]
    """Address of the word behind `b`, in which the address of the table of `prepare` is put; the handler begins after it."""
    nop()
    mov(r0, pc)
    b(END)
    data(4, 0)
    data(2, 0xB5F8)  # push {r3-r7, lr}
    mov(r4, pc)
    sub(r4, 10)
    ldr(r4, [r4, 0])
    ldr(r0, [r4, 0])
    ldr(r0, [r0, 0])
    lsl(r0, r0, 26)
    bpl(DONE)  # an interrupt for something else
    ldr(r0, [r4, 4])
    ldr(r1, [r0, 0])
    lsl(r1, r1, 22)
    lsr(r1, r1, 22)  # its length
    beq(DONE)
    ldr(r0, [r4, 8])
    ldr(r0, [r0, 0])
    lsl(r0, r0, 16)
    lsr(r0, r0, 22)
    lsl(r0, r0, 6)
    ldr(r2, [r4, 20])
    add(r2, r2, r0)  # its first word
    ldr(r5, [r4, 24])  # 1 in each byte
    lsl(r6, r5, 7)
    ldr(r7, [r4, 28])  # `!`
    label(NEXT)
    ldr(r0, [r2, 0])
    cmp(r1, 4)
    bge(WHOLE)
    mov(r3, 4)
    sub(r3, r3, r1)
    lsl(r3, r3, 3)
    lsl(r0, r3)  # without the bytes behind the length
    label(WHOLE)
    eor(r0, r7)  # a byte looked for is 0 then: less one, its top bit is set, and was not before
    sub(r3, r0, r5)
    bic(r3, r0)
    tst(r3, r6)
    bne(FOUND)
    ldr(r3, [r4, 32])
    eor(r0, r3)
    sub(r3, r0, r5)
    bic(r3, r0)
    tst(r3, r6)
    bne(FOUND)
    add(r2, 4)
    sub(r1, 4)
    bgt(NEXT)
    b(DONE)
    label(FOUND)
    ldr(r0, [r4, 12])
    mov(r1, 1)
    str(r1, [r0, 0])
    label(DONE)
    ldr(r0, [r4, 16])
    data(2, 0x4780)  # blx r0: the runtime's handler
    data(2, 0xBDF8)  # pop {r3-r7, pc}
    label(END)


def handler(table):
    """Address of the handler's first instruction. `table`: array ('I') as of `prepare`, in use from now on."""
    at = _place()
    mem32[at] = uctypes.addressof(table)
    return at + 4 | 1  # Thumb


def prepare(state):
    """What `hook` and `unhook` need, and what must be kept from one to the other."""
    return array(
        "I",
        (
            _BUFFER_STATUS,
            _CONTROL,
            _ENDPOINT,
            uctypes.addressof(state) + 4 * STOP,
            mem32[mem32[_VTOR] + _VECTOR],
            _DPRAM,
            0x01010101,
            0x21212121,
            0x22222222,  # from `!` to Ctrl-C
        ),
    )


def hook(table):
    """From now on every packet is looked at."""
    mem32[mem32[_VTOR] + _VECTOR] = handler(table)


def unhook(table):
    """The runtime's own handler again, before a soft reset takes the memory that ours is in; also if `hook` was broken off."""
    mem32[mem32[_VTOR] + _VECTOR] = table[_BEFORE]

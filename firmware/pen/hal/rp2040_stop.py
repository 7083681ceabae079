"""Stop bytes, found in the USB controller's own memory, so that a stop need not wait for the foreground.

The packet that came last lies there until the next one comes. While the USB stack has not taken it, its length is known;
afterwards nobody knows how many of the 64 bytes are its own and how many an older one's. So it is remembered where a
stop byte stood, and a while after the stack has read it, it is taken away. Only the stop byte itself is written over, and
when no packet has come for some time: the buffer is the controller's then, which may be about to fill it.

Thumb assembly: viper takes ten times as long for the sixteen words of the simplest look, 20 us against 2.
"""

import micropython

# The table: these words, and then a mask for each word of the packet: the top bit of each byte that was a stop byte, and
# still is one.
TABLE = (0x01010101, 0x21212121, 0x03030303)
TABLE_WORDS = len(TABLE) + 16


@micropython.asm_thumb
def new_stop(r0, r1, r2, r3):  # [SR-12]
    """1 if a `!` or a Ctrl-C is among the first `r2` bytes, or where none was left by the last call, else 0.

    `r0`: address of the 64 bytes, a multiple of 64, divided by 16: more than 30 bits would come as an object; `r1`: address
    of the table, whose masks are brought up to date; `r3`: 1 to take the stop bytes away.
    """
    mov(r4, r8)
    mov(r5, r9)
    push({r4, r5})
    mov(lr, r3)
    lsl(r0, r0, 4)
    ldr(r3, [r1, 0])
    ldr(r4, [r1, 4])
    mov(r8, r4)
    ldr(r4, [r1, 8])
    mov(r9, r4)
    lsl(r4, r3, 7)
    mov(r12, r4)
    mov(r7, 0)
    label(LOOK)
    ldr(r4, [r0, 0])
    mov(r5, r8)
    eor(r5, r4)  # the byte looked for is 0 then: less one, its top bit is set, and was not before
    sub(r6, r5, r3)
    bic(r6, r5)
    mov(r5, r9)
    eor(r5, r4)
    sub(r4, r5, r3)
    bic(r4, r5)
    orr(r6, r4)
    mov(r5, r12)
    and_(r6, r5)
    ldr(r5, [r1, 12])
    orr(r6, r5)
    beq(NEXT)  # no stop byte in this word, and none in it before
    ldr(r4, [r0, 0])
    mov(r6, r12)
    mvn(r6, r6)
    mov(r5, r8)
    eor(r5, r4)
    mov(r3, r5)
    and_(r3, r6)
    add(r3, r3, r6)
    orr(r3, r5)  # the top bit of a byte is 0 if it is a `!`
    mov(r5, r9)
    eor(r4, r5)
    mov(r5, r4)
    and_(r5, r6)
    add(r5, r5, r6)
    orr(r5, r4)  # the same of Ctrl-C
    and_(r3, r5)
    mvn(r4, r6)
    bic(r4, r3)  # the mask
    mvn(r3, r6)
    lsr(r3, r3, 7)
    mov(r6, lr)
    cmp(r6, 0)
    beq(LEFT)
    mov(r6, 0)
    lsl(r5, r4, 24)
    bpl(SECOND)
    strb(r6, [r0, 0])
    label(SECOND)
    lsl(r5, r4, 16)
    bpl(THIRD)
    strb(r6, [r0, 1])
    label(THIRD)
    lsl(r5, r4, 8)
    bpl(FOURTH)
    strb(r6, [r0, 2])
    label(FOURTH)
    cmp(r4, 0)
    bpl(GONE)
    strb(r6, [r0, 3])
    label(GONE)
    mov(r6, r4)
    ldr(r5, [r1, 12])
    mov(r4, 0)
    b(KEEP)
    label(LEFT)
    mov(r6, r4)
    ldr(r5, [r1, 12])
    label(KEEP)
    str(r4, [r1, 12])
    mov(r4, r6)
    bic(r6, r5)
    orr(r7, r6)  # where there was none
    cmp(r2, 0)
    ble(NEXT)
    cmp(r2, 4)
    bge(WHOLE)
    mov(r6, 4)
    sub(r6, r6, r2)
    lsl(r6, r6, 3)
    lsl(r4, r6)  # without the bytes behind the length
    label(WHOLE)
    orr(r7, r4)
    label(NEXT)
    sub(r2, 4)
    add(r1, 4)
    add(r0, 4)
    lsl(r6, r0, 26)
    bne(LOOK)
    pop({r4, r5})
    mov(r8, r4)
    mov(r9, r5)
    mov(r0, 0)
    cmp(r7, 0)
    beq(END)
    mov(r0, 1)
    label(END)

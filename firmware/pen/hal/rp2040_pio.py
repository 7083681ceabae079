"""The three PIO programs: step generator and its counter, and the dead-man. Nothing here touches hardware.

Each program's first instruction is where it stalls when it has nothing to do, so that "its address is the start" means idle.
"""

import rp2
from micropython import const

STEPS_HZ = const(1_000_000)  # one cycle a microsecond
STEPS_OVERHEAD = const(10)  # cycles of a step besides its wait; the wait's counter runs to -1
COUNTER_HZ = const(5_000_000)  # a pulse of 2 us is ten cycles, a count takes eight
DEADMAN_HZ = const(100_000)  # carrier of 25 kHz
DEADMAN_COUNTS = const(47)  # 4 * 47 + 7 cycles: 1.95 ms after the last feed the carrier is dead


@rp2.asm_pio(out_init=rp2.PIO.OUT_LOW, set_init=rp2.PIO.OUT_LOW, out_shiftdir=rp2.PIO.SHIFT_LEFT)
def steps():
    """Executes words of `outward << 31 | (steps - 1) << 20 | wait`; `out` is DIR, `set` is STEP. Without a word it stands.

    From edge to edge it takes wait + 10 cycles, whether the next step belongs to the same word or to the next. `pull` is
    explicit: autopull would fetch a word ahead, and what is left could not be told from what has begun.
    """
    wrap_target()
    pull(block)
    out(pins, 1)
    out(y, 11)
    out(isr, 20)
    mov(x, isr)
    label("wait")
    jmp(x_dec, "wait")
    set(pins, 1)[1]
    set(pins, 0)
    jmp(y_dec, "again")
    wrap()
    label("again")
    mov(x, isr)[3]  # as long as pull, out, out, out, mov
    jmp("wait")


@rp2.asm_pio()
def counter():
    """Counts rising edges of STEP (`in`), up while DIR (`jmp`) is high, and tells every new count. In a block of its own.

    It reads the pads, so it counts what goes out, not what was meant.
    """
    wrap_target()
    wait(1, pin, 0)
    jmp(pin, "up")
    jmp(y_dec, "tell")
    jmp("tell")  # 0 - 1 does not jump
    label("up")
    mov(y, invert(y))
    jmp(y_dec, "down")
    label("down")
    mov(y, invert(y))
    label("tell")
    mov(isr, y)
    push(noblock)
    wait(0, pin, 0)
    wrap()


@rp2.asm_pio(sideset_init=rp2.PIO.OUT_LOW)
def deadman():  # [SR-13]
    """A carrier that lives while it is fed: a word is how many counts of four cycles it lives without the next one.

    Starved, it stops with the pin low, and whatever is fed later changes nothing: only a restart revives it.
    """
    pull(block).side(0)
    mov(y, osr).side(0)
    set(x, 0).side(0)  # pull(noblock) copies x when there is no word: 0 marks "not fed"
    label("run")
    pull(noblock).side(1)
    mov(x, osr).side(1)
    jmp(not_x, "starving").side(0)
    mov(y, x).side(0)
    set(x, 0).side(0)
    label("starving")
    jmp(y_dec, "run").side(0)
    label("dead")
    jmp("dead").side(0)

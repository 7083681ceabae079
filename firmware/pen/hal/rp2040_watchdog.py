"""That the watchdog really resets, proven once after power-up. [safety] SR-22"""

from machine import mem32
from micropython import const

# [RP2040 datasheet 4.7.6, 2.13.5]
_SET = const(0x4005A000)  # CTRL, as set and as clear
_CLEAR = const(0x4005B000)
_LOAD = const(0x40058004)
_REASON = const(0x40058008)
_BY_TIMER = const(1)
_SCRATCH_PROOF = const(0x40058020)  # register 5, kept through every reset but power-up and the RUN pin
_WDSEL = const(0x40010008)
_EVERYTHING = const(0x1FFFC)  # that a watchdog reset resets: all but the oscillators
_ON = const(1 << 30)
_SHORT = const(2_000)  # 1 ms: it counts twice a microsecond [RP2040-E1]
_PENDING = const(0x70726F76)
_DONE = const(0x646F6E65)


def proven():
    """Whether it has."""
    return mem32[_SCRATCH_PROOF] == _DONE


def prove_watchdog():
    """Once after power-up: lets the watchdog reset the chip. Called by boot.py, when the outputs are safe.

    A watchdog that does not comes back from here, and leaves its mark for `examine`.
    """
    if mem32[_SCRATCH_PROOF] == _PENDING and mem32[_REASON] & _BY_TIMER:
        mem32[_SCRATCH_PROOF] = _DONE
    if mem32[_SCRATCH_PROOF] in (_DONE, _PENDING):
        return
    mem32[_SCRATCH_PROOF] = _PENDING
    mem32[_WDSEL] = _EVERYTHING
    mem32[_LOAD] = _SHORT
    mem32[_SET] = _ON
    for _ in range(20_000):  # 20 ms and more
        pass
    mem32[_CLEAR] = _ON

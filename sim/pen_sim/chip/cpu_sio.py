"""What the interpreter asks of the chip at every turn, answered where it asks: core number, divider, microseconds.

MicroPython divides for every dictionary it looks into, and the runtime's division is the hardware's. [RP2040 datasheet,
2.3.1.5, 4.6.5]
"""

from __future__ import annotations

from typing import Any

from pen_sim.chip.cpu_alu import SIGN, WORD
from pen_sim.chip.cpu_memory import NOW
from pen_sim.chip.jit import compiled

DIVIDEND, DIVISOR, QUOTIENT, REMAINDER, DIRTY = 21, 22, 23, 24, 25
EPOCH = 27  # the cycle when the timer began to count
PACE = 28  # microseconds that it counts in 125,000 cycles
CPUID = 0xD000_0000
_UDIVIDEND, _UDIVISOR, _SDIVIDEND, _SDIVISOR = 0xD000_0060, 0xD000_0064, 0xD000_0068, 0xD000_006C
_QUOTIENT, _REMAINDER, _CSR = 0xD000_0070, 0xD000_0074, 0xD000_0078
_TIMERAWH, _TIMERAWL = 0x4005_4024, 0x4005_4028
_CYCLES_PER_MS = 125_000


@compiled
def _signed(value: int) -> int:
    return (value ^ SIGN) - SIGN


@compiled
def _divide(s: Any, signed: bool) -> None:
    """Truncates towards zero; by zero the quotient is -1, or 1 if a negative number was divided."""
    a, b = s[DIVIDEND], s[DIVISOR]
    if signed:
        a, b = _signed(a), _signed(b)
    if b == 0:
        quotient, remainder = 1 if a < 0 else -1, a
    else:
        quotient = abs(a) // abs(b)
        if (a < 0) != (b < 0):
            quotient = -quotient
        remainder = a - quotient * b
    s[QUOTIENT] = quotient & WORD
    s[REMAINDER] = remainder & WORD
    s[DIRTY] = 1


@compiled
def read(s: Any, address: int) -> int:
    """A word of these registers, or -1."""
    if address == CPUID:
        return 0
    if _UDIVIDEND <= address <= _CSR:
        if address == _QUOTIENT:
            s[DIRTY] = 0
            return s[QUOTIENT]
        if address == _REMAINDER:
            return s[REMAINDER]
        if address == _CSR:
            return 2 * s[DIRTY] + 1  # always ready: the eight cycles pass unseen
        return s[DIVISOR] if address & 4 else s[DIVIDEND]
    if address in (_TIMERAWL, _TIMERAWH):
        micros = (s[NOW] - s[EPOCH]) * s[PACE] // _CYCLES_PER_MS
        return micros & WORD if address == _TIMERAWL else micros >> 32
    return -1


@compiled
def write(s: Any, address: int, value: int) -> bool:
    """Writes one of these registers; False if it is none."""
    if address < _UDIVIDEND or address >= _CSR:
        return False
    if address == _QUOTIENT:
        s[QUOTIENT] = value
        s[DIRTY] = 1
    elif address == _REMAINDER:
        s[REMAINDER] = value
        s[DIRTY] = 1
    else:
        s[DIVISOR if address & 4 else DIVIDEND] = value
        _divide(s, address >= _SDIVIDEND)
    return True

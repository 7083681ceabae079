"""What a Cortex-M0+ computes: shifts, sums, comparisons, logic [ARMv6-M Architecture Reference Manual, A6.7].

Registers are words in `r`, condition flags 0 or 1 in `s`. Each function executes one opcode and returns its cycles.
"""

from __future__ import annotations

from typing import Any

from pen_sim.chip.jit import compiled

N, Z, C, V = 0, 1, 2, 3
WORD = 0xFFFF_FFFF
SIGN = 0x8000_0000
OTHER = -3


@compiled
def _result(s: Any, value: int) -> int:
    value &= WORD
    s[N] = value >> 31
    s[Z] = value == 0
    return value


@compiled
def _add(s: Any, a: int, b: int, carry: int) -> int:
    total = a + b + carry
    result = _result(s, total)
    s[C] = total >> 32
    s[V] = (~(a ^ b) & (a ^ result)) >> 31 & 1
    return result


@compiled
def subtract(s: Any, a: int, b: int) -> int:
    """a - b with its flags: what CMP does."""
    return _add(s, a, ~b & WORD, 1)


@compiled
def _shift(s: Any, kind: int, value: int, count: int) -> int:
    """LSL, LSR, ASR, ROR by 0 to 255; by 0 the carry stays."""
    if count == 0:
        return _result(s, value)
    if kind == 3:
        count &= 31
        value = (value >> count | value << (32 - count)) & WORD if count else value
        s[C] = value >> 31
        return _result(s, value)
    if kind == 2 and value & SIGN:
        value |= ~WORD
    if count > 32:
        count = 32 if kind == 2 else 33
    if kind == 0:
        s[C] = value << count >> 32 & 1
        return _result(s, value << count if count < 33 else 0)
    s[C] = value >> (count - 1) & 1
    return _result(s, value >> count)


@compiled
def shift_immediate(r: Any, s: Any, opcode: int) -> int:
    """LSL, LSR, ASR by a constant; 0 means 32 but for LSL."""
    kind = opcode >> 11 & 3
    count = opcode >> 6 & 31
    if kind and not count:
        count = 32
    r[opcode & 7] = _shift(s, kind, int(r[opcode >> 3 & 7]), count)
    return 1


@compiled
def add_three(r: Any, s: Any, opcode: int) -> int:
    """ADD and SUB of a register and a register or 0 to 7."""
    a = int(r[opcode >> 3 & 7])
    b = opcode >> 6 & 7
    if not opcode & 0x400:
        b = int(r[b])
    r[opcode & 7] = subtract(s, a, b) if opcode & 0x200 else _add(s, a, b, 0)
    return 1


@compiled
def immediate(r: Any, s: Any, opcode: int) -> int:
    """MOV, CMP, ADD, SUB with 0 to 255."""
    kind = opcode >> 11 & 3
    d = opcode >> 8 & 7
    b = opcode & 0xFF
    if kind == 0:
        r[d] = _result(s, b)
    elif kind == 1:
        subtract(s, int(r[d]), b)
    elif kind == 2:
        r[d] = _add(s, int(r[d]), b, 0)
    else:
        r[d] = subtract(s, int(r[d]), b)
    return 1


@compiled
def data(r: Any, s: Any, opcode: int) -> int:
    """The sixteen operations on two low registers."""
    kind = opcode >> 6 & 15
    d = opcode & 7
    a, b = int(r[d]), int(r[opcode >> 3 & 7])
    if kind in (2, 3, 4):
        r[d] = _shift(s, kind - 2, a, b & 0xFF)
    elif kind == 7:
        r[d] = _shift(s, 3, a, b & 0xFF)
    elif kind == 5:
        r[d] = _add(s, a, b, int(s[C]))
    elif kind == 6:
        r[d] = _add(s, a, ~b & WORD, int(s[C]))
    elif kind == 9:
        r[d] = subtract(s, 0, b)
    elif kind == 10:
        subtract(s, a, b)
    elif kind == 11:
        _add(s, a, b, 0)
    else:
        _logic(r, s, kind, d, a, b)
    return 1


@compiled
def _logic(r: Any, s: Any, kind: int, d: int, a: int, b: int) -> None:
    if kind == 0:
        r[d] = _result(s, a & b)
    elif kind == 1:
        r[d] = _result(s, a ^ b)
    elif kind == 8:
        _result(s, a & b)
    elif kind == 12:
        r[d] = _result(s, a | b)
    elif kind == 13:
        r[d] = _result(s, (a & 0xFFFF) * b + ((a >> 16) * b << 16))  # 64 bits hold neither the product nor its sign
    elif kind == 14:
        r[d] = _result(s, a & ~b)
    else:
        r[d] = _result(s, ~b)


@compiled
def extend(r: Any, opcode: int) -> int:
    """SXTH, SXTB, UXTH, UXTB."""
    value = int(r[opcode >> 3 & 7])
    kind = opcode >> 6 & 3
    if kind == 0:
        value = (value & 0xFFFF ^ 0x8000) - 0x8000
    elif kind == 1:
        value = (value & 0xFF ^ 0x80) - 0x80
    elif kind == 2:
        value &= 0xFFFF
    else:
        value &= 0xFF
    r[opcode & 7] = value & WORD
    return 1


@compiled
def reverse(r: Any, opcode: int) -> int:
    """REV, REV16, REVSH."""
    value = int(r[opcode >> 3 & 7])
    kind = opcode >> 6 & 3
    if kind == 2:
        return OTHER
    swapped = (value & 0xFF00FF) << 8 | value >> 8 & 0xFF00FF
    if kind == 0:
        swapped = (swapped >> 16 | swapped << 16) & WORD
    elif kind == 3:
        swapped = ((swapped & 0xFFFF ^ 0x8000) - 0x8000) & WORD
    r[opcode & 7] = swapped
    return 1

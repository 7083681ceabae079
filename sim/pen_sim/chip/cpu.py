"""A Cortex-M0+ in machine code, as far as it concerns registers and memory; the rest is the library's core.

`run` executes instructions until its cycles are spent or one of them needs somebody else: a register of a peripheral, an
interrupt, sleep. An instruction takes the cycles of the Cortex-M0+ Technical Reference Manual, table 3-1, without wait states.
"""

from __future__ import annotations

from typing import Any

from pen_sim.chip import cpu_alu as alu
from pen_sim.chip import cpu_memory as memory
from pen_sim.chip import cpu_sio as sio
from pen_sim.chip.cpu_alu import OTHER, WORD, C, N, V, Z
from pen_sim.chip.cpu_memory import LOAD, LR, PC, SP, STORE, Memory
from pen_sim.chip.jit import compiled, entry, pointer

SPENT, CHECK, SLEEP, DOZE = 0, -4, -5, -6
MASKED, WAITING_IRQ, IPSR = 4, 5, 6
REGISTERS, RAM, FLASH, ROM, DPRAM = 16, 17, 18, 19, 20  # addresses in this computer
STATE_WORDS = 32


@compiled
def _condition(s: Any, condition: int) -> bool:
    base = condition >> 1
    if base == 0:
        met = s[Z] != 0
    elif base == 1:
        met = s[C] != 0
    elif base == 2:
        met = s[N] != 0
    elif base == 3:
        met = s[V] != 0
    elif base == 4:
        met = s[C] != 0 and s[Z] == 0
    elif base == 5:
        met = s[N] == s[V]
    else:
        met = s[N] == s[V] and s[Z] == 0
    return met != (condition & 1 == 1)


@compiled
def _branch_if(r: Any, s: Any, opcode: int) -> int:
    condition = opcode >> 8 & 15
    if condition >= 14:
        return OTHER
    if not _condition(s, condition):
        return 1
    r[PC] = int(r[PC]) + 2 + 2 * ((opcode & 0xFF ^ 0x80) - 0x80) & WORD
    return 2


@compiled
def _branch(r: Any, opcode: int) -> int:
    if opcode & 0x800:
        return OTHER
    r[PC] = int(r[PC]) + 2 + 2 * ((opcode & 0x7FF ^ 0x400) - 0x400) & WORD
    return 2


@compiled
def _high(r: Any, s: Any, opcode: int) -> int:
    """ADD, CMP, MOV with any register, BX and BLX; but for a return from an exception."""
    kind = opcode >> 8 & 3
    m, d = opcode >> 3 & 15, opcode >> 4 & 8 | opcode & 7
    b = int(r[m]) + 2 if m == PC else int(r[m])
    if kind == 3:
        if b >> 28 == 15:
            return OTHER
        if opcode & 0x80:
            r[LR] = int(r[PC]) | 1
        r[PC] = b & ~1
        return 2
    a = int(r[d]) + 2 if d == PC else int(r[d])
    if kind == 1:
        alu.subtract(s, a, b)
        return 1
    result = (a + b if kind == 0 else b) & WORD
    if d == PC:
        r[PC] = result & ~1
        return 2
    r[d] = result & ~3 if d == SP else result
    return 1


@compiled
def _address(r: Any, opcode: int) -> int:
    base = int(r[SP]) if opcode & 0x800 else int(r[PC]) + 2 & ~3
    r[opcode >> 8 & 7] = base + 4 * (opcode & 0xFF) & WORD
    return 1


@compiled
def _miscellaneous(r: Any, s: Any, m: Any, opcode: int) -> int:
    kind = opcode >> 8 & 15
    if kind == 0:
        offset = 4 * (opcode & 0x7F)
        r[SP] = (int(r[SP]) + (-offset if opcode & 0x80 else offset)) & WORD & ~3
        return 1
    if kind == 2:
        return alu.extend(r, opcode)
    if kind in (4, 5):
        return memory.push(r, m, opcode)
    if kind == 10:
        return alu.reverse(r, opcode)
    if kind in (12, 13):
        return memory.pop(r, m, opcode)
    if opcode == 0xBF00:
        return 1
    if opcode == 0xB672:
        s[MASKED] = 1
        return 1
    if opcode == 0xB662:
        return _unmask(s, 1)
    if opcode == 0xBF30:
        return SLEEP
    return DOZE if opcode == 0xBF20 else OTHER


@compiled
def _unmask(s: Any, cost: int) -> int:
    """PRIMASK falls; who waited for that has to be asked."""
    s[MASKED] = 0
    if s[WAITING_IRQ]:
        s[memory.COST] = cost
        return CHECK
    return cost


@compiled
def _wide(r: Any, s: Any, m: Any, opcode: int) -> int:
    """BL, the barriers, and PRIMASK and IPSR; the rest is other's."""
    at = int(r[PC])
    second = memory.read16(m, at)
    if opcode & 0xF800 == 0xF000 and second & 0xD000 == 0xD000:
        sign = opcode >> 10 & 1
        i1, i2 = ~(second >> 13 ^ sign) & 1, ~(second >> 11 ^ sign) & 1
        offset = i1 << 23 | i2 << 22 | (opcode & 0x3FF) << 12 | (second & 0x7FF) << 1
        r[LR] = at + 2 | 1
        r[PC] = at + 2 + offset - (sign << 24) & WORD
        return 3
    cost = 3
    if opcode == 0xF3BF and second & 0xFFC0 == 0x8F40:
        pass
    elif opcode == 0xF3EF and second & 0xF0FF == 0x8010:
        r[second >> 8 & 15] = s[MASKED]
    elif opcode == 0xF3EF and second & 0xF0FF == 0x8005:
        r[second >> 8 & 15] = s[IPSR]
    elif opcode & 0xFFF0 == 0xF380 and second & 0xFFFF == 0x8810:
        if int(r[opcode & 15]) & 1:
            s[MASKED] = 1
        else:
            cost = _unmask(s, 3)
    else:
        return OTHER
    r[PC] = at + 2
    return cost


@compiled
def _execute(r: Any, s: Any, m: Any, opcode: int) -> int:
    group = opcode >> 12
    if group == 4:
        if opcode & 0x800:
            return memory.literal(r, s, m, opcode)
        return _high(r, s, opcode) if opcode & 0x400 else alu.data(r, s, opcode)
    if group in (6, 7, 8):
        return memory.displaced(r, s, m, opcode)
    if group == 13:
        return _branch_if(r, s, opcode)
    if group in (2, 3):
        return alu.immediate(r, s, opcode)
    if group in (0, 1):
        return alu.add_three(r, s, opcode) if opcode >> 11 == 3 else alu.shift_immediate(r, s, opcode)
    if group == 5:
        return memory.indexed(r, s, m, opcode)
    if group == 9:
        return memory.on_stack(r, s, m, opcode)
    if group == 10:
        return _address(r, opcode)
    if group == 11:
        return _miscellaneous(r, s, m, opcode)
    if group == 12:
        return memory.multiple(r, s, m, opcode)
    return _branch(r, opcode) if group == 14 else _wide(r, s, m, opcode)


@compiled
def _answer(r: Any, s: Any, kind: int) -> int:
    """Serves accesses that need nobody else, and returns their cost; else `kind` again."""
    if s[memory.SIZE] != memory.WORD32:
        return kind
    if kind == LOAD:
        value = sio.read(s, s[memory.ADDRESS])
        if value < 0:
            return kind
        r[s[memory.REGISTER]] = value
        return int(s[memory.COST])
    if kind == STORE and sio.write(s, s[memory.ADDRESS], int(r[s[memory.REGISTER]])):
        return int(s[memory.COST])
    return kind


@compiled
def loop(r: Any, s: Any, m: Any, budget: int) -> int:
    """Executes until `budget` cycles are spent, counting s[NOW] on. Returns SPENT, or why not.

    LOAD and STORE have moved on, but for their access and their cost; CHECK, SLEEP (WFI) and DOZE (WFE) but for their
    cost; OTHER has not begun.
    """
    end = s[memory.NOW] + budget
    while s[memory.NOW] < end:
        at = int(r[PC]) & ~1
        opcode = memory.read16(m, at)
        r[PC] = at + 2
        cost = _execute(r, s, m, opcode) if opcode >= 0 else OTHER
        if cost < 0:
            cost = _answer(r, s, cost)
        if cost < 0:
            if cost == OTHER:
                r[PC] = at
            return cost
        s[memory.NOW] += cost
    return SPENT


_at8, _at16, _at32 = pointer(8), pointer(16), pointer(32)


def _run(s: Any, budget: int) -> int:
    ram, flash, rom, dpram = s[RAM], s[FLASH], s[ROM], s[DPRAM]
    m = Memory(
        _at8(ram), _at16(ram), _at32(ram), _at8(flash), _at16(flash), _at32(flash),
        _at8(rom), _at16(rom), _at32(rom), _at8(dpram), _at16(dpram), _at32(dpram),
    )  # fmt: skip
    return loop(_at32(s[REGISTERS]), s, m, budget)


def machine_code() -> int:
    """Address of `loop(state, budget)` for C: a pointer to STATE_WORDS int64 and an int64."""
    return entry(_run)

"""What a Cortex-M0+ loads and stores. RAM, flash and ROM are at hand; for everything else the caller has to ask.

Each function executes one opcode and returns its cycles, or LOAD or STORE with what is wanted in `s`, or OTHER if it did
nothing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pen_sim.chip.cpu_alu import OTHER, WORD
from pen_sim.chip.jit import compiled

LOAD, STORE = -1, -2
ADDRESS, REGISTER, SIZE, COST = 8, 9, 10, 11
WATCH_LOW, WATCH_HIGH, WATCH_SINCE = 12, 13, 14  # bytes that are somebody else's, from a cycle on
NOW = 26  # the cycle
WORD32, HALF, BYTE, SIGNED_HALF, SIGNED_BYTE = 0, 1, 2, 3, 4
SP, LR, PC = 13, 14, 15

RAM, RAM_END = 0x2000_0000, 0x2004_2000
FLASH, FLASH_END, FLASH_MASK = 0x1000_0000, 0x1400_0000, 0xFF_FFFF
ROM_END = 0x4000
DPRAM, DPRAM_END = 0x5010_0000, 0x5010_1000
_APB, _SIO = 4, 13  # address >> 28


class Memory(NamedTuple):
    """The same bytes three times over, so that each size is one access."""

    ram8: Any
    ram16: Any
    ram32: Any
    flash8: Any
    flash16: Any
    flash32: Any
    rom8: Any
    rom16: Any
    rom32: Any
    dpram8: Any
    dpram16: Any
    dpram32: Any


@compiled
def read32(m: Any, address: int) -> int:
    """A word; -1 if it is not in memory."""
    if address & 3:
        return -1
    if RAM <= address < RAM_END:
        return int(m.ram32[(address - RAM) >> 2])
    if FLASH <= address < FLASH_END:
        return int(m.flash32[(address & FLASH_MASK) >> 2])
    if address < ROM_END:
        return int(m.rom32[address >> 2])
    if DPRAM <= address < DPRAM_END:
        return int(m.dpram32[(address - DPRAM) >> 2])
    return -1


@compiled
def read16(m: Any, address: int) -> int:
    """A halfword; -1 if it is not in memory."""
    if address & 1:
        return -1
    if RAM <= address < RAM_END:
        return int(m.ram16[(address - RAM) >> 1])
    if FLASH <= address < FLASH_END:
        return int(m.flash16[(address & FLASH_MASK) >> 1])
    if address < ROM_END:
        return int(m.rom16[address >> 1])
    if DPRAM <= address < DPRAM_END:
        return int(m.dpram16[(address - DPRAM) >> 1])
    return -1


@compiled
def read8(m: Any, address: int) -> int:
    """A byte; -1 if it is not in memory."""
    if RAM <= address < RAM_END:
        return int(m.ram8[address - RAM])
    if FLASH <= address < FLASH_END:
        return int(m.flash8[address & FLASH_MASK])
    if address < ROM_END:
        return int(m.rom8[address])
    if DPRAM <= address < DPRAM_END:
        return int(m.dpram8[address - DPRAM])
    return -1


@compiled
def _ask(s: Any, kind: int, address: int, register: int, size: int) -> int:
    """Leaves the access to the caller: what, where, and how long the instruction takes there."""
    s[ADDRESS] = address
    s[REGISTER] = register
    s[SIZE] = size
    area = address >> 28
    if area == _SIO:
        s[COST] = 1
    elif area == _APB:
        s[COST] = 4 if kind == LOAD else 5
    else:
        s[COST] = 2
    return kind


@compiled
def _load(r: Any, s: Any, m: Any, address: int, register: int, size: int) -> int:
    address &= WORD
    if s[WATCH_LOW] <= address < s[WATCH_HIGH] and s[WATCH_SINCE] <= s[NOW]:
        return _ask(s, LOAD, address, register, size)
    if size == WORD32:
        value = read32(m, address)
    elif size in (HALF, SIGNED_HALF):
        value = read16(m, address)
    else:
        value = read8(m, address)
    if value < 0:
        return _ask(s, LOAD, address, register, size)
    if size == SIGNED_HALF:
        value = ((value ^ 0x8000) - 0x8000) & WORD
    elif size == SIGNED_BYTE:
        value = ((value ^ 0x80) - 0x80) & WORD
    r[register] = value
    return 2


@compiled
def _store(r: Any, s: Any, m: Any, address: int, register: int, size: int) -> int:
    address &= WORD
    inside = RAM <= address < RAM_END
    if inside and size == WORD32 and not address & 3:
        m.ram32[(address - RAM) >> 2] = r[register]
    elif inside and size == HALF and not address & 1:
        m.ram16[(address - RAM) >> 1] = int(r[register]) & 0xFFFF
    elif inside and size == BYTE:
        m.ram8[address - RAM] = int(r[register]) & 0xFF
    else:
        return _ask(s, STORE, address, register, size)
    return 2


@compiled
def literal(r: Any, s: Any, m: Any, opcode: int) -> int:
    """LDR relative to the program counter."""
    base = int(r[PC]) + 2 & ~3
    return _load(r, s, m, base + 4 * (opcode & 0xFF), opcode >> 8 & 7, WORD32)


@compiled
def indexed(r: Any, s: Any, m: Any, opcode: int) -> int:
    """Loads and stores at the sum of two registers."""
    address = int(r[opcode >> 3 & 7]) + int(r[opcode >> 6 & 7])
    kind = opcode >> 9 & 7
    t = opcode & 7
    if kind == 0:
        return _store(r, s, m, address, t, WORD32)
    if kind == 1:
        return _store(r, s, m, address, t, HALF)
    if kind == 2:
        return _store(r, s, m, address, t, BYTE)
    if kind == 3:
        return _load(r, s, m, address, t, SIGNED_BYTE)
    if kind == 4:
        return _load(r, s, m, address, t, WORD32)
    if kind == 5:
        return _load(r, s, m, address, t, HALF)
    if kind == 6:
        return _load(r, s, m, address, t, BYTE)
    return _load(r, s, m, address, t, SIGNED_HALF)


@compiled
def displaced(r: Any, s: Any, m: Any, opcode: int) -> int:
    """Loads and stores at a register and a constant: opcodes 6, 7 and 8 are words, bytes and halfwords."""
    group = opcode >> 12
    size, shift = (WORD32, 2) if group == 6 else (BYTE, 0) if group == 7 else (HALF, 1)
    address = int(r[opcode >> 3 & 7]) + ((opcode >> 6 & 31) << shift)
    if opcode & 0x800:
        return _load(r, s, m, address, opcode & 7, size)
    return _store(r, s, m, address, opcode & 7, size)


@compiled
def on_stack(r: Any, s: Any, m: Any, opcode: int) -> int:
    """LDR and STR relative to the stack pointer."""
    address = int(r[SP]) + 4 * (opcode & 0xFF)
    if opcode & 0x800:
        return _load(r, s, m, address, opcode >> 8 & 7, WORD32)
    return _store(r, s, m, address, opcode >> 8 & 7, WORD32)


@compiled
def _bits(opcode: int) -> int:
    count = 0
    for i in range(8):
        count += opcode >> i & 1
    return count


@compiled
def _within(address: int, count: int) -> bool:
    return not address & 3 and address >= RAM and address + 4 * count <= RAM_END


@compiled
def push(r: Any, m: Any, opcode: int) -> int:
    """PUSH, with LR if bit 8 says so."""
    low = _bits(opcode)
    words = low + (opcode >> 8 & 1)
    address = int(r[SP]) - 4 * words
    if not _within(address, words):
        return OTHER
    r[SP] = address
    at = (address - RAM) >> 2
    for i in range(8):
        if opcode >> i & 1:
            m.ram32[at] = r[i]
            at += 1
    if opcode & 0x100:
        m.ram32[at] = r[LR]
    return 1 + words


@compiled
def pop(r: Any, m: Any, opcode: int) -> int:
    """POP, with PC if bit 8 says so and it is not a return from an exception."""
    low = _bits(opcode)
    words = low + (opcode >> 8 & 1)
    address = int(r[SP])
    if not _within(address, words):
        return OTHER
    at = (address - RAM) >> 2
    target = int(m.ram32[at + low]) if opcode & 0x100 else 0
    if target >> 28 == 15:
        return OTHER
    for i in range(8):
        if opcode >> i & 1:
            r[i] = m.ram32[at]
            at += 1
    r[SP] = address + 4 * words
    if opcode & 0x100:
        r[PC] = target & ~1
        return 3 + words
    return 1 + words


@compiled
def multiple(r: Any, s: Any, m: Any, opcode: int) -> int:
    """LDM and STM. The base is written back but for a load that contains it."""
    base = opcode >> 8 & 7
    words = _bits(opcode)
    address = int(r[base])
    if not _within(address, words) or (address < s[WATCH_HIGH] and address + 4 * words > s[WATCH_LOW]):
        return OTHER
    at = (address - RAM) >> 2
    load = opcode & 0x800
    for i in range(8):
        if opcode >> i & 1:
            if load:
                r[i] = m.ram32[at]
            else:
                m.ram32[at] = r[i]
            at += 1
    if not (load and opcode >> base & 1):
        r[base] = address + 4 * words
    return 1 + words

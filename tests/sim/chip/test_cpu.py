"""The core in machine code against the library's, instruction by instruction, and against the architecture where they differ."""

from __future__ import annotations

import ctypes
import random
from collections.abc import Callable
from typing import Any

import pytest

from pen_sim.chip.emulator import Chip

RAM = 0x2000_0000
CODE = RAM + 0x1000
SP, LR, PC = 13, 14, 15
N, Z, C, V = range(4)
MASK = 0xFFFF_FFFF


class OneCore:
    """Executes single instructions; states are (sixteen registers, four flags)."""

    def __init__(self, chip: Any) -> None:
        self.engine = chip._engine
        self.mcu = chip._mcu
        self.registers = memoryview(self.mcu.core.registers)

    def put(self, opcode: int, second: int, registers: list[int], flags: list[int]) -> None:
        self.mcu.write_uint16(CODE, opcode)
        self.mcu.write_uint16(CODE + 2, second)
        for place, value in enumerate(registers):
            self.registers[place] = value
        self.registers[PC] = CODE
        self.engine._s[:4] = memoryview((ctypes.c_int64 * 4)(*flags)).cast("B").cast("q")
        self.engine._give()

    def state(self) -> tuple[list[int], list[int]]:
        return self.registers.tolist(), list(self.engine._s[:4])

    def ours(self) -> tuple[int, int]:
        """(kind, cycles)"""
        s = self.engine._s
        s[26] = 0  # cpu_memory.NOW
        kind = self.engine._code(ctypes.addressof(self.engine._state), 1)
        return kind, s[26]

    def library(self) -> int:
        cycles = self.mcu.core.execute_instruction()
        self.engine.take()
        return cycles


@pytest.fixture(scope="module")
def core(library: Any, blank_image: Any) -> OneCore:
    return OneCore(Chip(blank_image))


def draw(pick: random.Random) -> tuple[list[int], list[int]]:
    """Registers that are as often small, edges or places in RAM as anything else."""

    def word() -> int:
        return pick.choice(
            (
                pick.getrandbits(32),
                pick.randrange(40),
                MASK - pick.randrange(3),
                1 << 31,
                RAM + 4 * pick.randrange(1000),
            )
        )

    registers = [word() for _ in range(16)]
    registers[SP] = RAM + 0x2000 + 4 * pick.randrange(64)
    registers[LR] = CODE + 1
    return registers, [pick.randrange(2) for _ in range(4)]


def differs_by_design(opcode: int, registers: list[int], flags: list[int]) -> bool:
    """What the library gets wrong, each shown by a test of its own below; and cycles of PUSH and POP, compared there too."""
    count = registers[opcode >> 3 & 7] & 0xFF
    group = opcode & 0xFFC0
    if group in (0x40C0, 0x4100, 0x41C0) and count == 0:
        return True
    if group == 0x4080 and count > 32:
        return True
    if group == 0x4140 and flags[C] and registers[opcode & 7] == MASK:
        return True
    if opcode == 0x47F0:
        return True
    if opcode & 0xF800 == 0xC000 and opcode >> (opcode >> 8 & 7) & 1:
        return True
    return opcode & 0xF600 == 0xB400


@pytest.mark.parametrize("seed", [1, 2])
def test_every_opcode_does_what_the_library_does(core: OneCore, seed: int) -> None:
    pick = random.Random(seed)
    compared = 0
    for opcode in range(0x1_0000):
        if opcode >> 11 in (0b11101, 0b11111) or (opcode & 0xFF00 == 0x4700 and (opcode & 7 or opcode >> 3 & 15 == 15)):
            continue  # there is no such instruction
        second = pick.choice((pick.getrandbits(16), 0xF800 | pick.getrandbits(11), 0x8F5F, 0x8010, 0x8810, 0x8005))
        registers, flags = draw(pick)
        if differs_by_design(opcode, registers, flags):
            continue
        core.put(opcode, second, registers, flags)
        memory = bytes(core.mcu.sram[:0x4000])
        kind, cycles = core.ours()
        if kind:
            continue  # left to the library, or to the bus
        ours, wrote = core.state(), bytes(core.mcu.sram[:0x4000])
        core.mcu.sram[:0x4000] = memory
        core.put(opcode, second, registers, flags)
        assert cycles == core.library(), hex(opcode)
        theirs = core.state()
        theirs[0][PC] &= ~1
        assert ours == theirs, (hex(opcode), hex(second))
        assert wrote == bytes(core.mcu.sram[:0x4000]), hex(opcode)
        compared += 1
    assert compared > 35_000


Setup = Callable[[list[int]], None]


def execute(core: OneCore, opcode: int, values: dict[int, int], carry: int = 0) -> tuple[list[int], list[int], int]:
    registers = [0] * 16
    registers[SP] = RAM + 0x2000
    for place, value in values.items():
        registers[place] = value
    core.put(opcode, 0, registers, [0, 0, carry, 0])
    kind, cycles = core.ours()
    assert kind == 0
    return *core.state(), cycles


@pytest.mark.parametrize("opcode", [0x40C8, 0x4108, 0x41C8, 0x4088], ids=["LSR", "ASR", "ROR", "LSL"])
@pytest.mark.parametrize("carry", [0, 1])
def test_a_shift_by_zero_leaves_the_carry(core: OneCore, opcode: int, carry: int) -> None:
    """ARMv6-M ARM, Shift_C: amount 0 returns carry_in."""
    registers, flags, _ = execute(core, opcode, {0: 0x8000_0001, 1: 0}, carry)
    assert (registers[0], flags[C]) == (0x8000_0001, carry)


@pytest.mark.parametrize("opcode", [0x4088, 0x40C8], ids=["LSL", "LSR"])
def test_a_shift_by_more_than_32_carries_nothing(core: OneCore, opcode: int) -> None:
    registers, flags, _ = execute(core, opcode, {0: MASK, 1: 33}, carry=1)
    assert (registers[0], flags[C], flags[Z]) == (0, 0, 1)


def test_a_rotation_by_32_takes_the_carry_from_the_top_bit(core: OneCore) -> None:
    registers, flags, _ = execute(core, 0x41C8, {0: 0x8000_0000, 1: 32})
    assert (registers[0], flags[C]) == (0x8000_0000, 1)


def test_the_carry_of_a_sum_with_carry_is_that_of_all_three(core: OneCore) -> None:
    """0xFFFFFFFF + 0 + 1 is 2^32: AddWithCarry compares with the unsigned sum."""
    registers, flags, _ = execute(core, 0x4148, {0: MASK, 1: 0}, carry=1)
    assert (registers[0], flags[C], flags[Z]) == (0, 1, 1)


def test_a_store_of_several_writes_its_base_back_even_if_it_stores_it(core: OneCore) -> None:
    """STM r0!, {r0, r1}: the lowest register is stored as it was, then r0 is 8 more [ARMv6-M ARM, A6.7.58]."""
    registers, _, _ = execute(core, 0xC003, {0: RAM + 0x100, 1: 5})
    assert registers[0] == RAM + 0x108
    assert core.mcu.read_uint32(RAM + 0x100) == RAM + 0x100


def test_a_call_through_the_link_register_goes_where_that_led(core: OneCore) -> None:
    """BLX lr: the target is read before LR is set [ARMv6-M ARM, A6.7.14]."""
    registers, _, _ = execute(core, 0x47F0, {LR: CODE + 0x101})
    assert (registers[PC], registers[LR]) == (CODE + 0x100, CODE + 2 | 1)


def test_cycles_of_the_stack_instructions(core: OneCore) -> None:
    """PUSH 1 + N, POP 1 + N, POP with PC 3 + N, N with LR or PC [Cortex-M0+ TRM, table 3-1]."""
    values = {SP: RAM + 0x2000, LR: CODE + 1}
    assert execute(core, 0xB51F, values)[2] == 1 + 6  # five registers and LR
    assert execute(core, 0xBC1F, {SP: RAM + 0x1FE8})[2] == 1 + 5
    core.mcu.write_uint32(RAM + 0x1FFC, CODE + 1)
    assert execute(core, 0xBD00, {SP: RAM + 0x1FFC})[2] == 3 + 1


@pytest.mark.parametrize(
    ("dividend", "divisor", "signed", "quotient", "remainder"),
    [
        (100, 7, False, 14, 2),
        (0xFFFF_FFFF, 1, False, 0xFFFF_FFFF, 0),
        (-100 & MASK, 7, True, -14 & MASK, -2 & MASK),
        (100, -7 & MASK, True, -14 & MASK, 2),
        (5, 0, False, MASK, 5),
        (-5 & MASK, 0, True, 1, -5 & MASK),
    ],
)
def test_the_divider(core: OneCore, dividend: int, divisor: int, signed: bool, quotient: int, remainder: int) -> None:
    """Truncates towards zero; by zero: -1, or 1 for a negative dividend, and the dividend remains [2.3.1.5]."""
    base = 0xD000_0060 + (8 if signed else 0)
    results: list[int] = []
    for opcode, address, value in (
        (0x6008, base, dividend),  # STR r0, [r1]
        (0x6008, base + 4, divisor),
        (0x6808, 0xD000_0078, 0),  # LDR r0, [r1]
        (0x6808, 0xD000_0074, 0),
        (0x6808, 0xD000_0070, 0),
        (0x6808, 0xD000_0078, 0),
    ):
        results.append(execute(core, opcode, {0: value, 1: address})[0][0])
    assert results[2:] == [3, remainder, quotient, 1]  # CSR: ready and dirty before the quotient is read, ready after

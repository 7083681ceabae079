"""Which instructions of a state machine nobody outside of it can notice, so that they need no moment of their own.

A machine executes them together with the one before; its due time goes on as if it had waited for each. `Ahead` keeps what
it was before each of them, for the rare case that somebody looks at it, or stops it, in between.
"""

from __future__ import annotations

from typing import Any

NEVER = 1 << 52  # cycles: more than a year, and 256 times that still fits into 64 bits
_MOST = 8  # instructions in one go
_JMP, _OUT, _MOV, _SET = 0, 3, 5, 7
_PIN_CONDITION = 6
_INSIDE_OUT = (1, 2, 3, 6)  # x, y, null, isr
_INSIDE_MOV_TO, _INSIDE_MOV_FROM = (1, 2, 6, 7), (1, 2, 3, 6, 7)  # x, y, isr, osr; from null as well
_INSIDE_SET = (1, 2)
_AUTOPULL = 1 << 17
_SIDE_EN, _SIDE_PINDIR = 1 << 30, 1 << 29

State = tuple[int, int, int, int, int, int, int, int]


def _unnoticed(opcode: int, autopull: bool) -> bool:
    """Neither reads nor writes pins, FIFOs or flags."""
    kind, to = opcode >> 13, opcode >> 5 & 7
    if kind == _JMP:
        return to != _PIN_CONDITION
    if kind == _OUT:
        return to in _INSIDE_OUT and not autopull
    if kind == _MOV:
        return to in _INSIDE_MOV_TO and opcode & 7 in _INSIDE_MOV_FROM
    return kind == _SET and to in _INSIDE_SET


def table(machine: Any, instructions: list[int]) -> list[tuple[bool, int, int]]:
    """For each address: whether it goes unnoticed, if the pins under a mask have a value already, by its side-set."""
    count = machine.pin_ctrl >> 29
    base = machine.pin_ctrl >> 10 & 31
    plain = not machine.exec_ctrl & (_SIDE_EN | _SIDE_PINDIR) and base + count <= 30
    mask = ((1 << count) - 1) << base
    autopull = bool(machine.shift_ctrl & _AUTOPULL)
    return [
        (plain and _unnoticed(opcode, autopull), mask, (opcode >> 13 - count & (1 << count) - 1) << base)
        for opcode in instructions
    ]


class Ahead:
    """One machine's instructions executed before their time, and the loops it has jumped to the end of."""

    def __init__(self, pio: Any, machine: Any) -> None:
        self._pio = pio
        self._machine = machine
        self.table: list[tuple[bool, int, int]] | None = None  # to be made anew
        self._before: list[State] = []
        self._loop: tuple[int, int, bool] | None = None  # since when, period, whether X counts down

    def forget(self) -> None:
        """The time of all that has come."""
        self._before.clear()
        self._loop = None

    def jump(self) -> bool:
        """Jumps to the end of a loop of one instruction: JMP X--, Y-- or always, to itself."""
        machine = self._machine
        opcode = self._pio.instructions[machine.pc]
        condition = opcode >> 5 & 7
        if opcode >> 13 or opcode & 31 != machine.pc or condition not in (0, 2, 4):
            return False
        rounds = machine.x if condition == 2 else machine.y
        if condition and rounds < 2:
            return False
        delay = (opcode >> 8 & 31) & (1 << 5 - (machine.pin_ctrl >> 29)) - 1
        period = (1 + delay) * machine.div_fp
        since = machine.next_due_fp
        machine.step()  # for its side-set
        self._loop = (since, period, condition == 2)
        machine.next_due_fp = since + rounds * period if condition else NEVER << 8
        if condition == 2:
            machine.x = 0
        elif condition:
            machine.y = 0
        return True

    def go_on(self) -> None:
        """Executes what follows, as far as nobody can notice."""
        machine, before = self._machine, self._before
        known = self.table
        if known is None:
            known = self.table = table(machine, self._pio.instructions)
        pins = self._pio.pin_values
        for _ in range(_MOST):
            place: int = machine.pc
            unnoticed, mask, value = known[place]
            if not unnoticed or pins & mask != value:
                return
            before.append((
                machine.next_due_fp, machine.pc, machine.x, machine.y, machine.input_shift_reg,
                machine.input_shift_count, machine.output_shift_reg, machine.output_shift_count,
            ))  # fmt: skip
            if self.jump():
                return
            machine.step()

    def land(self, now_fp: int) -> None:
        """Takes back what has not happened yet: somebody looks, or interferes."""
        if self._loop:
            self._leave_loop(now_fp, *self._loop)
        machine = self._machine
        for state in self._before:
            if state[0] > now_fp:
                (
                    machine.next_due_fp, machine.pc, machine.x, machine.y, machine.input_shift_reg,
                    machine.input_shift_count, machine.output_shift_reg, machine.output_shift_count,
                ) = state  # fmt: skip
                break
        self.forget()

    def _leave_loop(self, now_fp: int, since: int, period: int, down: bool) -> None:
        machine = self._machine
        done = max((now_fp - since) // period + 1, 0)
        if machine.next_due_fp < NEVER << 8:
            left = (machine.next_due_fp - since) // period - done
            if down:
                machine.x = left
            else:
                machine.y = left
        machine.next_due_fp = since + done * period

"""Integers as viper has them: 32 bits, signed, and what is beyond wraps. The plain-Python side of a comparison with the chip."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import Any


def wrapped(value: int) -> int:
    """`value` modulo 2**32, as a signed number."""
    return ((value + (1 << 31)) & 0xFFFF_FFFF) - (1 << 31)


class Word(int):
    """One of them. What is computed with one is one."""


def _binary(name: str) -> None:
    operation: Callable[[int, int], int] = getattr(operator, name)

    def left(self: Word, other: int) -> Word:
        return Word(wrapped(operation(int(self), int(other))))

    def right(self: Word, other: int) -> Word:
        return Word(wrapped(operation(int(other), int(self))))

    bare = name.strip("_")
    setattr(Word, f"__{bare}__", left)
    setattr(Word, f"__r{bare}__", right)


for _name in ("add", "sub", "mul", "and_", "or_", "xor", "lshift", "rshift"):
    _binary(_name)


class Words:
    """As much of array('i') as viper's pointers have."""

    def __init__(self, values: Iterable[int]) -> None:
        self.values = [Word(value) for value in values]

    def __getitem__(self, at: int) -> Any:
        return self.values[at]

    def __setitem__(self, at: int, value: int) -> None:
        self.values[at] = Word(wrapped(value))

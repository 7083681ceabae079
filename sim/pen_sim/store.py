"""What the simulated pen keeps without power: named bytes, and the ways in which flash fails."""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Callable

ERASE_NS = 45_000_000  # of one block, typical; 400 ms at most [W25Q16JV datasheet 9.6, tSE]


class PowerCut(BaseException):
    """The power went away in the middle of a write. No firmware catches it; `Machine.restart` goes on from there."""


def half(new: bytes, _old: bytes, count: int) -> bytes:
    """A cut leaves what was written until then, and nothing behind it."""
    return new[:count]


def over(new: bytes, old: bytes, count: int) -> bytes:
    """A cut leaves the old bytes behind the new ones."""
    return new[:count] + old[count:]


def erased(new: bytes, old: bytes, count: int) -> bytes:
    """A cut leaves erased flash behind the new bytes."""
    return new[:count] + b"\xff" * (max(len(new), len(old)) - count)


class Store:
    """Knobs: `full` has no room, `worn` forgets what it is told, `cut_after` loses power after so many bytes of the next write,
    or of the next one whose name begins with `cut_in`.

    `torn`: what a cut leaves. `writes` counts those that were done, `writes_of` for each record (two copies); `write_ns` is how
    long one keeps the scan waiting.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.writes = 0
        self.writes_of: Counter[str] = Counter()
        self.write_ns = ERASE_NS
        self.full = False
        self.worn = False
        self.cut_after: int | None = None
        self.cut_in = ""
        self.torn: Callable[[bytes, bytes, int], bytes] = half

    def read(self, name: str) -> bytes:
        """What lies there, b"" for nothing."""
        return self.files.get(name, b"")

    def write(self, name: str, data: bytes) -> None:
        """Raises OSError or PowerCut."""
        if self.full:
            raise OSError(errno.ENOSPC, "no room")
        if self.cut_after is not None and name.startswith(self.cut_in):
            count, self.cut_after = self.cut_after, None
            self.files[name] = self.torn(data, self.read(name), min(count, len(data)))
            raise PowerCut
        self.writes += 1
        self.writes_of[name.partition(".")[0]] += 1
        if not self.worn:
            self.files[name] = bytes(data)

    def flip(self, name: str, bit: int) -> None:
        """Turns a bit over."""
        data = bytearray(self.files[name])
        data[bit // 8] ^= 1 << bit % 8
        self.files[name] = bytes(data)

"""Where MicroPython keeps what it runs: found from outside, by what it looks like. Nothing on the pen helps.

Objects are words: a pointer into flash to the type, then what the type says. A small integer n is 2n + 1, the name q in a
dictionary 8q + 2, None 6. An array is (type, code, length, items); an instance's attributes are pairs of name and value;
a variable of a closure is a cell (type, value) [MicroPython 1.26, py/obj.h, objarray.h, objcell.c].
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from pen_sim.loader import pure
from pen_sim.words import all_names

RAM, FLASH = 0x2000_0000, 0x10
NONE, SMALL_0 = 6, 1
_CODE = ord("i")
_LIVE_US = 5_000  # an image this old is one that the last boot left behind
_STATE_WORDS_MOST = 32  # in front of the image's address in the HAL's state


class Heap:
    """The chip's RAM as words; addresses are those the chip uses."""

    def __init__(self, mcu: Any, board: ModuleType) -> None:
        self._octets = memoryview(mcu.sram).cast("B")
        self.words = self._octets[: len(self._octets) // 4 * 4].cast("i")
        names: Any = all_names()
        image = names.create()
        pure("pen.limits").fill(image, board, pure("pen.drive").make(board))
        first, last = names.LI_OVER_UM, names.LI_CLEARANCE_UM
        self._limits = image[first : last + 1]
        self._first, self._size = first, len(image)

    def image(self, now_us: int) -> int | None:
        """The address of the process image that the scan last wrote to; None if there is none, as while booting."""
        found = [(now_us - self.words[at] & 0x3FFF_FFFF, at) for at in self._images()]
        age_us, at = min(found, default=(0, -1))
        return None if at < 0 or (len(found) > 1 and age_us > _LIVE_US and not self.words[at]) else RAM + 4 * at

    def _images(self) -> Iterator[int]:
        """Places of arrays whose limits are the board's, but for a few."""
        seen: set[int] = set()
        size = len(self._limits)
        for begin in range(0, size - 2, 3):
            for at in self._find(self._limits[begin : begin + 3].tobytes()):
                place = at - begin - self._first
                if place < 0 or place in seen or place + self._size > len(self.words):
                    continue
                here = self.words[place + self._first : place + self._first + size]
                if sum(a == b for a, b in zip(here, self._limits, strict=True)) >= size - 4:
                    seen.add(place)
                    yield place

    def _find(self, pattern: bytes) -> Iterator[int]:
        """Places, in words, of these bytes at a word's border."""
        memory, at = bytes(self._octets), -1
        while (at := memory.find(pattern, at + 1)) >= 0:
            if at % 4 == 0:
                yield at // 4

    def _places(self, value: int) -> list[int]:
        return list(self._find(value.to_bytes(4, "little")))

    def _is_flash(self, place: int) -> bool:
        return self.words[place] >> 24 == FLASH

    def attributes(self, address: int) -> list[int]:
        """Places of the values of attributes that are the array at `address`, all of the name that most of them have."""
        arrays = [
            at - 3
            for at in self._places(address)
            if self.words[at - 1] == self._size and self.words[at - 2] & 0xFF == _CODE
        ]
        values = [at for array in arrays for at in self._places(RAM + 4 * array) if self.words[at - 1] & 7 == 2]
        names = Counter(self.words[at - 1] for at in values)
        return [at for at in values if self.words[at - 1] == names.most_common(1)[0][0]]

    def state_cells(self, address: int) -> list[int]:
        """Places of the variables that hold the address of the HAL's state, which holds the image's."""
        found: list[int] = []
        for at in self._places(address):
            for before in range(_STATE_WORDS_MOST):
                state = RAM + 4 * (at - before)
                found += [cell for cell in self._places(2 * state + 1) if self._is_flash(cell - 1)]
        return found

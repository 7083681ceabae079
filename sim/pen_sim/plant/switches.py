"""Switches as attributes: each one is a bit of the plant's `switches`."""

from typing import Protocol


class HasSwitches(Protocol):
    """Whatever keeps the bits."""

    switches: int


class Switch:
    """Reads and sets one bit of `switches`."""

    def __init__(self, mask: int) -> None:
        self._mask = mask

    def __get__(self, plant: HasSwitches, owner: type) -> bool:
        return bool(plant.switches & self._mask)

    def __set__(self, plant: HasSwitches, closed: bool) -> None:
        if closed:
            plant.switches |= self._mask
        else:
            plant.switches &= ~self._mask

"""What is broken about a part of the plant, as attributes of the plant."""

from typing import Any, Generic, Protocol, TypeVar

Value = TypeVar("Value")


class HasKnobs(Protocol):
    """Whoever has parts that faults change."""

    def before_knob(self) -> None:
        """The plant is brought to the time it has reached."""
        ...

    def after_knob(self) -> None:
        """Something has changed."""
        ...


class Knob(Generic[Value]):
    """Reads and sets an attribute of a part, named "part.attribute"; the plant's own without a point."""

    def __init__(self, path: str, meaning: str) -> None:
        *self._parts, self._name = path.split(".")
        self.__doc__ = meaning

    def _owner(self, plant: HasKnobs) -> Any:
        owner: Any = plant
        for part in self._parts:
            owner = getattr(owner, part)
        return owner

    def __get__(self, plant: HasKnobs, owner: type) -> Value:
        return getattr(self._owner(plant), self._name)

    def __set__(self, plant: HasKnobs, value: Value) -> None:
        plant.before_knob()
        setattr(self._owner(plant), self._name, value)
        plant.after_knob()

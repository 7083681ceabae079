"""A bit of the process image that flips. Which one is drawn from the pen's seed and the time, or asked for: WORD.BIT."""

from __future__ import annotations

from functools import cache, partial
from random import Random
from typing import Any
from weakref import WeakKeyDictionary

from pen_sim.faults.fault import Action, Fault
from pen_sim.virtual import VirtualPen
from pen_sim.words import all_names

SUBJECT = "memory"
BITS = 32

# Whatever a wrong word can look like to the scan.
_ANY = (127, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 116, 117, 118, 119, 120, 121, 124, 130)
_CLOCK = 128  # bit 7 of OR_RAISE by itself: the only single bit that is a fault's number

_Flip = tuple[int, int, int]  # word, what it was, what it became
_flips: WeakKeyDictionary[VirtualPen, list[_Flip]] = WeakKeyDictionary()


@cache
def words(prefix: str) -> dict[int, str]:
    """The words whose names begin with LI, OR or ST, by place; those of an array have their index behind the name."""
    names = vars(all_names())
    starts = {place: name for name, place in names.items() if name[:3] in ("IN_", "OU_", "ST_", "LI_", "OR_")}
    found: dict[int, str] = {}
    begin = 0
    for place in range(names["WORDS"]):
        begin = place if place in starts else begin
        if starts[begin].startswith(prefix + "_"):
            found[place] = starts[begin] + (f"+{place - begin}" if place > begin else "")
    return found


def _signed(value: int) -> int:
    return (value & 0xFFFF_FFFF ^ 1 << 31) - (1 << 31)


def _flip(pen: VirtualPen, name: str, prefix: str, asked: tuple[int, int] | None) -> None:
    random = Random(f"{pen.seed}/{name}/{pen.now_ns}")
    word, bit = asked or (random.choice(list(words(prefix))), random.randrange(BITS))
    pen.settle()
    value = pen.insides.word(word)
    if value is None:
        return  # the pen is booting: there is no image yet
    became = _signed(value ^ 1 << bit)
    pen.insides.put_word(word, became)
    _flips.setdefault(pen, []).append((word, value, became))
    pen.remarks.append(f"{words(prefix)[word]} bit {bit}: {value} became {became}")


def _unflip(pen: VirtualPen) -> None:
    """A word that has been written since is the writer's."""
    for word, value, became in reversed(_flips.pop(pen, [])):
        if pen.insides.word(word) == became:
            pen.insides.put_word(word, value)


def inject_at(name: str, prefix: str, detail: str) -> Action:
    """Flips the bit that `detail` names: "LI_CAP_UM.7" or "77.7". Raises ValueError saying what there is."""
    word, _, bit = detail.rpartition(".")
    places: dict[Any, int] = {text: place for place, text in words(prefix).items()}
    places.update({str(place): place for place in words(prefix)})
    if word not in places or not bit.isdecimal() or int(bit) >= BITS:
        raise ValueError(f"'{detail}' is no bit of {name}: write WORD.BIT, such as {next(iter(places))}.7")
    return partial(_flip, name=name, prefix=prefix, asked=(places[word], int(bit)))


def _fault(name: str, prefix: str, meaning: str) -> Fault:
    return Fault(
        name, (*_ANY, _CLOCK), meaning, partial(_flip, name=name, prefix=prefix, asked=None), _unflip, passes=True
    )


PREFIXES = {"memory_limits": "LI", "memory_orders": "OR", "memory_state": "ST"}
FAULTS = (
    _fault("memory_limits", "LI", "a bit flips in what the scan compares with"),
    _fault("memory_orders", "OR", "a bit flips in what the foreground orders"),
    _fault("memory_state", "ST", "a bit flips in what the scan remembers"),
)

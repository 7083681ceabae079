"""What to copy and what to remove: worked out from what the pen has, without touching it.

The pen has two folders, and starts from the one that /slot names. The other one is made equal to the payload, whatever
is in it, and then /slot is changed: so the folder that the pen starts from is never written to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pen_tools.deploying.payload import digest

SLOTS = ("a", "b")
BLOCK = 4_096  # bytes, the smallest piece of a flash that can be erased
_FOLDER_BLOCKS = 2  # littlefs keeps a folder in a pair of blocks
_SPARE_BLOCKS = 4  # /slot and the loader are written beside their old selves; a folder may be moved
_POINTER_BYTES = 8  # a block of a long file holds two pointers on average [littlefs, DESIGN.md]
_INLINE_BYTES = 1_024  # no file longer than littlefs's cache is inside its folder's own blocks [MicroPython, vfs_lfs.c]


@dataclass(frozen=True)
class Found:
    """A file on the pen: its length in bytes and its SHA-256."""

    size: int
    sha: str


Listing = Mapping[str, Found]  # by path below the folder


@dataclass(frozen=True)
class Plan:
    """`slot` will be the firmware's. `current`: it is already, and has every file. Paths are below its folder."""

    slot: str
    current: bool
    copy: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()


def make(files: Mapping[str, bytes], slot: str | None, there: Mapping[str, Listing]) -> Plan:
    """For a pen that starts from `slot`, None if it does not start, and has `there` in its folders."""
    if slot in SLOTS and same(files, there[slot]):
        return Plan(slot, True, keep=tuple(sorted(files)))
    target = SLOTS[1] if slot == SLOTS[0] else SLOTS[0]
    listing = there[target]
    keep = tuple(sorted(path for path, content in files.items() if _is(listing.get(path), content)))
    return Plan(
        target,
        False,
        copy=tuple(sorted(files.keys() - set(keep))),
        remove=tuple(sorted(listing.keys() - set(keep))),
        keep=keep,
    )


def same(files: Mapping[str, bytes], listing: Listing) -> bool:
    """The listing has these files and no other."""
    return files.keys() == listing.keys() and not wrong(files, listing)


def wrong(files: Mapping[str, bytes], listing: Listing) -> list[str]:
    """Paths of the files that are not there, or not as they should be."""
    return sorted(path for path, content in files.items() if not _is(listing.get(path), content))


def _is(found: Found | None, content: bytes) -> bool:
    return found is not None and found.size == len(content) and found.sha == digest(content)


def is_ours(path: str) -> bool:
    """A file in a pen's folder that only a deploy can have put there."""
    return path.startswith("pen/") or path in {"board.mpy", "boot.py", "main.py", "sums"}


def folders(paths: Iterable[str]) -> list[str]:
    """Every folder that the paths are in, each before those in it."""
    found: set[str] = set()
    for path in paths:
        parts = path.split("/")[:-1]
        found |= {"/".join(parts[: count + 1]) for count in range(len(parts))}
    return sorted(found)


def bytes_needed(plan: Plan, files: Mapping[str, bytes], listing: Listing) -> int:
    """Of free space before anything is removed; never less than littlefs takes. 0 if there is nothing to copy."""
    if not plan.copy:
        return 0
    wanted = sum(_blocks(len(files[path])) for path in plan.copy)
    wanted += _FOLDER_BLOCKS * (1 + len(folders(files)))  # one more for the target folder itself
    freed = sum(_blocks_freed(listing[path].size) for path in plan.remove)
    return max(wanted - freed + _SPARE_BLOCKS, _SPARE_BLOCKS) * BLOCK


def _blocks(size: int) -> int:
    """At most, for a file."""
    return 1 + (size + _POINTER_BYTES * (size // BLOCK)) // BLOCK


def _blocks_freed(size: int) -> int:
    """At least. Small files may be inside their folder's blocks, and give none back."""
    return -(-size // BLOCK) if size > _INLINE_BYTES else 0

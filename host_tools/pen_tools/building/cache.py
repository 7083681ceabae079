"""Where built images and fetched sources are kept: NEEDLEPEN_CACHE, else `needlepen` in the user's cache folder.

An image lies beside a JSON record of what went into it. Its name ends in a key, a hash of all that, so another compiler
or another firmware gets another file. The record is written last: an image without one is not there.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Kind = Literal["runtime", "release"]
Record = dict[str, Any]  # as in the JSON file: kind, board, micropython, packages, compiler, firmware, sha256, key, ...
_KEY_CHARS = 16


@dataclass(frozen=True)
class Stored:
    """An image in the cache, and its record."""

    path: Path
    record: Record


def folder() -> Path:
    """The cache folder; it may not exist yet."""
    if named := os.environ.get("NEEDLEPEN_CACHE"):
        return Path(named).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "needlepen"


def key(parts: Mapping[str, object]) -> str:
    """A short hash of `parts`, which JSON must be able to hold; their order does not matter."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:_KEY_CHARS]


def sha256(content: bytes) -> str:
    """As hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def hash_files(root: Path, *names: str) -> str:
    """One hash of the names and contents of all files in these folders below `root`; links are followed, hidden files left out."""
    total = hashlib.sha256()
    for path in sorted(path for name in names for path in (root / name).rglob("*")):
        if path.is_file() and not path.name.startswith(".") and "__pycache__" not in path.parts:
            content = path.read_bytes()
            total.update(f"{path.relative_to(root)} {len(content)} ".encode() + content)
    return total.hexdigest()


def find(kind: Kind, wanted: str) -> Stored | None:
    """The whole image of that kind and key, if it is there."""
    return next((stored for stored in _all(kind) if stored.record["key"] == wanted), None)


def newest(kind: Kind, board: str | None = None) -> Stored | None:
    """The image of the highest MicroPython version, the latest of several, for `board` if given."""
    found = [stored for stored in _all(kind) if board is None or stored.record["board"] == board]
    return max(found, key=_age, default=None)


def _age(stored: Stored) -> tuple[list[int], int]:
    version = [int(part) for part in stored.record["micropython"].split(".")]
    return version, stored.path.stat().st_mtime_ns


def _all(kind: Kind) -> Iterator[Stored]:
    """The images that are whole: what was stopped half way, or changed since, does not count."""
    for written in sorted((folder() / "uf2").glob(f"{kind}-*.json")):
        try:
            record: Record = json.loads(written.read_text(encoding="utf-8"))
            image = written.with_suffix(".uf2")
            if record["kind"] == kind and record["sha256"] == sha256(image.read_bytes()):
                yield Stored(image, record)
        except (OSError, ValueError, KeyError):
            continue


def save(image: bytes, record: Record) -> Stored:
    """Keeps the image and its record, which must have kind, board, micropython and key; raises OSError."""
    parts = [record["kind"], record["board"], record["firmware"] or record["micropython"], record["key"]]
    path = folder() / "uf2" / ("-".join(parts) + ".uf2")
    write(path, image, record)
    return Stored(path, record)


def write(path: Path, image: bytes, record: Record) -> None:
    """Writes `path` and, beside it, its record; each is there whole or not at all. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_whole(path, image)
    _write_whole(path.with_suffix(".json"), (json.dumps(record, indent=2) + "\n").encode())


def _write_whole(path: Path, content: bytes) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_bytes(content)
    part.replace(path)

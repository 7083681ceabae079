"""The project's Python files as syntax trees, and links to their lines."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, order=True)
class Place:
    """A line of a file, the path relative to the project's root, and what is there."""

    path: str
    line: int
    name: str

    def link(self) -> str:
        """A Markdown link from a page in docs/."""
        return f"[{self.name}](../{self.path}#L{self.line})"


@lru_cache(maxsize=512)
def parse(path: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def files(root: Path, *folders: str, pattern: str = "*.py") -> Iterator[Path]:
    """All files of the folders that match, sorted."""
    for folder in folders:
        yield from sorted(path for path in (root / folder).rglob(pattern) if "__pycache__" not in path.parts)


def relative(root: Path, path: Path) -> str:
    """The path as links have it."""
    return path.relative_to(root).as_posix()

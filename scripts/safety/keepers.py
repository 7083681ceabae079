"""The code that keeps a requirement: every line of the firmware whose comment names it, `# [SR-13]`."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from scripts.safety.tree import Place, files, parse, relative

NAMED = re.compile(r"\bSR-\d\d\b")


def keepers(root: Path) -> dict[str, list[Place]]:
    """{requirement: its places, in order}."""
    found: dict[str, set[Place]] = {}
    for path in files(root, "firmware"):
        for line, text in _comments(path):
            for requirement in NAMED.findall(text):
                name = f"{_module(root, path)}.{_around(parse(path), line)}".rstrip(".")
                found.setdefault(requirement, set()).add(Place(relative(root, path), line, name))
    return {name: sorted(places) for name, places in found.items()}


def _comments(path: Path) -> Iterator[tuple[int, str]]:
    with tokenize.open(path) as file:
        for token in tokenize.generate_tokens(file.readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


def _module(root: Path, path: Path) -> str:
    """`hal.rp2040_pio` for firmware/pen/hal/rp2040_pio.py."""
    return ".".join(path.relative_to(root / "firmware").with_suffix("").parts).removeprefix("pen.")


def _around(tree: ast.Module, line: int) -> str:
    """The class and function that the line is in, or what is assigned there; "" for neither."""
    names: list[str] = []
    body: list[ast.stmt] = tree.body
    while True:
        inside = next((node for node in body if _first(node) <= line <= (node.end_lineno or 0)), None)
        if isinstance(inside, ast.FunctionDef | ast.ClassDef):
            names.append(inside.name)
            body = inside.body
            continue
        if not names and isinstance(inside, ast.Assign) and isinstance(inside.targets[0], ast.Name):
            names.append(inside.targets[0].id)
        return ".".join(names)


def _first(node: ast.stmt) -> int:
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef | ast.ClassDef) else []
    return min([node.lineno, *(mark.lineno for mark in decorators)])

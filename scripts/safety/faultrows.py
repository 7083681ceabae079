"""The firmware's table of faults and the simulator's of injectors, row by row, from their syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.safety.tree import Place, parse, relative

FIRMWARE = "firmware/pen/faults.py"
SIMULATOR = "sim/pen_sim/faults"
MEMORY = 127
CODES = range(101, 131)


@dataclass(frozen=True)
class FaultRow:
    """One fault that the firmware raises: its row, and the injectors that may lead to it."""

    code: int
    name: str
    reaction: str
    place: Place
    injectors: tuple[Place, ...]


def rows(root: Path) -> dict[int, FaultRow]:
    """{code: row}, in order."""
    injectors = list(_injectors(root))
    found: dict[int, FaultRow] = {}
    for code, row in _table(root):
        name = str(ast.literal_eval(row.elts[0]))
        reaction = row.elts[1]
        place = Place(FIRMWARE, row.lineno, name)
        made_by = tuple(sorted(injector for injector, codes in injectors if code in codes))
        found[code] = FaultRow(code, name, reaction.id if isinstance(reaction, ast.Name) else "", place, made_by)
    return dict(sorted(found.items()))


def names(root: Path) -> dict[str, frozenset[int]]:
    """The codes that each name of a fault or an injector stands for."""
    found = {row.name: frozenset({code}) for code, row in rows(root).items()}
    return {**{place.name: frozenset(codes) for place, codes in _injectors(root)}, **found}


def injector(root: Path, name: str) -> Place | None:
    """Where the injector of that name is."""
    return next((place for place, _ in _injectors(root) if place.name == name), None)


def _table(root: Path) -> Iterator[tuple[int, ast.Tuple]]:
    for node in parse(root / FIRMWARE).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict) and _is(node.targets[0], "TABLE"):
            for key, row in zip(node.value.keys, node.value.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, int) and isinstance(row, ast.Tuple):
                    yield key.value, row


def _injectors(root: Path) -> Iterator[tuple[Place, tuple[int, ...]]]:
    for path in sorted((root / SIMULATOR).glob("*.py")):
        for node in ast.walk(parse(path)):
            if not isinstance(node, ast.Call) or len(node.args) < 2 or not isinstance(node.args[0], ast.Constant):
                continue
            place = Place(relative(root, path), node.lineno, str(node.args[0].value))
            if _is(node.func, "Fault") and isinstance(node.args[1], ast.Tuple):
                yield place, tuple(ast.literal_eval(node.args[1]))
            elif _is(node.func, "_fault"):  # of memory.py: a bit may look like anything, and is this
                yield place, (MEMORY,)


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name

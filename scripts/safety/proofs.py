"""The tests: which requirements each of them proves by its markers, and which faults it names.

Read from the syntax trees, not from a run: markers of the function, of its parameters and of its module count.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.safety.tree import Place, files, parse, relative

SUITES = ("tests", "hil_tests")
ON_CHIP = "tests/chip/"
ON_BOTH = "hil_tests/"
_NAME = re.compile(r"(\w+)(@.*)?")  # "STALL", "stall" or "stall@1.5"; not the RATE in "RATE 25"


@dataclass(frozen=True, order=True)
class Proof:
    """One test function. `faults`: the codes of those it names, or whose injector it does."""

    place: Place
    requirements: frozenset[str]
    faults: frozenset[int]

    @property
    def key(self) -> str:
        """As pytest calls it, without its cases."""
        return f"{self.place.path}::{self.place.name}"

    @property
    def targets(self) -> tuple[str, ...]:
        """What it runs on: the chip, the simulator, or both."""
        if self.place.path.startswith(ON_CHIP):
            return ("chip",)
        return ("sim", "chip") if self.place.path.startswith(ON_BOTH) else ("sim",)


def proofs(root: Path, names: Mapping[str, frozenset[int]]) -> list[Proof]:
    """Every test of the project, in order. `names`: of faults and injectors, and the codes that each stands for."""
    found: list[Proof] = []
    for path in files(root, *SUITES, pattern="test_*.py"):
        tree = parse(path)
        everywhere = {name for node in tree.body if _assigns(node, "pytestmark") for name in _marked(node)}
        for test in _tests(tree.body):
            marked = {name for mark in test.decorator_list for name in _marked(mark)} | everywhere
            words = _words(root, path, test, set())
            codes = frozenset(code for word in words if word in names for code in names[word])
            found.append(Proof(Place(relative(root, path), test.lineno, test.name), frozenset(marked), codes))
    return sorted(found)


def _tests(body: list[ast.stmt]) -> Iterator[ast.FunctionDef]:
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node
        elif isinstance(node, ast.ClassDef):
            yield from _tests(node.body)


def _marked(node: ast.AST) -> Iterator[str]:
    """What `pytest.mark.requirement("SR-07")` names, anywhere in the node."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "requirement":
            yield from (str(word.value) for word in call.args if isinstance(word, ast.Constant))


def _assigns(node: ast.stmt, name: str) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


def _words(root: Path, path: Path, node: ast.AST, seen: set[tuple[Path, str]]) -> set[str]:
    """Attributes and names as strings in the node, and in the tables it reads: of its module, or imported from the suites."""
    found: set[str] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute):
            found.add(part.attr)
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            if name := _NAME.fullmatch(part.value):
                found.add(name[1])
        elif isinstance(part, ast.Name) and part.id.isupper() and (path, part.id) not in seen:
            seen.add((path, part.id))
            for home, table in _tables(root, path, part.id):
                found |= _words(root, home, table, seen)
    return found


def _tables(root: Path, path: Path, name: str) -> Iterator[tuple[Path, ast.stmt]]:
    for node in parse(path).body:
        if _assigns(node, name):
            yield path, node
        elif isinstance(node, ast.ImportFrom) and name in {alias.name for alias in node.names}:
            home = root.joinpath(*(node.module or "").split(".")).with_suffix(".py")
            if home.exists():
                yield from _tables(root, home, name)

"""Runs device code under CPython with an import table of its own.

What the device lacks cannot be imported, and the host's own modules stay as they are. As on the device, names set by
`NAME = const(value)` are put into the code as numbers, and those with a leading underscore vanish from the module.
"""

from __future__ import annotations

import ast
import binascii
import builtins
import hashlib
import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from pen_sim.paths import BOARDS, FIRMWARE


class _Folder(ast.NodeTransformer):
    """Replaces reads of constants by their values, as MicroPython's compiler does."""

    def __init__(self, constants: Mapping[str, int]) -> None:
        self.constants = constants

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if isinstance(node.ctx, ast.Load) and node.id in self.constants:
            return ast.copy_location(ast.Constant(self.constants[node.id]), node)
        return node


def _const_assignment(node: ast.stmt) -> tuple[str, ast.expr] | None:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="const"), args=[value])):
            return name, value
        case _:
            return None


class _Casts(ast.NodeTransformer):
    """Drops viper's casts and the types of its parameters: on the device `ptr32(x)` and `x: ptr8` only say what x is."""

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in ("ptr8", "ptr32", "int") and len(node.args) == 1:
            return node.args[0]
        return node


def _is_viper(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and any(
        isinstance(mark, ast.Attribute) and mark.attr == "viper" for mark in node.decorator_list
    )


_CODE: dict[Path, CodeType] = {}


def _compile(path: Path) -> CodeType:
    if path not in _CODE:
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        constants: dict[str, int] = {}
        for node in tree.body:
            if found := _const_assignment(node):
                folded = ast.Expression(_Folder(constants).visit(found[1]))
                constants[found[0]] = eval(compile(folded, str(path), "eval"), {"__builtins__": {}})
        tree = _Folder(constants).visit(tree)
        tree.body = [_Casts().visit(node) if _is_viper(node) else node for node in tree.body]
        _CODE[path] = compile(ast.fix_missing_locations(tree), str(path), "exec")
    return _CODE[path]


def _micropython() -> ModuleType:
    """The stand-in for the device's `micropython`: decorators that change nothing."""
    module = ModuleType("micropython")

    def same(function: FunctionType) -> FunctionType:
        return function

    def const(value: int) -> int:
        return value

    for name, value in {"const": const, "viper": same, "native": same}.items():
        setattr(module, name, value)
    return module


def _list_array(typecode: str, values: Iterable[int] = ()) -> array[int] | list[int]:
    """An array whose words are a plain list, which CPython reads twice as fast; nothing checks their width."""
    return list(values) if typecode == "i" else array(typecode, values)


def _small_modules(exact: bool) -> dict[str, ModuleType]:
    """What the device has under the same name as the host: only the parts the firmware may rely on."""
    device_sys = ModuleType("sys")
    device_sys.__dict__.update(
        implementation=("micropython", (1, 26, 0), "simulated"), platform="rp2", byteorder=sys.byteorder
    )
    device_array = ModuleType("array")
    device_array.__dict__["array"] = array if exact else _list_array
    device_binascii = ModuleType("binascii")
    device_binascii.__dict__.update(crc32=binascii.crc32, hexlify=binascii.hexlify)
    device_hashlib = ModuleType("hashlib")
    device_hashlib.__dict__["sha256"] = hashlib.sha256
    device_gc = ModuleType("gc")
    device_gc.__dict__["collect"] = lambda: None  # the host collects by itself
    return {
        "gc": device_gc,
        "micropython": _micropython(),
        "sys": device_sys,
        "array": device_array,
        "binascii": device_binascii,
        "hashlib": device_hashlib,
    }


class DeviceImporter:
    """Loads modules below `firmware/`; `provided` maps names to stand-ins; `files` maps names to other files.

    `exact`: array("i") holds 32-bit words and raises OverflowError beyond, as on the device; otherwise it is a list.
    """

    def __init__(
        self,
        provided: Mapping[str, ModuleType] | None = None,
        files: Mapping[str, Path] | None = None,
        *,
        exact: bool = True,
    ) -> None:
        self.modules: dict[str, ModuleType] = {**_small_modules(exact), **(provided or {})}
        self.modules["sys"].__dict__.setdefault("modules", self.modules)
        self._files = dict(files or {})
        self._builtins = {**vars(builtins), "__import__": self._import}

    def load(self, name: str) -> ModuleType:
        """Returns the module `name`; raises ImportError if the device would not have it."""
        if name in self.modules:
            return self.modules[name]
        path, is_package = self._find(name)
        module = self.modules[name] = ModuleType(name)
        module.__file__ = str(path)
        module.__package__ = name if is_package else name.rpartition(".")[0]
        module.__dict__["__builtins__"] = self._builtins
        try:
            exec(_compile(path), module.__dict__)
        except BaseException:
            del self.modules[name]
            raise
        parent, _, leaf = name.rpartition(".")
        if parent:
            setattr(self.load(parent), leaf, module)
        return module

    def _find(self, name: str) -> tuple[Path, bool]:
        if name in self._files:
            return self._files[name], False
        path = FIRMWARE.joinpath(*name.split("."))
        if (path / "__init__.py").exists():
            return path / "__init__.py", True
        if path.with_suffix(".py").exists():
            return path.with_suffix(".py"), False
        raise ImportError(f"no module named '{name}' on the device")

    def _import(
        self,
        name: str,
        scope: Mapping[str, Any] | None = None,
        _locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        if level:
            raise ImportError("the firmware imports by full name only")
        parts = name.split(".")
        module = self.load(parts[0])
        for count in range(2, len(parts) + 1):
            module = self.load(".".join(parts[:count]))
        for leaf in fromlist or ():
            if not hasattr(module, leaf):
                setattr(module, leaf, self.load(f"{name}.{leaf}"))
        return module if fromlist else self.modules[parts[0]]


_PURE = DeviceImporter()


def pure(name: str) -> ModuleType:
    """A module of the firmware that touches no hardware (tables, codecs), for the host's own use."""
    return _PURE.load(name)


def board_path(board: str) -> Path:
    """The board's file; raises ValueError naming the boards there are."""
    path = BOARDS / f"{board}.py"
    if not board.isidentifier() or not path.exists():
        raise ValueError(f"no board named '{board}'; there are: {', '.join(board_names())}")
    return path


def board_names() -> list[str]:
    """All boards, by file name."""
    return sorted(path.stem for path in BOARDS.glob("*.py") if not path.stem.startswith("_"))


def load_board(board: str) -> ModuleType:
    """The board as the host sees it: a module of its own."""
    return DeviceImporter(files={"board": board_path(board)}).load("board")

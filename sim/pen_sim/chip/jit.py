"""Compiles functions of plain integers and arrays to machine code: numba, seen through two typed functions."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

_FOLDER = Path(__file__).parent
_SOURCES = ("cpu_alu.py", "cpu_memory.py", "cpu_sio.py", "cpu.py", "jit.py")

F = TypeVar("F", bound=Callable[..., Any])


def _numba() -> Any:
    """None where it is not installed: the sources can be imported all the same, and `entry` says what is missing."""
    os.environ.setdefault(
        "OPENBLAS_NUM_THREADS", "1"
    )  # numpy comes with numba; threads it starts would not survive a fork
    try:
        numba = import_module("numba")
    except ImportError:
        return None
    numba.config.CACHE_DIR = str(_cache())
    return numba


def _cache() -> Path:
    """Compiled code of exactly these sources: numba itself looks only at the file of the outermost function."""
    digest = hashlib.sha256()
    for name in _SOURCES:
        digest.update((_FOLDER / name).read_bytes())
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "needlepen"
    return Path(os.environ.get("NEEDLEPEN_CACHE") or home).expanduser() / f"cpu-{digest.hexdigest()[:16]}"


_NUMBA = _numba()


def compiled(function: F) -> F:
    """`function`, to be called from other compiled ones."""
    return _NUMBA.njit(error_model="numpy", forceinline=True)(function) if _NUMBA else function


def pointer(bits: int) -> Callable[[int], Any]:
    """A function for compiled ones: the address of unsigned integers of so many bits as something to index."""

    def typed(_context: Any, address: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

        return _NUMBA.types.CPointer(getattr(_NUMBA.types, f"uint{bits}"))(address), code

    return import_module("numba.extending").intrinsic(typed) if _NUMBA else int


def entry(function: Callable[[Any, int], int]) -> int:
    """The address of `function(pointer to int64, int64) -> int64` in machine code, as C calls it.

    It takes some seconds, once for these sources; every time if there is no place to keep it.
    """
    signature = "int64(CPointer(int64),int64)"
    try:
        return _NUMBA.cfunc(signature, cache=True, error_model="numpy")(function).address
    except RuntimeError:  # numba found nowhere to write
        return _NUMBA.cfunc(signature, error_model="numpy")(function).address

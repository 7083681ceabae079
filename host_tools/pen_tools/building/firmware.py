"""What a release freezes: the firmware and the board file as bytecode, and what must run from RAM as files inside.

Frozen machine code runs out of the flash. The modules that have any are therefore not frozen but compiled, and their
.mpy files put into a frozen module `ramcode` as constants; a loader of the firmware's imports them from there, which
copies the code into RAM. `release` tells the firmware which release it is in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pen_tools import mpy, uf2
from pen_tools.building import cache
from pen_tools.building.errors import Missing

_VERSION = re.compile(r'^VERSION = "(.+)"$', re.MULTILINE)
_COLUMNS = 32  # bytes of a .mpy in a line of ramcode.py

# What every runtime has: the port's own modules, then asyncio, and micropython-lib's that the stock one has if they are there.
_PORT = 'freeze("$(PORT_DIR)/modules")\n'
_STOCK = 'include("$(PORT_DIR)/boards/manifest.py")\n'
_WITHOUT_LIBRARY = _PORT + 'include("$(MPY_DIR)/extmod/asyncio")\n'


@dataclass(frozen=True)
class Frozen:
    """The files to freeze by path, and the names that the release gets from them."""

    files: Mapping[str, str]
    names: uf2.Release


def runtime_manifest(*, whole: bool) -> str:
    """MicroPython's manifest of a runtime as its makers build it; not `whole`: without what comes from micropython-lib."""
    return _STOCK if whole else _WITHOUT_LIBRARY


def release_manifest(folder: Path) -> str:
    """MicroPython's manifest of a release: what its own start needs, and every file in `folder`."""
    return _PORT + f"freeze({str(folder)!r})\n"


def freeze(firmware: Path, board: Path, mpy_cross: Path) -> Frozen:
    """The release of the firmware in that folder for the board of that file.

    The native modules are compiled with `mpy_cross`, which must be the one of the release's own MicroPython. Raises
    Missing or mpy.DoesNotCompile.
    """
    native = {path.as_posix() for path in mpy.native_modules(firmware)}
    frozen = [path.as_posix() for path in mpy.modules(firmware) if path.as_posix() not in native]
    frozen += [name for name in mpy.ENTRIES if (firmware / name).exists()]
    files = {name: (firmware / name).read_text(encoding="utf-8") for name in frozen}
    files["board.py"] = board.read_text(encoding="utf-8")
    files["ramcode.py"] = ramcode(mpy.compile_native(firmware, (mpy_cross,)))
    names = uf2.Release(board.stem, firmware_version(firmware), cache.key(files)[:12])
    return Frozen(files | {"release.py": _release(names)}, names)


def firmware_version(firmware: Path) -> str:
    """As in pen/version.py; raises Missing if that does not say."""
    path = firmware / "pen" / "version.py"
    found = _VERSION.search(path.read_text(encoding="utf-8")) if path.exists() else None
    if not found:
        raise Missing(f"{path} does not say which version the firmware is")
    return found[1]


def _release(names: uf2.Release) -> str:
    """`TEXT` is what uf2.release finds in the finished image."""
    constants = {"BOARD": names.board, "FIRMWARE": names.firmware, "KEY": names.key, "SEAL": uf2.SEAL_AT}
    constants["TEXT"] = uf2.release_text(names)
    return '"""Which release this is."""\n\n' + "".join(f"{name} = {value!r}\n" for name, value in constants.items())


def ramcode(compiled: Mapping[str, bytes]) -> str:
    """The module `ramcode`: FILES maps each path to the .mpy's bytes, which stay in the flash until they are loaded.

    In the order of `compiled`, which MicroPython's own dictionaries would not keep.
    """
    head = '"""Compiled modules that must run from RAM: machine code that is frozen would run from the flash."""\n\n'
    head += "from collections import OrderedDict\n\nFILES = OrderedDict()\n"
    return head + "".join(f"FILES[{name!r}] = (\n{_lines(content)})\n" for name, content in compiled.items())


def _lines(content: bytes) -> str:
    """Neighbouring constants are joined by the compiler."""
    parts = [content[at : at + _COLUMNS] for at in range(0, len(content), _COLUMNS)]
    return "".join(f"    {part!r}\n" for part in parts)


def write(frozen: Frozen, folder: Path) -> None:
    """Writes the files to freeze into `folder`."""
    for name, text in frozen.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

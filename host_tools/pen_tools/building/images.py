"""The two kinds of image, from sources to a checked UF2 in the cache; what is there already is not built again."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from pen_sim.loader import board_path
from pen_sim.paths import BOARDS, FIRMWARE
from pen_tools import uf2
from pen_tools.building import bootcheck, cache, compile, firmware, sources, tools
from pen_tools.building.errors import BuildFailed, Missing
from pen_tools.building.progress import Reporter
from pen_tools.runtime import dotted

RUNTIME_BOARD = "RPI_PICO"
_RECIPE = 2  # another one after a change to how images are built that no other part of the key shows
_DEFINITIONS = BOARDS / "micropython"


@dataclass(frozen=True)
class Made:
    """An image and its record; `cached`: it was there already."""

    stored: cache.Stored
    cached: bool


@dataclass(frozen=True)
class _Recipe:
    kind: cache.Kind
    image: compile.Image
    key: str
    frozen: firmware.Frozen | None


class Workshop:
    """Everything a build needs, in place: the tools, the sources, and a folder that is gone afterwards."""

    def __init__(self, micropython: Path | None, work: Path, log: Path, reporter: Reporter) -> None:
        """`micropython`: a checkout, or None for Debian's sources. Raises Missing or BuildFailed."""
        tools.check()
        self.compiler = tools.compiler()
        if micropython is None:
            self.sources = sources.from_debian(reporter, log)
        else:
            self.sources = sources.from_checkout(micropython, reporter, log)
        versions = ", ".join(f"{name} {version}" for name, version in self.sources.packages.items())
        reporter.tell(f"sources: {versions}\ncompiler: {self.compiler}")
        self._work, self._log, self._reporter = work, log, reporter
        self._tree = sources.assemble(self.sources, work / "tree")

    def runtime(self) -> Made:
        """MicroPython as its makers build it for a Raspberry Pi Pico."""
        text = firmware.runtime_manifest(whole=self.sources.has_modules)
        image = compile.Image(RUNTIME_BOARD, self._manifest(text))
        return self._made(_Recipe("runtime", image, self._key("runtime", RUNTIME_BOARD, text), None))

    def release(self, board: str, definition: Path) -> Made:
        """The firmware for `board`, frozen."""
        folder = self._work / "frozen"
        frozen = firmware.freeze(FIRMWARE, board_path(board), self._mpy_cross())
        firmware.write(frozen, folder)
        image = compile.Image(definition.name, self._manifest(firmware.release_manifest(folder)), definition)
        parts = (frozen.names.key, cache.hash_files(BOARDS, "micropython"))
        return self._made(_Recipe("release", image, self._key("release", board, *parts), frozen))

    def _manifest(self, text: str) -> Path:
        path = self._work / "manifest.py"
        path.write_text(text, encoding="utf-8")
        return path

    def _key(self, *parts: str) -> str:
        return cache.key({"recipe": _RECIPE, "sources": self.sources.identity, "by": self.compiler, "parts": parts})

    def _mpy_cross(self) -> Path:
        kept = cache.folder() / "mpy-cross" / cache.key({"sources": self.sources.identity})
        return compile.mpy_cross(self._tree, kept, self._work / "mpy-cross", self._log, self._reporter)

    def _made(self, recipe: _Recipe) -> Made:
        if stored := cache.find(recipe.kind, recipe.key):
            return Made(self._checked(stored, recipe), cached=True)
        mpy_cross, work = self._mpy_cross(), self._work / "out"
        data = compile.firmware(self._tree, recipe.image, mpy_cross, work, self._log, self._reporter)
        content = uf2.make(uf2.seal(data) if recipe.frozen else data)
        path = self._work / "built.uf2"
        path.write_bytes(content)
        checked = self._check(path, recipe)
        return Made(cache.save(content, self._record(recipe, content, checked)), cached=False)

    def _checked(self, stored: cache.Stored, recipe: _Recipe) -> cache.Stored:
        """Started now, if it could not be when it was built."""
        if stored.record["checked"] != bootcheck.SKIPPED or bootcheck.lacking():
            return stored
        checked = self._check(stored.path, recipe)
        return cache.save(stored.path.read_bytes(), stored.record | {"checked": checked})

    def _check(self, path: Path, recipe: _Recipe) -> str:
        """What the record says about it."""
        names = recipe.frozen.names if recipe.frozen else None
        found = uf2.read(path.read_bytes(), str(path))
        if names and not uf2.sealed(found):
            raise BuildFailed("the image has no seal, or one that is not its own")
        if uf2.micropython_version(found) != self.sources.version or uf2.release(found) != names:
            raise BuildFailed("the image does not have the names in it that it was built with")
        if reason := bootcheck.lacking():
            self._reporter.tell(f"{bootcheck.SKIPPED}: {reason}")
            return bootcheck.SKIPPED
        with self._reporter.job("starting it on the emulated chip"):
            return bootcheck.check(path, self.sources.version, names)

    def _record(self, recipe: _Recipe, content: bytes, checked: str) -> cache.Record:
        names = recipe.frozen.names if recipe.frozen else None
        return {
            "kind": recipe.kind,
            "board": names.board if names else recipe.image.board,
            "micropython": dotted(self.sources.version),
            "packages": dict(self.sources.packages),
            "compiler": self.compiler,
            "firmware": names.firmware if names else None,
            "frozen": names.key if names else None,
            "sha256": cache.sha256(content),
            "bytes": len(content),
            "key": recipe.key,
            "checked": checked,
        }


def definition(board: str) -> Path:
    """The folder with MicroPython's board definition for the board file of that name; raises Missing."""
    path = _DEFINITIONS / f"NEEDLEPEN_{board.upper()}"
    try:
        board_path(board)
    except ValueError as error:
        raise Missing(str(error)) from error
    if not (path / "mpconfigboard.cmake").exists():
        there = ", ".join(sorted(found.name for found in _DEFINITIONS.glob("NEEDLEPEN_*")))
        raise Missing(f"{board} has no definition for MicroPython; there are: {there}", f"make {path}")
    return path


def runtime(micropython: Path | None, log: Path, reporter: Reporter) -> Made:
    """The runtime, from a checkout or from Debian's sources. Raises Missing or BuildFailed."""
    with _folder() as name:
        return Workshop(micropython, Path(name), log, reporter).runtime()


def release(board: str, micropython: Path | None, log: Path, reporter: Reporter) -> Made:
    """The release for that board, from a checkout or from Debian's sources. Raises Missing or BuildFailed."""
    defined = definition(board)
    with _folder() as name:
        return Workshop(micropython, Path(name), log, reporter).release(board, defined)


def _folder() -> tempfile.TemporaryDirectory[str]:
    work = cache.folder() / "work"
    try:
        work.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(dir=work)
    except OSError as error:
        raise Missing(
            f"cannot write to {work}: {error.strerror}", "NEEDLEPEN_CACHE=DIR names another folder"
        ) from error

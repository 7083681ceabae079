"""Fetches what a build is made from out of Debian's archive, checked by apt's signatures, and installs none of it.

apt works in a root of its own that is thrown away, so the machine's sources and lists stay as they are. The mirror and
its keyring are those that the machine's own apt uses.
"""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pen_tools.building import cache
from pen_tools.building.compile import run
from pen_tools.building.errors import BuildFailed, Missing
from pen_tools.building.progress import Reporter

_RECIPE = "debian-1"  # another one after a change here that makes other trees
_FOUND = "packages.json"
_NOT_COMPILED = {"docs", "examples", "logo", "tests"}
_OWN_TREE = "or build from a MicroPython checkout of your own: --micropython DIR"


@dataclass(frozen=True)
class Package:
    """One package of one release of Debian; `source`: its upstream sources, else what its binary has in usr/src."""

    folder: str
    name: str
    suite: str
    source: bool


# MicroPython 1.26 does not build with pico-sdk 2.2, so that comes from the release before. mbedtls must be of 3.6.
PACKAGES = (
    Package("micropython", "micropython", "forky", source=True),
    Package("mbedtls", "mbedtls", "trixie", source=True),
    Package("pico-sdk", "pico-sdk-source", "trixie", source=False),
    Package("tinyusb", "tinyusb-source", "trixie", source=False),
)


@dataclass(frozen=True)
class Fetched:
    """A folder with a tree for each package, and what it was made from: {package: {version, sha256}}."""

    root: Path
    packages: dict[str, dict[str, str]]

    def tree(self, folder: str) -> Path:
        """The tree of that package."""
        return self.root / folder


def fetch(reporter: Reporter, log: Path) -> Fetched:
    """The sources from the cache, or from the archive into the cache. Raises Missing or BuildFailed."""
    into = cache.folder() / "sources" / _RECIPE
    if not (into / _FOUND).exists():
        if shutil.which("apt-get") is None:
            raise Missing("the sources come from Debian with apt-get, which is not here", _OWN_TREE)
        into.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=into.parent) as name, reporter.job("fetching sources from Debian"):
            _fetch(Path(name), log)
            _move(Path(name) / "trees", into)
    return Fetched(into, json.loads((into / _FOUND).read_text(encoding="utf-8")))


def _move(made: Path, into: Path) -> None:
    """Somebody else may have put the same there meanwhile."""
    try:
        made.rename(into)
    except OSError:
        if not (into / _FOUND).exists():
            raise


def _fetch(work: Path, log: Path) -> None:
    apt = _Apt(work, log)
    found: dict[str, dict[str, str]] = {}
    for package in PACKAGES:
        archive, version = apt.download(package)
        found[package.name] = {"version": version, "sha256": cache.sha256(archive.read_bytes())}
        into = work / "trees" / package.folder
        if package.source:
            _unpack(archive, into)
        else:
            _extract(archive, package, into, work, log)
    (work / "trees" / _FOUND).write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def _unpack(archive: Path, into: Path) -> None:
    """The upstream sources without their outermost folder, and without what no image needs."""
    with tarfile.open(archive) as tar:
        tar.extraction_filter = getattr(tarfile, "data_filter", _as_it_is)  # Debian 12's Python has none
        for member in tar:
            path = PurePosixPath(*PurePosixPath(member.name).parts[1:])
            if path.parts and path.parts[0] not in _NOT_COMPILED:
                member.name = str(path)
                tar.extract(member, into)


def _as_it_is(member: tarfile.TarInfo, _path: str) -> tarfile.TarInfo:
    return member


def _extract(archive: Path, package: Package, into: Path, work: Path, log: Path) -> None:
    whole = work / package.name
    run(["dpkg-deb", "--extract", archive, whole], f"unpacking {archive.name}", log=log)
    (whole / "usr" / "src" / package.folder).rename(into)


class _Apt:
    """apt-get in a root of its own."""

    def __init__(self, work: Path, log: Path) -> None:
        self._folder = work / "archives"
        self._log = log
        for part in ("lists/partial", "cache/archives/partial", "archives", "trees"):
            (work / part).mkdir(parents=True)
        sources = work / "sources.list"
        sources.write_text(_sources(*mirror()), encoding="utf-8")
        self._options = (
            f"-oDir::State::Lists={work / 'lists'}",
            f"-oDir::Cache={work / 'cache'}",
            f"-oDir::Etc::SourceList={sources}",
            "-oDir::Etc::SourceParts=-",
            "-oAPT::Sandbox::User=",  # the folder is ours alone
            "-oAPT::Update::Error-Mode=any",
        )
        try:
            self._run("update")
        except BuildFailed as error:
            hint = f"is Debian's archive within reach, and debian-archive-keyring up to date? {_OWN_TREE}"
            raise BuildFailed(str(error), hint) from error

    def _run(self, *words: str) -> None:
        run(["apt-get", *self._options, *words], f"apt-get {words[0]}", log=self._log, cwd=self._folder)

    def download(self, package: Package) -> tuple[Path, str]:
        """The archive that apt has checked, and the package's version."""
        before = set(self._folder.iterdir())
        name = f"{package.name}/{package.suite}"
        self._run(*(("source", "--download-only", name) if package.source else ("download", name)))
        came = sorted(set(self._folder.iterdir()) - before)
        archive = next((path for path in came if re.search(r"\.orig\.tar\.\w+$|_all\.deb$", path.name)), None)
        named = next((path for path in came if path.suffix in (".dsc", ".deb")), None)
        if archive is None or named is None:
            raise BuildFailed(f"{package.name} came without its archive", _OWN_TREE)
        return archive, named.name.removesuffix(".dsc").split("_")[1].replace("%3a", ":")


def _sources(uri: str, keyring: str) -> str:
    """apt's list of sources: the packages' releases at this mirror, verified with this keyring."""
    signed = f"[signed-by={keyring}] " if keyring else ""
    kinds = {(package.suite, "deb-src" if package.source else "deb") for package in PACKAGES}
    return "".join(f"{kind} {signed}{uri} {suite} main\n" for suite, kind in sorted(kinds))


def mirror() -> tuple[str, str]:
    """The URI of Debian's archive and the file with its keys ("": apt's own), as this machine's apt has them.

    Raises Missing if the machine has no source of Debian's.
    """
    said = subprocess.run(
        ["apt-get", "indextargets", "Created-By: Packages"], capture_output=True, text=True, check=False
    )
    targets = [dict(re.findall(r"^([\w-]+): (.*)$", part, re.MULTILINE)) for part in said.stdout.split("\n\n")]
    # A release by its plain name is the archive itself; "-updates" and "-security" are beside it.
    targets = [target for target in targets if target.get("Component") == "main" and "-" not in target["Release"]]
    targets = [target for target in targets if target.get("Origin", "Debian") == "Debian"]  # none before an update
    if not targets or not _is_debian():
        raise Missing("this machine's package sources are not Debian's", _OWN_TREE.removeprefix("or "))
    return targets[0]["Repo-URI"], _keyring(targets[0].get("Sourcesentry", ""))


def _is_debian() -> bool:
    try:
        return platform.freedesktop_os_release()["ID"] == "debian"
    except OSError:
        return False


def _keyring(entry: str) -> str:
    """The keyring that a source's entry, "FILE:NUMBER", is signed by, if it names a file."""
    path = Path(entry.rpartition(":")[0])
    if not path.is_file():
        return ""
    found = re.search(r"signed-by\s*[:=]\s*(/[^\s\],]+)", path.read_text(encoding="utf-8"), re.IGNORECASE)
    return found[1] if found else ""

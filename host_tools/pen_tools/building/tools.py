"""The programs a build needs: which are missing, and the one line that installs them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pen_tools.building.compile import run
from pen_tools.building.errors import Missing
from pen_tools.building.progress import Reporter

GCC = "arm-none-eabi-gcc"
_CORE = ("-mcpu=cortex-m0plus", "-mthumb")
_INSTALL = ("apt-get", "install", "--no-install-recommends", "--yes")


@dataclass(frozen=True)
class Tool:
    """A program, or a library of the cross compiler if `library`; Debian's package that has it."""

    name: str
    package: str
    library: bool = False

    def there(self) -> bool:
        """It can be used."""
        return _has_library(self.name) if self.library else shutil.which(self.name) is not None


NEEDED = (
    Tool(GCC, "gcc-arm-none-eabi"),
    Tool("libc.a", "libnewlib-arm-none-eabi", library=True),
    Tool("libstdc++.a", "libstdc++-arm-none-eabi-newlib", library=True),
    Tool("cmake", "cmake"),
    Tool("ninja", "ninja-build"),
    Tool("make", "make"),
    Tool("gcc", "gcc"),
    Tool("dpkg-deb", "dpkg"),
)
_HOST_HEADERS = "libc6-dev"  # what gcc of the machine needs besides itself; nothing to look for


def _has_library(name: str) -> bool:
    """The cross compiler answers with a path if it has the library, with the bare name if not."""
    if shutil.which(GCC) is None:
        return False
    answer = subprocess.run([GCC, *_CORE, f"-print-file-name={name}"], capture_output=True, text=True, check=False)
    return Path(answer.stdout.strip()).is_absolute()


def missing() -> list[Tool]:
    """What is not there."""
    return [tool for tool in NEEDED if not tool.there()]


def packages(tools: Sequence[Tool]) -> list[str]:
    """Debian's packages that have them, in the order of NEEDED."""
    names = [tool.package for tool in tools]
    return [*names, _HOST_HEADERS] if "gcc" in names else names


def check() -> None:
    """Raises Missing, with the line that installs what is not there."""
    if tools := missing():
        names = ", ".join(tool.name for tool in tools)
        command = " ".join(["sudo", *_INSTALL, *packages(tools)])
        raise Missing(f"the build needs what is not installed: {names}", f"{command}, or --install-tools as root")


def install(reporter: Reporter, log: Path) -> None:
    """Installs what is missing with the machine's apt-get, which needs root. Raises Missing without it, or BuildFailed."""
    tools = missing()
    if not tools:
        return
    if os.geteuid() != 0:
        command = " ".join(["sudo", *_INSTALL, *packages(tools)])
        raise Missing("--install-tools needs root", command)
    with reporter.job("installing " + " ".join(packages(tools))):
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        run(["apt-get", "update"], "apt-get update", log=log, env=quiet)
        run([*_INSTALL, *packages(tools)], "apt-get install", log=log, env=quiet)
    check()


def compiler() -> str:
    """The cross compiler and its C library with their versions, in one line."""
    said = subprocess.run([GCC, "--version"], capture_output=True, text=True, check=False).stdout.partition("\n")[0]
    asked = [GCC, "-E", "-dM", "-include", "newlib.h", "-x", "c", os.devnull]
    found = re.search(
        r'_NEWLIB_VERSION "(.+)"', subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    )
    return f"{said.strip()}, newlib {found[1] if found else 'unknown'}"

"""Runs MicroPython's own build: mpy-cross with make, the image with CMake and ninja. All that they print goes to a log."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pen_tools.building.errors import BuildFailed
from pen_tools.building.progress import Reporter

_LAST_LINES = 12
# What a make around us would hand down to the one below, and what would change an image without being in its key.
_NOT_HANDED_DOWN = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "CFLAGS", "CXXFLAGS", "LDFLAGS", "ASMFLAGS", "CFLAGS_EXTRA")


def run(
    command: Sequence[str | Path],
    what: str,
    *,
    log: Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    watch: Callable[[str], None] = lambda _line: None,
) -> None:
    """Runs a program in `cwd` and hands `watch` each line it prints; appends them to `log`. `env` comes on top of ours.

    Raises BuildFailed, with the last lines, if the program is not there or says no.
    """
    words = [str(word) for word in command]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as written:
        written.write("$ " + " ".join(words) + "\n")
        code = _pass_on(words, cwd, env or {}, lambda line: (written.write(line + "\n"), watch(line)))
    if code:
        raise BuildFailed(f"{what} failed:\n{_end_of(log)}", f"all of it is in {log}")


def _pass_on(words: Sequence[str], cwd: Path | None, env: Mapping[str, str], take: Callable[[str], object]) -> int:
    """Every line goes to `take`; returns the exit code. The program ends with us."""
    inherited = {name: value for name, value in os.environ.items() if name not in _NOT_HANDED_DOWN}
    try:
        program = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd=cwd,
            env={**inherited, **env},
        )
    except OSError as error:
        raise BuildFailed(f"cannot run {words[0]}: {error.strerror}") from error
    with program:
        try:
            for line in program.stdout or ():
                take(line.rstrip("\n"))
        except BaseException:
            program.terminate()
            raise
    return program.returncode


def _end_of(log: Path) -> str:
    lines = log.read_text(encoding="utf-8").splitlines()
    return "\n".join("  " + line for line in lines[-_LAST_LINES:])


@dataclass(frozen=True)
class Tree:
    """MicroPython's sources with the libraries in place; `env` is what its build must be told."""

    root: Path
    env: Mapping[str, str]
    packages_of_python: Path  # micropython-lib, or a folder that looks like it


@dataclass(frozen=True)
class Image:
    """What to build: `board` is the definition's name, `definition` its folder if it is not MicroPython's own."""

    board: str
    manifest: Path
    definition: Path | None = None


def mpy_cross(tree: Tree, kept: Path, work: Path, log: Path, reporter: Reporter) -> Path:
    """The path of the tree's own mpy-cross, built in `work` unless it is `kept`; the tree stays as it is. Raises BuildFailed."""
    if not kept.exists():
        command = ["make", "-C", tree.root / "mpy-cross", f"BUILD={work}", f"PYTHON={sys.executable}", f"-j{_cores()}"]
        with reporter.job("building mpy-cross"):
            run(command, "building mpy-cross", log=log, env=tree.env)
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_name(f"{kept.name}.{os.getpid()}.part")
        shutil.copy2(work / "mpy-cross", part)
        part.replace(kept)
    return kept


def firmware(tree: Tree, image: Image, mpy_cross: Path, work: Path, log: Path, reporter: Reporter) -> bytes:
    """The bytes of the flash from its beginning, built in `work`. Raises BuildFailed."""
    env = {**tree.env, "MICROPY_MPYCROSS": str(mpy_cross)}
    with reporter.job(f"compiling {image.board}") as job:
        run(["cmake", *_settings(tree, image, work)], "cmake", log=log, env=env)
        command = ["cmake", "--build", work, "--parallel", _cores()]
        run(command, "the compiler", log=log, env=env, watch=job.watch)
    return (work / "firmware.bin").read_bytes()


def _settings(tree: Tree, image: Image, work: Path) -> list[str | Path]:
    """What CMake must be told. Without picotool: it would be downloaded, and makes a UF2 that uf2.py makes as well."""
    found: list[str | Path] = ["-S", tree.root / "ports" / "rp2", "-B", work, "-G", "Ninja"]
    values: dict[str, object] = {
        "MICROPY_BOARD": image.board,
        "MICROPY_FROZEN_MANIFEST": image.manifest,
        "MICROPY_LIB_DIR": tree.packages_of_python,
        "PICO_NO_PICOTOOL": 1,
        "Python3_EXECUTABLE": sys.executable,
    }
    if image.definition:
        values["MICROPY_BOARD_DIR"] = image.definition
    return [*found, *(f"-D{name}={value}" for name, value in values.items())]


def _cores() -> str:
    return str(os.cpu_count() or 1)

"""`pen build`: the UF2 images, made from sources."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pen_tools import options, output
from pen_tools.building.errors import BuildFailed
from pen_tools.building.progress import Reporter
from pen_tools.errors import PenError

if TYPE_CHECKING:
    from pen_tools.building.images import Made

app = typer.Typer(
    name="build",
    no_args_is_help=True,
    help="Build UF2 images with MicroPython's own build: the runtime, and releases with the firmware in them.\n\n"
    "The sources come from Debian's archive, or from a checkout of yours. What is built goes into build/uf2 and into the "
    "cache (NEEDLEPEN_CACHE), and is not built again unless something that goes into it changed.\n\n"
    "Ends with 0: built; 1: the build or its check failed; 2: wrong usage, or something is missing; 130: stopped by Ctrl-C.",
)
_FOLDER = Path("build") / "uf2"

MicroPython = Annotated[
    Path | None,
    typer.Option("--micropython", metavar="DIR", help="A checkout of MicroPython to build from, 1.26 or later."),
]
Output = Annotated[
    Path | None, typer.Option("--output", metavar="FILE", help="Write the UF2 here instead, its record beside it.")
]
Install = Annotated[
    bool, typer.Option("--install-tools", help="First install what compilers are missing, with apt-get, as root.")
]


@app.command()
def runtime(
    micropython: MicroPython = None,
    output_file: Output = None,
    install_tools: Install = False,
    as_json: options.Json = False,
) -> None:
    """Build MicroPython for a Raspberry Pi Pico, as its makers do, and start it on the emulated chip.

    The firmware is put on it as files. Other commands and the tests find the image in the cache.
    """

    def make(log: Path, reporter: Reporter) -> Made:
        from pen_tools.building import images

        return images.runtime(micropython, log, reporter)

    _build("runtime", make, output_file, install_tools, as_json)


@app.command()
def release(
    board: Annotated[str, typer.Option(metavar="BOARD", help="The board file of the pen.")],
    micropython: MicroPython = None,
    output_file: Output = None,
    install_tools: Install = False,
    as_json: options.Json = False,
) -> None:
    """Build the image for a pen of that board, with the firmware frozen in, and start it on the emulated chip."""

    def make(log: Path, reporter: Reporter) -> Made:
        from pen_tools.building import images

        return images.release(board, micropython, log, reporter)

    _build("release", make, output_file, install_tools, as_json)


def _build(
    name: str, make: Callable[[Path, Reporter], Made], output_file: Path | None, install_tools: bool, as_json: bool
) -> None:
    """With --json one object is printed, also if nothing could be built."""
    log = output_file.with_suffix(".log") if output_file else _FOLDER / f"{name}.log"
    try:
        found = _result(log, make, output_file, install_tools, Reporter(quiet=as_json))
    except PenError as error:
        if as_json:
            output.as_json({"ok": False, "error": str(error), "hint": error.hint, "exit_code": error.exit_code})
        raise
    if as_json:
        output.as_json(found)
    else:
        output.say(str(found["path"]))


def _result(
    log: Path, make: Callable[[Path, Reporter], Made], output_file: Path | None, install_tools: bool, reporter: Reporter
) -> dict[str, Any]:
    """The record of the image, with the path where it was written."""
    from pen_tools.building import cache, tools

    try:
        log.unlink(missing_ok=True)
        if install_tools:
            tools.install(reporter, log)
        made = make(log, reporter)
        record = made.stored.record
        path = output_file or _FOLDER / _file_name(record)
        cache.write(path, made.stored.path.read_bytes(), record)
    except OSError as error:
        what = error.filename or "the image"
        raise BuildFailed(f"cannot write {what}: {error.strerror}", "--output FILE writes elsewhere") from error
    reporter.tell(f"{'from the cache' if made.cached else 'built'}, {record['checked']}, {record['bytes'] // 1024} KiB")
    return {"ok": True, "path": str(path), "cached": made.cached, **record}


def _file_name(record: dict[str, Any]) -> str:
    """Without the key of the cache: here the latest takes the place of the one before."""
    return f"{record['kind']}-{record['board']}-{record['firmware'] or record['micropython']}.uf2"

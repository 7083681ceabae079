"""The files a run leaves: looked at before anything moves, written after the result has been shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pen_tools.errors import PenError, Usage
from pen_tools.record import FELL_SHORT, Record

PICTURES = (".png", ".svg", ".pdf")


class NotSaved(PenError):
    """The run is over and was shown, but a file could not be written."""

    exit_code = FELL_SHORT


@dataclass(frozen=True)
class Wanted:
    """Where to save what; None is not wanted."""

    plot: Path | None = None
    vcd: Path | None = None
    csv: Path | None = None

    @property
    def trace(self) -> bool:
        """The pen's trace is needed."""
        return self.plot is not None or self.csv is not None

    @property
    def any(self) -> bool:
        """Something is wanted."""
        return self.trace or self.vcd is not None

    def paths(self) -> list[Path]:
        """All paths."""
        return [path for path in (self.plot, self.vcd, self.csv) if path]


def check(wanted: Wanted, *, simulated: bool) -> None:
    """Raises Usage if a file could not be written, or not in this form. Leaves everything as it is."""
    if wanted.vcd and not simulated:
        raise Usage("--vcd shows the edges on a simulated pen's pins", "with a real pen, use --csv or a logic analyser")
    if wanted.plot and wanted.plot.suffix.lower() not in PICTURES:
        raise Usage(f"--plot {wanted.plot}: what kind of picture?", "end the name in " + ", ".join(PICTURES))
    paths = wanted.paths()
    if len({path.absolute() for path in paths}) < len(paths):
        raise Usage("two files would have the same name", "give each its own")
    for path in paths:
        _check(path)


def check_path(path: Path | None) -> None:
    """Raises Usage if it is a file that could not be written."""
    if path:
        _check(path)


def _check(path: Path) -> None:
    """Opening it is the only sure way to know; what that made is taken away again."""
    existed = path.exists()
    try:
        with path.open("ab"):
            pass
        if not existed:
            path.unlink()
    except OSError as error:
        raise Usage(
            f"cannot write {path}: {error.strerror}", "name a file in a folder that you may write to"
        ) from error


def save(wanted: Wanted, record: Record) -> list[PenError]:
    """Writes what is wanted; returns what went wrong."""
    from pen_tools import csvfile, plot, vcdfile

    jobs: Sequence[tuple[Path | None, Callable[[Path, Record], None]]] = (
        (wanted.plot, plot.save),
        (wanted.vcd, vcdfile.save),
        (wanted.csv, csvfile.save),
    )
    failed: list[PenError] = []
    for path, job in jobs:
        if path:
            try:
                job(path, record)
            except OSError as error:
                failed.append(NotSaved(f"cannot write {path}: {error.strerror or error}", "the result is complete"))
    return failed

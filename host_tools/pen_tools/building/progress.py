"""How far a long job is: a bar at a terminal, a line now and then where nobody watches, nothing if quiet."""

from __future__ import annotations

import re
import time
from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from pen_tools import output

_OF = re.compile(r"^\[\s*(\d+)/(\d+)\]")  # ninja
_PERCENT = re.compile(r"^\[\s*(\d+)%\]")  # make, as CMake writes its files
_LINE_EVERY_PERCENT = 25


def percent(line: str) -> float | None:
    """How much is done, from a line of ninja or of make; None if the line says nothing about it."""
    if found := _OF.match(line):
        done, whole = int(found[1]), int(found[2])
        return 100.0 * done / whole if whole else None
    found = _PERCENT.match(line)
    return float(found[1]) if found else None


class Job:
    """One long job: feed it what its program prints."""

    def __init__(self, text: str, bar: Progress | None, *, quiet: bool) -> None:
        self._text = text
        self._bar = bar
        self._quiet = quiet
        self._task: TaskID | None = bar.add_task(text, total=None) if bar else None
        self._told_percent = 0

    def watch(self, line: str) -> None:
        """Takes a line of the program's output."""
        done = percent(line)
        if done is None:
            return
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=100.0)
        elif not self._quiet and done >= self._told_percent + _LINE_EVERY_PERCENT:
            self._told_percent = int(done) // _LINE_EVERY_PERCENT * _LINE_EVERY_PERCENT
            output.tell(f"{self._text}: {self._told_percent} %")


class Reporter:
    """Tells on stderr which job is being done and how long it took; `quiet` tells nothing."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet

    def tell(self, text: str) -> None:
        """A line."""
        if not self._quiet:
            output.tell(text)

    @contextmanager
    def job(self, text: str) -> Generator[Job]:
        """Shows `text` while the job goes on; its time in seconds when it ends well."""
        began_s = time.monotonic()
        console = Console(stderr=True, highlight=False, markup=False)
        if self._quiet or not console.is_terminal:
            self.tell(text)
            yield Job(text, None, quiet=self._quiet)
        else:
            columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
            with Progress(*columns, console=console, transient=True) as bar:
                yield Job(text, bar, quiet=False)
        self.tell(f"{text}: done in {time.monotonic() - began_s:.0f} s")

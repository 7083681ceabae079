"""Tells on stderr what a bench is doing: a line for each part, and at a terminal a bar for what is under way."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from pen_tools import output


class Bars:
    """`quiet` tells nothing. It has no thread of its own: a process that is copied must have but one."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._bar: Progress | None = None

    def tell(self, text: str) -> None:
        """A line."""
        if not self._quiet:
            output.tell(text)

    @contextmanager
    def part(self, text: str) -> Generator[None]:
        """A part of the work; its `done` go to one bar."""
        self.tell(text)
        console = Console(stderr=True)
        if not self._quiet and console.is_terminal:
            columns = (TextColumn("  {task.fields[text]}"), BarColumn())
            self._bar = Progress(*columns, console=console, transient=True, auto_refresh=False)
            self._bar.add_task("", total=1.0, text="")
            self._bar.start()
        try:
            yield
        finally:
            if self._bar:
                self._bar.stop()
            self._bar = None

    def done(self, count: float, whole: float) -> None:
        """So much of the whole."""
        if self._bar:
            self._bar.update(self._bar.task_ids[0], completed=count / whole, text=f"{count:.4g} of {whole:g}")
            self._bar.refresh()

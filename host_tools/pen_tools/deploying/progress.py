"""What a deploy is doing: a bar with bytes and the file's name at a terminal, a line for each file elsewhere."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn

from pen_tools import output


class Teller:
    """Tells on stderr; `quiet` tells nothing."""

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._bar: Progress | None = None
        self._task = TaskID(0)
        self._whole = 0
        self._done = 0

    def tell(self, text: str) -> None:
        """A line."""
        if not self._quiet:
            output.tell(text)

    def begin(self, whole_bytes: int) -> None:
        """So much will be copied."""
        self._whole, self._done = whole_bytes, 0
        console = Console(stderr=True, highlight=False, markup=False)
        if not self._quiet and console.is_terminal:
            columns = (BarColumn(), DownloadColumn(binary_units=True), TextColumn("{task.description}", markup=False))
            self._bar = Progress(*columns, console=console, transient=True)
            self._task = self._bar.add_task("", total=whole_bytes)
            self._bar.start()

    def file(self, path: str, size: int) -> None:
        """The file that comes now, and its length in bytes."""
        if self._bar is not None:
            self._bar.update(self._task, description=path)
        else:
            self.tell(f"{self._done} of {self._whole} bytes, now {path}, {size} bytes")

    def copied(self, count: int) -> None:
        """So many bytes more are on the pen."""
        self._done += count
        if self._bar is not None:
            self._bar.update(self._task, completed=self._done)

    def end(self) -> None:
        """Takes the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

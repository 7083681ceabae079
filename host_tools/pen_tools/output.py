"""Everything the commands print: results on stdout; what is happening, errors and hints on stderr.

Rich decides about colour; where no person is looking (a pipe, a file) it is plain text, wide enough for grep.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

_PIPE_COLUMNS = 180


def _console(*, stderr: bool = False) -> Console:
    """Made anew each time: the streams may have been replaced."""
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = _PIPE_COLUMNS
    return console


def tell(text: str) -> None:
    """What is happening, for people."""
    _console(stderr=True).print(text, soft_wrap=True)


def say(text: str) -> None:
    """A line of the result."""
    _console().print(text, soft_wrap=True)


def error(message: str, hint: str = "") -> None:
    """`error: ...` and, if there is one, `hint: ...`."""
    console = _console(stderr=True)
    console.print("error: " + message, style="bold red" if console.is_terminal else None, soft_wrap=True)
    if hint:
        console.print("hint: " + hint, soft_wrap=True)


def failure() -> None:
    """The traceback of the exception being handled, for --debug."""
    _console(stderr=True).print(traceback.format_exc().rstrip(), soft_wrap=True)


def as_json(value: object) -> None:
    """One JSON object, the only thing on stdout."""
    _console().print(json.dumps(value, indent=2, ensure_ascii=True), soft_wrap=True)


def table(head: Sequence[str], rows: Sequence[Sequence[Any]], *, left: int = 1) -> None:
    """A table on stdout; the first `left` columns and the columns in "<..." are aligned left, the others right."""
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for number, name in enumerate(head):
        text = name.startswith("<")
        shown.add_column(name.lstrip("<"), justify="left" if text or number < left else "right", no_wrap=not text)
    for row in rows:
        shown.add_row(*(str(cell) for cell in row))
    _console().print(shown)


class Teller:
    """Tells on stderr what a run is doing, with a bar while it strokes; `quiet` tells nothing."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._bar: Progress | None = None

    def tell(self, text: str) -> None:
        """A line."""
        if not self._quiet:
            tell(text)

    def progress(self, done_s: float, whole_s: float, strokes: int) -> None:
        """Seconds done of the whole; only a terminal gets the bar."""
        console = _console(stderr=True)
        if self._quiet or not console.is_terminal:
            return
        if self._bar is None:
            columns = (TextColumn("stroking"), BarColumn(), TextColumn("{task.fields[text]}"))
            self._bar = Progress(*columns, console=console, transient=True)
            self._bar.add_task("", total=whole_s, text="")
            self._bar.start()
        text = f"{min(done_s, whole_s):.1f} of {whole_s:g} s, {strokes} strokes"
        self._bar.update(self._bar.task_ids[0], completed=min(done_s, whole_s), text=text)

    def end(self) -> None:
        """Takes the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

"""What the console shows: colours, the prompt, errors in words."""

from __future__ import annotations

import os
from pathlib import Path

from prompt_toolkit import print_formatted_text
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import FormattedText, StyleAndTextTuples
from prompt_toolkit.history import FileHistory, History, InMemoryHistory

from pen_tools.terminal_talk import Pen
from pen_tools.terminal_words import Words

BAD = "ansired bold"
GOOD = "ansigreen"
DIM = "ansibrightblack"
_STATES = {"FAULT": BAD, "RUNNING": "ansiyellow bold", "HOMING": "ansiyellow", "READY": "ansigreen bold"}


def show(text: str, style: str = "", hint: str = "") -> None:
    """A line, above the prompt if there is one."""
    shown: StyleAndTextTuples = [(style, text)]
    if hint:
        shown.append((DIM, f"\n  {hint}"))
    print_formatted_text(FormattedText(shown))


def prompt(pen: Pen | None) -> StyleAndTextTuples:
    """`READY cheek 1.00 mm 20.0 Hz> `."""
    if pen is None:
        return [(BAD, "no link"), ("", "> ")]
    state = f"FAULT {pen.fault}" if pen.fault else pen.state
    left = f" {pen.lease_s:.0f} s left" if pen.moves and pen.lease_s else ""
    settings = f" {pen.zone.lower()} {pen.depth_mm} mm {pen.rate_hz} Hz" if pen.zone != "NONE" else ""
    return [(_STATES.get(pen.state, "bold"), state), ("", f"{settings}{left}> ")]


class HeaderCompleter(Completer):
    """Completes headers and their arguments."""

    def __init__(self) -> None:
        self.words = Words()

    def get_completions(self, document: Document, complete_event: CompleteEvent):
        """What may stand at the cursor."""
        for text, replaced, meaning in self.words.complete(document.text_before_cursor):
            yield Completion(text, -replaced, display_meta=meaning)


class _Discreet(FileHistory):
    """Without the operator's lines: a code is in them."""

    def store_string(self, string: str) -> None:
        """To the file."""
        if "OPER" not in string.upper():
            super().store_string(string)


def history() -> History:
    """Kept in a file of the user's own, if it can be."""
    root = os.environ.get("XDG_STATE_HOME") or os.environ.get("LOCALAPPDATA") or Path.home() / ".local" / "state"
    path = Path(root) / "needlepen" / "console_history"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("ab").close()
    except OSError as error:
        show(f"no history is kept: {error}", DIM)
        return InMemoryHistory()
    return _Discreet(path)

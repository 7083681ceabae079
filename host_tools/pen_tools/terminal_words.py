"""What the pen's own table of commands says: headers, usage, help, completion; and errors in words."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pen_tools.client import HINTS, fields
from pen_tools.terminal_talk import Talk

_BATCH = 8  # HELP? queries sent at once; the pen lets 512 bytes wait


@dataclass(frozen=True)
class Row:
    """A command: its headers without `?`, whether they exist without and with it, how to use it, what it does."""

    short: str
    long: str
    command: bool
    query: bool
    usage: str
    help: str

    def forms(self) -> Iterator[tuple[str, str]]:
        """(short, long) headers as they are typed, the query's with `?`."""
        for exists, mark in ((self.command, ""), (self.query, "?")):
            if exists:
                yield self.short + mark, self.long + mark

    def arguments(self, *, query: bool) -> list[str]:
        """The words that may follow, in their short form."""
        for form in self.usage.split(", "):
            header, _, argument = form.partition(" ")
            if header.endswith("?") is query:
                words = re.sub(r"<[^>]*>|[\[\]]", "", argument).split("|")
                return [_short(word) for word in words if word]
        return []


def _short(name: str) -> str:
    """The short form of a header or word, as SCPI writes it: capitals; what is optional is left out."""
    return re.sub(r"\[[^\]]*\]|[a-z]+", "", name)


class Words:
    """The table, read from the pen once."""

    def __init__(self, rows: Iterable[Row] = (), zones: Iterable[str] = ()) -> None:
        self.rows = list(rows)
        self.zones = list(zones)

    @classmethod
    def of(cls, talk: Talk) -> Words:
        """Asks the pen."""
        listed = "\n".join(talk.ask("SYST:HELP:HEAD?").lines).split("\n")
        plain = [line.lstrip(":").partition("?/")[0].partition("/")[0] for line in listed]
        helps: list[str] = []
        for at in range(0, len(plain), _BATCH):
            helps += talk.ask("\n".join(f"HELP? {_short(header)}" for header in plain[at : at + _BATCH])).lines
        rows = [_row(line, header, text) for line, header, text in zip(listed, plain, helps, strict=True)]
        zones = fields("".join(talk.ask("ZONE:CAT?").lines))[::5]
        return cls(rows, zones)

    def find(self, header: str) -> Row | None:
        """The command typed so, in short or long form, any case, with or without `?`."""
        wanted = header.upper().strip().strip(":?")
        for row in self.rows:
            if wanted in (row.short, row.long.upper()):
                return row
        return None

    def near(self, header: str) -> str:
        """A header that was perhaps meant, or ""."""
        known = [form for row in self.rows for forms in row.forms() for form in forms]
        shown = {form.upper(): form for form in reversed(known)}
        found = difflib.get_close_matches(header.upper().lstrip(":"), shown, 1)
        return shown[found[0]] if found else ""

    def complete(self, typed: str) -> Iterator[tuple[str, int, str]]:
        """(text, how many typed characters it replaces, what it does) for what stands before the cursor."""
        unit = typed.rpartition(";")[2].lstrip(" :")
        header, blank, argument = unit.partition(" ")
        if not blank:
            yield from self._headers(header)
        elif header.lower() == "help" or header.upper() == "HELP?":
            yield from self._headers(argument.lstrip())
        elif row := self.find(header):
            wanted = argument.lstrip().upper()
            names = self.zones if row.short == "ZONE" else row.arguments(query=header.endswith("?"))
            yield from ((name, len(wanted), "") for name in names if name.startswith(wanted))

    def _headers(self, typed: str) -> Iterator[tuple[str, int, str]]:
        wanted = typed.upper()
        for row in self.rows:
            for short, long in row.forms():
                if short.startswith(wanted):
                    yield short, len(typed), row.help
                elif long.upper().startswith(wanted):
                    yield long, len(typed), row.help

    def table(self) -> str:
        """A line for every command."""
        heads = [(" ".join(short for short, _ in row.forms()), row.help) for row in self.rows]
        width = max((len(head) for head, _ in heads), default=0)
        return "\n".join(f"{head:{width}}  {text}" for head, text in heads)


def _row(listed: str, header: str, told: str) -> Row:
    usage, _, text = told.partition(" - ")
    long = re.sub(r"\[[^\]]*\]", "", header)
    return Row(_short(header), long, "/qonly/" not in listed, "/nquery/" not in listed, usage, text)


def refusal(code: int, standard: str, detail: str, words: Words) -> tuple[str, str]:
    """(what the pen did not do and why, what to do next)."""
    text = detail if " " in detail else ": ".join(part for part in (standard, detail) if part)
    near = words.near(detail) if code == -113 else ""
    return f"refused: {text} ({code})", f"did you mean {near}?" if near else HINTS.get(code, "")


def fault(code: int, talk: Talk) -> tuple[str, str, str]:
    """(name, meaning, next step) of a fault, from the pen's own table."""
    line = "".join(talk.ask(f"FAUL:DESC? {code}").lines)
    _, name, _, meaning, after, *_ = [*fields(line), "", "", "", ""]
    return name, meaning, after

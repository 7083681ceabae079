"""The console for a script: lines from a pipe, answers to stdout, and the first refusal or fault ends it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress

from pen_tools.errors import PenError, PenFault, Refused
from pen_tools.terminal_talk import LONGEST_S, Reply, Talk
from pen_tools.terminal_words import Words, fault, refusal


def run(talk: Talk, lines: Iterable[str], say: Callable[[str], None]) -> None:
    """Has every line executed, then waits until what was ordered is done. Blank lines and those with `#` are skipped.

    Raises Refused or PenFault at the first line that brings one: what follows may build on it, and needles must not
    move with settings that were not taken. Whatever ends it, needles that still move are stopped.
    """
    talk.connect()
    try:
        for line in lines:
            if line.strip() and not line.lstrip().startswith("#"):
                _do(talk, line.strip(), say)
        _finish(talk)
    except BaseException:
        _stop(talk)
        raise
    finally:
        talk.hang_up()


def _do(talk: Talk, line: str, say: Callable[[str], None]) -> None:
    reply = talk.ask(line, LONGEST_S)
    for answer in reply.lines:
        say(answer)
    _check(talk, reply)


def _check(talk: Talk, reply: Reply) -> None:
    for code, standard, detail in reply.errors:
        if code > 0:
            raise PenFault(code, *fault(code, talk))
        _, hint = refusal(code, standard, detail, Words())
        raise Refused(code, detail if " " in detail else f"{standard}: {detail}".rstrip(": "), hint)


def _finish(talk: Talk) -> None:
    if talk.state()[0].moves:
        _check(talk, talk.ask("*WAI", LONGEST_S))
    pen, reply = talk.state()
    _check(talk, reply)
    if pen.fault:
        raise PenFault(pen.fault, *fault(pen.fault, talk))


def _stop(talk: Talk) -> None:
    with suppress(PenError):  # what ended it is told; that the link is gone as well adds nothing
        talk.stop()

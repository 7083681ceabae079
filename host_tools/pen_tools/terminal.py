"""The console for a person: a prompt that shows the pen's state, answers, errors in words, and Ctrl-C that stops it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import Output

from pen_tools.errors import LinkLost, PenError
from pen_tools.terminal_show import BAD, DIM, GOOD, HeaderCompleter, history, prompt, show
from pen_tools.terminal_talk import LONGEST_S, Pen, Reply, Talk
from pen_tools.terminal_words import Words, fault, refusal

_LOOK_S = 0.5  # how often the prompt's state is renewed
_RETRY_S = 1.0
_ECHO = re.compile(r"\s*:?syst(em)?:echo\s+(on|1)\s*", re.IGNORECASE)
WELCOME = "Tab completes, help lists the commands, Ctrl-C stops the pen, Ctrl-] leaves"


class Terminal:
    """One sitting at the console; `console_input` and `console_output` stand in for the terminal in tests."""

    def __init__(self, talk: Talk, console_input: Input | None = None, console_output: Output | None = None) -> None:
        self._talk = talk
        self._completer = HeaderCompleter()
        self._pen: Pen | None = None
        self._session: PromptSession[str] = PromptSession(
            history=history(),
            completer=self._completer,
            complete_while_typing=False,
            key_bindings=self._keys(),
            input=console_input,
            output=console_output,
        )

    def run(self) -> None:
        """Until Ctrl-], Ctrl-D or `quit`. Raises NoPen or LinkLost if there is no pen at the start."""
        self._connect()
        show(WELCOME, DIM)
        while True:
            self._guarded(self._look)
            try:
                line = self._session.prompt(self._message, pre_run=self._begin_watch).strip()
            except EOFError:
                break
            if line in ("quit", "exit"):
                break
            self._guarded(lambda line=line: self._do(line))
        self._guarded(self._leave)

    # What is typed.

    def _do(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if not line:
            return
        if word.lower() == "help":
            self._help(rest)
        elif "!" in line:  # a stop wherever it stands, and the rest of the line counts for nothing
            self._stop()
        elif _ECHO.fullmatch(line):
            show("not needed here: this console shows answers and errors by itself", DIM)
        else:
            self._tell(self._talk.ask(line, LONGEST_S))

    def _help(self, header: str) -> None:
        words = self._completer.words
        row = words.find(header)
        if not header.strip():
            show(words.table() + "\nhelp DEPT tells more about one, quit leaves")
        elif row:
            show(f"{row.usage}\n  {row.help}")
        else:
            near = words.near(header)
            show(f"no command {header.strip()}", BAD, f"did you mean {near}?" if near else "help lists them")

    def _tell(self, reply: Reply) -> None:
        for line in reply.lines:
            show(line)
        for code, standard, detail in reply.errors:
            if code > 0:
                name, meaning, after = fault(code, self._talk)
                show(f"fault {code} {name}: {meaning}", BAD, after)
            else:
                text, hint = refusal(code, standard, detail, self._completer.words)
                show(text, BAD, hint)

    # The pen comes, goes, and is stopped.

    def _connect(self) -> None:
        identity = self._talk.connect()
        self._completer.words = Words.of(self._talk)
        show(identity, GOOD)

    def _look(self) -> None:
        if self._talk.connected:
            self._pen, reply = self._talk.state()
            self._tell(reply)

    def _guarded(self, action: Callable[[], None]) -> None:
        """Does it; Ctrl-C stops the pen in the middle of it, a lost link is told."""
        while True:
            try:
                return action()
            except KeyboardInterrupt:
                action = self._stop
            except LinkLost as error:
                return self._lose(error)

    def _stop(self) -> None:
        if not self._talk.connected:
            show("no link: nothing to stop", BAD, "the pen stops by itself when its link is lost")
            return
        self._talk.stop()
        show("! stopped", BAD)
        self._look()

    def _lose(self, error: PenError) -> None:
        if self._talk.connected:
            show(str(error), BAD, "it is tried again every second; Ctrl-] leaves")
        self._talk.hang_up()
        self._pen = None

    def _leave(self) -> None:
        if self._talk.connected and self._talk.state()[0].moves:
            self._talk.stop()
            show("! stopped, because you leave", BAD)
        self._talk.hang_up()

    # The prompt.

    def _message(self) -> StyleAndTextTuples:
        return prompt(self._pen)

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()

        @keys.add("c-c", eager=True)
        @keys.add("<sigint>")
        def _(event: KeyPressEvent) -> None:
            event.current_buffer.reset()
            self._guarded(self._stop)

        @keys.add("c-]", eager=True)  # Emacs has longer sequences that begin with it; nobody should wait for them
        def _(event: KeyPressEvent) -> None:
            event.app.exit(exception=EOFError)

        return keys

    def _begin_watch(self) -> None:
        get_app().create_background_task(self._watch())

    async def _watch(self) -> None:
        """Keeps the prompt true while nobody types, and finds a lost pen again."""
        while True:
            await asyncio.sleep(_LOOK_S if self._talk.connected else _RETRY_S)
            if self._talk.connected:
                self._guarded(self._look)
            else:
                self._guarded(self._retry)
            get_app().invalidate()

    def _retry(self) -> None:
        try:
            self._connect()
            self._look()
        except PenError:
            self._talk.hang_up()

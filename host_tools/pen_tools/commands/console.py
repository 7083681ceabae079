"""`pen console`: talk to a pen line by line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pen_tools.options import Port

if TYPE_CHECKING:
    from pen_tools.links import Link


def console(port: Port = None) -> None:
    """Talk to a pen: history, completion and help from its own table. Ctrl-C stops it, Ctrl-] leaves.

    From a pipe it executes line by line and prints the answers. The first refusal ends it with 2, a latched fault with
    5; at the end of the lines it waits until a run is over.
    """
    from pen_tools.terminal_talk import Talk

    def opened() -> Link:
        from pen_tools.links import SerialLink
        from pen_tools.ports import pick

        return SerialLink(port or pick())

    talk = Talk(opened)
    if sys.stdin.isatty() and sys.stdout.isatty():
        from pen_tools.terminal import Terminal

        Terminal(talk).run()
    else:
        from pen_tools.terminal_pipe import run

        run(talk, sys.stdin, lambda text: print(text, flush=True))

"""A served pen on a pseudo-terminal, for any serial program.

Nobody on our side keeps the terminal itself open, only its master: so the kernel tells (POLLHUP) whether a client has
it open, as a USB port tells it by DTR. What a client leaves unread must not reach the next one, so it is thrown away.
"""

from __future__ import annotations

import os
import select

from pen_tools.errors import Usage


class PtyPort:
    """A pseudo-terminal in raw mode, without echo. Raises Usage where there are none."""

    def __init__(self) -> None:
        try:
            import pty
            import tty
        except ImportError as error:
            raise Usage("this system has no pseudo-terminals", "pen sim --tcp 5025 serves on a TCP port") from error
        self._master, slave = pty.openpty()
        tty.setraw(slave)
        self.name = os.ttyname(slave)
        os.close(slave)
        os.set_blocking(self._master, False)
        self._poll = select.poll()
        self._poll.register(self._master, select.POLLIN)
        self._there = False

    def watched(self, hungry: bool) -> list[int]:
        """The master while somebody is there; without a client it would always be ready, to tell just that."""
        return [self._master] if self._there and hungry else []

    def look(self) -> bool:
        """Whether a client has the terminal open."""
        there = not any(event & select.POLLHUP for _, event in self._poll.poll(0))
        if self._there and not there:
            self._forget()
        self._there = there
        return there

    def _forget(self) -> None:
        import termios

        termios.tcflush(self._master, termios.TCOFLUSH)

    def read(self, most: int) -> bytes:
        """What the client has sent; also the last words of one that has just gone."""
        try:
            return os.read(self._master, most)
        except OSError:  # EAGAIN: nothing came. EIO: nobody is there, and nothing is left
            return b""

    def write(self, data: bytes) -> int:
        """Offers bytes; they are thrown away if nobody is there."""
        if not self._there:
            return len(data)
        try:
            return os.write(self._master, data)
        except OSError:  # EAGAIN: the client does not read. EIO: it has just gone
            return 0

    def close(self) -> None:
        """The terminal vanishes; a client that has it open gets an end of file."""
        os.close(self._master)

"""A served pen on a TCP port of this computer: `socket://` for pyserial, `TCPIP::...::SOCKET` for VISA."""

from __future__ import annotations

import socket
import time
from contextlib import suppress

from pen_tools.errors import Usage

IN_USE = b"this pen is in use by another client\n"
_REFUSED_S = 3.0  # a refused client gets so long to read why: pyserial loses what comes together with the end
_ENDED_S = 0.5  # and one that has ended its side to read its last answers
_LEAVING_MOST = 16


class TcpPort:
    """Listens on 127.0.0.1; port 0 picks a free one. Raises Usage if the port is taken."""

    def __init__(self, port: int) -> None:
        try:
            self._server = socket.create_server(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            hint = "pick another one, or --tcp 0 for any that is free"
            raise Usage(f"cannot listen on TCP port {port}: {reason}", hint) from error
        self._server.setblocking(False)
        self.name = f"socket://127.0.0.1:{self._server.getsockname()[1]}"
        self._client: socket.socket | None = None
        self._ended: socket.socket | None = None  # has ended its side, but may still read, as `nc -N` does
        self._leaving: list[tuple[float, socket.socket]] = []
        self._refused: list[socket.socket] = []

    def watched(self, hungry: bool) -> list[int]:
        """The listener, and the client."""
        client = [self._client.fileno()] if self._client and hungry else []
        return [self._server.fileno(), *client]

    def look(self) -> bool:
        """Takes the first client, refuses others, lets those go that had their time."""
        try:
            coming, _ = self._server.accept()
        except OSError:  # nobody, or somebody who has gone again
            coming = None
        if coming:
            coming.setblocking(False)
            self._admit(coming)
        self._tell_again()
        self._let_go()
        return self._client is not None

    def _admit(self, coming: socket.socket) -> None:
        if self._client and self._still_there(self._client):
            self._offer(coming, IN_USE)
            self._refused.append(coming)
            self._leave(coming, _REFUSED_S)
            return
        coming.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client, self._ended = coming, None

    def _still_there(self, client: socket.socket) -> bool:
        """Looks for an end that was not read yet: a client may hang up and come back between two looks."""
        try:
            return bool(client.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return True
        except OSError:
            return False

    def _leave(self, client: socket.socket, seconds: float) -> None:
        self._leaving.append((time.monotonic() + seconds, client))

    def _tell_again(self) -> None:
        """Whatever a refused client says, it hears why: pyserial forgets what has come by the time it is open."""
        for client in self._refused:
            with suppress(OSError):
                if client.recv(1 << 16):
                    self._offer(client, IN_USE)

    def _let_go(self) -> None:
        now_s = time.monotonic()
        going = [leaving for leaving in self._leaving if leaving[0] <= now_s] or self._leaving[:-_LEAVING_MOST]
        for leaving in going:
            self._leaving.remove(leaving)
            self._refused = [client for client in self._refused if client is not leaving[1]]
            with suppress(OSError):
                leaving[1].recv(1 << 16)  # with bytes unread, closing would reset the line and take back what was said
            leaving[1].close()

    def read(self, most: int) -> bytes:
        """What the client has sent; its end makes it leave."""
        if not self._client:
            return b""
        try:
            data = self._client.recv(most)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self._leave(self._client, _ENDED_S)
            self._client, self._ended = None, self._client
        return data

    def write(self, data: bytes) -> int:
        """Offers bytes; without a client, to the one that has just ended its side, or to nobody."""
        if self._client:
            return self._offer(self._client, data)
        if self._ended:
            self._offer(self._ended, data)
        return len(data)

    def _offer(self, client: socket.socket, data: bytes) -> int:
        try:
            return client.send(data)
        except OSError:  # it does not read, or it is gone; reading tells which
            return 0

    def close(self) -> None:
        """Hangs up."""
        for sock in (self._server, self._client, *(client for _, client in self._leaving)):
            if sock:
                sock.close()

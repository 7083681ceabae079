"""Where a served pen is reached: one port, one client at a time, nothing that waits."""

from __future__ import annotations

from typing import Protocol

MOST = 4_096  # bytes taken from a client at once


class Port(Protocol):
    """What the server needs of a pseudo-terminal or a TCP port."""

    name: str  # what a client opens: /dev/pts/3, socket://127.0.0.1:5025

    def watched(self, hungry: bool) -> list[int]:
        """File descriptors to wait on; the client's own only if `hungry`, that is if its bytes can be taken."""
        ...

    def look(self) -> bool:
        """Lets clients come and go; whether one is there."""
        ...

    def read(self, most: int) -> bytes:
        """Up to `most` bytes from the client, b"" if there are none. The last ones may come from one that has gone."""
        ...

    def write(self, data: bytes) -> int:
        """Offers bytes to the client; how many it took."""
        ...

    def close(self) -> None:
        """Hangs up and gives the port free."""
        ...

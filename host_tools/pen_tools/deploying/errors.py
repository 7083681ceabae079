"""What ends a deploy. Each of them leaves the firmware that was on the pen as it was."""

from __future__ import annotations

from pen_tools.errors import LINK_LOST, LinkLost, PenError
from pen_tools.record import INTERRUPTED

AGAIN = "nothing that the pen needs to start is lost; run pen deploy again"


class NotDeployed(PenError):
    """The pen, or what is on it, does not allow it; nothing was changed that the pen needs to start."""


class DeviceError(PenError):
    """The device raised an exception: `said` is its traceback."""

    def __init__(self, said: str) -> None:
        self.said = said.strip()
        last = (self.said.splitlines() or ["nothing"])[-1]
        super().__init__(f"MicroPython on the pen says: {last}", AGAIN)

    @property
    def is_full(self) -> bool:
        """No space is left in its filesystem."""
        return "ENOSPC" in self.said or "OSError: 28" in self.said


class NotStarted(PenError):
    """Everything was copied, and the pen does not come up with it: `said` is what it printed."""

    exit_code = LINK_LOST

    def __init__(self, message: str, said: str, hint: str) -> None:
        lines = [line.rstrip() for line in said.splitlines() if line.strip()]
        super().__init__(message + "".join("\n  " + line for line in lines), hint)


class Interrupted(PenError):
    """Ctrl-C."""

    exit_code = INTERRUPTED


def lost(port: str, error: BaseException) -> LinkLost:
    """The link's end, in our words."""
    said = str(error)
    gone = "returned no data" in said or "disconnected" in said  # pyserial's words fill two lines
    reason = "it was unplugged or switched off" if gone else said or type(error).__name__
    return LinkLost(f"the link to {port} is lost: {reason}", AGAIN)

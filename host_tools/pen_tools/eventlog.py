"""LOG?: what happened since the pen has started, and the last of what happened before. firmware/pen/eventlog.py writes it."""

from __future__ import annotations

from dataclasses import dataclass

from pen_tools.errors import LinkLost

Event = tuple[int, str, str]  # milliseconds since the start that it belongs to, what, and detail
_BOOT = "BOOT"


@dataclass(frozen=True)
class Log:
    """Events since the pen's start, and those `before`, of earlier ones: each of them begins with its own BOOT."""

    before: tuple[Event, ...]
    events: tuple[Event, ...]


def read(block: bytes) -> Log:
    """Takes apart what LOG? has answered, without its CRC. Raises LinkLost if it is no log."""
    try:
        found = [_event(line) for line in block.decode("ascii").splitlines()]
    except ValueError as error:
        raise LinkLost(
            "the pen's log has a form this program does not know", "firmware and host tools differ"
        ) from error
    starts = [at for at, (_, name, _) in enumerate(found) if name == _BOOT]
    last = starts[-1] if starts else 0
    return Log(tuple(found[:last]), tuple(found[last:]))


def _event(line: str) -> Event:
    at_ms, name, detail = line.split(",", 2)
    return int(at_ms), name, detail

"""`pen zones`: where the pen may be used, how deep and how fast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pen_tools import options

if TYPE_CHECKING:
    from pen_tools.client import PenClient

_FIELDS = 5  # of ZONE:CAT? for each zone


def zones(port: options.Port = None, board: options.Board = None, as_json: options.Json = False) -> None:
    """Show the zones: default and cap, and what this board can do there. Asks a simulated pen, or the one at --port."""
    from pen_tools import output, targets

    with targets.opened(targets.choose(None, port, board)) as opened:
        found = read(opened.pen)
        if as_json:
            output.as_json({"board": opened.identity.board, "zones": found})
            return
        output.say(f"board {opened.identity.board}; greatest rates are what zone and drive both allow")
        head = ("zone", "default mm", "cap mm", "default Hz", "max Hz", "max Hz at default", "max Hz at cap")
        output.table(head, [_row(zone) for zone in found])


def read(pen: PenClient) -> list[dict[str, Any]]:
    """The pen's zones, in its order."""
    from pen_tools.client import fields

    listed = fields(pen.query("ZONE:CAT?"))
    return [_zone(pen, *listed[at : at + _FIELDS]) for at in range(0, len(listed), _FIELDS)]


def _zone(pen: PenClient, name: str, depth: str, cap: str, rate: str, most: str) -> dict[str, Any]:
    """A zone with a cap of 0 is blocked."""
    blocked = float(cap) == 0.0
    at_default, at_cap = (None, None) if blocked else (_rate(pen, depth, most), _rate(pen, cap, most))
    return {
        "name": name,
        "blocked": blocked,
        "depth_mm": {"default": float(depth), "cap": float(cap)},
        "rate_hz": {"default": float(rate), "max": float(most)},
        "board_rate_max_hz": {"at_default": at_default, "at_cap": at_cap},
    }


def _rate(pen: PenClient, depth: str, most: str) -> float:
    return min(float(pen.query("DRIV:RATE? " + depth)), float(most))


def _row(zone: dict[str, Any]) -> tuple[str, ...]:
    name = str(zone["name"])
    if zone["blocked"]:
        return (name, "blocked", "never", "", "", "", "")
    depth, rate, board = zone["depth_mm"], zone["rate_hz"], zone["board_rate_max_hz"]
    return (
        name,
        *(f"{depth[key]:.2f}" for key in ("default", "cap")),
        *(f"{rate[key]:.1f}" for key in ("default", "max")),
        *(f"{board[key]:.1f}" for key in ("at_default", "at_cap")),
    )

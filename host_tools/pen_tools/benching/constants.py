"""The firmware's numbers, read from its source: where they matter to the bench they are not its word but its contract."""

from __future__ import annotations

import ast

from pen_sim.paths import FIRMWARE


def constants(module: str) -> dict[str, int]:
    """Every `NAME = const(number)` and `NAME = number` of a module, by name: "pen.hal.rp2040_scan". Raises OSError."""
    path = FIRMWARE.joinpath(*module.split(".")).with_suffix(".py")
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return dict(found for node in tree.body if (found := _constant(node)))


def _constant(node: ast.stmt) -> tuple[str, int] | None:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=int(value))):
            return name, value
        case ast.Assign(
            targets=[ast.Name(id=name)],
            value=ast.Call(func=ast.Name(id="const"), args=[ast.Constant(value=int(value))]),
        ):
            return name, value
        case _:
            return None

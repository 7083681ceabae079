"""The board file that is installed with the program; pen.board.check looks at every field of it."""

from typing import Any

def __getattr__(name: str) -> Any: ...

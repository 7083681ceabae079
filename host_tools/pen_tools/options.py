"""The options that several commands share: one spelling, one help text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

TARGET_HELP = "Where the pen is: sim (in this process), serial, or serial:PORT."

Target = Annotated[str | None, typer.Option("--target", metavar="sim|serial[:PORT]", help=TARGET_HELP)]
Port = Annotated[
    str | None, typer.Option("--port", metavar="PORT", help="Serial port or pyserial URL; means --target serial.")
]
Board = Annotated[
    str | None, typer.Option("--board", metavar="BOARD", help="Board to simulate; bench_stepper if not given.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, and nothing else there.")]
Output = Path | None

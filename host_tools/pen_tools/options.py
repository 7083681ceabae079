"""The options that several commands share: one spelling, one help text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

TARGET_HELP = "Where the pen is: sim (simulated, in this process), chip (real MicroPython on an emulated RP2040), serial, or serial:PORT."

Target = Annotated[str | None, typer.Option("--target", metavar="sim|chip|serial[:PORT]", help=TARGET_HELP)]
Port = Annotated[
    str | None, typer.Option("--port", metavar="PORT", help="Serial port or pyserial URL; means --target serial.")
]
Board = Annotated[
    str | None, typer.Option("--board", metavar="BOARD", help="Board to simulate; bench_stepper if not given.")
]
Runtime = Annotated[
    Path | None,
    typer.Option(
        "--runtime",
        metavar="UF2",
        help="What the chip runs: a MicroPython runtime or a release; if not given the one that is found.",
    ),
]
Skin = Annotated[
    str | None, typer.Option("--skin", metavar="NAME", help="Skin under a virtual pen: soft, typical, firm or bone.")
]
Needles = Annotated[str | None, typer.Option("--needles", metavar="NAME", help="Its needles: sharp, worn or blunt.")]
Charge = Annotated[
    float | None, typer.Option("--charge", metavar="PERCENT", help="Its cell's charge, if its board has one.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, and nothing else there.")]
Output = Path | None

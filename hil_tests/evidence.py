"""What is kept of a test that failed: the console's transcript, the scan's trace, and what the pins did."""

from __future__ import annotations

import re
from pathlib import Path

from hil_tests import trace
from hil_tests.bench import Bench
from pen_tools.errors import PenError

_LONGEST_NAME = 120  # of a folder; file systems take 255 bytes


def folder(report: Path, nodeid: str) -> Path:
    """Where the evidence of this test goes."""
    return report / "failures" / re.sub(r"[^\w.-]+", "_", nodeid).strip("_")[-_LONGEST_NAME:]


def keep(into: Path, bench: Bench, words: list[str]) -> None:
    """Writes everything that can still be had; a pen that no longer answers leaves at least its transcript."""
    into.mkdir(parents=True, exist_ok=True)
    (into / "failure.txt").write_text("\n\n".join([*words, bench.pen.identity]) + "\n", encoding="utf-8")
    (into / "console.txt").write_text(transcript(bench), encoding="utf-8")
    try:
        block = bench.pen.block("TRAC?")
    except PenError as error:
        (into / "trace.txt").write_text(f"no trace could be had: {error}\n", encoding="utf-8")
    else:
        (into / "trace.bin").write_bytes(block)
        (into / "trace.csv").write_text(trace.csv(trace.decode(block)), encoding="utf-8")
    if bench.rig is not None:
        bench.rig.save_waves(into)


def transcript(bench: Bench) -> str:
    """The console, one line each way, with the times at which they went."""
    return "".join(f"{at_s:12.6f} {way} {text}\n" for at_s, way, text in bench.pen.client.transcript)

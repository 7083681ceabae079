"""`make demo`: both simulated pens treat a cheek for five seconds, and a picture for each, and one of both.

scripts/make_demo.py [FOLDER]    # build, if not given; docs/images for README's picture, which is that of both
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

from pen_tools import interrupts, output, plot, plotboth, report, targets
from pen_tools.record import Plan
from pen_tools.runner import Runner

ROOT = Path(__file__).resolve().parents[1]
RUNS = (("bench_stepper", 20.0), ("pen_solenoid", 100.0))
DEPTH_MM, SECONDS = 1.0, 5.0


def main() -> int:
    """Returns 0 if both did what was asked."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build"
    folder.mkdir(exist_ok=True)
    with ExitStack() as stack:
        check = stack.enter_context(interrupts.deferred())
        records = []
        for board, rate_hz in RUNS:
            opened = stack.enter_context(targets.opened(targets.choose(targets.SIM, None, board), keep=True))
            plan = Plan("cheek", DEPTH_MM, rate_hz, SECONDS)
            record = Runner(opened, plan, output.Teller(False), check, trace=True).run()
            report.show(record)
            if folder.name != "images":
                plot.save(folder / f"demo_{board}.png", record)
            records.append(record)
        plotboth.save(folder / "demo.png", records)
    output.say(f"The picture of both is {folder / 'demo.png'}, and one of each is beside it")
    return 0 if all(record.ok for record in records) else 1


if __name__ == "__main__":
    sys.exit(main())

"""Writes docs/indicator.md and its picture from what the firmware's own indicator does. `--check` only compares the page."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from pen_sim.loader import pure

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE, PICTURE = DOCS / "indicator.md", DOCS / "images" / "indicator.png"
LENGTH_MS = 60_000
SHOWN_MS = 11_000  # in the picture: a medium burst and its repetition
COLOURS = {1: "red", 2: "green", 3: "yellow", 4: "blue", 6: "cyan", 7: "white"}
PAINT = {
    "red": "#d62728",
    "green": "#2ca02c",
    "yellow": "#e8c400",
    "blue": "#1f77b4",
    "cyan": "#17becf",
    "white": "#ffffff",
}

faults: Any = pure("pen.faults")
indicator: Any = pure("pen.indicator")

# name: (state, fault, warning, what it means)
CASES: dict[str, tuple[str, int, int, str]] = {
    "start": ("SELFTEST", 0, 0, "the pen starts; look that all of the LED works"),
    "idle": ("IDLE", 0, 0, "the drive is off: choose a zone and arm"),
    "homing": ("HOMING", 0, 0, "the carriage looks for its home; keep away"),
    "ready": ("READY", 0, 0, "the drive is on, the needles are in: trigger or `RUN`"),
    "running": ("RUNNING", 0, 0, "needles move"),
    "low": ("READY", 0, 1, "a warning, or a fault before anything had begun"),
    "medium": ("FAULT", faults.DRIVER, 0, "a fault has ended the treatment, or keeps it from beginning"),
    "high": ("FAULT", faults.OVER_DEPTH, 0, "needles may be too deep or not back: take the pen off the skin"),
}

HEAD = """# What light and buzzer say

For whoever has no console. Made by `scripts/make_indicator.py` from what the firmware does; a test fails when it is out of date.

![The patterns over time](images/indicator.png)

| | LED | flashes a second, part on | beeps | each | repeated every | it means |
|---|---|---|---|---|---|---|
"""

NOTES = """
Red, yellow and cyan are alarms, and only they beep. A fault covers a warning, and a warning the state. `IND?` answers the colour, the flashes
a second (0.000: steady) and the beeps of a burst (0: none).

`SYST:BEEP:STAT OFF` silences the alarm that is on; its light stays, and the next alarm beeps again. `SYST:BEEP:STAT ON`, `*RST` or
`FAUL:CLE` end the silence.

A warning: the zone has had its dose, the session's hour is nearly over, or the cell has less than a fifth of its charge (`MEAS:BATT?`).

Rates, colours and counts are those that IEC 60601-1-8 gives for the three priorities; which fault has which is this project's own judgement
([safety.md](safety.md)). Each is far enough within its limits that a turn of the firmware's loop may be 50 ms late. How loud a passive piezo is
at 440 Hz, and how its harmonics compare, has not been measured: nothing here claims the standard.

What drives them is the firmware's foreground, not its scan. If the foreground hangs, LED and buzzer stay as they were; the drive goes off
all the same. No light at all on a pen with power means that no program runs.

## Faults by priority

"""


@dataclass
class Course:
    """(start, end) in ms while the LED was lit, and while it beeped."""

    light: int = 0
    lit: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    beeps: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])


def course(state: str, fault: int, warning: int) -> Course:
    """What a pen in this state shows, from its beginning."""
    made, shown = Course(), indicator.Indicator()
    for at_ms in range(0, LENGTH_MS, indicator.EVERY_MS):
        shown.poll(state, fault, warning, at_ms)
        made.light |= shown.light
        for on, spans in ((shown.light, made.lit), (shown.tone_hz, made.beeps)):
            if on and spans and spans[-1][1] == at_ms:
                spans[-1] = (spans[-1][0], at_ms + indicator.EVERY_MS)
            elif on:
                spans.append((at_ms, at_ms + indicator.EVERY_MS))
    return made


def _row(name: str) -> str:
    state, fault, warning, meaning = CASES[name]
    made = course(state, fault, warning)
    flash = "steady"
    if len(made.lit) > 1:
        (start, end), (following, _) = made.lit[:2]
        flash = f"{1_000 / (following - start):.3g} Hz, {100 * (end - start) / (following - start):.0f} %"
    sound = "none | | |"
    if made.beeps:
        gaps = [b[0] - a[1] for a, b in pairwise(made.beeps)]
        count = gaps.index(max(gaps)) + 1
        lengths = {end - start for start, end in made.beeps}
        sound = f"{count} | {lengths.pop()} ms | {(made.beeps[count][0] - made.beeps[0][0]) / 1_000:g} s |"
    return f"| {name} | {COLOURS[made.light]} | {flash} | {sound} {meaning} |\n"


def _priority(code: int) -> str:
    return "high" if code in faults.HIGH else "low" if code in faults.LOW else "medium"


def page() -> str:
    """The whole page."""
    rows = "".join(_row(name) for name in CASES)
    table = "| priority | code | name | meaning | what to do |\n|---|---|---|---|---|\n"
    for priority in ("high", "medium", "low"):
        for code, (name, _, meaning, after) in sorted(faults.TABLE.items()):
            if _priority(code) == priority:
                table += f"| {priority} | {code} | {name} | {meaning} | {after} |\n"
    return HEAD + rows + NOTES + table


def draw() -> None:
    """The picture: a line for the LED and one for the buzzer, for each pattern."""
    figure = Figure(figsize=(10, 5), layout="constrained")
    axes = figure.subplots()
    names = list(CASES)
    for row, name in enumerate(reversed(names)):
        made = course(*CASES[name][:3])
        paint = PAINT[COLOURS[made.light]]
        lit = [(start, min(end, SHOWN_MS) - start) for start, end in made.lit if start < SHOWN_MS]
        beeps = [(start, min(end, SHOWN_MS) - start) for start, end in made.beeps if start < SHOWN_MS]
        axes.broken_barh(lit, (row - 0.05, 0.40), facecolors=paint, edgecolors="#888888", linewidth=0.5)
        axes.broken_barh(beeps, (row - 0.40, 0.27), facecolors="black")
    axes.set_yticks(range(len(names)), labels=names[::-1])
    axes.set_xlim(0, SHOWN_MS)
    axes.set_xticks(range(0, SHOWN_MS + 1, 1_000), labels=[str(second) for second in range(SHOWN_MS // 1_000 + 1)])
    axes.set_xlabel("seconds since the pen came into this state")
    axes.set_title("LED (in its colour) and buzzer (black, below)", loc="left", fontsize=10)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)
    figure.savefig(PICTURE, dpi=110, metadata={"Software": None})


def main() -> int:
    """0 if the page is up to date or was written, 1 if `--check` found it out of date."""
    if "--check" in sys.argv:
        return 0 if PAGE.read_text(encoding="utf-8") == page() else 1
    PAGE.write_text(page(), encoding="utf-8")
    draw()
    return 0


if __name__ == "__main__":
    sys.exit(main())

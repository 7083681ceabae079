"""The classes of outcomes, the worst first. A run is of the worst class that anything in it belongs to."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What a class says about the pen: `unsafe` and `wrong` fail the campaign, `safe` does not."""

    UNSAFE = "unsafe"
    WRONG = "wrong"
    SAFE = "safe"


class Outcome(StrEnum):
    """One class; `meaning` and `kind` say what it is."""

    BROKEN = "broken"
    BEYOND_CAP = "beyond-cap"
    OUT_TOO_LONG = "out-too-long"
    LEFT_IN = "left-in"
    LEFT_ON = "left-on"
    UNASKED = "moved-unasked"
    WRONG_STROKES = "wrong-strokes"
    CLEARED_STANDING = "cleared-while-standing"
    NOT_CLEARABLE = "not-clearable"
    NOT_WELL = "not-well-again"
    UNNOTICED = "unnoticed"
    FALSE_ALARM = "false-alarm"
    MISNAMED = "misnamed"
    HELD_ON = "held-by-gate"
    HELD = "held-by-jam"
    STALLED = "stalled-in-skin"
    NAMED = "named"
    CUT_SHORT = "cut-short"
    REFUSED = "refused"
    SILENT = "silent-and-off"
    HARMLESS = "harmless"
    HEALTHY = "healthy"

    @property
    def kind(self) -> Kind:
        """What it says about the pen."""
        return _TABLE[self][0]

    @property
    def meaning(self) -> str:
        """One sentence for people."""
        return _TABLE[self][1]

    @property
    def ok(self) -> bool:
        """It does not fail the campaign."""
        return self.kind is Kind.SAFE


_TABLE = {
    Outcome.BROKEN: (Kind.UNSAFE, "the run broke off, and nothing is known of it"),
    Outcome.BEYOND_CAP: (Kind.UNSAFE, "the tip went more than 20 um beyond the zone's cap"),
    Outcome.OUT_TOO_LONG: (Kind.UNSAFE, "the needles were out longer than a stroke takes, and the drive stayed on"),
    Outcome.LEFT_IN: (Kind.UNSAFE, "the drive was off and the needles stayed out, though nothing held them"),
    Outcome.LEFT_ON: (Kind.UNSAFE, "the drive was turned off too late, or not at all"),
    Outcome.UNASKED: (Kind.UNSAFE, "the pen moved or turned its drive on when nobody had asked"),
    Outcome.WRONG_STROKES: (Kind.UNSAFE, "strokes had the wrong depth or number, and the pen said nothing"),
    Outcome.CLEARED_STANDING: (Kind.UNSAFE, "the fault could be cleared while its cause was there to be seen"),
    Outcome.NOT_CLEARABLE: (Kind.WRONG, "the fault could not be cleared after its cause was gone"),
    Outcome.NOT_WELL: (Kind.WRONG, "after repair and clear the pen did not arm, or not make its strokes"),
    Outcome.UNNOTICED: (Kind.WRONG, "the cause stood through two homings and ten strokes, and the pen said nothing"),
    Outcome.FALSE_ALARM: (Kind.WRONG, "a fault was latched, or arming refused, although nothing was wrong"),
    Outcome.MISNAMED: (Kind.WRONG, "safe, but the fault has another's name"),
    Outcome.HELD_ON: (
        Kind.SAFE,
        "two failures: a gate held the drive on with needles too much for it; the pen let go in time, and named it",
    ),
    Outcome.HELD: (Kind.SAFE, "a jam held the needles out; power was taken away in time, and it was named"),
    Outcome.STALLED: (Kind.SAFE, "the needles were too much for the drive in this skin: cut, and named so"),
    Outcome.NAMED: (Kind.SAFE, "safe, and named rightly"),
    Outcome.CUT_SHORT: (Kind.SAFE, "a flipped bit ended the strokes early, as a stop does; the rest were right"),
    Outcome.REFUSED: (Kind.SAFE, "the pen would not arm while the cause was there"),
    Outcome.SILENT: (Kind.SAFE, "the pen could not say a word, and its drive was off all the time"),
    Outcome.HARMLESS: (Kind.SAFE, "nothing came of the fault: no harm, no alarm, and right strokes"),
    Outcome.HEALTHY: (Kind.SAFE, "no fault, right strokes, and no alarm"),
}
ORDER = list(Outcome)


def worst(found: list[Outcome]) -> Outcome:
    """The worst of at least one."""
    return min(found, key=ORDER.index)

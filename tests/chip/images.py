"""Random process images for the scan, drawn in four ways; one seed, one sequence. Each image comes with no history but its own.

written   every word anything that its owner can write, three of four made healthy so that phases are reached
limits    a healthy one, and a few words exactly at, one below or one above what the scan compares them with
course    scans in a row, with strokes, switches, orders and what goes wrong, so that states are ones that scans lead to
extremes  as written, and a few words anything that 32 bits can be; only words that are places in memory stay such
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from itertools import count
from random import Random
from typing import TypeAlias

from pen_sim.loader import pure
from tests.firmware.support import BOARD, MASK, NAMES, Bench, raw_at
from tests.firmware.test_scan import ROWS, image_from

Image: TypeAlias = "array[int]"
scan = pure("pen.scan")

EXTREMES = (-(1 << 31), (1 << 31) - 1, -1, 0, 1, 1 << 30, -(1 << 30), (1 << 30) - 1, 0x5555_5555, -0x5555_5556, 1 << 16)
_PLACES = {NAMES.ST_SLOT, NAMES.ST_QUEUED, NAMES.ST_TRACE_AT, NAMES.LI_TRACE_ROWS}
_CHECKED = [at for at in range(NAMES.WORDS) if at not in _PLACES]


def written(seed: int) -> Iterator[Image]:
    """Words that their owners can write; now and then a stop byte."""
    random = Random(seed)
    for k in count(seed * 1_000_000):
        image = image_from(k)
        if not random.randrange(8):
            image[NAMES.IN_SWITCHES] |= NAMES.SW_STOP
        yield image


def extremes(seed: int) -> Iterator[Image]:
    """Up to eight words of 32 bits."""
    random = Random(seed)
    for image in written(seed):
        for at in random.sample(_CHECKED, random.randint(1, 8)):
            image[at] = random.choice(EXTREMES) if random.randrange(2) else random.randint(-(1 << 31), (1 << 31) - 1)
        yield image


# --- limits


def _nearly(random: Random) -> int:
    return random.randint(-1, 1)


def _limit(image: Image, random: Random) -> None:
    """Sets one word nearly to what it is compared with."""
    now, near, slot = image[NAMES.IN_NOW_US], _nearly(random), random.randrange(2)
    if not random.randrange(4):
        _counter(image, random, near)
        return
    place, words = random.choice(_LIMITS)
    if place == "tip":
        image[NAMES.IN_TIP_RAW] = min(max(raw_at(_sum(image, words) + near), 0), 16_380)
    elif place == "count":
        steps = (_sum(image, words) + BOARD.CLEARANCE_UM) // BOARD.STEP_UM + near
        image[NAMES.IN_STEPS] = image[NAMES.OR_ORIGIN] + steps
    elif place.endswith("_US") and place.startswith(("ST_", "OR_LEASE_START")):
        image[getattr(NAMES, place)] = (now - _sum(image, words, slot) + near) & MASK
    else:
        image[getattr(NAMES, place)] = _sum(image, words) + near


def _sum(image: Image, words: tuple[str | int, ...], slot: int = 0) -> int:
    """Of words, of which some come twice, one a slot, and of numbers."""
    values = (word if isinstance(word, int) else image[getattr(NAMES, word) + slot * (word in _TWO)] for word in words)
    return sum(values)


def _counter(image: Image, random: Random, near: int) -> None:
    """Sets a count of scans nearly to where it matters, and lets what is counted go on."""
    kind = random.randrange(4)
    if kind == 0:
        image[NAMES.ST_TIP_LAST] = image[NAMES.IN_TIP_RAW]
        image[NAMES.ST_TIP_SAME] = random.choice((4, 50, 1_000)) - 1 + near
    elif kind == 1:
        _rate(image, random, near)
    elif kind == 2:
        image[NAMES.ST_TRIGGER_COUNT] = random.choice((1, 10, 49)) + near
    else:
        bit, scans, word, bad = random.choice(_ODD)
        image[NAMES.ST_SUSPECT] = 1
        image[NAMES.ST_COUNT + bit] = scans - 1 + near
        image[getattr(NAMES, word)] = image[NAMES.IN_SWITCHES] ^ bad if word == "IN_SWITCHES" else bad


def _rate(image: Image, random: Random, near: int) -> None:
    """A stroke starts now, on time or at the edge of what is tolerated."""
    before, slot = random.choice((0, 1, 62, 63)), image[NAMES.ST_QUEUED]
    period_us, slack_us = image[NAMES.OR_PERIOD_US + slot], image[NAMES.OR_RATE_SLACK_US + slot]
    error_us = random.choice((0, 1, -1)) * ((before + 1) * slack_us + 300) + near
    image[NAMES.ST_RATE_COUNT], image[NAMES.ST_AWAY] = before, 0
    image[NAMES.ST_RATE_US] = (image[NAMES.IN_NOW_US] - (before + 1) * period_us - error_us) & MASK


# Counter, scans until it is a fault, and what makes it count.
_ODD = (
    (0, 20, "IN_SWITCHES", NAMES.SW_CARTRIDGE),
    (1, 3, "IN_SWITCHES", NAMES.SW_ESTOP),
    (2, 2, "IN_SWITCHES", NAMES.SW_DRIVER_FAULT),
    (3, 200, "IN_SWITCHES", NAMES.SW_LINK),
    (4, 3, "IN_TIP_RAW", 10),
    (5, 5, "IN_CURRENT_RAW", 16_000),
    (6, 20, "IN_SUPPLY_RAW", 100),
    (7, 10, "IN_SUPPLY_RAW", 16_000),
    (8, 100, "IN_TEMPERATURE_RAW", 100),
)
_TWO = {"OR_PERIOD_US", "OR_OUT_US"}
_LIMITS: tuple[tuple[str, tuple[str | int, ...]], ...] = (
    ("ST_LAST_US", ("LI_PERIOD_US", "LI_LATE_US")),
    ("ST_BEAT_US", ("LI_HEARTBEAT_US",)),
    ("ST_START_US", ("OR_PERIOD_US", "OR_PERIOD_US")),
    ("ST_OUT_US", ("OR_OUT_US",)),
    ("OR_LEASE_START_US", ("OR_LEASE_US",)),
    ("ST_STILL_US", (2_000,)),
    ("IN_SCAN_US", ("LI_LONG_US",)),
    ("IN_CURRENT_RAW", ("LI_CURRENT_MAX_RAW",)),
    ("IN_SUPPLY_RAW", ("LI_SUPPLY_MIN_RAW",)),
    ("IN_SUPPLY_RAW", ("LI_SUPPLY_MAX_RAW",)),
    ("IN_TEMPERATURE_RAW", ("LI_TEMPERATURE_MIN_RAW",)),
    ("IN_TIP_RAW", ("LI_TIP_MIN_RAW",)),
    ("IN_TIP_RAW", ("LI_TIP_MAX_RAW",)),
    ("IN_TIP_RAW", ("ST_TIP_LAST",)),
    ("tip", ("LI_CAP_UM", "LI_OVER_UM")),
    ("tip", ("ST_PEAK_UM", 1)),
    ("tip", (20,)),
    ("tip", (-(BOARD.CLEARANCE_UM // 2),)),
    ("tip", ("ST_COUNTED_UM", 12)),
    ("tip", ("ST_COUNTED_UM", -12)),
    ("tip", ("ST_COUNTED_UM", "LI_DEEPER_UM")),
    ("tip", ("ST_COUNTED_UM", "LI_MISMATCH_UM")),
    ("tip", ("ST_COUNTED_UM", "LI_REST_MISMATCH_UM")),
    ("tip", ("ST_INNERMOST_UM", "LI_MISMATCH_UM")),
    ("count", ("LI_CAP_UM", "LI_OVER_UM")),
    ("count", ("ST_COUNTED_UM",)),
    ("OR_PEAK_UM", ("LI_CAP_UM",)),
    ("ST_TRACE_AT", ("LI_TRACE_ROWS",)),
)


def _go_on(image: Image) -> None:
    """As after a scan in which nothing happened: only then a limit is all that counts."""
    steps = image[NAMES.IN_STEPS] - image[NAMES.OR_ORIGIN]
    image[NAMES.ST_COUNTED_UM] = steps * BOARD.STEP_UM - BOARD.CLEARANCE_UM
    image[NAMES.ST_BEAT], image[NAMES.ST_SLOT] = image[NAMES.OR_HEARTBEAT], image[NAMES.ST_QUEUED]
    image[NAMES.ST_PRIMED], image[NAMES.ST_STARTED] = 1, 2


def limits(seed: int) -> Iterator[Image]:
    """One to three words at a limit; what lies in memory stays there."""
    random = Random(seed)
    for image in written(seed):
        if random.randrange(2):
            _go_on(image)
        for _ in range(random.randint(1, 3)):
            _limit(image, random)
        image[NAMES.ST_TRACE_AT] = min(image[NAMES.ST_TRACE_AT], ROWS - 1)
        yield image


# --- course


class Course(Bench):
    """A bench that lives on: strokes as ordered, and at times something happens to it."""

    def __init__(self, random: Random) -> None:
        super().__init__(phase=random.choice(("OFF", "HOMING", "HOLD", "HOLD", "HOLD")))
        self.random = random
        self["LI_TRACE_ROWS"], self["ST_TRACE_AT"] = ROWS, self["ST_TRACE_AT"] % ROWS
        self.way = 0  # 1 outward, -1 back, 0 at rest
        self.follows = False
        self.offset_um = 0

    def scans(self, scans: int) -> Iterator[Image]:
        """The image before each of them."""
        for _ in range(scans):
            late = self.random.choice((0,) * 600 + (15, 15, 49, 49, 51))
            self.now_us = (self.now_us + self["LI_PERIOD_US"] + late) & MASK
            self._move()
            self._latch()
            yield array("i", self.image)
            scan.check(self.image, self.rows)
            self.switches &= ~NAMES.SW_STOP

    def _move(self) -> None:
        order = self["OU_MOTION"]
        if order == NAMES.MOVE_START:
            self.follows = self.way < 0
            self.way = self.way or (1 if self["ST_PHASE"] > NAMES.PHASE_HOLD else -1)
        elif order in (NAMES.MOVE_TURN, NAMES.MOVE_HALT):
            self.way = -1 if order == NAMES.MOVE_TURN and self.way else 0
        if self.way > 0 and self.counted_um >= self.random.choice((500, 1_000)):
            self.way = -1
        elif self.way < 0 and self.counted_um <= -BOARD.CLEARANCE_UM:
            self.way, self.follows = int(self.follows), False
        self.counted_um += 10 * self.random.randint(1, 4) * self.way
        self.tip_um = self.counted_um + self.offset_um + self.random.randint(-2, 2)
        self.motion = (NAMES.MO_MOVING if self.way else 0) | (NAMES.MO_OUTWARD if self.way > 0 else 0)
        if self.way < 0 and self.counted_um < 0 and not self.follows:
            self.motion |= NAMES.MO_OPEN

    def happen(self) -> None:
        """An order, or a step of somebody who uses the pen; one time in six something goes wrong or is mended."""
        if not self.random.randrange(6):
            self.random.choice(_ODDITIES)(self)
        elif self["ST_FAULT"]:
            self.mend()
        else:
            self.random.choice((*_LEADS_ON[self["ST_PHASE"]], *_LEADS_ON[self["ST_PHASE"]], *_ORDERS))(self)

    def mend(self) -> None:
        """All as it should be; the fault cleared, once."""
        self.offset_um, self.scan_us, self.current_raw, self.supply_raw, self.temperature_raw = 0, 27, 0, 9_900, 3_500
        self.beats, self.home, self.raw = True, None, None
        self.switches = NAMES.SW_CARTRIDGE | NAMES.SW_LINK
        self.counted_um, self.way = -BOARD.CLEARANCE_UM, 0
        self["OR_RAISE"], self["LI_CAP_UM"], self["OR_MODE"] = 0, 1_000, self.random.choice((0, 1, 1))
        self["OR_CLEAR_SEQ"] += 1


def _toggle(bits: str) -> Callable[[Course], None]:
    def event(course: Course) -> None:
        course.switches ^= getattr(NAMES, bits)

    return event


def _next(word: str) -> Callable[[Course], None]:
    def event(course: Course) -> None:
        course[word] = (course[word] + 1) & MASK

    return event


def _set(word: str, *values: int) -> Callable[[Course], None]:
    def event(course: Course) -> None:
        course[word] = course.random.choice(values)

    return event


def _field(name: str, *values: object) -> Callable[[Course], None]:
    def event(course: Course) -> None:
        setattr(course, name, course.random.choice(values))

    return event


_ORDERS: tuple[Callable[[Course], None], ...] = (
    *(_toggle(name) for name in ("SW_TRIGGER", "SW_STOP")),
    *(_next(name) for name in ("OR_STOP_SEQ", "OR_MOVE_SEQ", "OR_CLEAR_SEQ")),
    lambda course: course.lease(course.random.choice((0, 2_000))),
    _set("OR_MODE", 0, 1, 2, 2, 2, 2, 2, 2, 2),
    _set("OR_MOVE_UNTIL", 0, 1, 2),
    _set("OR_SLOT", 0, 1),
)
# By phase: what a user who wants strokes orders there.
_LEADS_ON: tuple[tuple[Callable[[Course], None], ...], ...] = (
    (_set("OR_MODE", NAMES.MODE_HOME),) * 6,
    (_next("OR_MOVE_SEQ"), _set("OR_MODE", NAMES.MODE_HOLD), _set("OR_MODE", NAMES.MODE_HOLD)),
    (lambda course: course.lease(1_000_000), _toggle("SW_TRIGGER")),
    (_set("OR_SLOT", 0, 1),) * 12,
    (_set("OR_MODE", NAMES.MODE_HOLD),),
)
_ODDITIES: tuple[Callable[[Course], None], ...] = (
    *(_toggle(name) for name in ("SW_ESTOP", "SW_CARTRIDGE", "SW_DRIVER_FAULT", "SW_LINK")),
    _set("OR_RAISE", 0, 0, 106),
    _set("LI_CAP_UM", 500, 1_000),
    _set("LI_PERIOD_US", 100, 100, 1_000),
    _field("offset_um", 0, 0, 0, 11, 12, 19, 25, 45, -45),
    _field("scan_us", 27, 27, 79, 81),
    _field("current_raw", 0, 16_000),
    _field("supply_raw", 9_900, 9_900, 0, 16_000),
    _field("temperature_raw", 3_500, 100),
    _field("beats", True, False),
    _field("home", None, None, True, False),
    _field("raw", None, None, 10, 16_380, 5_000),
)


def course(seed: int) -> Iterator[Image]:
    """Some 1,200 scans in a row, then another pen."""
    random = Random(seed)
    while True:
        pen = Course(random)
        for _ in range(40):
            pen.happen()
            yield from pen.scans(random.randint(1, 60))


DISTRIBUTIONS: dict[str, Callable[[int], Iterator[Image]]] = {
    "written": written,
    "limits": limits,
    "course": course,
    "extremes": extremes,
}

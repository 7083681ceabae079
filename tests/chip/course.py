"""A pen's life in process images: strokes as ordered, and what people and parts do to it, one scan after the other."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from random import Random
from typing import TypeAlias

from pen_sim.loader import pure
from tests.firmware.support import BOARD, MASK, NAMES, Bench
from tests.firmware.test_scan import ROWS

Image: TypeAlias = "array[int]"
scan = pure("pen.scan")


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

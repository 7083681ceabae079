"""Random process images for the scan, drawn in four ways; one seed, one sequence. Each image comes with no history but its own.

written   every word anything that its owner can write, three of four made healthy so that phases are reached
limits    a healthy one, and a few words exactly at, one below or one above what the scan compares them with
course    scans in a row, with strokes, switches, orders and what goes wrong, so that states are ones that scans lead to
extremes  as written, and a few words anything that 32 bits can be; only words that are places in memory stay such
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from random import Random

from tests.chip.course import Image, course
from tests.firmware.support import BOARD, MASK, NAMES, raw_at
from tests.firmware.test_scan import ROWS, image_from

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


DISTRIBUTIONS: dict[str, Callable[[int], Iterator[Image]]] = {
    "written": written,
    "limits": limits,
    "course": course,
    "extremes": extremes,
}

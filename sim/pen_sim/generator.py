"""The step generator: executes words as the chip's PIO does, `steps` times (wait interval_us, one step), to the nanosecond."""

from __future__ import annotations

from array import array
from typing import Protocol

from pen_sim.edges import DIR, STEP, Edges
from pen_sim.loader import pure

NEVER = 1 << 62
OPEN_WORDS: int = pure("pen.hal").OPEN_WORDS


class Stepped(Protocol):
    """What the steps go to."""

    def step(self, t_ns: int) -> None:
        """A rising edge on STEP."""
        ...

    def set_dir(self, t_ns: int, outward: bool) -> None:
        """A level on DIR."""
        ...


class Generator:
    """At most one list of words under way and one queued. `scale` stretches every interval (a clock that is off)."""

    def __init__(self, plant: Stepped, edges: Edges) -> None:
        self._plant = plant
        self._edges = edges
        self.steps = 0
        self.outward = False
        self.next_ns = NEVER
        self.scale_ppm = 0
        self.hung = False
        self.starved = False
        self._words: list[int] = []
        self._at = 0
        self._left = 0
        self._interval_ns = 0
        self._queued: list[int] = []

    @property
    def moving(self) -> bool:
        """Words are left."""
        return self.next_ns != NEVER or self.hung

    def motion(self) -> int:
        """The image's IN_MOTION: 1 moving, 2 the next stroke can be ordered, 4 outward."""
        if self.next_ns == NEVER and not self.hung:
            return 0
        motion = 5 if self.outward else 1
        if len(self._words) - self._at <= OPEN_WORDS and not self._queued:
            motion += 2
        return motion

    def start(self, now_ns: int, words: array[int], count: int, lead_us: int, following: bool) -> None:
        """Executes `count` words from now on, the first interval replaced; `following`: after those under way."""
        listed = list(words[:count])
        listed[0] = listed[0] & ~0xFFFFF | lead_us & 0xFFFFF
        if following and self.moving:
            self._queued = [] if self.starved else listed
        else:
            self._begin(now_ns, listed)

    def replace(self, now_ns: int, words: list[int]) -> None:
        """Drops everything and executes `words` from now on; none: stands still."""
        self._queued = []
        self._begin(now_ns, words)

    def drop_queued(self) -> None:
        """Forgets the queued stroke."""
        self._queued = []

    def advance(self, to_ns: int) -> None:
        """Makes every step up to and including `to_ns`."""
        next_ns = self.next_ns
        if next_ns > to_ns or self.hung:
            return
        step, note = self._plant.step, self._edges.add
        while next_ns <= to_ns:
            step(next_ns)
            note(next_ns, STEP, 1)
            self.steps += 1 if self.outward else -1
            self._left -= 1
            if self._left:
                next_ns += self._interval_ns
            else:
                self._at += 1
                self._next_word(next_ns)
                next_ns = self.next_ns
        self.next_ns = next_ns

    def _begin(self, now_ns: int, words: list[int]) -> None:
        self._words = words
        self._at = 0
        self._next_word(now_ns)

    def _take_word(self) -> int | None:
        """The word that comes now, the queued stroke's after the last; None, and it stands, if there is none."""
        if self._at >= len(self._words):
            self._words, self._queued, self._at = self._queued, [], 0
            if not self._words:
                self.next_ns = NEVER
                return None
        return self._words[self._at]

    def _scaled(self, ns: int) -> int:
        return ns + ns * self.scale_ppm // 1_000_000

    def _next_word(self, now_ns: int) -> None:
        word = self._take_word()
        if word is None:
            return
        outward = word >> 31 != 0
        if outward != self.outward:
            self.outward = outward
            self._edges.add(now_ns, DIR, int(outward))
        self._plant.set_dir(now_ns, outward)
        self._left = (word >> 20 & 0x7FF) + 1
        self._interval_ns = self._scaled((word & 0xFFFFF) * 1_000)
        self.next_ns = now_ns + self._interval_ns

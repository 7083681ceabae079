"""The generator of a board with a solenoid: steps of the stop, or pulses of the coil, never both; to the nanosecond.

On the chip one state machine does either, so that the stop cannot move while the coil is on. A pulse drives two pins: the high
side, which is chopped, and the low side, which is on throughout and lets the clamp work when it opens.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Protocol

from pen_sim.edges import COIL, COIL_LOW, DIR, Edges
from pen_sim.generator import NEVER, OPEN_WORDS, Generator, Stepped
from pen_sim.loader import pure

_pulses: Any = pure("pen.pulses")
_PULSE: int = _pulses.PULSE
_WAIT: int = _pulses.WAIT_MOST_US
_OFF_NS: int = _pulses.CHOP_OFF_US * 1_000


class Coiled(Stepped, Protocol):
    """What steps and pulses go to."""

    def set_coil(self, t_ns: int, high: bool, low: bool) -> None:
        """The levels on the coil's high side and on its low side."""
        ...


class Pulser(Generator):
    """What its words are, steps or pulses, is told while nothing moves."""

    def __init__(self, plant: Coiled, edges: Edges) -> None:
        super().__init__(plant, edges)
        self.pulses: bool = False
        self._coiled = plant
        self._high = 0
        self._fires = False  # the next word is a pulse
        self._due: deque[tuple[int, int, int]] = deque()  # (time, high side, low side) of the pulse under way

    def take(self, now_ns: int, pulses: bool) -> None:
        """The words that come are these. While there are pulses DIR is low, so that a step which nobody sent goes inward."""
        if pulses is self.pulses:
            return
        self.pulses = pulses
        if pulses and self.outward:
            self._edges.add(now_ns, DIR, 0)
            self._coiled.set_dir(now_ns, False)
        self.outward = False  # DIR's level, or with pulses that of the coil's low side

    def motion(self) -> int:
        """As Generator's; the stroke after a pulse can be ordered once that has begun."""
        if self.next_ns == NEVER and not self.hung:
            return 0
        motion = 5 if self.outward else 1
        if (self._at or not self.pulses) and len(self._words) - self._at <= OPEN_WORDS and not self._queued:
            motion += 2
        return motion

    def advance(self, to_ns: int) -> None:
        """Makes every step or edge up to and including `to_ns`."""
        if not self.pulses:
            super().advance(to_ns)
            return
        due = self._due
        while self.next_ns <= to_ns and not self.hung:
            if due:
                t_ns, high, low = due.popleft()
                if low and self.outward:  # a chop: the high side alone
                    self._high = high
                    self._edges.add(t_ns, COIL, high)
                    self._coiled.set_coil(t_ns, high == 1, True)
                else:
                    self._set(t_ns, high, low)
                if due:
                    self.next_ns = due[0][0]
                    continue
            self._at += 1
            self._next_word(self.next_ns)

    def let_go(self, now_ns: int, back_us: int) -> None:
        """Gives up the pulse under way and what is queued, and waits for the way back if there is one."""
        self.replace(now_ns, [back_us] if self.moving else [])

    def _begin(self, now_ns: int, words: list[int]) -> None:
        if self.pulses:
            self._due.clear()
            self._fires = False
            self._set(now_ns, 0, 0)
        super()._begin(now_ns, words)

    def _next_word(self, now_ns: int) -> None:
        if not self.pulses:
            super()._next_word(now_ns)
            return
        word = self._take_word()
        if word is None:
            return
        if self._fires:
            self._fires = False
            self._plan_pulse(now_ns, word)
        else:
            self._fires = word & _PULSE != 0
            self.next_ns = now_ns + self._scaled((word & _WAIT) * 1_000)

    def _plan_pulse(self, now_ns: int, word: int) -> None:
        due = self._due
        due.append((now_ns, 1, 1))
        t_ns = now_ns + self._scaled((word >> 19) * 1_000)
        on_ns = self._scaled((word >> 13 & _pulses.ON_MOST_US) * 1_000)
        for _ in range(word >> 6 & _pulses.CHOPS_MOST):
            due.append((t_ns, 0, 1))
            due.append((t_ns + self._scaled(_OFF_NS), 1, 1))
            t_ns += self._scaled(_OFF_NS) + on_ns
        due.append((t_ns, 0, 0))
        self.next_ns = now_ns

    def _set(self, t_ns: int, high: int, low: int) -> None:
        on = low == 1
        if high != self._high:
            self._high = high
            self._edges.add(t_ns, COIL, high)
        elif on is self.outward:
            return
        if on is not self.outward:
            self.outward = on
            self._edges.add(t_ns, COIL_LOW, low)
        self._coiled.set_coil(t_ns, high == 1, on)

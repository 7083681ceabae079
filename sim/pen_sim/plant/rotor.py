"""The stepper's steps: the field moves a full step per edge, and the rotor follows as long as its force is enough.

Between edges nothing is computed: the acceleration is what the last intervals between edges say. An interval's mean
speed is the speed in its middle, so this is exact for a constant acceleration; the mean over a reversal is zero.
"""

from math import asin
from types import ModuleType

from pen_sim.plant.field import PERIOD_STEPS, SETTLED_NS, Field
from pen_sim.plant.skin_spec import SkinSpec


class Rotor(Field):
    """Drive, carriage and skin. `step` does by itself, in line, what other paths leave to methods: it is called most."""

    __slots__ = ("lose_inward_only",)

    def __init__(self, board: ModuleType, skin: SkinSpec | None, start_um: float | None, start_ns: int) -> None:
        super().__init__(board, skin, start_um, start_ns)
        self.lose_inward_only = False

    def step(self, t_ns: int) -> None:
        """A rising edge on STEP."""
        self._seen_ns = t_ns
        if t_ns >= self._due_ns:
            self._run(t_ns)
        if not self._ready:
            self._step_with_trouble(t_ns)
            return
        direction = self._direction
        interval = t_ns - self._last_ns
        rate = inertia = 0.0
        if interval >= SETTLED_NS:
            interval = 0
        else:
            if direction == self._last_direction:
                rate = direction / (interval or 1)
            inertia = self._inertia * (rate - self._rate) / ((interval + self._interval) or 1)
        move = direction * self._step
        detent = self._detent + move
        if detent >= self._front or detent <= self._back:
            self._step_over(t_ns)
            return
        force = self._static + inertia
        available = self._pullout - self._slope * rate * direction
        if detent > -self._step:
            tip, speed = self._tip + move, self._step * rate * direction
            if direction > 0:
                force += self.skin.push(tip, speed, t_ns, available - force)
            else:
                force += self.skin.pull(tip, speed, t_ns, available + force)
        if force >= available or force <= -available:
            self._lose(t_ns)
            return
        self._load = load = force / available
        self._tip = tip = detent - self._lag * asin(load)
        self._detent = detent
        self._last_ns = t_ns
        self._last_direction = direction
        self._interval = interval
        self._rate = rate
        if self.record:
            self._append_ns(t_ns)
            self._append_um(tip)
        if tip > self._peak_um:
            self._peak_um = tip
            self._peak_ns = t_ns
        if (tip > 0.0) is not self._out:
            self._cross(tip > 0.0, t_ns)

    def _step_with_trouble(self, t_ns: int) -> None:
        if not self._driven or self._swallows():
            return
        if self._jammed or not self._synced:
            self._step_slipping(t_ns)
            return
        self._ready = True
        self.step(t_ns)
        self._judge()

    def _step_over(self, t_ns: int) -> None:
        """A step without asking for forces. Into a mechanical stop the rotor slips all the same."""
        detent = self._detent + self._direction * self._step
        if detent > self._front if self._direction > 0 else detent < self._back:
            self._lose(t_ns)
            return
        self._mark(t_ns)
        self._detent = detent
        self._place(detent, t_ns)

    def _step_slipping(self, t_ns: int) -> None:
        slow = t_ns - self._last_ns >= self._pull_in_ns
        self._lose(t_ns)
        if slow and not self._slip % PERIOD_STEPS:
            self._catch(t_ns)

    @property
    def steps_to_lose(self) -> int:
        """The driver swallows this many of the next steps; with `lose_inward_only`, of the next inward ones."""
        return self._steps_to_lose

    @steps_to_lose.setter
    def steps_to_lose(self, count: int) -> None:
        self._steps_to_lose = count
        self._judge()

    def _swallows(self) -> bool:
        if self._steps_to_lose and not (self.lose_inward_only and self._direction > 0):
            self._steps_to_lose -= 1
            self._judge()
            return True
        return False

    def extra_steps(self, count: int, t_ns: int) -> None:
        """The driver makes steps that nobody sent, at once and whatever the forces: only the stops stop them."""
        self.advance(t_ns)
        for _ in range(count if self._driven else 0):
            self._step_regardless(t_ns)

    def _step_regardless(self, t_ns: int) -> None:
        if self._synced and not self._jammed:
            self._step_over(t_ns)
        else:
            self._lose(t_ns)

    def slip_um(self, distance_um: float, t_ns: int) -> None:
        """The carriage slips on its screw, outward if positive: tip and sensor move, the rotor does not."""
        self.advance(t_ns)
        self._detent += distance_um
        self._place(self._tip + distance_um, t_ns)
        if not self._driven:
            self._coast(t_ns, 0.0)

"""A stretch of motion under a constant force, in closed form. um, um/s, um/s^2, ns."""

from math import sqrt


class Flight:
    """From `start_um` towards `limit_um`, at `speed`, gaining `gain` per second; ends at the limit or at a standstill."""

    __slots__ = ("_direction", "_gain", "_speed", "_start_ns", "_start_um", "end_ns", "end_speed", "end_um")

    def __init__(self, start_um: float, limit_um: float, speed: float, gain: float, start_ns: float) -> None:
        self._direction = 1.0 if limit_um > start_um else -1.0
        self._start_um, self._speed, self._gain, self._start_ns = start_um, speed, gain, start_ns
        distance = abs(limit_um - start_um)
        square = speed * speed + 2.0 * gain * distance
        self.end_um = limit_um
        if square < 0.0:
            square = 0.0
            distance = -speed * speed / (2.0 * gain)
            self.end_um = start_um + self._direction * distance
        self.end_speed = sqrt(square)
        self.end_ns = start_ns + 2e9 * distance / (speed + self.end_speed)

    @property
    def outward(self) -> bool:
        """Whether it goes into the skin."""
        return self._direction > 0.0

    def position_um(self, t_ns: float) -> float:
        """Where it is at `t_ns`, from its start to its end."""
        seconds = (t_ns - self._start_ns) * 1e-9
        return self._start_um + self._direction * seconds * (self._speed + 0.5 * self._gain * seconds)

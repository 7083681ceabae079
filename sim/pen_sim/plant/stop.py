"""The stop: a collar on a self-locking screw, which a small stepper turns. It stays where it is without any current.

The rotor follows its field a step at a time. A load beyond the pull-out force holds it while the field goes on; it fits
again where the field has gone a multiple of four steps without it, so that steps are lost by fours.
"""

from types import ModuleType

_PERIOD = 4  # full steps of an electrical period
_LONG_AGO_NS = 1_000_000_000


class Stop:
    """Positions in um, of where the tip is stopped; forces in mN."""

    __slots__ = (
        "_back", "_field", "_friction", "_front", "_last_ns", "_pullout", "_rotor", "_slope", "_step", "lose_inward_only",
        "outward", "reversed_dir", "steps_to_lose", "stuck_dir", "um",
    )  # fmt: skip

    def __init__(self, board: ModuleType, start_um: float | None, start_ns: int) -> None:
        self._back = float(board.PLANT_STOP_BACK_UM)
        self._front = float(board.PLANT_FRONT_TRAVEL_UM)
        self._step = float(board.STEP_UM)
        self._friction = float(board.PLANT_STOP_FRICTION_MN)
        self._pullout = float(board.PLANT_STOP_PULLOUT_MN)
        lost_mn = board.PLANT_STOP_PULLOUT_MN - board.PLANT_STOP_PULLOUT_FAST_MN
        self._slope = lost_mn * 1e9 / board.STEPS_PER_S  # mN per step/ns
        self.um = self._back if start_um is None else start_um
        self._field = self._rotor = 0
        self._last_ns = start_ns - _LONG_AGO_NS
        self.outward = False  # DIR is low when the power comes
        self.reversed_dir = False
        self.stuck_dir: bool | None = None
        self.steps_to_lose = 0
        self.lose_inward_only = False

    def _direction(self) -> int:
        outward = self.outward if self.stuck_dir is None else self.stuck_dir
        return 1 if outward is not self.reversed_dir else -1

    def step(self, t_ns: int, pressed_mn: float) -> None:
        """A step of a driver that is on, with the carriage pressed against the stop by that force."""
        direction = self._direction()
        rate = 1.0 / max(t_ns - self._last_ns, 1)
        self._last_ns = t_ns
        if self.steps_to_lose and not (self.lose_inward_only and direction > 0):
            self.steps_to_lose -= 1
            return
        self._field += direction
        behind = (self._field - self._rotor + _PERIOD // 2) % _PERIOD - _PERIOD // 2
        if abs(behind) != 1:
            return  # together, or half a period apart, where there is no force either way
        load = self._friction - behind * pressed_mn
        if load < self._pullout - self._slope * rate:
            self._turn(behind)

    def turn_regardless(self, steps: int) -> None:
        """Field and rotor go on together, whatever the forces, to the screw's ends."""
        direction = self._direction()
        for _ in range(steps):
            self._field += direction
            self._turn(direction)

    def _turn(self, direction: int) -> None:
        um = self.um + direction * self._step
        if self._back <= um <= self._front:
            self.um = um
            self._rotor += direction

    def slip(self, um: float) -> None:
        """The collar slips on the screw, outward if positive; the rotor does not turn."""
        self.um = min(max(self.um + um, self._back), self._front)

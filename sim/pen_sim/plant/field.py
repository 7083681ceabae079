"""The stepper's field and how it holds the rotor.

A full step is a quarter of an electrical period. The force on the rotor is pull-out * sin(pi/2 * lag / step), so it lags
by step * 2/pi * asin(force / pull-out), and if it slips it can only catch the field a multiple of four steps away.
"""

from math import asin, inf, pi
from types import ModuleType

from pen_sim.plant.carriage import Carriage
from pen_sim.plant.skin_spec import SkinSpec

PERIOD_STEPS = 4  # full steps of an electrical period
# Without an edge for this long the rotor stands: some periods of its own swing about the field,
# 2 pi sqrt(mass * step * 2 / (pi * pull-out)) = 0.6 ms on the bench. The next edge starts from standstill.
SETTLED_NS = 1_500_000
LONG_AGO_NS = 1_000_000_000


class Field(Carriage):
    """Driver, carriage and skin, but for the steps: how the rotor is held, how it slips and how it is caught again."""

    __slots__ = (
        "_detent", "_direction", "_inertia", "_interval", "_lag", "_last_direction", "_last_ns", "_load", "_outward",
        "_pull_in_ns", "_pullout", "_rate", "_ready", "_reversed", "_settle_ns", "_slip", "_slope", "_static", "_step",
        "_steps_to_lose", "_stuck_dir", "_synced",
    )  # fmt: skip

    def __init__(self, board: ModuleType, skin: SkinSpec | None, start_um: float | None, start_ns: int) -> None:
        self._settle_ns: float = inf
        super().__init__(board, skin, start_um, start_ns)
        self._step = float(board.STEP_UM)
        self._pullout = float(board.PLANT_PULLOUT_MN)
        lost_mn = board.PLANT_PULLOUT_MN - board.PLANT_PULLOUT_FAST_MN
        self._slope = lost_mn * 1e9 / board.STEPS_PER_S  # mN per step/ns
        self._pull_in_ns = 1e9 / board.PLANT_PULL_IN_STEPS_PER_S
        # mass * step * (difference of rates) / (mean of intervals): mg um/ns^2 is 1e9 mN
        self._inertia = 2e9 * board.PLANT_MASS_MG * self._step
        self._lag = self._step * 2.0 / pi
        self._detent = float(round(self._tip / self._step) * self._step)  # where the field holds the rotor
        self._slip = 0  # steps from there to where the field would have it, had it never slipped
        self._synced = True
        self._ready = False  # `step` may take its short way
        self._outward = False  # DIR is low when the power comes
        self._reversed = False
        self._stuck_dir: bool | None = None
        self._steps_to_lose = 0
        self._load = self._rate = 0.0
        self._last_ns, self._interval = start_ns - LONG_AGO_NS, 0
        self._direction: int = 1
        self._last_direction: int = 1
        self._aim()

    def set_dir(self, t_ns: int, outward: bool) -> None:
        """The level on DIR."""
        self.advance(t_ns)
        self._outward = outward
        self._aim()

    def jam(self, on: bool) -> None:
        """Blocks the carriage where it is, both ways, or frees it."""
        super().jam(on)
        self._judge()
        self._try_again()

    @property
    def load_mn(self) -> float:
        """A force that resists outward motion, on top of everything else."""
        return self._load_mn

    @load_mn.setter
    def load_mn(self, value: float) -> None:
        self._load_mn = value
        self._aim()
        self._try_again()

    @property
    def reversed_dir(self) -> bool:
        """The driver takes DIR the wrong way round."""
        return self._reversed

    @reversed_dir.setter
    def reversed_dir(self, value: bool) -> None:
        self._reversed = value
        self._aim()

    @property
    def stuck_dir(self) -> bool | None:
        """The driver sees DIR at this level, outward if True, whatever the pin does; None: it works."""
        return self._stuck_dir

    @stuck_dir.setter
    def stuck_dir(self, value: bool | None) -> None:
        self._stuck_dir = value
        self._aim()

    def _aim(self) -> None:
        """What the next step has to work against, but for skin and acceleration."""
        outward = self._outward if self._stuck_dir is None else self._stuck_dir
        self._direction = 1 if outward is not self._reversed else -1
        drag = self._friction + self._load_mn if self._direction > 0 else -self._friction
        self._static = self._spring + drag

    def _try_again(self) -> None:
        """What kept a slipped rotor from catching the field may be gone."""
        if self._driven and not self._synced:
            self._settle_ns = self._seen_ns + self._pull_in_ns
            self._plan_due()

    def _lose(self, t_ns: int) -> None:
        """The field runs on without the rotor, which stays where it is."""
        self._synced = self._ready = False
        self._slip += self._direction
        self._load = float(self._direction)
        self._mark(t_ns)
        self._settle_ns = t_ns + self._pull_in_ns
        self._plan_due()

    def _settle_due_ns(self) -> float:
        return self._settle_ns

    def _settle(self) -> None:
        """The field has stood long enough: the rotor goes to the nearest place where it fits, inward if undecided."""
        t_ns = int(self._settle_ns)
        self._settle_ns = inf
        steps = (self._slip + PERIOD_STEPS // 2) % PERIOD_STEPS - PERIOD_STEPS // 2
        if not steps or self._can_move(steps * self._step, t_ns):
            self._slip -= steps
            self._detent += steps * self._step
            self._catch(t_ns)

    def _can_move(self, um: float, t_ns: int) -> bool:
        """Whether the standing field has the force for it; the skin comes along if so."""
        tip = self._tip + um
        if um > 0.0:
            limit = self._pullout - self._spring - self._friction - self._load_mn
            return not self._jammed and self.skin.push(tip, 0.0, t_ns, limit) <= limit
        limit = self._pullout + self._spring - self._friction
        return not self._jammed and self.skin.pull(tip, 0.0, t_ns, limit) >= -limit

    def _catch(self, t_ns: int) -> None:
        """Rotor and field are together, at rest; what the skin adds shows with the next step."""
        self._synced = True
        self._settle_ns = inf
        self._judge()
        self._load = self._spring / self._pullout
        if not self._jammed:
            self._place(self._detent - self._lag * asin(self._load), t_ns)
        self._plan_due()

    def _mark(self, t_ns: int) -> None:
        """An edge whose dynamics are not followed; the next one starts anew."""
        self._last_ns = t_ns
        self._last_direction = self._direction
        self._interval = 0
        self._rate = 0.0

    def _drive(self, on: bool, t_ns: int) -> None:
        """Switches the driver's outputs."""
        if on == self._driven:
            return
        self.advance(t_ns)
        velocity = self._velocity_um_s(t_ns)
        self._driven = on
        if on:
            self._lock(t_ns)
            return
        self._ready = False
        self._settle_ns = inf
        self._load = 0.0
        self._write(self._tip, t_ns)
        self._coast(t_ns, velocity)

    def _lock(self, t_ns: int) -> None:
        """The field has kept its phase; the rotor goes to the nearest place where it fits, and stands."""
        self._flight = None
        period = PERIOD_STEPS * self._step
        field = self._detent + self._slip * self._step
        periods = round((self._tip - field) / period)
        self._detent = field + periods * period
        self._slip = -periods * PERIOD_STEPS
        self._mark(t_ns - LONG_AGO_NS)
        self._catch(t_ns)

    def _velocity_um_s(self, t_ns: int) -> float:
        """How fast the rotor is: as in the last interval, or slower if the next edge is already late."""
        waited = t_ns - self._last_ns
        if not self._synced or not self._driven or waited >= SETTLED_NS or not self._rate:
            return 0.0
        return self._last_direction * self._step * 1e9 / max(self._interval, waited)

    def _judge(self) -> None:
        self._ready = self._driven and self._synced and not self._jammed and not self._steps_to_lose

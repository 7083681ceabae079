"""The carriage on its own: mass, return spring, friction, skin and the two stops. It moves freely when nothing drives it.

Free motion is a chain of flights (closed form), each under the force in the middle of at most 20 um. That is exact for a
constant force, and keeps the energy of one that is linear in the position, but for the flight in which it stops. Flights
begin and end by themselves as time comes to them, so that nothing depends on how often anybody looks.
"""

from math import ceil, floor, inf
from types import ModuleType

from pen_sim.plant.body import Body
from pen_sim.plant.flight import Flight
from pen_sim.plant.skin_spec import SkinSpec

SLICE_UM = 20.0  # longest flight: short against the depth over which the skin's force changes
BEAT_NS = 97_000_000  # for slow things (heat); not a round number, so that no stroke rate keeps step with it


class Carriage(Body):
    """Positive is into the skin; forces in mN, mass in mg: 1 mN/mg is 1e9 um/s^2."""

    __slots__ = (
        "_back", "_beat_ns", "_driven", "_flight", "_friction", "_front", "_jammed", "_load_mn", "_mass", "_spring",
    )  # fmt: skip

    def __init__(self, board: ModuleType, skin: SkinSpec | None, start_um: float | None, start_ns: int) -> None:
        self._back = -float(board.BACK_TRAVEL_UM)
        self._front = float(board.PLANT_FRONT_TRAVEL_UM)
        super().__init__(board, skin, self._back if start_um is None else start_um, start_ns)
        self._mass = board.PLANT_MASS_MG * 1e-9
        self._spring = float(board.PLANT_SPRING_MN)
        self._friction = float(board.PLANT_FRICTION_MN)
        self._load_mn = 0.0
        self._jammed = self._driven = False
        self._flight: Flight | None = None
        self._beat_ns = start_ns + BEAT_NS
        self._coast(start_ns, 0.0)

    def jam(self, on: bool) -> None:
        """Blocks the carriage where it is, both ways, or frees it."""
        self._jammed = on
        if not self._driven:
            self._coast(self._seen_ns, 0.0)

    def _run(self, t_ns: int) -> None:
        """Everything that happens by itself until `t_ns`, in its order."""
        while True:
            flight_ns = self._flight.end_ns if self._flight else inf
            if min(flight_ns, self._beat_ns, self._settle_due_ns()) > t_ns:
                break
            if flight_ns <= min(self._beat_ns, self._settle_due_ns()):
                self._land()
            elif self._settle_due_ns() <= self._beat_ns:
                self._settle()
            else:
                self._beat_ns += BEAT_NS
                self._beat(self._beat_ns - BEAT_NS)
        if self._flight:
            self._tip = self._flight.position_um(t_ns)
        self._plan_due()

    def _plan_due(self) -> None:
        """In flight every look has to compute; otherwise only what is due."""
        self._due_ns = 0.0 if self._flight else min(self._beat_ns, self._settle_due_ns())

    def _settle_due_ns(self) -> float:
        return inf

    def _settle(self) -> None:
        """For a drive that has something to do a while after its last edge."""

    def _beat(self, t_ns: int) -> None:
        """For slow things."""

    def _coast(self, t_ns: float, velocity_um_s: float) -> None:
        """Lets go: from here on the carriage moves by itself."""
        self._take_off(t_ns, velocity_um_s > 0.0, 0.0 if self._jammed else abs(velocity_um_s))
        self._plan_due()

    def _take_off(self, t_ns: float, outward: bool, speed: float) -> None:
        """The next flight from here, or none if the carriage stays."""
        tip = self._tip
        if tip >= self._front:
            outward, speed = False, 0.0
        self._flight = None
        if self._jammed or (tip <= self._back and not outward):
            return
        if outward:
            limit = min(self._front, (floor(tip / SLICE_UM) + 1) * SLICE_UM)
        else:
            limit = max(self._back, (ceil(tip / SLICE_UM) - 1) * SLICE_UM)
        gain = self._gain((tip + limit) / 2, outward, speed, t_ns)
        if speed > 0.0 or gain > 0.0:
            self._flight = Flight(tip, limit, speed, gain, t_ns)

    def _gain(self, middle_um: float, outward: bool, speed: float, t_ns: float) -> float:
        """Acceleration along the motion, um/s^2; takes the skin along to the middle of the flight."""
        if outward:
            skin = self.skin.push(middle_um, speed * 1e-9, t_ns, inf)
            return -(self._spring + self._friction + self._load_mn + skin) / self._mass
        skin = self.skin.pull(middle_um, speed * 1e-9, t_ns, inf)
        return (self._spring - self._friction + skin) / self._mass

    def _land(self) -> None:
        """A flight is over: write it down and go on, or turn back where the speed is spent."""
        flight = self._flight
        assert flight
        self._reach(flight.end_um, flight.end_ns)
        self._take_off(flight.end_ns, flight.outward and flight.end_speed > 0.0, flight.end_speed)

    def _place(self, tip_um: float, t_ns: int) -> None:
        """Puts the tip there without asking for forces, but takes the skin along and stops at the stops."""
        tip_um = min(max(tip_um, self._back), self._front)
        if tip_um > self._tip:
            self.skin.push(tip_um, 0.0, t_ns, inf)
        else:
            self.skin.pull(tip_um, 0.0, t_ns, inf)
        self._reach(tip_um, t_ns)

"""Armature, plunger and needles for a slice of time: thrown outward by the coil, back by the spring.

Current and field are exact for the inductance and the back EMF in the slice's middle; the motion is integrated with the
magnetic force at its ends and in its middle, and with spring and skin in its middle (second order). A slice ends where
something changes by itself: a contact, a turning point, a current that is 0.
"""

from math import inf, sqrt
from types import ModuleType

from pen_sim.plant.body import Body
from pen_sim.plant.circuit import BEAT_NS, DRIVEN, Circuit
from pen_sim.plant.skin_spec import SkinSpec
from pen_sim.plant.stop import Stop

_BISECTIONS = 24  # of a slice: 10 ps
_POSITIONS = 24  # three do, where speed hardly changes
_NEAR_UM = 0.001
_STILL_UM_S = 300.0  # 0.05 um before the turning point, at 1,000 m/s^2
NOTHING, HITS, TURNS, STARTS, WAITS = range(5)  # how a slice ends


class Armature(Body):
    """Positive is into the skin; um, um/s, mN, mN s^2/um; what the slice begins with, and with a 1 at the end what it ends with."""

    __slots__ = (
        "_amps", "_asleep", "_back", "_beat_ns", "_end_ns", "_event", "_friction", "_from_ns", "_gain", "_gain1", "_high",
        "_jammed", "_kept", "_load_mn", "_low", "_mass", "_outward", "_planned", "_preload", "_pull", "_rate", "_rest_henry",
        "_seat_bounce", "_seconds", "_speed", "_speed1", "_standing", "_static", "_stop_bounce", "_stop_slip_mn", "_um", "_um1",
        "circuit", "seat_bounce", "stop", "stop_bounce", "stop_slips",
    )  # fmt: skip

    def __init__(self, board: ModuleType, skin: SkinSpec | None, stop_um: float | None, start_ns: int) -> None:
        self._back = self._um = self._um1 = -float(board.BACK_TRAVEL_UM)
        super().__init__(board, skin, self._back, start_ns)
        self.circuit = Circuit(board)
        self.stop = Stop(board, stop_um, start_ns)
        self._mass = board.PLANT_MASS_MG * 1e-9
        self._preload, self._rate = float(board.PLANT_SPRING_MN), board.PLANT_SPRING_MN_PER_MM / 1_000
        self._friction = float(board.PLANT_FRICTION_MN)
        self._stop_bounce = board.PLANT_STOP_BOUNCE_PERMILLE / 1_000
        self._seat_bounce = board.PLANT_SEAT_BOUNCE_PERMILLE / 1_000
        self._stop_slip_mn = float(board.PLANT_STOP_SLIP_MN)
        self._rest_henry = board.PLANT_COIL_UH * 1e-6
        self._pull = 0.5e9 * self.circuit.slope  # mN/A^2
        self._from_ns = self._end_ns = float(start_ns)
        self._beat_ns: int = start_ns + BEAT_NS
        self._speed = self._speed1 = self._gain = self._gain1 = self._seconds = self._amps = 0.0
        self._low, self._high, self._static = -inf, inf, 0.0
        self._outward = self._planned = self._jammed = self.stop_slips = False
        self._standing = True
        self._asleep = False
        self._event = NOTHING
        self._kept: tuple[float, float, float, float, float, bool, bool, bool] | None = None
        self._load_mn = 0.0
        self.seat_bounce = self.stop_bounce = 1.0  # of restitution, as multiples of the board's

    def _place(self, part: float) -> float:
        """Where the armature is at that part of the slice: the cubic with its ends' places and speeds."""
        way, first, last = self._um1 - self._um, self._seconds * self._speed, self._seconds * self._speed1
        return self._um + part * (first + part * (3.0 * way - 2.0 * first - last + part * (first + last - 2.0 * way)))

    def _forget(self) -> None:
        self._planned = False
        if self._kept:
            self.skin.restore(self._kept)
            self._kept = None

    def _look_ahead(self, end_ns: float) -> None:
        """Tries the slice from where the last one ended to `end_ns`, or until something happens by itself."""
        seconds = (end_ns - self._from_ns) * 1e-9
        self._event = NOTHING
        self._seconds = lasts = self._wait(seconds) if self._standing else self._fly(seconds)
        # A nanosecond at least, so that time goes on whatever events follow each other.
        self._end_ns = end_ns if lasts == seconds else self._from_ns + max(1.0, lasts * 1e9)
        self._planned = True

    def _wait(self, seconds: float) -> float:
        """Standing, until the field is too weak or too strong for it; returns the slice's length."""
        circuit = self.circuit
        henry = self._rest_henry + circuit.slope * (self._um - self._back)
        self._um1, self._speed1 = self._um, 0.0
        circuit.solve(seconds, henry)
        if circuit.end_amps <= 0.0 and circuit.mode > DRIVEN:
            seconds = circuit.zero_s()
            circuit.solve(seconds, henry)
            circuit.end_amps = 0.0
        force = self._pull * circuit.end_field * circuit.end_field
        if self._low <= force <= self._high:
            return seconds
        self._event, self._outward = STARTS, force > self._high
        bound = sqrt(max(0.0, self._high if self._outward else self._low) / self._pull)
        early, late = 0.0, seconds
        for _ in range(_BISECTIONS):
            middle = 0.5 * (early + late)
            if (circuit.field_at(middle) > bound) is self._outward:
                late = middle
            else:
                early = middle
        circuit.solve(late, henry)
        return late

    def _fly(self, seconds: float) -> float:
        """In motion, until it hits something, turns, or the current is 0; returns the slice's length."""
        circuit, speed = self.circuit, self._speed
        self._move(seconds)
        limit = self.stop.um if self._outward else self._back
        turns = self._speed1 <= 0.0 if self._outward else self._speed1 >= 0.0
        hits = self._um1 >= limit if self._outward else self._um1 <= limit
        drained = circuit.end_amps < 0.0 and circuit.mode > DRIVEN
        if not (turns or hits or drained):
            return seconds
        if turns and speed == 0.0:
            self._event = WAITS
            self._um1, self._speed1 = self._um, 0.0
            return seconds
        ends = circuit.zero_s() if drained else seconds
        if turns and (after := self._still(seconds)) < ends:
            ends, self._event = after, TURNS
        if hits and (after := self._when(limit)) < ends:
            ends, self._event = after, HITS
        if self._event == TURNS:
            ends = self._turn(ends, seconds)
        else:
            self._move_again(ends)
        if drained:
            circuit.end_amps = max(0.0, circuit.end_amps) if self._event else 0.0
        if self._um1 > limit if self._outward else self._um1 < limit:
            self._event = HITS
        if self._event == HITS:
            self._um1 = limit
        elif self._event == TURNS:
            self._speed1 = 0.0
            self._um1 = max(self._um, self._um1) if self._outward else min(self._um, self._um1)
        return ends

    def _still(self, seconds: float) -> float:
        """When the speed is 0: of the parabola with its ends' speeds, which differ in sign, and with the first gain."""
        speed, gain = self._speed, self._gain
        bend = (self._speed1 - speed - gain * seconds) / (seconds * seconds)
        root = sqrt(max(0.0, gain * gain - 4.0 * bend * speed))
        return 2.0 * speed / ((root if speed > 0.0 else -root) - gain)

    def _turn(self, ends: float, seconds: float) -> float:
        """Moves to where the speed is 0, at about `ends`; after `seconds` it has another sign. By false position (Illinois)."""
        early, late = 0.0, seconds
        before, after = self._speed, self._speed1
        outward = before > 0.0
        for _ in range(_POSITIONS):
            self._move_again(ends)
            if -_STILL_UM_S < self._speed1 < _STILL_UM_S:
                break
            if (self._speed1 > 0.0) is outward:
                early, before, after = ends, self._speed1, 0.5 * after
            else:
                late, after, before = ends, self._speed1, 0.5 * before
            ends = (early * after - late * before) / (after - before)
        return self._seconds

    def _move_again(self, seconds: float) -> None:
        """Another length of the slice, with the skin as it was."""
        if self._kept:
            self.skin.restore(self._kept)
        self._move(seconds)

    def _when(self, um: float) -> float:
        """When the slice's cubic passes there, which it does once: between two bounds, by false position (Illinois)."""
        early, late = 0.0, 1.0
        below, above = self._um - um, self._um1 - um
        for _ in range(_POSITIONS):
            part = (early * above - late * below) / (above - below)
            off = self._place(part) - um
            if -_NEAR_UM < off < _NEAR_UM:
                return part * self._seconds
            if (off > 0.0) is (above > 0.0):
                late, above, below = part, off, 0.5 * below
            else:
                early, below, above = part, off, 0.5 * above
        return late * self._seconds

    def _move(self, seconds: float) -> None:
        """Motion and current over that time, whatever is in the way."""
        circuit, skin = self.circuit, self.skin
        um, speed, gain = self._um, self._speed, self._gain
        half = 0.5 * seconds
        middle = um + half * (speed + 0.5 * gain * half)
        middle_speed = speed + gain * half
        slope = circuit.slope
        if circuit.mode or circuit.field:
            circuit.solve(seconds, self._rest_henry + slope * (middle - self._back), slope * middle_speed)
        drag = self._preload + self._rate * (middle - self._back)
        touched = middle > 0.0 or skin.inside or skin.touching
        if touched and not self._kept:
            self._kept = skin.keep()
        if self._outward:
            drag += self._friction + self._load_mn
            if touched:
                drag += skin.push(middle, middle_speed * 1e-9, self._from_ns, inf)
        else:
            drag -= self._friction
            if touched:
                drag += skin.pull(middle, -middle_speed * 1e-9, self._from_ns, inf)
        first, between, last = circuit.field, circuit.half_field, circuit.end_field
        pull, mass = self._pull, self._mass
        ahead = first * first + 2.0 * between * between
        whole = ahead + 2.0 * between * between + last * last
        self._um1 = um + seconds * (speed + seconds * (pull * ahead / 6.0 - 0.5 * drag) / mass)
        self._speed1 = speed + seconds * (pull * whole / 6.0 - drag) / mass
        self._gain1 = (pull * last * last - drag) / mass
        self._seconds = seconds

"""The armature in time: slice after slice, its contacts with seat and stop, and where it stands.

A slice ends where something changes by itself or is done to the pins, and after SLICE_NS at the latest. A look computes
the slice it is in, reads a place within it and leaves the rest, so that nothing depends on how often anybody looks.
"""

from math import inf

from pen_sim.plant.armature import HITS, NOTHING, STARTS, Armature
from pen_sim.plant.circuit import BEAT_NS, DRIVEN

# Short against the current's 1 ms: pull-in takes as long as with slices of 5 us, to 0.4 % in firm skin [tests/sim/plant].
SLICE_NS = 150_000
FORCES_UM_S2 = 2e9  # no force changes by more than this times the mass, 5 N, within a slice: worn needles go in
EMF_A_PER_S = 1e4  # nor the current's slope by a tenth of this: i dL/dt / L at 8 A for a speed that differs by 0.3 m/s
FULL_SLICE_S = 100e-6  # a slice longer than this is recorded with two points within it
REST_UM_S = 10_000.0  # who bounces slower stands: 0.3 um high at the 200 m/s^2 of a weak press


class Striker(Armature):
    """Between the seat and the stop, wherever that is."""

    __slots__ = ()

    def _run(self, t_ns: int) -> None:
        while True:
            while self._beat_ns <= self._from_ns:
                self._beat()
            if self._asleep:
                if self._beat_ns > t_ns:
                    self._tip, self._amps, self._due_ns = self._um, 0.0, self._beat_ns
                    return
                self._from_ns = float(self._beat_ns)
                continue
            if not self._planned:
                self._look_ahead(self._from_ns + SLICE_NS)
            if self._end_ns > t_ns:
                break
            self._commit()
        part = (t_ns - self._from_ns) / (self._end_ns - self._from_ns)
        circuit = self.circuit
        first, middle, last = circuit.amps, circuit.half_amps, circuit.end_amps
        self._amps = first + part * (4.0 * middle - 3.0 * first - last + part * 2.0 * (first - 2.0 * middle + last))
        if self._standing:
            self._tip = self._um
        else:  # the cubic may pass a limit by some nanometres that the armature does not pass
            um, seconds = self._um, self._seconds  # _place in line
            way, start, end = self._um1 - um, seconds * self._speed, seconds * self._speed1
            um += part * (start + part * (3.0 * way - 2.0 * start - end + part * (start + end - 2.0 * way)))
            back, front = self._back, self.stop.um
            self._tip = back if um < back else front if um > front else um

    def _cut(self, t_ns: int) -> None:
        """Something is done to the plant at `t_ns`: the slice ends here, without what a look has seen of its rest."""
        while self._from_ns < t_ns:
            while self._beat_ns <= self._from_ns:
                self._beat()
            if self._asleep:
                self._from_ns = float(min(t_ns, self._beat_ns))
                continue
            if self._planned and self._end_ns > t_ns:
                self._forget()
            if not self._planned:
                self._look_until(t_ns)
            self._commit()
        if self._planned:
            self._forget()
        self._asleep = False
        self._due_ns = 0.0
        self._tip = self._um

    def _look_until(self, t_ns: int) -> None:
        """The next slice, up to `t_ns`. What happens by itself happens when a whole slice says so, as whoever looks finds it."""
        whole_ns = self._from_ns + SLICE_NS
        if t_ns >= whole_ns:
            self._look_ahead(whole_ns)
            return
        self._look_ahead(t_ns)
        if self._event == NOTHING and self._plain():
            return
        self._forget()
        self._look_ahead(whole_ns)
        if self._end_ns > t_ns:
            self._forget()
            self._look_ahead(t_ns)

    def _plain(self) -> bool:
        """Of a slice in which nothing happens: nor would it in a longer one until then, with another force in its middle."""
        circuit, seconds = self.circuit, self._seconds
        if circuit.mode > DRIVEN and circuit.end_amps < EMF_A_PER_S * seconds:
            return False
        if self._standing:
            return True
        change = FORCES_UM_S2 * seconds
        limit = self.stop.um if self._outward else self._back
        speed, way = self._speed1, limit - self._um1
        return (speed > change or -speed > change) and (way > change * seconds or -way > change * seconds)

    def _beat(self) -> None:
        self._beat_ns += BEAT_NS
        self.circuit.beat()

    def _commit(self) -> None:
        """The slice is over."""
        circuit, before, um = self.circuit, self._um, self._um1
        circuit.pass_by(self._seconds, um - before)
        if um != before:
            if (um > 0.0) is not self._out:
                self._pass_face(um)
            if self.record:
                self._note(um)
            self._um = self._tip = um
            if um > self._peak_um:
                self._peak_um = um
                self._peak_ns = int(self._end_ns)
        self._from_ns, self._speed, self._gain = self._end_ns, self._speed1, self._gain1
        self._planned = False
        self._kept = None
        event = self._event
        if event != NOTHING:
            self._happen(event)
        if self._standing and not (circuit.mode or circuit.field):
            self._asleep = self._low <= 0.0 <= self._high

    def _note(self, um: float) -> None:
        """Records the slice: its end, and two points within it if it is a long one."""
        if self._seconds > FULL_SLICE_S:
            for part in (1 / 3, 2 / 3):
                self._write(self._place(part), self._from_ns + part * (self._end_ns - self._from_ns))
        self._write(um, self._end_ns)

    def _pass_face(self, um: float) -> None:
        """The tip has crossed the nose cone's face within the slice."""
        at_ns = int(self._from_ns + 1e9 * self._when(0.0))
        self._tip = um
        self._cross(um > 0.0, at_ns)

    def _happen(self, event: int) -> None:
        if event == HITS:
            self._hit()
        elif event == STARTS:
            self._standing = False
            self._speed = self._gain = 0.0
        else:
            self._stand()

    def _hit(self) -> None:
        """Against the stop or the seat. A loose stop gives way by what energy its friction takes."""
        speed, inward = abs(self._speed), not self._outward
        if inward:
            rebound = speed * min(1.0, self._seat_bounce * self.seat_bounce)
        else:
            rebound = speed * min(1.0, self._stop_bounce * self.stop_bounce)
            if self.stop_slips:
                self.stop.slip(0.5 * self._mass * speed * speed / self._stop_slip_mn)
                self._shift(self.stop.um)
        self._stand()
        if rebound >= REST_UM_S and not self._jammed:
            self._outward = inward
            self._speed = rebound if inward else -rebound
            self._set_out()

    def _shift(self, um: float) -> None:
        """Puts the armature there, with the skin, and nobody asks for forces."""
        if um > self._um:
            self.skin.push(um, 0.0, self._from_ns, inf)
        else:
            self.skin.pull(um, 0.0, self._from_ns, inf)
        self._um = um
        self._reach(um, self._from_ns)

    def _stand(self) -> None:
        """At rest here: between which magnetic forces it stays, and off if they are exceeded already."""
        um, start_ns = self._um, self._from_ns
        skin = self.skin.push(um, 0.0, start_ns, inf) if self._outward else self.skin.pull(um, 0.0, start_ns, inf)
        self._static = self._preload + self._rate * (um - self._back) + skin
        self._speed = 0.0
        self._standing = True
        self._low, self._high = self._static - self._friction, self._static + self._friction + self._load_mn
        if self._jammed or um >= self.stop.um:
            self._high = inf
        if self._jammed or um <= self._back:
            self._low = -inf
        force = self._pull * self.circuit.field**2
        if not self._low <= force <= self._high:
            self._outward = force > self._high
            self._set_out()

    def _set_out(self) -> None:
        """In motion from here, with the force that is there now."""
        self._standing = False
        against = self._static + (self._friction + self._load_mn if self._outward else -self._friction)
        self._gain = (self._pull * self.circuit.field**2 - against) / self._mass

    def _pressed_mn(self) -> float:
        """What the armature presses against the stop with."""
        if not self._standing or self._um < self.stop.um:
            return 0.0
        return max(0.0, self._pull * self.circuit.field**2 - self._static)

    def _resettle(self) -> None:
        """Stop, forces or brakes are not what they were; the armature goes on with its speed, if it can."""
        if self._um > self.stop.um:
            self._shift(self.stop.um)
            self._speed = min(self._speed, 0.0)
        if self._standing or self._jammed or self._speed == 0.0:
            self._stand()

"""Who may move the needles when: a model made of nothing but what was done to the pen, and held against the edges on its pins.

It knows no word of the firmware. Where it cannot know (an order that may have been refused) it permits; what it forbids is forbidden.
Times are in nanoseconds.
"""

from __future__ import annotations

from collections.abc import Callable

from pen_sim.edges import DIR, GATE, STEP

NEVER = 1 << 62
MS = 1_000_000

TURN_NS = 5 * MS  # [design] section 6: `!` received, to the last motion away from retracted
BACK_NS = 120 * MS  # then the way back, from anywhere
CUT_NS = 1 * MS  # a cause to cut for that lasts: 0.3 ms until it counts, and two scans
ORDER_NS = 30 * MS  # an order on the console, until it has been obeyed
FACE_NS = (
    8 * MS
)  # from a stroke's first step to the face: 4.75 ms, 3 % slow at most, after at most one turn of the loop
LEASE_NS = 10 * MS  # a lease counts from when the order is read
PRESS_NS = 4_900_000  # [docs/commands] 5 ms of closed contact are a press
OVER_UM = 20  # [design] section 6: tip beyond the cap, whatever happens

CAPS_UM = {"NOSE": 1_000, "CHEEK": 1_500, "PERIORBITAL": 500, "BODY": 2_000}  # docs/safety.md, Zones


class Permission:
    """Fed with what is done to the pen; `edge` takes what its pins do, and raises AssertionError if that was not permitted."""

    def __init__(self, tip_um_at: Callable[[int], float]) -> None:
        self._tip_um_at = tip_um_at
        self.gate = self.outward = 0
        self.armed = False
        self.quiet_ns = 0  # from here on no step, unless armed
        self.turned_ns = NEVER  # from here on no step outward beyond the face
        self.lease_ns = 0
        self.pressed_ns: int | None = None
        self.spent = False  # the press was ended by a stop: it must be let go first
        self.let_go_ns = -NEVER
        self.cleared = True  # no fault that must be cleared before the next arming
        self.zones: set[str] = set()
        self.was_um = -NEVER
        self.steps = self.crossings = 0

    # --- what is done

    def arm(self, possible: bool) -> None:
        """ARM was sent; `possible`: nothing stands in its way for certain."""
        if possible and self.cleared and self.zones:
            self.armed = True
            self.quiet_ns = self.turned_ns = NEVER

    def run(self, now_ns: int, seconds: float) -> None:
        """RUN was sent."""
        if self.armed:
            self.lease_ns = max(self.lease_ns, now_ns + round(seconds * 1e9))
            self.turned_ns = NEVER

    def press(self, now_ns: int) -> None:
        """The trigger's contact closes."""
        if self.pressed_ns is None:
            self.pressed_ns = now_ns
            self.spent = False
            if self.armed:
                self.turned_ns = NEVER

    def release(self, now_ns: int) -> None:
        """The trigger's contact opens."""
        if self.pressed_ns is None:
            return
        if not self.spent and now_ns - self.pressed_ns >= PRESS_NS:
            self.let_go_ns = now_ns
        if self.lease_ns < self.pressed_ns - BACK_NS:
            self.turned_ns = min(self.turned_ns, now_ns + TURN_NS)
        self.pressed_ns = None

    def stop(self, now_ns: int) -> None:
        """STOP was sent: the pen stays ready."""
        self._end(now_ns + ORDER_NS)

    def off(self, now_ns: int, within_ns: int, back_ns: int = BACK_NS) -> None:
        """Whatever turns the pen off within that time: from then on nothing goes out, and after the way back nothing moves."""
        self._end(now_ns + within_ns)
        self.armed = False
        self.turned_ns = min(self.turned_ns, now_ns + within_ns)
        self.quiet_ns = min(self.quiet_ns, now_ns + within_ns + back_ns)

    def _end(self, at_ns: int) -> None:
        self.lease_ns = min(self.lease_ns, at_ns)
        if self.pressed_ns is not None:
            self.spent = True
            self.let_go_ns = at_ns

    def choose(self, zone: str, certain: bool) -> None:
        """ZONE was sent; `certain`: it is accepted. "" is none."""
        self.zones = {zone} - {""} if certain else self.zones | {zone}

    @property
    def cap_um(self) -> int:
        """The greatest cap that may be in force."""
        return max((CAPS_UM[zone] for zone in self.zones), default=0)

    # --- what the pins do

    def edge(self, t_ns: int, signal: int, level: int) -> None:
        """One edge of a pin."""
        if signal == GATE:
            self.gate = level
        elif signal == DIR:
            self.outward = level
        elif signal == STEP and self.gate:
            self._step(t_ns)

    def _step(self, t_ns: int) -> None:
        self.steps += 1
        tip_um = self._tip_um_at(t_ns)
        assert self.armed or t_ns <= self.quiet_ns, f"{t_ns}: a step, and nobody has armed since {self.quiet_ns}"
        if self.outward and tip_um > 0:
            assert t_ns <= self.turned_ns, f"{t_ns}: outward at {tip_um:.0f} um, turned round by {self.turned_ns}"
            if self.was_um <= 0:
                self.crossings += 1
                assert self._entitled(t_ns), f"{t_ns}: a stroke, lease until {self.lease_ns}, trigger {self.pressed_ns}"
        self.was_um = tip_um

    def _entitled(self, t_ns: int) -> bool:
        """A stroke that passes the face now was ordered when it began."""
        held = self.pressed_ns is not None and not self.spent and t_ns - self.pressed_ns >= PRESS_NS
        return held or t_ns <= self.lease_ns + LEASE_NS + FACE_NS or t_ns <= self.let_go_ns + FACE_NS

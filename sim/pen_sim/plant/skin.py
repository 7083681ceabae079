"""The skin under the needles: dimple, puncture, friction, slow recovery. Positions in um, forces in mN, times in ns.

The surface is held by a spring whose free end (`rest`) creeps: force = stiffness * (surface - rest). Needles first carry
the surface along (dimple). At the puncture force they enter, and the surface springs back to where friction balances it.
From there needle and surface stick together until friction (per length in the skin) gives way, in either direction.
When the needles turn back, a part of the displacement has crept (rest = slow part * surface, if that is deeper than
before); when they have left, rest returns to 0 exponentially.
Every one of these changes can only lose energy, so no path through the skin gives back more than it took.

Forces are positive when they push the needles out of the skin.
"""

from math import exp

from pen_sim.plant.skin_spec import SkinSpec


class Skin:
    """All needles of one cartridge in one piece of skin."""

    __slots__ = (
        "_damping", "_friction", "_needles", "_puncture", "_pushed", "_recovery_ns", "_rest", "_rest_ns", "_slow_part", "_stiffness",
        "_tip", "deepest_um", "inside", "surface_um", "touching",
    )  # fmt: skip

    def __init__(self, spec: SkinSpec, needles: int) -> None:
        self._needles = needles
        self.change(spec)
        self._rest = self.surface_um = self._tip = 0.0
        self._rest_ns = 0.0
        self.inside = self.touching = self._pushed = False
        self.deepest_um = 0.0  # deepest penetration; whoever reads it may set it back to 0

    def change(self, spec: SkinSpec) -> None:
        """From here on skin and needles are such; surface and needles are where they were."""
        needles = self._needles
        self._stiffness = needles * spec.stiffness_n_per_mm * spec.backing  # mN/um
        self._damping = needles * spec.damping_ns_per_m * 1e6  # mN per um/ns
        self._puncture = needles * spec.puncture_n * 1e3  # mN
        self._friction = needles * spec.friction_n_per_mm  # mN/um
        self._recovery_ns = spec.recovery_ms * 1e6
        self._slow_part = spec.slow_part

    def rest_um(self, t_ns: float) -> float:
        """Where an untouched surface is."""
        if self.inside or self.touching or not self._rest:
            return self._rest
        return self._rest * exp((self._rest_ns - t_ns) / self._recovery_ns)

    def keep(self) -> tuple[float, float, float, float, float, bool, bool, bool]:
        """How it is, for `restore`."""
        return (
            self._rest, self._rest_ns, self.surface_um, self._tip, self.deepest_um, self.inside, self.touching, self._pushed,
        )  # fmt: skip

    def restore(self, kept: tuple[float, float, float, float, float, bool, bool, bool]) -> None:
        """As it was: whoever tried a motion takes it back."""
        self._rest, self._rest_ns, self.surface_um, self._tip = kept[:4]
        self.deepest_um, self.inside, self.touching, self._pushed = kept[4:]

    def push(self, tip_um: float, speed: float, t_ns: float, limit_mn: float) -> float:
        """Moves the tips outward to `tip_um` at `speed` (um/ns). Returns the force; beyond the limit nothing moves."""
        if not self.inside:
            return self._dimple(tip_um, speed, t_ns, limit_mn)
        stiffness, friction, rest = self._stiffness, self._friction, self._rest
        surface = self.surface_um + tip_um - self._tip
        slipping = (stiffness * rest + friction * tip_um) / (stiffness + friction)
        surface = slipping if surface > slipping else surface
        force = stiffness * (surface - rest) + self._damping * speed
        if force <= limit_mn:
            self.surface_um = surface
            self._tip = tip_um
            self._pushed = True
            if (penetration := tip_um - surface) > self.deepest_um:
                self.deepest_um = penetration
        return force

    def _dimple(self, tip_um: float, speed: float, t_ns: float, limit_mn: float) -> float:
        rest = self.rest_um(t_ns)
        if tip_um <= rest:
            return 0.0
        force = self._stiffness * (tip_um - rest) + self._damping * speed
        if force <= limit_mn:
            self.touching = self._pushed = True
            self._rest = rest
            self.surface_um = self._tip = tip_um
            if force >= self._puncture:
                self._enter()
        return force

    def _enter(self) -> None:
        self.inside = True
        stiffness, friction = self._stiffness, self._friction
        self.surface_um = (stiffness * self._rest + friction * self._tip) / (stiffness + friction)
        self.deepest_um = max(self.deepest_um, self._tip - self.surface_um)

    def pull(self, tip_um: float, speed: float, t_ns: float, limit_mn: float) -> float:
        """Moves the tips back to `tip_um`. Returns the force, negative where the skin holds the needles."""
        if self._pushed:
            self._pushed = False
            self._rest = max(self._rest, self._slow_part * self.surface_um)
        if not self.inside:
            return self._follow(tip_um, speed, t_ns)
        stiffness, friction, rest = self._stiffness, self._friction, self._rest
        surface = self.surface_um + tip_um - self._tip
        slipping = (stiffness * rest - friction * tip_um) / (stiffness - friction)
        surface = slipping if surface < slipping else surface
        if tip_um <= surface:
            self._leave(t_ns)
            return 0.0
        force = stiffness * (surface - rest) - self._damping * speed
        if force >= -limit_mn:
            self.surface_um = surface
            self._tip = tip_um
        return force

    def _follow(self, tip_um: float, speed: float, t_ns: float) -> float:
        """A dimple goes back with the needles as far as it can, and pushes them; it does not stick to them."""
        if not self.touching:
            return 0.0
        if tip_um <= self._rest:
            self._leave(t_ns)
            return 0.0
        self.surface_um = self._tip = tip_um
        return max(0.0, self._stiffness * (tip_um - self._rest) - self._damping * speed)

    def _leave(self, t_ns: float) -> None:
        self.inside = self.touching = False
        self.surface_um = self._rest
        self._rest_ns = t_ns

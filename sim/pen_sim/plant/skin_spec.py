"""What skin and needles are like: numbers per needle, and presets by name.

Published: 0.021 to 0.030 N to insert a needle of a sharp array at 0.5 to 1 mm/s (J Pharm Sci 2013;102:1209), 0.1 to 3 N for a
blunt one in living skin (J Biomech 2004;37:1155). The rest is judgement within stiffness 0.06 to 0.15 N/mm, damping 0.01 to
0.05 N s/m, puncture at 0.03 to 0.1 N when sharp, 0.2 to 0.5 N when worn, 1.0 N when blunt, friction 0.02 to 0.05 N/mm, recovery
5 to 50 ms, bulk over bone 3 to 5 times as stiff: no data at stroking speed were found.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class SkinSpec:
    """One needle's share of the skin; 1 N/mm is 1 mN/um."""

    stiffness_n_per_mm: float
    damping_ns_per_m: float  # newton seconds per metre
    puncture_n: float
    friction_n_per_mm: float  # per length in the skin, either way
    recovery_ms: float  # time constant of the surface's return
    backing: float = 1.0  # stiffness is multiplied by this: bone underneath
    slow_part: float = 0.3  # of a displacement: this much recovers slowly, the rest at once [judgement]

    def __post_init__(self) -> None:
        if min(self.damping_ns_per_m, self.friction_n_per_mm, self.puncture_n) < 0 or self.recovery_ms <= 0:
            raise ValueError("skin takes energy, it gives none: no negative numbers, and a recovery above 0 ms")
        if not 0 <= self.slow_part <= 1:
            raise ValueError("the slow part of the skin's recovery is between none of it, 0, and all of it, 1")
        if self.friction_n_per_mm >= self.stiffness_n_per_mm * self.backing:
            raise ValueError("friction must be below stiffness, or the skin would never let go of the needle")


SOFT = SkinSpec(0.06, 0.01, 0.03, 0.02, 50.0)
TYPICAL = SkinSpec(0.10, 0.02, 0.04, 0.03, 20.0)
FIRM = SkinSpec(0.15, 0.05, 0.06, 0.04, 10.0)
BONE = SkinSpec(0.10, 0.03, 0.05, 0.04, 10.0, backing=4.0)
SKINS = {"soft": SOFT, "typical": TYPICAL, "firm": FIRM, "bone": BONE}

# A blunt point presses on more skin: it dimples less far per newton, and drags more once it is in.
NEEDLES = {"sharp": (1.0, 1.0, 1.0), "worn": (5.0, 1.5, 1.25), "blunt": (25.0, 2.5, 1.5)}


def skin_for(name: str, needles: str = "sharp") -> SkinSpec:
    """The skin `name` under `needles`; raises ValueError naming what there is."""
    if name not in SKINS or needles not in NEEDLES:
        raise ValueError(f"no skin '{name}' with '{needles}' needles; there are: {list(SKINS)}, {list(NEEDLES)}")
    return under(SKINS[name], needles)


def under(skin: SkinSpec, needles: str) -> SkinSpec:
    """That skin under needles of NEEDLES; raises KeyError for others. It is given as under sharp ones."""
    puncture, stiffness, friction = NEEDLES[needles]
    return replace(
        skin,
        puncture_n=skin.puncture_n * puncture,
        stiffness_n_per_mm=skin.stiffness_n_per_mm * stiffness,
        friction_n_per_mm=skin.friction_n_per_mm * friction,
    )

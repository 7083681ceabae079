"""What a run is: zone, depth, rate, skin, needles, supply, fault and moment, drawn from the campaign's seed and the run's number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import log
from random import Random
from types import ModuleType
from typing import Any

from pen_sim.loader import pure
from pen_sim.plant.skin_spec import SKINS, SkinSpec, skin_for
from pen_tools.campaign import drive

NO_FAULT = "none"
IDLE, HOMING, READY, STROKE, STOP = PHASES = ("idle", "homing", "ready", "stroke", "stop")
BANG, ORDER, DISARM, LEASE = ENDINGS = ("!", "STOP", "DIS", "lease")

# Judgement, all of them: where faults hurt, and what is worth the time.
CONTROL_PART = 0.1  # of the runs have no fault at all
CAP_PART = 1 / 3  # of the runs are at the zone's cap, the rest anywhere below
SLOW_PART = 0.1  # of the runs have a rate below an eighth of the greatest
_PHASE_WEIGHTS = (1, 1, 1, 5, 2)
_NEEDLES = ("sharp", "worn", "blunt")
_NEEDLE_WEIGHTS = (16, 3, 1)
_SLOW = 8
_DEPTH_STEP_UM = 10  # the console's


@dataclass(frozen=True)
class Scenario:
    """One run. `part`: the moment's place within its phase, from 0 to 1; `strokes`: when the stop of STOP comes, in periods."""

    seed: int
    number: int
    noise_seed: int
    zone: str
    cap_um: int
    depth_um: int
    rate_dhz: int
    skin: str
    needles: str
    supply_mv: int
    fault: str
    phase: str
    part: float
    strokes: float
    ending: str

    @property
    def period_s(self) -> float:
        """From stroke to stroke."""
        return 10 / self.rate_dhz

    @property
    def name(self) -> str:
        """As --replay takes it."""
        return f"{self.seed}:{self.number}"

    def skin_spec(self) -> SkinSpec:
        """The skin under these needles."""
        return skin_for(self.skin, self.needles)

    def words(self) -> str:
        """For people, one line."""
        setting = f"{self.zone} {self.depth_um / 1e3:.2f} of {self.cap_um / 1e3:.2f} mm at {self.rate_dhz / 10:.1f} Hz"
        moment = f"{self.phase} {self.part:.2f}" + (f" after {self.ending}" if self.phase == STOP else "")
        return f"{self.fault} ({moment}), {setting}, {self.needles} needles in {self.skin} skin, {self.supply_mv / 1e3:.2f} V"

    def as_json(self) -> dict[str, Any]:
        """What `of_json` takes."""
        return asdict(self)


def of_json(found: dict[str, Any]) -> Scenario:
    """The scenario of a line in the results. Raises TypeError if it is none."""
    return Scenario(**found)


def draw(board: ModuleType, faults: Sequence[str], seed: int, number: int) -> Scenario:
    """Run `number` of campaign `seed`: the same for ever, whatever was drawn before."""
    random = Random(f"{seed}:{number}")
    noise_seed = random.randrange(1 << 31)
    zones = pure("pen.zones")
    zone = random.choice([name for name in zones.NAMES if zones.TABLE[name][1]])
    cap_um = min(zones.TABLE[zone][1], board.DEPTH_MAX_UM)
    depth_um = _depth(random, board, cap_um)
    return Scenario(
        seed=seed,
        number=number,
        noise_seed=noise_seed,
        zone=zone,
        cap_um=cap_um,
        depth_um=depth_um,
        rate_dhz=_rate(random, board, depth_um, zones.TABLE[zone][3]),
        skin=random.choice(list(SKINS)),
        needles=random.choices(_NEEDLES, _NEEDLE_WEIGHTS)[0],
        supply_mv=random.randint(*drive.supply_mv(board, depth_um)),
        fault=NO_FAULT if random.random() < CONTROL_PART else random.choice(faults),
        phase=random.choices(PHASES, _PHASE_WEIGHTS)[0],
        part=round(random.random(), 6),
        strokes=round(3 * random.random(), 6),
        ending=random.choice(ENDINGS),
    )


def _depth(random: Random, board: ModuleType, cap_um: int) -> int:
    at_cap = random.random() < CAP_PART
    depth_um = random.randrange(board.DEPTH_MIN_UM, cap_um + 1, _DEPTH_STEP_UM)
    return cap_um if at_cap else depth_um


def _rate(random: Random, board: ModuleType, depth_um: int, zone_dhz: int) -> int:
    """Each doubling of the rate is as likely as the next."""
    most = min(pure("pen.drive").make(board).rate_max_dhz(depth_um), zone_dhz, board.RATE_MAX_DHZ)
    least = max(most // _SLOW, board.RATE_MIN_DHZ)
    if random.random() < SLOW_PART:
        least, most = board.RATE_MIN_DHZ, least
    return round(2 ** random.uniform(log(least, 2), log(most, 2)))

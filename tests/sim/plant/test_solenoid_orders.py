"""Edges, knobs and steps in any order: time goes on, the tip stays between seat and stop, and looks change nothing."""

from random import Random

import pytest

from pen_sim.plant.skin_spec import SKINS
from pen_sim.plant.solenoid import SolenoidPlant
from tests.sim.plant.solenoid_bench import MS, SEAT_UM, Bench

SEEDS = range(12)
EVENTS = 150
ROUNDING_UM = 1e-6
WAITS_NS = (0, 1, 10, 1_000, 20_000, 20_000, 20_000, 100_000, 1_000_000, 5_000_000)
KNOBS: dict[str, tuple[object, ...]] = {
    "coil_open": (True, False),
    "coil_shorted": (True, False),
    "clamp_lost": (True, False),
    "spring_broken": (True, False),
    "stop_slips": (True, False),
    "cell_ohm": (1.0, 5.0),
    "load_mn": (0.0, 500.0, 5_000.0),
    "supply_mv": (None, 4_200.0, 3_200.0, 2_000.0, 0.0),
    "coil_dc": (250.0, 1_000.0),
    "stop_bounce": (1.0, 3.0, 0.0),
    "seat_bounce": (1.0, 3.0, 0.0),
    "needles": ("sharp", "worn", "blunt"),
    "driver_fault": (True, False),
    "enable_stuck": (None, True, False),
    "charge_permille": (1_000.0, 0.0, 500.0),
}


def happen(plant: SolenoidPlant, t_ns: int, random: Random) -> None:
    plant.advance(t_ns)
    match random.randrange(10):
        case 6:
            plant.set_enable(t_ns, random.random() < 0.8)
        case 7:
            plant.set_dir(t_ns, random.random() < 0.5)
            plant.step(t_ns)
        case 8:
            plant.slip_um(random.choice((16.0, -50.0)), t_ns)
            plant.jam(random.random() < 0.3)
        case 9:
            name = random.choice(list(KNOBS))
            setattr(plant, name, random.choice(KNOBS[name]))
        case _:
            plant.set_coil(t_ns, random.random() < 0.5, random.random() < 0.7)


def play(seed: int, look_ns: int) -> SolenoidPlant:
    random = Random(seed)
    bench = Bench(random.choice((0.0, 500.0, 1_000.0, 3_000.0)), random.choice(list(SKINS.values())))
    plant, t_ns, look = bench.plant, 0, 0
    for _ in range(EVENTS):
        t_ns += random.choice(WAITS_NS)
        while look < t_ns:
            plant.sample(look)
            assert SEAT_UM <= plant.tip_um(look) <= plant.stop_um + ROUNDING_UM
            look += look_ns
        happen(plant, t_ns, random)
    plant.advance(t_ns + 10 * MS)
    return plant


@pytest.mark.parametrize("seed", SEEDS)
def test_looks_change_nothing_in_any_order_of_things(seed: int) -> None:
    seldom, often = play(seed, 1_000 * MS), play(seed, (7_300, 33_000, 100_000)[seed % 3])
    assert list(often.curve) == list(seldom.curve)
    assert often.truth == seldom.truth
    assert often.stop_um == seldom.stop_um
    assert often.coil_dc == seldom.coil_dc
    assert often.charge_permille == seldom.charge_permille

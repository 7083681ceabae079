"""The balance of energy of a stroke, from what can be seen from outside."""

from dataclasses import dataclass, field

import pytest

from pen_sim.plant.skin_spec import SkinSpec
from tests.sim.plant.solenoid_bench import (
    BOARD,
    DAMPED,
    ELASTIC,
    MS,
    SEAT_UM,
    Bench,
    bench_with,
    driven,
    henries,
    ohms,
    skin_mn,
)

BALANCE = 0.02  # of the energy from the cell
FULL_MV = 4_200
MASS = BOARD.PLANT_MASS_MG * 1e-9  # mN s^2/um
SLOPE = BOARD.PLANT_COIL_UH_PER_MM * 1e-9  # H/um


@dataclass
class Books:
    """Energies of a stroke in mJ, from what can be seen from outside: current, tip and what the pins were."""

    loop_ohm: float
    open_v: float
    cell: float = 0.0
    lost: dict[str, float] = field(default_factory=dict[str, float])

    def lose(self, to: str, joules: float) -> None:
        self.lost[to] = self.lost.get(to, 0.0) + 1e3 * joules

    @property
    def total(self) -> float:
        return sum(self.lost.values())


@dataclass
class Watch:
    """Looks every microsecond, and follows the field by a filter of its own."""

    bench: Bench
    books: Books
    magnet: float = 0.0  # A
    seconds: float = 1e-6
    speeds: list[float] = field(default_factory=list[float])

    def run(self, ns: int, volts: float, ohm: float, *, cell: bool, skin: SkinSpec) -> None:
        """`volts` is what the current gives its energy to, besides `ohm`; `cell`: it comes from there."""
        um, amps = self.bench.tip(), self.bench.amps()
        for _ in range(ns // 1_000):
            self.bench.wait(1_000)
            next_um, next_amps = self.bench.tip(), self.bench.amps()
            mean, way = (amps + next_amps) / 2, next_um - um
            self.magnet += (mean - self.magnet) * self.seconds / (BOARD.PLANT_EDDY_US * 1e-6)
            self.books.cell += 1e3 * self.books.open_v * mean * self.seconds if cell else 0.0
            self.books.lose("copper", mean * mean * ohm * self.seconds)
            self.books.lose("clamp and diode", mean * volts * self.seconds)
            self.books.lose("eddy currents", 0.5 * SLOPE * (mean * mean - self.magnet**2) * way)
            self.books.lose("friction", 1e-9 * BOARD.PLANT_FRICTION_MN * abs(way))
            speed = way / self.seconds
            self.books.lose("skin", 1e-9 * skin_mn(skin, (um + next_um) / 2, speed) * way)
            self.speeds.append(speed)
            um, amps = next_um, next_amps

    def impacts(self) -> None:
        """What contacts take: the speed jumps within three looks by more than any force could make it."""
        number = 3
        while number < len(self.speeds) - 3:
            before, after = self.speeds[number - 2], self.speeds[number + 2]
            if abs(after - before) > 4e4 and abs(before) > abs(after):
                self.books.lose("impacts", 0.5e-9 * MASS * (before**2 - after**2))
                number += 4
            number += 1


def spring_mj(um: float) -> float:
    way = um - SEAT_UM
    return 1e-6 * (BOARD.PLANT_SPRING_MN * way + BOARD.PLANT_SPRING_MN_PER_MM / 1e3 * way**2 / 2)


@pytest.mark.parametrize("skin", [ELASTIC, DAMPED], ids=["elastic", "damped"])
def test_energy_on_the_way_out(skin: SkinSpec) -> None:
    """Before any contact: from the cell into heat, field, motion, spring and skin."""
    bench = bench_with(FULL_MV, 3_000.0, skin)
    loop = driven(FULL_MV / 1e3)
    watch = Watch(bench, Books(loop.ohm, loop.volts))
    bench.coil(True)
    watch.run(3 * MS, 0.0, loop.ohm, cell=True, skin=skin)
    um, books = bench.tip(), watch.books
    assert 1_000 < um < 3_000
    stored = 1e3 * 0.5 * henries(um) * bench.amps() ** 2 + 1e-6 * 0.5 * MASS * watch.speeds[-1] ** 2 + spring_mj(um)
    assert books.total + stored == pytest.approx(books.cell, rel=BALANCE)


def test_energy_of_a_whole_stroke_with_its_impacts() -> None:
    """Everything that left the cell is heat in the end."""
    bench = bench_with(FULL_MV, 1_000.0, DAMPED)
    loop = driven(FULL_MV / 1e3)
    watch = Watch(bench, Books(loop.ohm, loop.volts))
    off_ohm = ohms() + BOARD.PLANT_BRIDGE_MOHM / 1e3
    bench.coil(True)
    watch.run(5 * MS, 0.0, loop.ohm, cell=True, skin=DAMPED)
    bench.chop(False)
    watch.run(60_000, BOARD.PLANT_DIODE_MV / 1e3, off_ohm, cell=False, skin=DAMPED)
    bench.coil(False)
    watch.run(9_940_000, BOARD.PLANT_CLAMP_MV / 1e3, off_ohm, cell=False, skin=DAMPED)
    watch.impacts()
    assert bench.tip() == SEAT_UM
    assert bench.amps() == 0
    books = watch.books
    assert len(books.lost) == 6
    assert min(books.lost.values()) > 0
    assert books.total == pytest.approx(books.cell, rel=BALANCE)

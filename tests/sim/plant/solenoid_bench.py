"""The solenoid's plant with somebody at the pins, and a reference: the same physics, integrated by another method."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp

from pen_sim.loader import load_board
from pen_sim.plant.skin_spec import SkinSpec
from pen_sim.plant.solenoid import SolenoidPlant

BOARD = load_board("pen_solenoid")
MS = 1_000_000
SETTLED_NS = 20 * MS
SEAT_UM = -float(BOARD.CLEARANCE_UM)

# Springs and dampers alone: what the skin takes can be written down.
ELASTIC = SkinSpec(0.10, 0.0, 99.0, 0.0, 20.0, slow_part=0.0)
DAMPED = SkinSpec(0.15, 0.05, 99.0, 0.0, 20.0, slow_part=0.0)


class Bench:
    """A plant and the time. The gate is on."""

    def __init__(self, stop_um: float = 1_000.0, skin: SkinSpec = ELASTIC, seed: int = 1) -> None:
        self.plant = SolenoidPlant(BOARD, seed, skin, stop_um)
        self.t_ns = 0
        self.plant.set_enable(0, True)

    def wait(self, ns: int) -> None:
        self.t_ns += ns
        self.plant.advance(self.t_ns)

    def coil(self, on: bool) -> None:
        """A pulse begins or is over."""
        self.plant.set_coil(self.t_ns, on, on)

    def chop(self, on: bool) -> None:
        """The high side, within a pulse."""
        self.plant.set_coil(self.t_ns, on, True)

    def tip(self) -> float:
        return self.plant.tip_um(self.t_ns)

    def amps(self) -> float:
        return self.plant.current_ma(self.t_ns) / 1_000

    def allow(self, amps: float, open_v: float) -> None:
        """Makes the cell such that this current settles: amps * (rest + source) = open_v - idle * source."""
        rest = ohms() + BOARD.PLANT_BRIDGE_MOHM / 1e3
        source = (open_v - amps * rest) / (amps + BOARD.PLANT_IDLE_MA / 1e3)
        self.plant.supply_mv = 1e3 * open_v
        self.plant.cell_ohm = (source - BOARD.PLANT_WIRING_MOHM / 1e3) / (BOARD.PLANT_CELL_MOHM / 1e3)

    def until(self, um: float, within_ns: int = 30 * MS) -> int | None:
        """Goes on until the tip is recorded there, a place where it stops; returns after how many ns that was."""
        begin_ns, recorded = self.t_ns, len(self.plant.curve)
        self.wait(within_ns)
        points = list(self.plant.curve)[recorded:]
        return next((t_ns - begin_ns for t_ns, at_um in points if abs(at_um - um) < 1e-6), None)

    def step(self, outward: bool, count: int = 1, every_ns: int = 5 * MS) -> None:
        self.plant.set_dir(self.t_ns, outward)
        for _ in range(count):
            self.wait(every_ns)
            self.plant.step(self.t_ns)


@dataclass(frozen=True)
class Loop:
    """What the current meets, in SI and by hand from the board file."""

    volts: float
    ohm: float


def ohms(coil_c: float = 25.0) -> float:
    """The coil's own resistance, from copper's coefficient about 20 degrees."""
    return BOARD.PLANT_COIL_MOHM / 1e3 * (1 + BOARD.PLANT_COPPER_PPM * 1e-6 * (coil_c - 20))


def driven(open_v: float, coil_c: float = 25.0, cell_ohm: float = BOARD.PLANT_CELL_MOHM / 1e3) -> Loop:
    """A cell with its charge behind wiring, bridge and coil; the idle current flows past the coil."""
    source = cell_ohm + BOARD.PLANT_WIRING_MOHM / 1e3
    return Loop(open_v - BOARD.PLANT_IDLE_MA / 1e3 * source, ohms(coil_c) + BOARD.PLANT_BRIDGE_MOHM / 1e3 + source)


def henries(um: float) -> float:
    return BOARD.PLANT_COIL_UH * 1e-6 + BOARD.PLANT_COIL_UH_PER_MM * 1e-9 * (um - SEAT_UM)


State = tuple[float, float, float, float]  # A, A, um, um/s


def flight(
    loop: Loop, skin: SkinSpec, step_s: float = 0.5e-6, state: State = (0.0, 0.0, SEAT_UM, 0.0)
) -> Iterator[State]:
    """Current, field, place and speed by classic Runge-Kutta in steps of `step_s`: at the start, then after each step.

    Outward, in an elastic and damped skin.
    """
    slope = BOARD.PLANT_COIL_UH_PER_MM * 1e-9
    mass = BOARD.PLANT_MASS_MG * 1e-9
    stiffness = BOARD.PLANT_NEEDLES * skin.stiffness_n_per_mm
    damping = BOARD.PLANT_NEEDLES * skin.damping_ns_per_m * 1e-3  # mN per um/s

    def rates(amps: float, field: float, um: float, speed: float) -> State:
        force = 0.5e9 * slope * field * field
        force -= BOARD.PLANT_SPRING_MN + BOARD.PLANT_SPRING_MN_PER_MM * (um - SEAT_UM) / 1e3 + BOARD.PLANT_FRICTION_MN
        if um > 0:
            force -= stiffness * um + damping * speed
        gain = force / mass
        if um <= SEAT_UM and gain < 0:
            gain = 0.0
        current = (loop.volts - (loop.ohm + slope * speed) * amps) / henries(um)
        return current, (amps - field) / (BOARD.PLANT_EDDY_US * 1e-6), speed, gain

    def ahead(part: float, slopes: State) -> State:
        amps, field, um, speed = (value + part * step_s * rate for value, rate in zip(state, slopes, strict=True))
        return amps, field, um, speed

    while True:
        yield state
        first = rates(*state)
        second = rates(*ahead(0.5, first))
        third = rates(*ahead(0.5, second))
        fourth = rates(*ahead(1.0, third))
        mean = [(a + 2 * b + 2 * c + d) / 6 for a, b, c, d in zip(first, second, third, fourth, strict=True)]
        state = ahead(1.0, (mean[0], mean[1], mean[2], mean[3]))


def rise(loop: Loop, seconds: float, um: float = SEAT_UM) -> float:
    """V/R (1 - exp(-t R/L))."""
    return loop.volts / loop.ohm * (1 - exp(-seconds * loop.ohm / henries(um)))


def skin_mn(skin: SkinSpec, um: float, speed: float) -> float:
    """An elastic and damped skin without a puncture; it does not stick to the needles."""
    if um <= 0:
        return 0.0
    damping = BOARD.PLANT_NEEDLES * skin.damping_ns_per_m * 1e-3
    return max(0.0, BOARD.PLANT_NEEDLES * skin.stiffness_n_per_mm * um + damping * speed)


def bench_with(open_mv: float, stop_um: float = 1_000.0, skin: SkinSpec = ELASTIC) -> Bench:
    """A millisecond after the start, with such a cell."""
    bench = Bench(stop_um, skin)
    bench.plant.supply_mv = open_mv
    bench.wait(MS)
    return bench

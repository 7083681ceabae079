"""The bench plant with somebody at the pins: a clock, and moves as an ideal planner would order them."""

from math import sqrt

from pen_sim.loader import load_board
from pen_sim.plant.skin_spec import SkinSpec
from pen_sim.plant.stepper import StepperPlant

BOARD = load_board("bench_stepper")
HOMING_INTERVAL_NS = 2_000_000  # 500 steps/s: every step starts from standstill
REST_NS = 10_000_000


def ramp_ns(steps: int, speed: float = BOARD.STEPS_PER_S, gain: float = BOARD.STEPS_PER_S2) -> list[int]:
    """Times at which x(t), from rest to rest over `steps` at constant gain and top speed, is half way between steps.

    x = gain t^2 / 2 until speed^2 / (2 gain) steps are done, then straight on, then the mirror image.
    """
    ramp = min(speed * speed / (2 * gain), steps / 2)
    top = sqrt(2 * gain * ramp)
    total = 2 * top / gain + (steps - 2 * ramp) / top

    def at(done: float) -> float:
        if done > steps / 2:
            return total - at(steps - done)
        return sqrt(2 * done / gain) if done <= ramp else top / gain + (done - ramp) / top

    return [round(1e9 * at(step + 0.5)) for step in range(steps)]


class Bench:
    """A plant and the time."""

    def __init__(self, seed: int = 1, skin: SkinSpec | None = None, start_um: float | None = None) -> None:
        self.plant = StepperPlant(BOARD, seed, skin, start_um)
        self.t_ns = 0

    def wait(self, ns: int) -> None:
        self.t_ns += ns
        self.plant.advance(self.t_ns)

    def tip(self) -> float:
        return self.plant.tip_um(self.t_ns)

    def enable(self, on: bool = True) -> None:
        self.plant.set_enable(self.t_ns, on)
        if on:
            self.wait(REST_NS)

    def direct(self, steps: int) -> int:
        """Sets DIR for steps outward if positive, inward if negative; returns their number."""
        self.plant.set_dir(self.t_ns, steps > 0)
        return abs(steps)

    def creep(self, steps: int) -> None:
        """Slow steps, one by one; settled at the end."""
        for _ in range(self.direct(steps)):
            self.wait(HOMING_INTERVAL_NS)
            self.plant.step(self.t_ns)
        self.wait(REST_NS)

    def burst(self, steps: int, interval_ns: int) -> None:
        """Steps at once at this interval; the clock stands at the last edge."""
        for _ in range(self.direct(steps)):
            self.t_ns += interval_ns
            self.plant.step(self.t_ns)

    def run(self, steps: int) -> None:
        """A move with the planner's ramps; the clock stands at the last edge."""
        begin = self.t_ns
        for after in ramp_ns(self.direct(steps)):
            self.t_ns = begin + after
            self.plant.step(self.t_ns)

    def accelerate(self, steps: int) -> None:
        """As `run`, but at full speed after `steps`: the first half of a move twice as long."""
        begin = self.t_ns
        for after in ramp_ns(2 * self.direct(steps))[: abs(steps)]:
            self.t_ns = begin + after
            self.plant.step(self.t_ns)

    def home(self) -> None:
        """Drive on, and out from the back stop to the retracted position."""
        self.enable()
        self.creep((BOARD.BACK_TRAVEL_UM - BOARD.CLEARANCE_UM) // BOARD.STEP_UM)

    def stroke(self, depth_um: int) -> None:
        """From retracted to `depth_um` and back, settled at the end."""
        steps = (depth_um + BOARD.CLEARANCE_UM) // BOARD.STEP_UM
        self.run(steps)
        self.wait(500_000)  # from the last half step to the turning point: sqrt(2 * 0.5 / gain)
        self.run(-steps)
        self.wait(REST_NS)

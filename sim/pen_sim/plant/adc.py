"""One analog input as the RP2040 converts it: linear, 12 bits, with seeded noise."""

import random
from itertools import cycle

from pen_sim.plant.signals import ADC_FULL, ADC_FULL_SUM, CONVERSIONS, COUNTS_PER_V

NOISE_ENTRIES = 4_096  # then the noise repeats: after 0.4 s at 10 kHz
CONVERTER_NOISE = 1.0  # counts, standard deviation of one conversion where the board names no other [judgement]


def deviates(seed: int, name: str) -> list[float]:
    """Normal deviates of one channel: the same for the same seed, unrelated between channels."""
    gauss = random.Random(f"{seed}/{name}").gauss
    return [gauss(0.0, 1.0) for _ in range(NOISE_ENTRIES)]


class Channel:
    """Turns a quantity into counts: volts = value * volts_per_unit + volts_at_zero.

    Whoever has no time for a call takes `int(value * slope + draw())` and bounds it as `total` does.
    """

    __slots__ = ("_base", "_deviates", "_draw_one", "_gain", "_noise", "draw", "last_sum", "slope")

    def __init__(self, volts_per_unit: float, volts_at_zero: float, noise_counts: float, noise: list[float]) -> None:
        self._gain = volts_per_unit * COUNTS_PER_V
        self._base = volts_at_zero * COUNTS_PER_V
        self._noise = noise_counts
        self._deviates = noise
        self.last_sum = 0
        self._tune(self._gain, self._base, noise_counts)

    def _tune(self, gain: float, base: float, noise_counts: float) -> None:
        """Sets the working line, in counts of one conversion. Independent errors of four add up to twice one."""
        self.slope = CONVERSIONS * gain
        sums = [CONVERSIONS * base + 2.0 * noise_counts * deviate + 0.5 for deviate in self._deviates]
        self.draw = cycle(sums).__next__  # offset, noise and rounding in one draw
        self._draw_one = cycle([base + noise_counts * deviate + 0.5 for deviate in self._deviates]).__next__

    def total(self, value: float) -> int:
        """The sum of four conversions, 0 to 16380."""
        counts = int(value * self.slope + self.draw())
        if counts > ADC_FULL_SUM:
            counts = ADC_FULL_SUM
        elif counts < 0:
            counts = 0
        self.last_sum = counts
        return counts

    def once(self, value: float) -> int:
        """One conversion, 0 to 4095."""
        counts = int(value * self.slope / CONVERSIONS + self._draw_one())
        counts = min(max(counts, 0), ADC_FULL)
        self.last_sum = CONVERSIONS * counts
        return counts

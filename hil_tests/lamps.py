"""What LED and buzzer did, from the edges on their pins."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from hil_tests.rig import Rig

LEDS = ("led_red", "led_green", "led_blue")
_TONE_ENDS_S = 0.020  # without an edge; the lowest tone allowed has one every 3.3 ms
_BURST_ENDS_S = 2.0  # without a pulse; the pauses in a burst are shorter, those between bursts longer


@dataclass(frozen=True)
class Pulse:
    """One beep: when it began and ended, and its fundamental."""

    start_s: float
    end_s: float
    tone_hz: float

    @property
    def length_s(self) -> float:
        """From the first edge to the last."""
        return self.end_s - self.start_s


def level(rig: Rig, signal: str, at_s: float) -> int:
    """Of a pin at that time."""
    return next((to for edge_s, to in reversed(rig.edges(signal)) if edge_s <= at_s), 0)


def colour(rig: Rig, at_s: float) -> tuple[int, int, int]:
    """Red, green, blue."""
    red, green, blue = (level(rig, signal, at_s) for signal in LEDS)
    return red, green, blue


def flashes(rig: Rig, signal: str, since_s: float) -> list[tuple[float, float]]:
    """(flashes a second, part of the time on) from one rise of a pin to the next."""
    edges = rig.edges(signal, since_s)
    rises = [at_s for at_s, to in edges if to]
    falls = [at_s for at_s, to in edges if not to]
    found: list[tuple[float, float]] = []
    for rise_s, next_s in pairwise(rises):
        fall_s = next(at_s for at_s in falls if at_s > rise_s)
        found.append((1 / (next_s - rise_s), (fall_s - rise_s) / (next_s - rise_s)))
    return found


def pulses(rig: Rig, since_s: float) -> list[Pulse]:
    """Every beep that has ended, but for one that began before."""
    groups: list[list[float]] = []
    for at_s, _ in rig.edges("buzzer", since_s):
        if not groups or at_s - groups[-1][-1] > _TONE_ENDS_S:
            groups.append([])
        groups[-1].append(at_s)
    # The first and the last period may be cut short by the beep's own ends.
    return [Pulse(group[0], group[-1], (len(group) - 5) / 2 / (group[-3] - group[2])) for group in groups if group[7:]]


def bursts(rig: Rig, since_s: float) -> list[list[Pulse]]:
    """Beeps with short pauses between them."""
    found: list[list[Pulse]] = []
    for pulse in pulses(rig, since_s):
        if not found or pulse.start_s - found[-1][-1].end_s > _BURST_ENDS_S:
            found.append([])
        found[-1].append(pulse)
    return found

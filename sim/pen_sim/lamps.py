"""LED and buzzer of a simulated pen: what their pins do when the HAL is told to indicate."""

from __future__ import annotations

from pen_sim.edges import BUZZER, LED_BLUE, LED_GREEN, LED_RED, Edges

_LEDS = ((1, LED_RED), (2, LED_GREEN), (4, LED_BLUE))  # bits of the HAL contract's `light`
_NS = 1_000_000_000


class Lamps:
    """The buzzer's pin toggles twice a period of the tone, rising at once, and is low when it is told to be silent."""

    def __init__(self, edges: Edges) -> None:
        self._edges = edges
        self._light = 0
        self._tone_hz = 0
        self._since_ns = 0
        self._toggles = 0

    def show(self, now_ns: int, light: int, tone_hz: int) -> None:
        """From now on."""
        self.settle(now_ns)
        for bit, signal in _LEDS:
            if (light ^ self._light) & bit:
                self._edges.add(now_ns, signal, int(light & bit != 0))
        self._light = light
        if tone_hz != self._tone_hz:
            if self._toggles & 1:
                self._edges.add(now_ns, BUZZER, 0)
            self._tone_hz, self._since_ns, self._toggles = tone_hz, now_ns, 0

    def settle(self, now_ns: int) -> None:
        """Notes the buzzer's edges up to now."""
        if not self._tone_hz:
            return
        while (at_ns := self._since_ns + self._toggles * _NS // (2 * self._tone_hz)) < now_ns:
            self._toggles += 1
            self._edges.add(at_ns, BUZZER, self._toggles & 1)

"""What LED and buzzer tell somebody without a console: a fault by its priority, a warning, or else the pen's state.

Pure: time is an argument, and whoever asks hands `light` and `tone_hz` to the HAL. A pattern is data; docs/indicator.md shows
them all. Its times lie so far within what IEC 60601-1-8 asks that a turn of the loop may be 50 ms late, which is as late as
a turn can be [safety, SR-14]. `light` is bits: red 1, green 2, blue 4.
"""

from micropython import const

from pen import faults
from pen.errors import CONFLICT, Refused
from pen.ticks import age
from pen.units import decimal

_TONE_HZ = const(440)  # 150 to 1000 [IEC 60601-1-8]; four harmonics of a square wave are below its 4 kHz
EVERY_MS = const(10)  # from poll to poll
_LAP_MS = const(280_000)  # whole periods of every pattern

# (light, ms of its period, of which it is on for two fifths, or 0: it is on)
_STATES = {"IDLE": (4, 0), "HOMING": (4, 1_000), "READY": (2, 0), "RUNNING": (2, 1_000)}
_STARTING = const((7, 0))  # white: all of the LED is seen to work
# The same, and the sound: ms of its period, of the first pulse, of the pause behind it, and so on.
_HIGH = const((1, 500, 7_000, 140, 80, 140, 80, 140, 300, 140, 80, 140, 500, 140, 80, 140, 80, 140, 300, 140, 80, 140))
_MEDIUM = const((3, 1_600, 10_000, 190, 190, 190, 190, 190))
_LOW = const((6, 0, 20_000, 190, 190, 190))


class Indicator:
    """`light` and `tone_hz` (0: silent) as they should be since the last poll. `sounds`: the present alarm may."""

    def __init__(self):
        self.light = self.tone_hz = 0
        self.sounds = True
        self._alarm = 0
        self._pattern = _STARTING
        self._at_ms = 0
        self._last_ms = 0

    def poll(self, state, fault, warning, now_ms):
        """Works out light and tone, and says whether one of them has changed.

        `state` is the session's; `fault` a code, 0 without one; `warning` 1 or 0; `now_ms` may wrap at 2**30, or never. A new
        alarm is shown, and sounds, from its beginning. It allocates nothing.
        """
        pattern = _STATES.get(state, _STARTING)
        if fault:
            pattern = _HIGH if fault in faults.HIGH else _LOW if fault in faults.LOW else _MEDIUM
        elif warning:
            pattern = _LOW
        at_ms = (self._at_ms + age(now_ms, self._last_ms)) % _LAP_MS
        self._last_ms = now_ms
        if fault + warning != self._alarm:
            self._alarm = fault + warning
            self.sounds = True
            at_ms = 0
        elif pattern is not self._pattern:
            at_ms = 0
        self._pattern = pattern
        self._at_ms = at_ms
        light = pattern[0]
        period_ms = pattern[1]
        if period_ms and at_ms % period_ms * 5 >= period_ms * 2:
            light = 0
        tone_hz = 0
        if self.sounds and len(pattern) > 2:
            at_ms %= pattern[2]
            for k in range(3, len(pattern)):
                at_ms -= pattern[k]
                if at_ms < 0:
                    tone_hz = _TONE_HZ if k & 1 else 0
                    break
        changed = light != self.light or tone_hz != self.tone_hz
        self.light = light
        self.tone_hz = tone_hz
        return changed

    def shown(self):
        """INDicator?: colour, flashes a second (0: steady), beeps in a burst (0: silent)."""
        light, period_ms = self._pattern[:2]
        flash_mhz = 1_000_000 // period_ms if period_ms else 0
        beeps = (len(self._pattern) - 2) // 2 if self.sounds else 0
        return (
            ["OFF", "RED", "GREEN", "YELLOW", "BLUE", "MAGENTA", "CYAN", "WHITE"][light],
            decimal(flash_mhz, 3),
            beeps,
        )

    def sound(self, wanted):
        """SYSTem:BEEPer:STATe. Off is for the present alarm alone: the next one sounds again."""
        if not (wanted or self._alarm):
            raise Refused(CONFLICT, "no alarm to silence")
        self.sounds = wanted

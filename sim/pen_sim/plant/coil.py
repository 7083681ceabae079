"""The coil: current, and the field that lags behind it. Volts, ohms, henries, amperes, seconds.

With the armature held, i' = (V - R i) / L. A moving armature adds i * dL/dt, which is a resistance. The field is said as
the current that would make it, m' = (i - m) / eddy. With constant figures both are exponentials, and taken as such.
"""

from math import exp, log

_LEAST_OHM = 1e-3  # resistance and back EMF may cancel; a milliohm more or less is nothing
_APART = 1e-3  # the two time constants must not be the same; so much, relatively, is nothing either


class Coil:
    """From `amps` and `field` under `volts` and `ohm`, which whoever owns it sets. `solve` changes neither."""

    __slots__ = (
        "_after", "_field_part", "_lag_part", "_settled", "_tau", "amps", "eddy_s", "end_amps", "end_field", "field",
        "half_amps", "half_field", "ohm", "volts",
    )  # fmt: skip

    def __init__(self, eddy_s: float) -> None:
        self.eddy_s = eddy_s
        self.volts = self.amps = self.field = 0.0
        self.ohm = 1.0
        self.half_amps = self.half_field = self.end_amps = self.end_field = 0.0
        self._settled = self._after = self._field_part = self._lag_part = 0.0
        self._tau = 1.0

    def solve(self, seconds: float, henry: float, emf_ohm: float = 0.0) -> None:
        """What current and field are after half of that time and at its end; `emf_ohm` is dL/dt."""
        ohm = self.ohm + emf_ohm
        if -_LEAST_OHM < ohm < _LEAST_OHM:
            ohm = _LEAST_OHM
        eddy = self.eddy_s
        tau = henry / ohm
        apart = tau - eddy
        if -_APART * eddy < apart < _APART * eddy:
            apart = _APART * eddy
            tau = eddy + apart
        self._tau = tau
        self._settled = settled = self.volts / ohm
        self._after = after = self.amps - settled
        self._field_part = part = after * tau / apart
        self._lag_part = lag = self.field - settled - part
        fall = exp(-0.5 * seconds / tau)
        fade = exp(-0.5 * seconds / eddy)
        self.half_amps = settled + after * fall
        self.half_field = settled + part * fall + lag * fade
        fall *= fall
        self.end_amps = settled + after * fall
        self.end_field = settled + part * fall + lag * fade * fade

    def rest(self) -> None:
        """Neither current nor field, and none to come: what `solve` would find."""
        self.amps = self.half_amps = self.end_amps = 0.0
        self.field = self.half_field = self.end_field = 0.0

    def field_at(self, seconds: float) -> float:
        """The field at a time within what was solved."""
        return (
            self._settled + self._field_part * exp(-seconds / self._tau) + self._lag_part * exp(-seconds / self.eddy_s)
        )

    def zero_s(self) -> float:
        """When the current of what was solved, which falls below 0, is 0."""
        return self._tau * log(-self._after / self._settled)

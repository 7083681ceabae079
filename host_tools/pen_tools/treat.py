"""Sets up a pen for a run: zone, depth, rate. The pen refuses what it cannot do; nothing has moved then."""

from __future__ import annotations

from math import isfinite

from pen_tools.client import PenClient
from pen_tools.errors import PenFault, Refused, Usage
from pen_tools.record import Plan, Record

SECONDS_LEAST = 0.1
SECONDS_MOST = 3_600.0
_ZONES = "pen zones lists the zones with their depths and rates"


def check(plan: Plan) -> None:
    """Raises Usage for what no pen could be asked. What this pen allows, it says itself."""
    if not plan.zone.replace("-", "_").isidentifier() or not plan.zone.isascii():
        raise Usage(f"'{plan.zone}' is no zone's name", _ZONES)
    for name, value in (("depth", plan.depth_mm), ("rate", plan.rate_hz)):
        if value is not None and not (isfinite(value) and value > 0):
            raise Usage(f"--{name} {value:g} is not possible", _ZONES)
    if not SECONDS_LEAST <= plan.seconds <= SECONDS_MOST:
        raise Usage(f"--seconds {plan.seconds:g} is not possible", f"between {SECONDS_LEAST:g} and {SECONDS_MOST:g} s")


def require_idle(pen: PenClient, wait_s: float = 3.0) -> None:
    """Waits until the pen has started. Raises PenFault or Usage if it is not idle then; it is left as it is."""
    until_s = pen.link.now_s() + wait_s
    while (state := pen.state()).name in ("BOOT", "SELFTEST") and pen.link.now_s() < until_s:
        pen.link.run_for(0.01)
    if state.name == "FAULT":
        fault = pen.fault()
        raise PenFault(fault.code, fault.name, "from before, and " + fault.meaning, fault.after + "; then FAUL:CLE")
    if state.name != "IDLE":
        raise Usage(f"the pen is {state.name}, somebody is using it", "wait for it, or stop it: pen console, then !")


def apply(pen: PenClient, plan: Plan, record: Record) -> None:
    """Chooses zone, depth and rate in an order in which nothing legal can be refused: the lowest rate comes first."""
    _order(pen, "ZONE " + plan.zone.replace("-", "_"))
    usual_hz = float(pen.query("RATE?"))
    pen.command("RATE " + pen.query("RATE? MIN"))
    record.zone, record.cap_mm = pen.query("ZONE?"), float(pen.query("DEPT? MAX"))
    if plan.depth_mm is not None:
        _order(pen, f"DEPT {plan.depth_mm!r}")
    # The zone's own rate belongs to its own depth; a deeper stroke may need a lower one.
    _order(pen, f"RATE {min(usual_hz, float(pen.query('RATE? MAX'))) if plan.rate_hz is None else plan.rate_hz!r}")
    record.depth_mm, record.rate_hz = float(pen.query("DEPT?")), float(pen.query("RATE?"))


def _order(pen: PenClient, text: str) -> None:
    try:
        pen.command(text)
    except Refused as refused:
        raise Refused(refused.code, refused.detail, _ZONES) from refused

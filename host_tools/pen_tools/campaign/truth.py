"""Reads from plant and pins what truly happened in a run. Nothing here comes from the pen's own word."""

from __future__ import annotations

from bisect import bisect_left

from pen_sim.rig import Rig
from pen_tools.campaign.evidence import Evidence, Out

_STEP_UM = 10.0  # what a rotor may give way while it settles, and no motion outward
STOPS = ("!", "STOP", "DIS")


def gather(rig: Rig, evidence: Evidence, *, moved: bool = False) -> None:
    """Fills in the truth at the end of a run whose edges and course were kept. `moved`: the fault itself moves the tip."""
    machine = rig.machine
    machine.settle()
    evidence.end_s = rig.now_s()
    evidence.max_tip_um = rig.max_tip_um()
    evidence.tip_um = rig.tip_um()
    evidence.powered = rig.powered()
    evidence.gate = rig.edges("gate")
    evidence.asked = rig.edges("enable")
    evidence.trigger = rig.edges("trigger")
    evidence.outs = _outs(rig)
    evidence.still_s = _still_s(rig, evidence, moved)
    evidence.remarks = list(getattr(machine, "remarks", ()))
    evidence.trace_hash = machine.trace_hash()


def _outs(rig: Rig) -> list[Out]:
    """Finished strokes, and the one that is not."""
    plant = rig.machine.plant
    outs = [(stroke.start_ns / 1e9, stroke.end_ns / 1e9, stroke.peak_um) for stroke in plant.truth]
    if rig.tip_um() > 0.0:
        since = outs[-1][1] if outs else 0.0
        rest = [(t_ns / 1e9, um) for t_ns, um in _course(rig, since) if um > 0.0]
        outs.append((rest[0][0], rig.now_s(), max(um for _, um in rest)))
    return outs


def _course(rig: Rig, since_s: float) -> list[tuple[int, float]]:
    curve = rig.machine.plant.curve
    first = bisect_left(curve.t_ns, round(since_s * 1e9))
    return list(zip(curve.t_ns[first:], curve.um[first:], strict=True))


def _still_s(rig: Rig, evidence: Evidence, moved: bool) -> float | None:
    """From the first stop order to the last motion outward before somebody asks for it again, or the fault moves the tip."""
    stops = [number for number, (_, text) in enumerate(evidence.orders) if text in STOPS]
    if not stops:
        return None
    at_s = evidence.orders[stops[0]][0]
    ends = [t_s for t_s, _ in evidence.orders[stops[0] + 1 :]]
    ends += [t_s for t_s, held in evidence.trigger if held and t_s > at_s]
    if moved and evidence.injected_s is not None and evidence.injected_s > at_s:
        ends.append(evidence.injected_s)
    end_s = min(ends, default=rig.now_s())
    course = [(t_ns / 1e9, um) for t_ns, um in _course(rig, at_s) if t_ns / 1e9 < end_s]
    last_s, lowest = at_s, course[0][1] if course else 0.0
    for t_s, um in course:
        if um >= lowest + _STEP_UM:
            last_s = t_s
        if um < lowest or um >= lowest + _STEP_UM:
            lowest = um
    return last_s - at_s

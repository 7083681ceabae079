"""Spans of time in a run: when the drive was on, when strokes were asked for, and what happened outside of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from pen_tools.campaign.evidence import Edge, Evidence

Span = tuple[float, float]
_STOPS_S = {"!": 0.005, "STOP": 0.020, "DIS": 0.020}  # until which the last stroke may still come out
_TAKEN_S = 0.025  # a lease counts from when the pen takes the order: 20 ms late with a slow main loop, which is a fault of its own
_TRIGGER_S = 0.010  # a press is 5 ms of closed contact, a release half a millisecond; and a stroke begun goes on

_PROOF_S = 0.002_6  # the dead-man takes the drive away within 2.5 ms [docs/design.md, section 6]


@dataclass(frozen=True)
class Lease:
    """Strokes were asked for from `start_s`, for `seconds`; `cut_s` is when a stop ended it before its time."""

    start_s: float
    seconds: float
    cut_s: float | None

    @property
    def end_s(self) -> float:
        """When no more strokes may begin."""
        return self.start_s + self.seconds if self.cut_s is None else self.cut_s

    def last_out_s(self, period_s: float) -> float:
        """When a stroke that belongs to it is out at the latest."""
        return self.end_s + period_s + (_TAKEN_S if self.cut_s is None else 0.0)


def powered(evidence: Evidence) -> list[Span]:
    """When the drive was on."""
    return _high(evidence.gate)


def asked(evidence: Evidence) -> list[Span]:
    """When the pen's own pin asked for the drive to be on."""
    return _high(evidence.asked)


def _high(edges: Sequence[Edge]) -> list[Span]:
    spans: list[Span] = []
    on_s: float | None = None
    for at_s, level_ in edges:
        if level_ and on_s is None:
            on_s = at_s
        elif not level_ and on_s is not None:
            spans.append((on_s, at_s))
            on_s = None
    return spans if on_s is None else [*spans, (on_s, inf)]


def gaps(spans: Sequence[Span], end_s: float) -> list[Span]:
    """What is between the spans, from 0 to the end."""
    starts = [0.0, *(off_s for _, off_s in spans)]
    ends = [*(on_s for on_s, _ in spans), end_s]
    return [(start, end) for start, end in zip(starts, ends, strict=True) if end > start]


def level(spans: Sequence[Span], at_s: float) -> bool:
    """Whether that moment is in one of them."""
    return any(on_s <= at_s < off_s for on_s, off_s in spans)


def overlap(span: Span, spans: Sequence[Span]) -> float:
    """The longest part of `span` that lies in one of them."""
    return max((min(span[1], end) - max(span[0], start) for start, end in spans), default=0.0)


def leases(evidence: Evidence) -> list[Lease]:
    """Every RUN that was not refused."""
    found: list[Lease] = []
    orders = evidence.orders
    for number, (at_s, text) in enumerate(orders):
        after = orders[number + 1 :]
        if not text.startswith("RUN ") or (after and after[0][1] == "refused"):
            continue
        seconds = float(text[4:])
        cut_s = next((t_s for t_s, word in after if word in _STOPS_S), inf)
        found.append(Lease(at_s, seconds, cut_s if cut_s < at_s + seconds else None))
    return found


def unasked_rises(evidence: Evidence) -> list[float]:
    """When the drive went on although no ARM had been given since it was off.

    The first rise after an ARM may be the dead-man's proof, which ends by itself, and then another belongs to it.
    """
    rises: list[float] = []
    armed = False
    first_s: float | None = None
    moments = [(at_s, 0, text) for at_s, text in evidence.orders]
    moments += [(at_s, 1, "on" if rise else "off") for at_s, rise in evidence.gate]
    for at_s, _, what in sorted(moments):
        if what == "ARM":
            armed, first_s = True, None
        elif what == "off" and armed and first_s is not None and at_s - first_s <= _PROOF_S:
            first_s = -inf  # proven, and only once
        elif what in ("refused", "off"):
            armed = False
        elif what == "on" and not armed:
            rises.append(at_s)
        elif what == "on" and first_s is None:
            first_s = at_s
    return rises


def unasked_outs(evidence: Evidence, period_s: float) -> list[float]:
    """When the needles came out although no lease ran and nobody held the trigger."""
    asked = [(lease.start_s, _may_begin_until_s(evidence, lease, period_s)) for lease in leases(evidence)]
    held_s: float | None = None
    for at_s, held in evidence.trigger:
        if held:
            held_s = at_s
        elif held_s is not None:
            asked.append((held_s, at_s + _TRIGGER_S + period_s))
            held_s = None
    if held_s is not None:
        asked.append((held_s, inf))
    return [start_s for start_s, *_ in evidence.outs if not level(asked, start_s)]


def _may_begin_until_s(evidence: Evidence, lease: Lease, period_s: float) -> float:
    if lease.cut_s is None:
        return lease.last_out_s(period_s)
    text = next(text for at_s, text in evidence.orders if at_s == lease.cut_s and text in _STOPS_S)
    return lease.cut_s + _STOPS_S[text]


def homing(evidence: Evidence) -> bool:
    """Whether the pen had been asked to arm, and not yet to run, when its fault was looked at."""
    ends = [at_s for at_s, text in evidence.orders if text == "FAUL:CLE"]
    until_s = min([*ends, inf if evidence.again_s is None else evidence.again_s])
    words = [text[:3] for at_s, text in evidence.orders if at_s < until_s and text[:3] in ("ARM", "RUN")]
    return not words or words[-1] == "ARM"

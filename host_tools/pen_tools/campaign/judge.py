"""Judges a run by the plant's truth: limits of the design on what needles and drive did, and whether the pen said it rightly.

A pure function of scenario and evidence: it has no pen, and tests hand it made-up truths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, inf

from pen_sim.faults import memory, sensor
from pen_sim.faults.fault import Fault
from pen_tools.campaign import windows
from pen_tools.campaign.draw import HOMING, NO_FAULT, Scenario
from pen_tools.campaign.evidence import Evidence
from pen_tools.campaign.facts import NONE, OVER_DEPTH, STALLS
from pen_tools.campaign.outcomes import Outcome, worst

BEYOND_CAP_UM = 20.0  # docs/design.md, section 6
DEPTH_UM = 30.0  # docs/design.md, section 6
SPRING_BACK_S = 0.100  # drive off to needles behind the face: the spring takes some 10 ms [bench]
STOP_S = {"!": 0.005, "STOP": 0.020, "DIS": 0.020}  # docs/design.md, section 6; an order is no emergency [judgement]
DWELL_S = 0.005  # beyond the time a stroke is out, docs/safety.md
_REACTION_S = 0.001  # scans, the way to the enable, and the dead-man's grain
_SLOW_CLOCK = 1.03  # a clock that is off by more is another fault
_MOTION_S = 0.1  # what shows in motion only is seen by then, and the drive's strokes before
_RETRACT_S = 0.010  # a stroke turned round, from the face on

Finding = tuple[Outcome, str]


@dataclass(frozen=True)
class Drive:
    """What a healthy drive does: how long its stroke is out, and whether these needles may be too much for it.

    That takes as long as a tenth of a run, and is asked only where it matters.
    `strokes`: what shows in motion only is seen by then. `short`: so many strokes in a row may fall short of their depth where needles
    are too much, before the pen says so.
    """

    out_s: float
    may_stall: Callable[[], bool]
    strokes: int = 4
    short: int = 0


@dataclass(frozen=True)
class Verdict:
    """The class of a run, and every reason for it in words; the figures are for statistics.

    `off_s`: from when the fault could be seen to the drive off, inf if it stayed on, None if there was nothing to see;
    `allowed_s` is the limit for that, and `out_allowed_s` the one for `out_s`.
    """

    outcome: Outcome
    reasons: tuple[str, ...]
    beyond_cap_um: float
    out_s: float
    off_s: float | None
    allowed_s: float
    out_allowed_s: float

    @property
    def out_percent(self) -> float:
        """Of the time that needles may be out under power, this much was taken."""
        return 100 * self.out_s / self.out_allowed_s

    @property
    def off_percent(self) -> float | None:
        """Of the time allowed, this much was taken."""
        return None if self.off_s is None else 100 * self.off_s / self.allowed_s


def judge(scenario: Scenario, evidence: Evidence, fault: Fault, drive: Drive) -> Verdict:
    """The verdict on one run."""
    beyond_um = evidence.max_tip_um - scenario.cap_um
    if evidence.error:
        return Verdict(Outcome.BROKEN, (evidence.error.strip().splitlines()[-1],), beyond_um, 0.0, None, 1.0, 1.0)
    if evidence.injected_s is None:
        fault = NONE
    case = _Case(scenario, evidence, fault, drive)
    found = list(case.findings())
    if not any(not outcome.ok for outcome, _ in found):
        found.append((case.good(), ""))
    outcome = worst([outcome for outcome, _ in found])
    reasons = tuple(f"{each}: {text}" for each, text in found if text)
    return Verdict(
        outcome, reasons, beyond_um, case.out_powered_s(), case.off_s(), case.off_limit_s(), case.out_limit_s()
    )


class _Case:
    def __init__(self, scenario: Scenario, evidence: Evidence, fault: Fault, drive: Drive) -> None:
        self.scenario, self.evidence, self.fault, self.drive = scenario, evidence, fault, drive
        self.on = windows.powered(evidence)
        self.asked = windows.asked(evidence)
        self.leases = windows.leases(evidence)

    def findings(self) -> Iterator[Finding]:
        """Everything that is not as it should be."""
        yield from self._motion()
        yield from self._power()
        yield from self._strokes()
        yield from self._words()

    # What needles and drive did.

    def _motion(self) -> Iterator[Finding]:
        evidence, scenario, fault = self.evidence, self.scenario, self.fault
        if (beyond_um := evidence.max_tip_um - scenario.cap_um) > BEYOND_CAP_UM:
            yield Outcome.BEYOND_CAP, f"{beyond_um:.1f} um"
        limit_s = self.out_limit_s()
        if self._held_on():
            yield Outcome.HELD_ON, ""
        if (out_s := self.out_powered_s()) > limit_s:
            yield Outcome.OUT_TOO_LONG, f"{out_s * 1e3:.1f} ms under power, {limit_s * 1e3:.1f} allowed"
        if (left_s := self._left_in_s()) > SPRING_BACK_S and not fault.holds:
            yield Outcome.LEFT_IN, f"{left_s * 1e3:.0f} ms with the drive off"
        if evidence.tip_um > 0.0:
            yield Outcome.LEFT_IN, f"the tip is at {evidence.tip_um / 1e3:.3f} mm at the end"
        for at_s in windows.unasked_rises(evidence):
            if fault.powers and (evidence.injected_s or 0.0) <= at_s <= self._until_s():
                continue
            yield Outcome.UNASKED, f"the drive went on at {at_s:.4f} s"
        for at_s in windows.unasked_outs(evidence, scenario.period_s):
            yield Outcome.UNASKED, f"the needles came out at {at_s:.4f} s"
        if (late := self._stopped_late()) is not None:
            yield Outcome.UNASKED, late

    def out_limit_s(self) -> float:
        """How long needles may be out with the drive on."""
        return self.drive.out_s * _SLOW_CLOCK + DWELL_S + _REACTION_S

    def out_powered_s(self) -> float:
        """The longest that the needles were out in one go with the drive on, or asked to be where its gate does not obey."""
        return self._out_s(self.asked if self._held_on() else self.on)

    def _out_s(self, spans: Sequence[windows.Span]) -> float:
        return max((windows.overlap(out[:2], spans) for out in self.evidence.outs), default=0.0)

    def _held_on(self) -> bool:
        """Two failures: the gate is stuck, and in that time these needles were too much for the drive. The pen let go in time."""
        evidence, limit_s = self.evidence, self.out_limit_s()
        if not self.fault.powers or evidence.code not in STALLS or not self.asked or evidence.injected_s is None:
            return False
        there = [(evidence.injected_s, self._until_s() + SPRING_BACK_S)]
        long = [out for out in evidence.outs if windows.overlap(out[:2], self.on) > limit_s]
        stuck = all(windows.overlap(out[:2], there) == out[1] - out[0] for out in long)
        return bool(long) and stuck and self._out_s(self.asked) <= limit_s and self.drive.may_stall()

    def _left_in_s(self) -> float:
        off = windows.gaps(self.on, self.evidence.end_s)
        return max((windows.overlap(out[:2], off) for out in self.evidence.outs), default=0.0)

    def _stopped_late(self) -> str | None:
        """A stop that the pen could not read is one only after the fault has been seen."""
        still_s = self.evidence.still_s
        stop = next((text for _, text in self.evidence.orders if text in STOP_S), None)
        if still_s is None or stop is None:
            return None
        limit_s = STOP_S[stop] + (self.fault.seen_s or 0.0)
        return f"outward {still_s * 1e3:.1f} ms after {stop}" if still_s > limit_s else None

    def _power(self) -> Iterator[Finding]:
        evidence = self.evidence
        if evidence.powered:
            yield Outcome.LEFT_ON, "the drive is on at the end"
        if evidence.injected_s is None:
            return
        if evidence.code and windows.level(self.on, self._until_s()) and not self.fault.powers:
            yield Outcome.LEFT_ON, f"fault {evidence.code} is latched and the drive is on"
        off_s, limit_s = self.off_s(), self.off_limit_s()
        if self.fault.powers or (self.fault.seen_s is None and not evidence.code):
            return  # nothing can be turned off; or what shows in motion only was never noticed, which is another class
        if off_s is not None and off_s > limit_s:
            after = "it stayed on" if off_s == inf else f"off after {off_s * 1e3:.2f} ms"
            yield Outcome.LEFT_ON, f"{after}, {limit_s * 1e3:.2f} ms allowed"

    def _until_s(self) -> float:
        """The end of the time in which the fault was there."""
        evidence = self.evidence
        return min(s for s in (evidence.repaired_s, evidence.again_s, evidence.end_s) if s is not None)

    def off_s(self) -> float | None:
        """From when the fault could be seen to the drive off; None if it could not, inf if the drive stayed on.

        What shows in motion only could be seen while strokes were asked for.
        """
        since_s, until_s = self.evidence.injected_s, self._until_s()
        if since_s is None or not self.fault.expected:
            return None
        if self.fault.seen_s is None:
            return self._off_in_strokes_s(since_s, until_s)
        for on_s, off_s in self.on:
            if off_s > since_s and on_s < until_s:
                return off_s - max(on_s, since_s) if off_s <= until_s else inf
        return None

    def _off_in_strokes_s(self, since_s: float, until_s: float) -> float | None:
        """What lasts must be seen in strokes if there are enough of them; seen in homing before is as well."""
        if self.fault.homing_only or not self.fault.lasts:
            return None
        shown_s = 0.0
        for lease in self.leases:
            off_s = next((off for on, off in self.on if on <= lease.start_s < off), lease.start_s)
            if off_s <= since_s or lease.start_s >= until_s:
                continue
            begin_s = max(lease.start_s, since_s)
            if begin_s < off_s <= min(lease.end_s, until_s):
                return shown_s + off_s - begin_s
            shown_s += max(min(lease.end_s, until_s) - begin_s, 0.0)
        return inf if shown_s > self.off_limit_s() else None

    def off_limit_s(self) -> float:
        """How long it may take to turn the drive off."""
        seen_s = self.fault.seen_s
        if seen_s is None:
            return self.drive.strokes * self.scenario.period_s + _MOTION_S
        later_s = self.fault.homing_s if self.scenario.phase == HOMING else 0.0
        return seen_s + later_s + (self.drive.out_s + _RETRACT_S if self.fault.retracts else 0.0)

    # The strokes that nobody complained about.

    def _strokes(self) -> Iterator[Finding]:
        evidence = self.evidence
        silent = not (evidence.code or evidence.late or self.fault.restarts)
        silent_s = evidence.end_s if silent else self._silent_until_s()
        for lease in self.leases:
            if lease.start_s >= silent_s and not (evidence.again_s or inf) <= lease.start_s:
                continue
            again = (evidence.again_s or inf) <= lease.start_s
            if (again and evidence.late) or (not again and lease.end_s > silent_s):
                continue
            if text := self._wrong_depth(lease, inf if again else silent_s):
                yield (Outcome.NOT_WELL if again else Outcome.WRONG_STROKES), text
            elif text := self._missing(lease):
                if self.fault.subject == memory.SUBJECT and not again:
                    yield Outcome.CUT_SHORT, ""
                else:
                    yield (Outcome.NOT_WELL if again else Outcome.WRONG_STROKES), text

    def _silent_until_s(self) -> float:
        """With a fault latched, what counts is what was before it, or before its cause."""
        since_s = self.evidence.injected_s
        return 0.0 if since_s is None else since_s

    def _outs(self, lease: windows.Lease) -> list[tuple[float, float, float]]:
        until_s = lease.last_out_s(self.scenario.period_s)
        return [out for out in self.evidence.outs if lease.start_s <= out[0] <= until_s]

    def _wrong_depth(self, lease: windows.Lease, silent_s: float) -> str:
        """What is wrong with its strokes; one that had not ended by then may have been cut."""
        scenario = self.scenario
        outs = self._outs(lease)
        whole = [um for _, end_s, um in outs if end_s < min(silent_s, lease.cut_s or inf)]
        deepest = max((um for *_, um in outs), default=0.0)
        if deepest > scenario.depth_um + DEPTH_UM:
            return f"a stroke of {deepest / 1e3:.3f} mm"
        short = [um for um in whole if um < scenario.depth_um - DEPTH_UM]
        if short and not (len(short) <= self.drive.short and self.drive.may_stall()):
            return f"a stroke of {min(short) / 1e3:.3f} mm"
        return ""

    def _missing(self, lease: windows.Lease) -> str:
        """How many strokes there were, if too few of those asked for."""
        asked, made = ceil(lease.seconds / self.scenario.period_s - 1e-6), len(self._outs(lease))
        return f"{made} strokes instead of {asked}" if lease.cut_s is None and made < asked - 1 else ""

    # What the pen said, and what it let be done.

    def _words(self) -> Iterator[Finding]:
        evidence, fault = self.evidence, self.fault
        if evidence.code and not self._may_be_called(evidence.code):
            expected = " or ".join(str(code) for code in self._names()) or "none"
            yield (
                Outcome.MISNAMED if fault.expected else Outcome.FALSE_ALARM,
                f"{evidence.code} was latched, {expected} expected",
            )
        alarms = fault.expected or fault.refuses
        if not alarms and evidence.refused and not (evidence.code or evidence.late):
            yield Outcome.FALSE_ALARM, f"it would not arm: {evidence.refused}"
        if evidence.standing == "cleared" and fault.stands:
            yield Outcome.CLEARED_STANDING, f"fault {evidence.code}"
        elif fault.expected and evidence.standing == "cleared" and evidence.again == 0 and not evidence.refused:
            yield Outcome.UNNOTICED, f"fault {evidence.code} was cleared and not found again"
        if evidence.gone not in ("", "cleared"):
            yield Outcome.NOT_CLEARABLE, evidence.gone
        said = evidence.code or evidence.refused or self._silent()
        if alarms and fault.lasts and self._shown() and not said:
            yield Outcome.UNNOTICED, "no fault was latched, and nothing was refused"
        if evidence.late and not (evidence.late in STALLS and self.drive.may_stall()):
            kind = Outcome.FALSE_ALARM if self._nothing_done() else Outcome.NOT_WELL
            yield kind, f"fault {evidence.late} at the end"
        elif not evidence.late and not any(lease.start_s >= (evidence.again_s or inf) for lease in self.leases):
            yield Outcome.NOT_WELL, evidence.refused or evidence.ended or "it was not asked for strokes again"
        elif not evidence.late and evidence.ended != "IDLE":
            yield Outcome.NOT_WELL, evidence.ended or "it did not come to its end"

    def _shown(self) -> bool:
        """What shows in a lease alone was there long enough in one of them; otherwise nobody was asked to notice it."""
        since_s, lease_s = self.evidence.injected_s, self.fault.lease_s
        if lease_s is None or since_s is None:
            return True
        there = [(since_s, self._until_s())]
        return any(windows.overlap((lease.start_s, lease.end_s), there) > lease_s for lease in self.leases)

    def _silent(self) -> bool:
        """It could not answer, and the drive was off before it had to be, and stayed off."""
        since_s = (self.evidence.injected_s or 0.0) + self.off_limit_s()
        return self.evidence.deaf and not any(off > since_s and on < self._until_s() for on, off in self.on)

    def _nothing_done(self) -> bool:
        return self.scenario.fault == NO_FAULT or self.evidence.injected_s is None

    def _names(self) -> tuple[int, ...]:
        homing = self.fault.homing if windows.homing(self.evidence) else ()
        return (*self.fault.expected, *homing)

    def _may_be_called(self, code: int) -> bool:
        return (code in self._names() and self._is_so(code)) or (code in STALLS and self.drive.may_stall())

    def _is_so(self, code: int) -> bool:
        """Beyond the cap is where the tip must have been, unless what measures or remembers it is broken."""
        lies = self.fault.subject in (sensor.SUBJECT, memory.SUBJECT)
        return code != OVER_DEPTH or lies or self.evidence.max_tip_um > self.scenario.cap_um

    def good(self) -> Outcome:
        """The class of a run with which nothing is wrong."""
        evidence, fault = self.evidence, self.fault
        if evidence.code:
            if evidence.code not in self._names():
                return Outcome.STALLED
            return Outcome.HELD if fault.holds and self._left_in_s() > SPRING_BACK_S else Outcome.NAMED
        if evidence.late:
            return Outcome.STALLED
        if evidence.refused:
            return Outcome.REFUSED
        if fault.expected and self._silent():
            return Outcome.SILENT
        return Outcome.HEALTHY if self._nothing_done() else Outcome.HARMLESS

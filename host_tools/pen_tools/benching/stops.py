"""A `!` at many places of a stroke, while the pen answers, and while it collects its memory: until nothing goes out any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from pen_tools.benching import drives
from pen_tools.benching.forks import in_copies
from pen_tools.benching.mailbox import Mailbox, Order
from pen_tools.benching.stage import Stage
from pen_tools.benching.stress import Load, Stress

_QUIET, _BUSY, _COLLECTING = "nothing else to do", "answering", "collecting memory"
_FLOODED = "flooded"
DOING = (_QUIET, _BUSY, _COLLECTING, _FLOODED)
_COUNT = 16  # of each
_FIRST_US = 300
_ASK = (b"HELP?\n", b"TRAC?\n", b"MEAS:DEPT? MEAN;CURR? MAX\n", b"ZONE:CAT?\n")
_AHEAD_NS = (400_000, 1_700_000, 3_100_000, 6_300_000)  # how long before the `!` the question is asked
_COLLECTING_NS = (200_000, 3_000_000, 9_000_000, 16_000_000)  # how long after it began to collect
_FLOOD_NS = 15_000_000  # how long before
_WAIT_S = 0.5  # the foreground may be at something else, and the way back takes half a stroke
_STEP_NS = 2_000_000
_LOOK_NS = 10_000


@dataclass(frozen=True)
class Stop:
    """What the pen was doing, where in the stroke the `!` came, and how long the needles still went out; both in us.

    `waited_us`: how long the `!` was on its way, because the pen had no room for it: what was sent before stands before it.
    `obeyed`: the drive went off, which is the foreground's part.
    """

    doing: str
    place_us: float
    still_us: float
    waited_us: float
    obeyed: bool


def stop_bytes(stage: Stage, mailbox: Mailbox, done: Callable[[int, int], None], every: int = 1) -> list[Stop]:
    """`stage` makes strokes, with the bench's main program. `done` gets how many are done, of how many; see faultruns."""
    stage.to_stroke(3)
    out_us = stage.period_ns // 2_000  # near the greatest rate there is hardly a rest
    spread = [_FIRST_US + k * out_us // _COUNT for k in range(_COUNT)]
    jobs = [partial(_quiet, stage, place_us) for place_us in spread]
    jobs += [partial(_busy, stage, place_us, k) for k, place_us in enumerate(spread)]
    jobs += [partial(_collecting, stage, mailbox, k) for k in range(_COUNT)]
    jobs += [partial(_flooded, stage, place_us) for place_us in spread]
    jobs = jobs[::every]
    return in_copies(jobs, lambda count: done(count, len(jobs)))


def _quiet(stage: Stage, place_us: int) -> Stop:
    stage.machine.run_until(stage.first_ns + place_us * 1_000)
    return _stopped(stage, _QUIET)


def _busy(stage: Stage, place_us: int, number: int) -> Stop:
    """In the next stroke, so that the question can be asked before it."""
    machine = stage.machine
    stage.to_stroke()
    at_ns = stage.first_ns + place_us * 1_000 + stage.period_ns
    machine.run_until(at_ns - _AHEAD_NS[number % len(_AHEAD_NS)])
    machine.send(_ASK[number // 4 % len(_ASK)])
    machine.run_until(at_ns)
    return _stopped(stage, _BUSY)


def _collecting(stage: Stage, mailbox: Mailbox, number: int) -> Stop:
    """Begun at a sixteenth of the period after the other."""
    machine = stage.machine
    machine.run_until(stage.first_ns + number * stage.period_ns // _COUNT)
    machine.run_until(mailbox.give(Order.COLLECT) + _COLLECTING_NS[number % len(_COLLECTING_NS)])
    return _stopped(stage, _COLLECTING)


def _flooded(stage: Stage, place_us: int) -> Stop:
    machine = stage.machine
    at_ns = stage.first_ns + place_us * 1_000 + stage.period_ns
    machine.run_until(at_ns - _FLOOD_NS)
    stress = Stress(machine, Load.FLOOD, ("DEPT 0.96",), place_us)
    machine.run_until(at_ns)
    stress.on = False
    return _stopped(stage, _FLOODED)


def _stopped(stage: Stage, doing: str) -> Stop:
    machine = stage.machine
    asked_ns, place_us = machine.now_ns, (machine.now_ns - stage.first_ns) / 1_000
    machine.send(b"!")
    ahead_ns = 0
    while machine.waiting() > 1 or (machine.waiting() and ahead_ns):
        machine.run_until(machine.now_ns + _LOOK_NS)
        ahead_ns = machine.now_ns - asked_ns
    end_ns = machine.now_ns + round(_WAIT_S * 1e9)
    while machine.gate and machine.now_ns < end_ns:
        machine.run_until(machine.now_ns + _STEP_NS)
    away = drives.away(machine, asked_ns)
    still_ns = away[-1] - asked_ns - ahead_ns if away else 0
    return Stop(doing, place_us, max(still_ns, 0) / 1_000, ahead_ns / 1_000, not machine.gate)

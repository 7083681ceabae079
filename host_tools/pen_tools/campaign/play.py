"""Plays one scenario on a pen: the host does its work, the fault happens, the host goes on as if it had not, and looks."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

from pen_sim.rig import Rig
from pen_tools.campaign import draw, facts, truth
from pen_tools.campaign.draw import BANG, HOMING, IDLE, LEASE, NO_FAULT, READY, STOP, Scenario
from pen_tools.campaign.evidence import Evidence
from pen_tools.client import PenClient, State
from pen_tools.errors import LinkLost, Refused
from pen_tools.links import SimLink

STROKES = 5  # that the pen is given to show a fault in: one more than any check of motion needs
_SHOW_S = 0.12  # and this, whatever the rate: twice a heartbeat, and more than the judge wants
AFTERWARDS = 3  # strokes, to see that it is well again
_IDLE_S = 0.1  # phases without an end of their own last so long
_HOMING_S = 0.1  # homing takes 83 ms
_READY_S = 0.05
_STOPPING_S = 0.05  # a stroke's way back, and the order's
_LEASE_LEAST_S = 0.1  # of the console
_STEP_S = 0.005
_SETTLE_S = 0.15  # the return spring, the rows after a fault, a host that is missed
_NOTICE_S = 0.06  # a heartbeat missed, and more than any debouncing
_ARMING_S = 4.0  # the longest homing there is: 3.8 mm at half a millimetre in 100 ms, and its margin
_ARMED_S = 0.3  # and of this board, from the back stop
_ASK_S = 0.5  # for an answer of a pen that may be deaf


class _Ended(Exception):
    """The pen will do nothing more: it refused, latched a fault, or does not answer."""


class Play:
    """One run. The pen is idle, and nobody has used it."""

    def __init__(self, rig: Rig, pen: PenClient, scenario: Scenario) -> None:
        self.rig, self.pen, self.scenario = rig, pen, scenario
        self.machine = rig.machine
        self.evidence = Evidence()
        self.facts = facts.of(scenario.fault)
        self._lease_end_s = 0.0

    def run(self) -> Evidence:
        """The run from beginning to end."""
        found = self.evidence
        try:
            self._set_up()
            self._until_ended(self._to_the_moment)
            if found.injected_s is not None or self.scenario.fault == NO_FAULT:
                self._until_ended(self._go_on)
            self._look()
            self._clear_too_early()
            self._repair()
            self._recover()
        except LinkLost as error:
            found.ended = f"the pen does not answer: {error}"
        except Refused as error:
            found.ended = str(error)
        truth.gather(self.rig, found, moved=self.facts.moves)
        return found

    def _until_ended(self, part: Callable[[], None]) -> None:
        try:
            part()
        except _Ended:
            pass
        except Refused as refused:
            self.evidence.refused = refused.detail
        except LinkLost:
            self.evidence.deaf = True

    # The scenario.

    def _set_up(self) -> None:
        """Supply and settings; the skin is the ground's business."""
        machine, scenario = self.machine, self.scenario
        machine.settle()
        machine.plant.supply_mv = float(scenario.supply_mv)
        self._prepare()

    def _prepare(self) -> None:
        pen, scenario = self.pen, self.scenario
        pen.command(f"ZONE {scenario.zone}")
        pen.command(f"RATE {pen.query('RATE? MIN')}")
        pen.command(f"DEPT {scenario.depth_um / 1e3:.2f}")
        pen.command(f"RATE {scenario.rate_dhz / 10:.1f}")

    def _to_the_moment(self) -> None:
        """Everything up to the fault. Needles that the drive cannot push may end it earlier."""
        scenario = self.scenario
        if scenario.phase == IDLE:
            self._inject_at(self._now_s() + scenario.part * _IDLE_S)
            self.machine.run_for(_NOTICE_S)
            return
        if scenario.phase == HOMING:
            self._send("ARM")
            self._inject_at(self._now_s() + scenario.part * _HOMING_S)
            return
        self._arm()
        if scenario.phase == READY:
            self._inject_at(self._now_s() + scenario.part * _READY_S)
            self.machine.run_for(_NOTICE_S)
        elif scenario.phase == STOP:
            self._stop_in_a_stroke()
        else:
            moment_s = scenario.part * STROKES * scenario.period_s
            self._run(moment_s + self._enough_s())
            self._inject_at(self._now_s() + moment_s)

    def _enough_s(self) -> float:
        return STROKES * self.scenario.period_s + _SHOW_S

    def _stop_in_a_stroke(self) -> None:
        scenario = self.scenario
        moment_s = max(scenario.strokes * scenario.period_s, _LEASE_LEAST_S)
        self._run(moment_s if scenario.ending == LEASE else moment_s + self._enough_s())
        stop_s = self._now_s() + moment_s
        self._wait_until(stop_s)
        if not self.rig.powered():
            raise _Ended
        if scenario.ending != LEASE:
            self._send(scenario.ending)
            self._lease_end_s = 0.0
        self._inject_at(stop_s + scenario.part * _STOPPING_S)
        self.machine.run_for(_STOPPING_S)

    def _inject_at(self, at_s: float) -> None:
        """A pen that has turned itself off before, in motion, gets no fault on top: that is another run."""
        was_on = self.rig.powered()
        self._wait_until(at_s)
        turned_off = self.scenario.phase == STOP and self.scenario.ending in (BANG, draw.DISARM)
        if was_on and not self.rig.powered() and not turned_off:
            raise _Ended
        if self.scenario.fault == NO_FAULT:
            return
        self.evidence.injected_s = self._now_s()
        self.rig.inject(self.scenario.fault)

    def _go_on(self) -> None:
        """The host arms and runs as it had meant to; twice, because some of it only the next homing can see."""
        self._finish_lease()
        if self.evidence.injected_s is not None:
            self.pen.open()  # whatever was sent into the line or left in the queue of errors: a host begins anew
        for again in (False, True):
            self._to_ready()
            if again or self.scenario.phase != draw.STROKE:
                self._run(self._enough_s())
                self._finish_lease()
            if self._state().name == "READY":
                self._order("DIS")
            self._wait_for_off(self.scenario.period_s + _SETTLE_S)
            if self.scenario.fault == NO_FAULT:
                return

    def _to_ready(self) -> None:
        state = self._settled_state()
        if state.name == "IDLE":
            if self.facts.restarts:
                self.pen.query("*TST?")  # a pen that has reset itself meanwhile wants it
                self._prepare()
            self._arm()
        elif state.name == "RUNNING":  # somebody holds the trigger: the pen is used
            raise _Ended

    # What the pen does, in time.

    def _arm(self) -> None:
        self._order("ARM")
        until_s = self._now_s() + _ARMING_S
        while (state := self._state()).name != "READY":
            if state.name != "HOMING" or self._now_s() > until_s:
                raise _Ended
            self.machine.run_for(2 * _STEP_S)

    def _run(self, seconds: float) -> None:
        seconds = max(ceil(seconds * 1e3) / 1e3, _LEASE_LEAST_S)
        self._order(f"RUN {seconds:.3f}")
        self._lease_end_s = self._now_s() + seconds

    def _finish_lease(self) -> None:
        """To the end of the lease and of its last stroke, or until the drive goes off."""
        self._wait_until(self._lease_end_s + min(self.scenario.period_s, 0.1))
        if not self.rig.powered():
            self.machine.run_for(_SETTLE_S)
        else:
            self.machine.run_for(_NOTICE_S)

    def _wait_until(self, at_s: float) -> None:
        """Not longer than the drive is on, if it is."""
        machine, end_ns = self.machine, round(at_s * 1e9)
        if not self.rig.powered():
            machine.run_until(max(end_ns, machine.now_ns))
        while self.rig.powered() and machine.now_ns < end_ns:
            machine.run_until(min(end_ns, machine.now_ns + round(_STEP_S * 1e9)))

    def _wait_for_off(self, seconds: float) -> None:
        self._wait_until(self._now_s() + seconds)
        self.machine.run_for(_SETTLE_S)

    def _now_s(self) -> float:
        return self.machine.now_ns / 1e9

    # The console.

    def _send(self, text: str) -> None:
        """Waits for nothing."""
        self.evidence.orders.append((self._now_s(), text))
        self.pen.link.write(text.encode() + b"\n")

    def _order(self, text: str) -> None:
        """Raises _Ended if the pen refuses; why is noted."""
        self.evidence.orders.append((self._now_s(), text))
        try:
            self.pen.command(text)
        except Refused as refused:
            self.evidence.orders.append((self._now_s(), "refused"))
            self.evidence.refused = refused.detail
            raise _Ended from refused

    def _state(self) -> State:
        return self.pen.state()

    def _settled_state(self) -> State:
        """The state once homing is over and the needles are back."""
        until_s = self._now_s() + self.scenario.period_s + _ARMED_S
        while (state := self._state()).name in ("HOMING", "RUNNING") and self._now_s() < until_s:
            self.machine.run_for(2 * _STEP_S)
        if state.name == "FAULT":
            raise _Ended
        return state

    # What came of it.

    def _look(self) -> None:
        """Which fault is latched. Whoever does not answer is repaired first."""
        found = self.evidence
        self.machine.run_for(_SETTLE_S)
        if not found.deaf:
            try:
                self.pen.query("STAT?", _ASK_S)
            except LinkLost:
                found.deaf = True
        if found.deaf:
            self._repair()
        found.code = self.pen.fault().code

    def _clear_too_early(self) -> None:
        """With the cause still there. A pen that lets itself be cleared must find it again."""
        found = self.evidence
        if not found.code or found.repaired_s is not None or found.injected_s is None or not self.facts.lasts:
            return
        found.standing = self._clear()
        if found.standing != "cleared":
            return
        found.again = 0
        self._until_ended(self._once_more)
        if found.deaf:
            self._repair()
        found.again = self.pen.fault().code

    def _once_more(self) -> None:
        self._to_ready()
        self._run(self._enough_s())
        self._finish_lease()
        if self._state().name == "READY":
            self._order("DIS")
        self.machine.run_for(_SETTLE_S)

    def _repair(self) -> None:
        found = self.evidence
        if found.repaired_s is not None or found.injected_s is None:
            return
        found.repaired_s = self._now_s()
        self.rig.repair(self.scenario.fault)
        if self.machine.plant.supply_mv is None:
            self.machine.settle()
            self.machine.plant.supply_mv = float(self.scenario.supply_mv)
        self.machine.run_for(_SETTLE_S)
        self.pen.open()

    def _clear(self) -> str:
        self.evidence.orders.append((self._now_s(), "FAUL:CLE"))
        try:
            self.pen.command("FAUL:CLE")
        except Refused as refused:
            return refused.detail
        self.machine.run_for(2 * _STEP_S)
        return "cleared"

    def _recover(self) -> None:
        """Cleared, armed, a few strokes, off."""
        found = self.evidence
        if self.pen.state().name in ("READY", "RUNNING", "HOMING"):
            self._order("DIS")
            self._wait_for_off(self.scenario.period_s + _SETTLE_S)
        if self.pen.fault().code:
            found.gone = self._clear()
        self.pen.query("*TST?")  # a pen that has reset itself meanwhile wants it
        self._prepare()
        found.again_s = self._now_s()
        self._until_ended(self._strokes_again)
        state = self.pen.state()
        if state.name in ("READY", "RUNNING", "HOMING"):  # it did not do as it was told
            self._order("DIS")
            self._wait_for_off(self.scenario.period_s + _SETTLE_S)
        found.late, found.ended = state.fault, state.name

    def _strokes_again(self) -> None:
        self._arm()
        self._run(AFTERWARDS * self.scenario.period_s)
        self._finish_lease()
        self._order("DIS")
        self._wait_for_off(self.scenario.period_s + _SETTLE_S)


def play(rig: Rig, scenario: Scenario) -> Evidence:
    """Plays it on a pen that has got its power. Raises LinkLost if it does not come up."""
    pen = PenClient(SimLink(rig.machine))
    pen.open()
    pen.wait_for("IDLE")
    return Play(rig, pen, scenario).run()

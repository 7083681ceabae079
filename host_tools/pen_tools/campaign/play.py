"""Plays one scenario on a pen: the host does its work, the fault happens, the host goes on as if it had not, and looks."""

from __future__ import annotations

from collections.abc import Callable

from pen_sim.insides import CHIP
from pen_sim.rig import Rig
from pen_tools.campaign import draw, drive, facts, truth
from pen_tools.campaign.draw import BANG, HOMING, IDLE, LEASE, NO_FAULT, READY, STOP, Scenario
from pen_tools.campaign.evidence import Evidence
from pen_tools.campaign.host import LEASE_LEAST_S, NOTICE_S, SETTLE_S, Ended, Host
from pen_tools.client import PenClient
from pen_tools.errors import LinkLost, Refused
from pen_tools.links import SimLink

_SHOW_S = 0.12  # and this, whatever the rate: twice a heartbeat, and more than the judge wants
AFTERWARDS = 3  # strokes, to see that it is well again
_IDLE_S = 0.1  # phases without an end of their own last so long
_READY_S = 0.05
_STOPPING_S = 0.05  # a stroke's way back, and the order's
_COOLS_S = 60.0  # twice the time constant of the windings
_ASK_S = 0.5  # for an answer of a pen that may be deaf


class Play:
    """One run. The pen is idle, and nobody has used it."""

    def __init__(self, rig: Rig, pen: PenClient, scenario: Scenario) -> None:
        self.rig, self.pen, self.scenario = rig, pen, scenario
        self.machine = rig.machine
        self.evidence = Evidence()
        self.fault = facts.of(scenario.fault, self.machine.board.DRIVE, on_chip=self.machine.insides.target == CHIP)
        board = self.machine.board
        self.strokes = drive.strokes_to_see(board) + 1  # that the pen is given to show a fault in
        self.homing_s = drive.homing_s(board, scenario.depth_um)
        self.host = Host(rig, pen, self.evidence, scenario.period_s, self.homing_s)

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
        truth.gather(self.rig, found, moved=self.fault.moves)
        return found

    def _until_ended(self, part: Callable[[], None]) -> None:
        try:
            part()
        except Ended:
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
            self._inject_at(self.host.now_s() + scenario.part * _IDLE_S)
            self.machine.run_for(NOTICE_S)
            return
        if scenario.phase == HOMING:
            self.host.send("ARM")
            self._inject_at(self.host.now_s() + scenario.part * self.homing_s)
            return
        self.host.arm()
        if scenario.phase == READY:
            self._inject_at(self.host.now_s() + scenario.part * _READY_S)
            self.machine.run_for(NOTICE_S)
        elif scenario.phase == STOP:
            self._stop_in_a_stroke()
        else:
            moment_s = scenario.part * self.strokes * scenario.period_s
            self.host.run(moment_s + self._enough_s())
            self._inject_at(self.host.now_s() + moment_s)

    def _enough_s(self) -> float:
        return self.strokes * self.scenario.period_s + _SHOW_S

    def _stop_in_a_stroke(self) -> None:
        scenario = self.scenario
        moment_s = max(scenario.strokes * scenario.period_s, LEASE_LEAST_S)
        self.host.run(moment_s if scenario.ending == LEASE else moment_s + self._enough_s())
        stop_s = self.host.now_s() + moment_s
        self.host.wait_until(stop_s)
        if not self.rig.powered():
            raise Ended
        if scenario.ending != LEASE:
            self.host.send(scenario.ending)
            self.host.lease_end_s = 0.0
        self._inject_at(stop_s + scenario.part * _STOPPING_S)
        self.machine.run_for(_STOPPING_S)

    def _inject_at(self, at_s: float) -> None:
        """A pen that has turned itself off before, in motion, gets no fault on top: that is another run."""
        was_on = self.rig.powered()
        self.host.wait_until(at_s)
        turned_off = self.scenario.phase == STOP and self.scenario.ending in (BANG, draw.DISARM)
        if was_on and not self.rig.powered() and not turned_off:
            raise Ended
        if self.scenario.fault == NO_FAULT:
            return
        self.evidence.injected_s = self.host.now_s()
        self.rig.inject(self.scenario.fault)

    def _go_on(self) -> None:
        """The host arms and runs as it had meant to; twice, because some of it only the next homing can see."""
        self.host.finish_lease()
        if self.evidence.injected_s is not None:
            self.host.begin_anew()
        for again in (False, True):
            self._to_ready()
            if again or self.scenario.phase != draw.STROKE:
                self.host.run(self._enough_s())
                self.host.finish_lease()
            if self.host.state().name == "READY":
                self.host.order("DIS")
            self.host.wait_for_off(self.scenario.period_s + SETTLE_S)
            if self.scenario.fault == NO_FAULT:
                return

    def _to_ready(self) -> None:
        state = self.host.settled_state()
        if state.name == "IDLE":
            if self.fault.restarts:
                self.pen.query("*TST?")  # a pen that has reset itself meanwhile wants it
                self._prepare()
            self.host.arm()
        elif state.name == "RUNNING":  # somebody holds the trigger: the pen is used
            raise Ended

    # What came of it.

    def _look(self) -> None:
        """Which fault is latched. Whoever does not answer is repaired first."""
        found = self.evidence
        self.machine.run_for(SETTLE_S)
        if not found.deaf:
            try:
                self.pen.query("STAT?", _ASK_S)
            except LinkLost:
                found.deaf = True
        if found.deaf:
            self._repair()
        found.code = self.pen.fault().code

    def _clear_too_early(self) -> None:
        """With the cause still there, and a restart may have ended it. A pen that lets itself be cleared must find it again."""
        found = self.evidence
        if not found.code or found.repaired_s is not None or found.injected_s is None or not self.fault.lasts:
            return
        if self.fault.cured and found.code == facts.WATCHDOG:
            return
        found.standing = self.host.clear()
        if found.standing != "cleared":
            return
        found.again = 0
        self._until_ended(self._once_more)
        if found.deaf:
            self._repair()
        found.again = self.pen.fault().code

    def _once_more(self) -> None:
        self._to_ready()
        self.host.run(self._enough_s())
        self.host.finish_lease()
        if self.host.state().name == "READY":
            self.host.order("DIS")
        self.machine.run_for(SETTLE_S)

    def _repair(self) -> None:
        found = self.evidence
        if found.repaired_s is not None or found.injected_s is None:
            return
        found.repaired_s = self.host.now_s()
        self.rig.repair(self.scenario.fault)
        if self.machine.plant.supply_mv is None:
            self.machine.settle()
            self.machine.plant.supply_mv = float(self.scenario.supply_mv)
        self.machine.run_for(SETTLE_S)
        self.host.begin_anew()

    def _recover(self) -> None:
        """Cleared, armed, a few strokes, off."""
        found = self.evidence
        if self.pen.state().name in ("READY", "RUNNING", "HOMING"):
            self.host.order("DIS")
            self.host.wait_for_off(self.scenario.period_s + SETTLE_S)
        if self.pen.fault().code:
            found.gone = self.host.clear()
            if "warm" in found.gone:  # what was measured hot must cool, by the pen's reckoning
                self.machine.run_for(_COOLS_S)
                found.gone = self.host.clear()
        self.pen.query("*TST?")  # a pen that has reset itself meanwhile wants it
        self._prepare()
        found.again_s = self.host.now_s()
        self._until_ended(self._strokes_again)
        state = self.pen.state()
        if state.name in ("READY", "RUNNING", "HOMING"):  # it did not do as it was told
            self.host.order("DIS")
            self.host.wait_for_off(self.scenario.period_s + SETTLE_S)
        found.late, found.ended = state.fault, state.name

    def _strokes_again(self) -> None:
        self.host.arm()
        self.host.run(AFTERWARDS * self.scenario.period_s)
        self.host.finish_lease()
        self.host.order("DIS")
        self.host.wait_for_off(self.scenario.period_s + SETTLE_S)


def play(rig: Rig, scenario: Scenario) -> Evidence:
    """Plays it on a pen that has got its power. Raises LinkLost if it does not come up."""
    pen = PenClient(SimLink(rig.machine))
    identity = pen.open()
    pen.wait_for("IDLE")
    played = Play(rig, pen, scenario)
    played.evidence.identity = identity
    return played.run()

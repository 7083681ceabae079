"""The host in a run: it gives orders, which are noted, and lets time pass."""

from __future__ import annotations

from math import ceil

from pen_sim.rig import Rig
from pen_tools.campaign.evidence import Evidence
from pen_tools.client import PenClient, State
from pen_tools.errors import LinkLost, Refused, StrayAnswer

LEASE_LEAST_S = 0.1  # of the console
STEP_S = 0.005
SETTLE_S = 0.15  # the return spring, the rows after a fault, a host that is missed
NOTICE_S = 0.06  # a heartbeat missed, and more than any debouncing
_ARMING_S = 4.0  # the longest homing there is: 3.8 mm at half a millimetre in 100 ms, and its margin
_ARMED_S = 0.2  # more than this board's homing
_LAST_STROKE_S = 0.1
_STARTING = ("BOOT", "SELFTEST")
_BUSY = (*_STARTING, "HOMING", "RUNNING")
_SELF_TEST_S = 3.0  # from its first answer on the chip takes 1.7 s
_OPENINGS = 6


class Ended(Exception):
    """The pen will do nothing more: it refused, latched a fault, or does not answer."""


class Host:
    """At the console of the pen in `rig`; `period_s` is that of its strokes, `homing_s` what its homing takes. Any method raises LinkLost."""

    def __init__(self, rig: Rig, pen: PenClient, evidence: Evidence, period_s: float, homing_s: float) -> None:
        self.rig, self.pen, self.evidence, self.period_s, self.homing_s = rig, pen, evidence, period_s, homing_s
        self.machine = rig.machine
        self.lease_end_s = 0.0

    def arm(self) -> None:
        """Until it is ready. Raises Ended if that does not come about."""
        self.order("ARM")
        until_s = self.now_s() + _ARMING_S
        while (state := self.state()).name != "READY":
            if state.name != "HOMING" or self.now_s() > until_s:
                raise Ended
            self.machine.run_for(2 * STEP_S)

    def run(self, seconds: float) -> None:
        """Strokes for so long from now; waits for none. Raises Ended."""
        seconds = max(ceil(seconds * 1e3) / 1e3, LEASE_LEAST_S)
        self.order(f"RUN {seconds:.3f}")
        self.lease_end_s = self.now_s() + seconds

    def finish_lease(self) -> None:
        """To the end of the lease and of its last stroke, or until the drive goes off."""
        self.wait_until(self.lease_end_s + min(self.period_s, _LAST_STROKE_S))
        if not self.rig.powered():
            self.machine.run_for(SETTLE_S)
        else:
            self.machine.run_for(NOTICE_S)

    def wait_until(self, at_s: float) -> None:
        """To that moment, but no longer than the drive is on, if it is."""
        machine, end_ns = self.machine, round(at_s * 1e9)
        if not self.rig.powered():
            machine.run_until(max(end_ns, machine.now_ns))
        while self.rig.powered() and machine.now_ns < end_ns:
            machine.run_until(min(end_ns, machine.now_ns + round(STEP_S * 1e9)))

    def wait_for_off(self, seconds: float) -> None:
        """Until the drive is off, `seconds` at most, and all is at rest."""
        self.wait_until(self.now_s() + seconds)
        self.machine.run_for(SETTLE_S)

    def now_s(self) -> float:
        """Virtual time."""
        return self.machine.now_ns / 1e9

    # The console.

    def begin_anew(self) -> None:
        """As a host that opens the port, and gives a pen that has restarted the time to test itself."""
        self._empty_line()
        self._let_it_start()

    def _empty_line(self) -> None:
        """What was sent into the line, left in the queue of errors or answered late is gone.

        Who has answered rightly twice, with time in between, has nothing left to say to what was asked before.
        """
        right = 0
        for _ in range(_OPENINGS):
            try:
                right = right + 1 if self.pen.open().startswith("needlepen,") else 0
            except (Refused, StrayAnswer):
                right = 0  # that was the answer to something else
            except LinkLost:
                right = 0
                if not self.pen.link.read():
                    raise
            if right == 2:
                return
            self.machine.run_for(SETTLE_S)
        raise LinkLost("the pen answers, but not what it is asked")

    def _let_it_start(self) -> None:
        """One that takes too long gets its orders all the same: what comes of it is the judge's business."""
        until_s = self.now_s() + _SELF_TEST_S
        while self.state().name in _STARTING and self.now_s() < until_s:
            self.machine.run_for(2 * STEP_S)

    def send(self, text: str) -> None:
        """Gives an order; waits for nothing."""
        self.evidence.orders.append((self.now_s(), text))
        self.pen.link.write(text.encode() + b"\n")

    def order(self, text: str) -> None:
        """Gives an order. Raises Ended if the pen refuses; why is noted."""
        self.evidence.orders.append((self.now_s(), text))
        try:
            self.pen.command(text)
        except Refused as refused:
            self.evidence.orders.append((self.now_s(), "refused"))
            self.evidence.refused = refused.detail
            raise Ended from refused

    def state(self) -> State:
        """What the pen says."""
        return self.pen.state()

    def settled_state(self) -> State:
        """The state once homing is over and the needles are back. Raises Ended if a fault is latched."""
        until_s = self.now_s() + self.period_s + self.homing_s + _ARMED_S
        while (state := self.state()).name in _BUSY and self.now_s() < until_s:
            self.machine.run_for(2 * STEP_S)
        if state.name == "FAULT":
            raise Ended
        return state

    def clear(self) -> str:
        """FAUL:CLE; "cleared", or why the pen refuses. A fault that a restart has latched hides that the self test is still under way."""
        self.evidence.orders.append((self.now_s(), "FAUL:CLE"))
        try:
            self.pen.command("FAUL:CLE")
        except Refused as refused:
            return refused.detail
        self.machine.run_for(2 * STEP_S)
        self._let_it_start()
        return "cleared"

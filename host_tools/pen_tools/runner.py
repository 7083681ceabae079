"""`pen run`, step by step: set up, arm, stroke under a lease that is renewed, watch, measure. Only the console is used."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from pen_tools import faultlist, treat
from pen_tools.client import PenClient, State
from pen_tools.errors import LinkLost, Refused
from pen_tools.faultlist import Planned
from pen_tools.output import Teller
from pen_tools.record import Figures, Plan, Record, Spread, figures_of_rig
from pen_tools.targets import Opened
from pen_tools.trace import Trace

_LEASE_S = 60.0  # the longest the pen gives
_RENEW_S = 10.0  # renewed when less is left: a lost line, and asking again, fit in
_STEP_S = 0.05
_TRACE_STEPS = 2  # TRAC? every 0.1 s: the ring holds 0.2 s, and 0.15 s before a fault
_MEASURE_STEPS = 10
_LATE_S = 0.002  # an order is taken within two milliseconds: rather end early than with a stroke too many
_OVERTIME_S = 2.0  # after the lease's end: the last stroke returns within one second
_HOMING_S = 10.0
_FREEZE_S = 0.25  # the trace takes 128 more rows after a fault, at 1 kHz if the scan is slow


class Runner:
    """One run. `check` raises KeyboardInterrupt if the run is to be broken off; then and always the pen is stopped."""

    def __init__(
        self, opened: Opened, plan: Plan, teller: Teller, check: Callable[[], None], *, trace: bool = False
    ) -> None:
        self.opened = opened
        self.pen: PenClient = opened.pen
        self.link = opened.pen.link
        self.plan = plan
        self.teller = teller
        self.check = check
        self.faults: Sequence[Planned] = faultlist.read(plan.faults, plan.seconds, opened.kind, opened.identity.board)
        self.record = Record(opened, plan, trace=Trace() if trace else None)
        self._tick: int | None = None  # the pen's clock at RUN, which only the rig can see
        self._granted_s = 0.0
        self._order_s: float | None = None  # when the pen took ARM, later RUN, by its own clock

    def run(self) -> Record:
        """Raises PenError if it ended before anything moved; after that, the record says what happened."""
        treat.require_idle(self.pen)
        treat.apply(self.pen, self.plan, self.record)
        faultlist.check_depths(self.faults, self.record.depth_mm)
        record = self.record
        shown = f"{record.zone} {record.depth_mm:.2f} mm (cap {record.cap_mm:.2f} mm) at {record.rate_hz:.1f} Hz"
        who = self.opened.identity
        self.teller.tell(f"{who.board}, firmware {who.firmware}: {shown}")
        try:
            self._treat()
        except KeyboardInterrupt:
            record.interrupted = True
            self._stop()
        except LinkLost as error:
            record.link_lost = error
            self._stop()
        except BaseException:
            self._stop()
            raise
        finally:
            self.teller.end()
        self._gather()
        return record

    def _treat(self) -> None:
        """Everything that moves. A fault ends it early."""
        if not self._arm():
            return
        self.teller.tell(f"stroking for {self.plan.seconds:g} s")
        wall = time.perf_counter()
        try:
            self._start()
            state = self._watch()
        finally:
            self.record.virtual_s = self.link.now_s() - self.record.zero_s
            self.record.wall_s = time.perf_counter() - wall
        if state.name != "FAULT":
            self._disarm(state)

    def _arm(self) -> bool:
        """Homes; False if a fault came of it. Raises Refused if the pen would not: nothing moved."""
        rig = self.opened.rig
        for fault in self.faults:
            if rig and fault.before_arming:
                rig.inject(fault.name)
        self.link.run_for(_STEP_S)  # debounced inputs have seen what was injected
        self._begin(ran=False)
        try:
            self.pen.command("ARM")
        except Refused as refused:
            if self.pen.state().name == "FAULT":
                return False
            raise Refused(refused.code, refused.detail, "put that right and start again; nothing moved") from refused
        self._note_order("ARM")
        self.teller.tell("homing")
        return self._wait_for("READY", _HOMING_S).name != "FAULT"

    def _start(self) -> None:
        """Gives the first lease; the run's time begins here."""
        rig = self.opened.rig
        self._begin(ran=True)
        if rig:
            for fault in self.faults:
                if not fault.before_arming:
                    rig.schedule(fault.text)
        self._lease(self.plan.seconds)
        self._note_order("RUN")

    def _begin(self, *, ran: bool) -> None:
        """Time counts from here on."""
        self.record.zero_s, self.record.ran = self.link.now_s(), ran
        if rig := self.opened.rig:
            rig.mark()
            self._tick = rig.machine.ticks_us()

    def _lease(self, wanted_s: float) -> None:
        lease_s = min(_LEASE_S, wanted_s)
        self._order(f"RUN {lease_s:.3f}")
        self._granted_s = self.link.now_s() - self.record.zero_s + lease_s

    def _watch(self) -> State:
        """Until the strokes have ended, a fault is latched, or time is up."""
        step = 0
        while True:
            self.check()
            self.link.run_for(_STEP_S)
            state = self.pen.state()
            done_s = self.link.now_s() - self.record.zero_s
            self.teller.progress(done_s, self.plan.seconds, state.strokes)
            step += 1
            if step % _TRACE_STEPS == 0:
                self._fetch()
            if step % _MEASURE_STEPS == 0:
                self.record.measured = self._measured(state.strokes)  # what is known, should the link be lost
            if state.name not in ("READY", "RUNNING") or (state.name == "READY" and not state.lease_s):
                return state
            if done_s > self.plan.seconds + _OVERTIME_S:
                return state
            if state.lease_s < _RENEW_S and self._granted_s < self.plan.seconds - 2 * _LATE_S:
                self._lease(self.plan.seconds - done_s - _LATE_S)

    def _disarm(self, state: State) -> None:
        if state.name != "IDLE":
            self._order("DIS")
        self._wait_for("IDLE", _OVERTIME_S)

    def _order(self, text: str) -> None:
        """Gives an order to an armed pen. If it is not armed any more, STAT? will say why."""
        try:
            self.pen.command(text)
        except Refused:
            self.teller.tell("the pen has stopped by itself")

    def _stop(self) -> None:
        """Stops whatever the pen is doing, as well as it can still be told."""
        try:
            self.pen.stop()
            if self.record.link_lost is None:
                self._wait_for("IDLE", _OVERTIME_S, checked=False)
        except LinkLost as error:
            self.record.link_lost = self.record.link_lost or error

    def _wait_for(self, name: str, timeout_s: float, *, checked: bool = True) -> State:
        until_s = self.link.now_s() + timeout_s
        while (state := self.pen.state()).name not in (name, "FAULT"):
            if checked:
                self.check()
            if self.link.now_s() > until_s:
                raise LinkLost(f"the pen stays {state.name}, {name} was expected", "switch it off; read LOG? and FAUL?")
            self.link.run_for(_STEP_S / 5)
        return state

    # What came of it. The rig is asked last and always.

    def _gather(self) -> None:
        record, rig = self.record, self.opened.rig
        try:
            if record.link_lost is None:
                self._ask()
        except LinkLost as error:
            record.link_lost = error
        if record.trace:
            record.trace.begin(self._tick, ran=record.ran)
            if record.fault:  # the trace knows the moment better than in milliseconds
                record.fault_s = record.trace.fault_s() or record.fault_s
        if rig:
            record.truth = figures_of_rig(rig)
            record.trace_hash = rig.machine.trace_hash()
            record.remarks = rig.machine.remarks

    def _ask(self) -> None:
        pen, record = self.pen, self.record
        state = pen.state()
        if state.name == "FAULT":
            self.link.run_for(_FREEZE_S)
            record.fault = pen.fault()
        self._fetch()
        self._read_log()
        if record.fault and record.restarted:  # its clock began anew
            record.fault_s = self.link.now_s() - record.zero_s
        elif record.fault and self._order_s is not None:  # None: it came of ARM, at once
            record.fault_s = record.fault.at_s - self._order_s
        if record.ran:
            record.measured = self._measured(state.strokes)
        else:
            record.measured = Figures(0, 0.0, Spread(0.0, 0.0, 0.0), 0.0, 0.0)

    def _fetch(self) -> None:
        if self.record.trace is not None:
            self.record.trace.add(self.pen.block("TRAC?"))

    def _read_log(self) -> None:
        """Adds the log's new events: (seconds since the pen's start, event, detail)."""
        events = self.record.events
        log = self.pen.log().events
        # One that has booted has a shorter past than it told before.
        if events and log and log[-1][0] / 1_000 < events[-1][0]:
            self.record.restarted = True
        for at_ms, event, detail in log:
            entry = (at_ms / 1_000, event, detail)
            if entry not in events:
                events.append(entry)

    def _note_order(self, order: str) -> None:
        """Takes the time at which the pen took its last `order` as the beginning for the fault's time."""
        self._read_log()
        self._order_s = max((at_s for at_s, event, _ in self.record.events if event == order), default=0.0)

    def _measured(self, strokes: int) -> Figures:
        depth = Spread(*(self._number(f"MEAS:DEPT? {which}") for which in ("MIN", "MEAN", "MAX")))
        mean_ma, max_ma = self._number("MEAS:CURR? MEAN"), self._number("MEAS:CURR? MAX")
        return Figures(strokes, self._number("MEAS:RATE?"), depth, mean_ma, max_ma)

    def _number(self, query: str) -> float:
        answer = self.pen.query(query)
        try:
            return float(answer)
        except ValueError as error:
            raise LinkLost(
                f"the pen answered {answer[:60]!r} to {query}", "its program has ended or restarted"
            ) from error

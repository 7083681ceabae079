"""Everything that can happen to a pen, in any order: its needles move only when somebody is entitled to it. See permission.py."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pen_sim import faults
from pen_sim.edges import Edges
from tests.firmware.permission import BACK_NS, CAPS_UM, CUT_NS, MS, ORDER_NS, OVER_UM, TURN_NS, Permission
from tests.firmware.support import Pen

# Not among the random faults: what moves the tip by itself, and what has a rule of its own.
MOVES = {"steps_extra", "carriage_slip", "dir_reversed"}
RULES = {"estop", "cartridge_out", "trigger_held", "link_lost", "foreground_hang", "scan_dead"}
# Nor a pen that boots anew, words that the host did not send, or an image that nobody wrote: a campaign draws from these.
_ELSEWHERE = {"memory", "console", "resets"}
_HERE = {name for name, fault in faults.on("sim").items() if not fault.restarts and fault.subject not in _ELSEWHERE}
RANDOM_FAULTS = sorted(_HERE - MOVES - RULES - {"enable_stuck_high"})

HEARTBEAT_NS = 55 * MS  # 50 ms, and the scans around it
DEADMAN_NS = 3 * MS  # [design] section 6: 2.5 ms
UNSEATED_NS = 3 * MS  # 20 scans
LINK_NS = 21 * MS  # 200 scans
QUERIES = (
    "STAT?",
    "DEPT? MAX",
    "RATE?",
    "FAUL?",
    "SYST:ERR?",
    "*IDN?;*STB?",
    "MEAS:DEPT? MEAN",
    "DOSE?",
    "*TST?",
    "HELP? RUN",
    "ZONE:CAT?",
)
LIMITS = ("DEPT 0.6", "DEPT 1", "DEPT 2", "DEPT 3", "RATE 5", "RATE 25", "RATE 41", "DEPT 1E9", "RATE MAX")

ZONES = st.sampled_from(sorted(CAPS_UM))
SECONDS = st.sampled_from([0.1, 0.25, 0.6])
HOW = st.none() | SECONDS
WAITS = st.sampled_from([0.1, 1, 3, 7, 20, 45, 100, 300, 700])
PLACES = st.none() | st.integers(30, 140)
STROKES: list[int] = []  # of each example


class PenMachine(RuleBasedStateMachine):
    """A pen in the hands of somebody who does anything at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.pen = Pen(exact=True)
        self.machine = self.pen.machine
        self.plant = self.pen.plant
        self.model = Permission(self.plant.tip_um)
        edges = self.machine.hal.edges
        assert isinstance(edges, Edges)
        self.kept = edges.add
        edges.add = self.edge
        self.hung = self.dead = False
        self.broken: set[str] = set()
        self.strokes_seen = 0
        self.cap_um = 0

    def edge(self, t_ns: int, signal: int, level: int) -> None:
        self.kept(t_ns, signal, level)
        self.model.edge(t_ns, signal, level)

    @property
    def now_ns(self) -> int:
        return self.machine.now_ns

    @property
    def listening(self) -> bool:
        """Lines of a host are read and executed within ORDER_NS."""
        return self.machine.hal.link and not self.hung and not self.dead

    def wait(self, ms: float) -> None:
        self.machine.run_for(ms / 1_000)
        self.machine.receive()

    def tell(self, line: str) -> None:
        self.machine.send(line.encode() + b"\n")

    # --- getting somewhere: a pen that does nothing proves nothing

    @initialize(zone=ZONES, how=HOW)
    def begin(self, zone: str, how: float | None) -> None:
        self.treat(zone, how)

    @precondition(lambda self: not self.model.armed)
    @rule(zone=ZONES, how=HOW)
    def treat(self, zone: str, how: float | None) -> None:
        """Strokes, for so many seconds or by the trigger."""
        self.get_ready(zone)
        if how is None:
            self.press(60)
        else:
            self.run(how)
            self.wait(60)

    @precondition(lambda self: not self.model.armed)
    @rule(zone=ZONES)
    def get_ready(self, zone: str) -> None:
        """All is mended, and the pen is armed as it should be."""
        self.repair()
        self.release()
        self.plant.estop_pressed, self.plant.cartridge_seated = False, True
        self.machine.connect(True)
        self.revive()
        self.wait(BACK_NS / MS)
        self.clear()
        self.choose(zone)
        self.wait(ORDER_NS / MS)
        self.arm()
        self.wait(250)

    @precondition(lambda self: self.listening)
    @rule(seconds=SECONDS, then=st.sampled_from(["", ";:STAT?", ";*WAI", ";*OPC"]))
    def run(self, seconds: float, then: str = "") -> None:
        self.model.run(self.now_ns, seconds)
        if "WAI" not in then:
            self.tell(f"RUN {seconds}{then}")
        elif not self.plant.trigger_held:  # else it would wait for its release
            self.tell(f"RUN {seconds}{then}")
            self.wait(seconds * 1_000 + 200)  # nothing behind it is read before

    @rule(ms=WAITS)
    def press(self, ms: float) -> None:
        self.plant.trigger_held = True
        self.model.press(self.now_ns)
        self.wait(ms)

    @rule(ms=WAITS)
    def time(self, ms: float) -> None:
        self.wait(ms)

    def stroke(self, after: float | None) -> None:
        """If it can: strokes, and so many milliseconds later, anywhere in one, what comes next."""
        if after is not None and self.listening and self.model.armed:
            self.run(0.6)
            self.wait(after)

    # --- the console

    @precondition(lambda self: self.listening)
    @rule(order=st.sampled_from(["ARM", "FAUL:CLE", "ZONE"]), zone=ZONES)
    def lead_on(self, order: str, zone: str) -> None:
        if order == "ARM":
            self.arm()
        elif order == "ZONE":
            self.choose(zone)
        else:
            self.clear()

    def choose(self, zone: str) -> None:
        self.model.choose(zone, not self.model.armed and self.now_ns > self.model.quiet_ns)
        self.tell(f"ZONE {zone}")

    def arm(self) -> None:
        possible = self.plant.cartridge_seated and not self.plant.estop_pressed
        self.model.arm(possible)
        self.tell("ARM")
        if not possible:
            self.wait(ORDER_NS / MS)  # it is read, and refused, before that may change

    def clear(self) -> None:
        self.model.cleared = True
        self.tell("FAUL:CLE")

    @precondition(lambda self: self.listening)
    @rule(line=st.sampled_from(QUERIES + LIMITS).map(str.encode) | st.binary(max_size=40))
    def say(self, line: bytes) -> None:
        if b"!" in line or b"\x03" in line:
            self.model.off(self.now_ns, TURN_NS)
        self.machine.send(line + b"\n")

    @precondition(lambda self: self.listening)
    @rule(line=st.sampled_from(["STOP", "RUN 0.5;:STOP", "DIS", "*RST"]), after=PLACES)
    def stop_order(self, line: str, after: float | None) -> None:
        self.stroke(after)
        if "STOP" in line:
            self.model.stop(self.now_ns)
        else:
            self.model.off(self.now_ns, ORDER_NS)
        self.tell(line)
        self.wait(after or 0)
        if line == "*RST":
            self.wait((ORDER_NS + BACK_NS) / MS)
            self.no_deeper_than_the_cap()
            self.model.zones = set()

    @precondition(lambda self: not self.dead)
    @rule(stop=st.sampled_from([b"!", b"\x03", b"DEPT!", b"RUN 1\x03"]), after=PLACES)
    def stop_byte(self, stop: bytes, after: float | None = None) -> None:
        self.stroke(after)
        self.model.off(self.now_ns, TURN_NS)
        self.machine.send(stop + b"\n")

    # --- hands

    @rule()
    def release(self) -> None:
        self.plant.trigger_held = False
        self.model.release(self.now_ns)

    @rule(what=st.sampled_from(["estop", "no estop", "unseat", "seat"]), after=PLACES)
    def hands(self, what: str, after: float | None) -> None:
        self.stroke(after)
        plant = self.plant
        if what == "estop" and not plant.estop_pressed:
            self._cut(lambda: setattr(plant, "estop_pressed", True), CUT_NS, 0)
        elif what == "unseat" and plant.cartridge_seated:
            self._cut(lambda: setattr(plant, "cartridge_seated", False), UNSEATED_NS + TURN_NS, BACK_NS)
        elif what == "no estop":
            plant.estop_pressed = False
        elif what == "seat":
            plant.cartridge_seated = True

    def _cut(self, act: Callable[[], None], within_ns: int, back_ns: int) -> None:
        """A cause that lasts long enough to count, if the drive is on. While it is off it is none, and forbids arming."""
        was_on, began_ns = self.machine.gate, self.now_ns
        act()
        self.wait(
            (within_ns if was_on else max(within_ns, ORDER_NS)) / MS
        )  # an ARM that was sent before is read, and refused
        self.model.off(began_ns, within_ns if was_on else ORDER_NS, back_ns)
        if was_on and not self.dead:
            self.model.cleared = False

    # --- what breaks

    @precondition(lambda self: self.machine.gate and not self.hung and not self.dead)
    @rule(what=st.sampled_from(["foreground", "scan", "link"]), after=PLACES)
    def die(self, what: str, after: float | None) -> None:
        self.stroke(after)
        if what == "foreground":
            self.hung = True
            self._cut(lambda: setattr(self.machine, "turns_stop", True), HEARTBEAT_NS, BACK_NS)
        elif what == "scan":
            self.dead = True
            self._cut(lambda: setattr(self.machine, "scans_stop", True), DEADMAN_NS, 0)
            self.wait(30)
        else:
            began_ns = self.now_ns
            self.machine.connect(False)
            self.wait(LINK_NS / MS + 5)
            self.model.lease_ns = min(self.model.lease_ns, began_ns + LINK_NS)
            self.wait(60)

    @rule()
    def revive(self) -> None:
        self.machine.turns_stop = self.machine.scans_stop = False
        self.machine.connect(True)
        self.wait(ORDER_NS / MS)
        self.hung = self.dead = False

    @precondition(lambda self: self.machine.gate and not self.broken)
    @rule(name=st.sampled_from(RANDOM_FAULTS), ms=WAITS)
    def breaks(self, name: str, ms: float) -> None:
        self.broken.add(name)
        faults.TABLE[name].inject(self.machine)
        self.wait(ms)

    def repair(self) -> None:
        for name in sorted(self.broken):
            faults.TABLE[name].repair(self.machine)
        self.broken.clear()

    # --- what must hold

    @invariant()
    def no_deeper_than_the_cap(self) -> None:
        self.machine.settle()
        cap_um = max(self.cap_um, self.model.cap_um)
        for stroke in self.plant.truth[self.strokes_seen :]:
            assert stroke.peak_um <= cap_um + OVER_UM
        if self.strokes_seen != len(self.plant.truth):
            self.cap_um = self.model.cap_um
        self.strokes_seen = len(self.plant.truth)

    def teardown(self) -> None:
        """And whatever was done, all of it ends, the needles are in, and the pen can be used again."""
        STROKES.append(self.model.crossings)
        self.repair()
        self.release()
        self.plant.estop_pressed, self.plant.cartridge_seated = False, True
        self.revive()
        self.stop_byte(b"!")
        self.wait(300)
        assert not self.machine.gate
        assert self.plant.tip_um(self.now_ns) <= 0
        self.machine.send(b"\nSYST:ECHO OFF\n")
        self.wait(50)
        self.clear()
        self.pen.say("*CLS")
        assert self.pen.say("*IDN?").startswith("needlepen,")
        self.choose("NOSE")
        for _ in range(2):  # steps that are still to be lost may spoil the first homing
            self.clear()
            self.wait(30)
            self.arm()
            self.wait(600)
        assert self.pen.state == "READY"


PenMachine.TestCase.settings = settings(
    max_examples=60, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@pytest.mark.minutes
@pytest.mark.requirement("SR-03")
@pytest.mark.requirement("SR-07")
@pytest.mark.requirement("SR-10")
@pytest.mark.requirement("SR-11")
@pytest.mark.requirement("SR-12")
@pytest.mark.requirement("SR-13")
@pytest.mark.requirement("SR-26")
def test_needles_move_only_when_somebody_is_entitled_to_it() -> None:
    STROKES.clear()
    PenMachine.TestCase("runTest").runTest()
    assert sum(STROKES) > 4 * len(STROKES), "a pen that makes no strokes proves nothing"

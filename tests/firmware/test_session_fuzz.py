"""Random sequences of everything that can happen, against a small model of who may move the needles."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.firmware.support import NAMES, Pen

TURN_NS = 6_500_000  # a turn of the foreground while off, and what it costs
PRESS_NS = 4_900_000  # 50 scans of closed contact
RELEASE_NS = 600_000  # 5 scans of open contact, and the one that sees the first
OVER_UM = 20  # [design] section 6: tip beyond the cap, whatever happens

EVENTS = (
    "ARM", "DIS", "RUN 0.1", "RUN 0.3", "RUN 0.6", "STOP", "!", "FAUL:CLE", "*RST", "ZONE CHEEK", "ZONE PERIORBITAL",
    "ZONE BODY", "DEPT 0.6", "DEPT 1", "DEPT 2", "RATE 5", "RATE 25", "press", "release", "estop", "no estop", "unseat",
    "seat", "unplug", "plug", "RUN 0.5;:STOP", "RUN 0.3;:ZONE NOSE", "RATE 10;:RUN 0.5", "TRAC?", "LOG?", "rubbish",
)  # fmt: skip
steps = st.tuples(st.sampled_from(EVENTS), st.integers(0, 80))


class Watch:
    """Looks at every scan: what it ordered, and whether anybody was entitled to it."""

    def __init__(self, pen: Pen) -> None:
        self.pen = pen
        self.lease_until_ns = 0
        self.let_go_ns = -RELEASE_NS
        self.pressed_ns: int | None = None
        self.scan = pen.machine.hal.scan
        pen.machine.hal.scan = self.watched
        self.starts = 0
        self.deepest_cap_um = 0

    def let_go(self) -> None:
        """The trigger is released; a press too short to count leaves nothing behind."""
        now_ns = self.pen.machine.now_ns
        if self.pressed_ns is not None and now_ns - self.pressed_ns >= PRESS_NS:
            self.let_go_ns = now_ns
        self.pressed_ns = None

    def watched(self, now_ns: int) -> None:
        pen = self.pen
        phase = pen.word("ST_PHASE")
        self.scan(now_ns)
        if pen.word("OU_MOTION") == NAMES.MOVE_START and pen.word("ST_PHASE") == NAMES.PHASE_STROKING:
            self.starts += 1
            assert phase in (NAMES.PHASE_HOLD, NAMES.PHASE_STROKING)
            assert pen.word("ST_FAULT") == 0
            assert pen.word("OR_MODE") == NAMES.MODE_HOLD
            held = self.pressed_ns is not None and now_ns - self.pressed_ns >= PRESS_NS
            assert now_ns <= self.lease_until_ns + TURN_NS or held or now_ns <= self.let_go_ns + RELEASE_NS
        cap_um = max(pen.word("LI_CAP_UM"), 0)
        assert pen.plant.max_tip_um <= max(cap_um, self.deepest_cap_um) + OVER_UM
        self.deepest_cap_um = max(self.deepest_cap_um, cap_um)


def act(pen: Pen, watch: Watch, event: str) -> None:
    now_ns = pen.machine.now_ns
    knobs = {
        "estop": ("estop_pressed", True), "no estop": ("estop_pressed", False), "unseat": ("cartridge_seated", False),
        "seat": ("cartridge_seated", True), "press": ("trigger_held", True), "release": ("trigger_held", False),
    }  # fmt: skip
    if event in knobs:
        setattr(pen.plant, *knobs[event])
        if event == "press":
            watch.pressed_ns = now_ns if watch.pressed_ns is None else watch.pressed_ns
        elif event == "release":
            watch.let_go()
    elif event in ("unplug", "plug"):
        pen.machine.connect(event == "plug")
    else:
        if "RUN" in event and "STOP" not in event:
            seconds = float(event.partition("RUN ")[2].partition(";")[0])
            watch.lease_until_ns = max(watch.lease_until_ns, now_ns + round(seconds * 1e9))
        if event in ("STOP", "!", "DIS", "*RST", "RUN 0.5;:STOP"):
            watch.lease_until_ns = min(watch.lease_until_ns, now_ns)
        pen.machine.send(event.encode() + b"\n")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps, max_size=20), st.integers(1, 100))
@pytest.mark.requirement("SR-10")
@pytest.mark.requirement("SR-11")
@pytest.mark.requirement("SR-03")
@pytest.mark.requirement("SR-26")
def test_needles_move_only_when_somebody_asks(events: list[tuple[str, int]], seed: int) -> None:
    pen = Pen(seed=seed, exact=True).arm()
    watch = Watch(pen)
    watch.lease_until_ns = pen.machine.now_ns + 200_000_000
    pen.say("RUN 0.2")
    for event, ms in events:
        act(pen, watch, event)
        pen.run_for(ms / 1_000)
    act(pen, watch, "release")
    pen.run_for(0.9)
    assert pen.state in ("IDLE", "READY", "FAULT"), "whatever was ordered has ended by itself"
    before = watch.starts
    pen.run_for(0.1)
    assert watch.starts == before
    assert pen.plant.tip_um(pen.machine.now_ns) <= 0, "and no needle is out"
    pen.machine.receive()
    pen.machine.connect(True)
    assert pen.say("*IDN?", 0.05).startswith("needlepen,")

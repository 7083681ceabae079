"""Virtual time and the firmware's loop on it: the firmware's own main.py, driven as a client would."""

import time

import pytest

from pen_sim.hal import TICKS_AT_START, TICKS_MASK
from pen_sim.machine import Machine
from pen_sim.rig import SimRig

TICKS_PER_S = 1_000_000
SCANS_PER_S_IDLE = 1_000
SCANS_PER_S_ARMED = 10_000


def ask(machine: Machine, text: str, wait_s: float = 0.02) -> str:
    machine.send(text.encode() + b"\n")
    machine.run_for(wait_s)
    return machine.receive().decode("latin-1").rstrip("\n")


def ready(machine: Machine, rate: str = "20") -> None:
    machine.connect(True)
    machine.run_for(0.1)
    for text in ("ZONE CHEEK", f"RATE {rate}", "DEPT 1.0", "ARM"):
        assert ask(machine, text) == ""
    machine.run_for(0.3)
    assert ask(machine, "STAT?").startswith("READY")


def test_time_moves_only_when_told() -> None:
    machine = Machine()
    machine.run_for(0.25)
    time.sleep(0.01)
    assert machine.now_ns == 250_000_000
    assert machine.hal.now_us() == TICKS_AT_START + 250_000


def test_the_scan_runs_at_1_khz_idle_and_10_khz_armed() -> None:
    machine = Machine()
    machine.run_for(1.0)
    assert machine.hal.scan_count == pytest.approx(SCANS_PER_S_IDLE, abs=1)
    ready(machine)
    before = machine.hal.scan_count
    machine.run_for(1.0)
    assert machine.hal.scan_count - before == pytest.approx(SCANS_PER_S_ARMED, abs=1)


def test_it_starts_shortly_before_the_wrap_and_crosses_it() -> None:
    machine = Machine()
    machine.run_for(5.0)
    assert machine.hal.now_us() == (TICKS_AT_START + 5 * TICKS_PER_S) & TICKS_MASK
    assert machine.hal.now_us() < TICKS_AT_START
    assert ask(machine, "STAT?") == "IDLE,0,0,0.000"


@pytest.mark.parametrize("slices", [1, 7, 1000])
def test_how_time_is_sliced_changes_nothing(slices: int) -> None:
    machine = Machine(seed=5)
    ready(machine)
    machine.send(b"RUN 0.5\n")
    for _ in range(slices):
        machine.run_until(machine.now_ns + 700_000_000 // slices)
    machine.run_until(1_300_000_000)
    whole = Machine(seed=5)
    ready(whole)
    whole.send(b"RUN 0.5\n")
    whole.run_until(1_300_000_000)
    assert machine.trace_hash() == whole.trace_hash()
    assert len(machine.plant.truth) == 10


def test_one_seed_one_trace() -> None:
    hashes: dict[int, set[str]] = {}
    for seed in (1, 1, 2):
        machine = Machine(seed=seed)
        ready(machine)
        ask(machine, "RUN 0.5", 0.7)
        ask(machine, "MEAS:DEPT? MEAN;:TRAC?")
        hashes.setdefault(seed, set()).add(machine.trace_hash())
    assert len(hashes[1]) == 1
    assert hashes[1] != hashes[2]


def test_exact_words_give_the_same_trace() -> None:
    traces: list[str] = []
    for exact in (False, True):
        machine = Machine(seed=3, exact=exact)
        ready(machine)
        ask(machine, "RUN 0.3", 0.5)
        traces.append(machine.trace_hash())
    assert traces[0] == traces[1]


def test_events_happen_at_their_time_and_in_order() -> None:
    machine = Machine()
    seen: list[tuple[str, int]] = []
    for name, t_ns in (("late", 3_000_500), ("early", 1_000_500), ("early too", 1_000_500), ("on a scan", 2_000_000)):
        machine.at(t_ns, lambda name=name: seen.append((name, machine.now_ns)))
    machine.run_for(0.01)
    assert seen == [("early", 1_000_500), ("early too", 1_000_500), ("on a scan", 2_000_000), ("late", 3_000_500)]


def test_a_late_scan_is_made_once_and_not_caught_up() -> None:
    machine = Machine()
    machine.run_for(0.1)
    machine.scans_stop = True
    machine.run_for(0.05)
    machine.scans_stop = False
    before = machine.hal.scan_count
    machine.run_for(0.0105)
    assert machine.hal.scan_count - before <= 12


def test_the_rig_tells_the_truth_about_a_run() -> None:
    machine = Machine()
    ready(machine)
    rig = SimRig(machine)
    rig.mark()
    ask(machine, "RUN 1", 1.2)
    truth = rig.truth()
    assert truth.strokes == 20
    assert truth.rate_hz == pytest.approx(20.0, rel=1e-6)
    steps = rig.edges("step")
    assert len(steps) == sum(1 for t_s, _ in steps)
    assert truth.depth_max_um == pytest.approx(1_000, abs=10)
    assert 0 < truth.penetration_mean_um < truth.depth_mean_um
    assert truth.current_max_ma >= truth.current_mean_ma > machine.board.PLANT_HOLD_MA
    rig.mark()
    assert rig.truth().strokes == 0


def test_memory_stays_flat_when_nothing_is_kept() -> None:
    machine = Machine(keep=False)
    ready(machine)
    ask(machine, "RUN 5", 5.2)
    assert len(machine.plant.curve) <= 1, "where it began"
    assert len(machine.edges.entries) < 65_536

"""The plant on the pins, worked by hand over the raw REPL: levels and edges as the board file's wiring says."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pen_sim.chip.machine import ChipMachine
from pen_sim.edges import SIGNALS

HOLD_NS = 100_000
LOOK_NS = 100_000
COUNTS_PER_V = 4_096 / 3.3

_DRIVE = """
import rp2, time
from machine import Pin, PWM, ADC, mem32

enable, step, direction = Pin(4, Pin.OUT, value=0), Pin(2, Pin.OUT, value=0), Pin(3, Pin.OUT, value=0)
home, cartridge, trigger, estop, fault = [Pin(n, Pin.IN, Pin.PULL_UP) for n in (7, 8, 9, 10, 6)]
sense = Pin(11, Pin.IN)
carrier = Pin(5, Pin.OUT, value=0)
def levels():
    return [p() for p in (home, cartridge, trigger, estop, fault, sense)]
def pump(ms):
    for _ in range(ms * 20):
        carrier(1)
        time.sleep_us(25)
        carrier(0)
        time.sleep_us(20)
    return sense()
def steps(n):
    for _ in range(n):
        step(1)
        time.sleep_us(5)
        step(0)
        for _ in range(20):
            carrier(1)
            time.sleep_us(25)
            carrier(0)
            time.sleep_us(20)
"""


@pytest.fixture
def machine(runtime: Path) -> Any:
    made = ChipMachine(image=runtime)
    made.connect(True)
    made.chip.boot()
    made.chip.exec_raw(_DRIVE)
    return made


@pytest.fixture
def run(machine: Any) -> Callable[[str], str]:
    def execute(code: str) -> str:
        printed, raised = machine.chip.exec_raw(code)
        machine.settle()
        assert not raised, raised
        return printed

    return execute


def of(machine: Any, signal: str) -> list[tuple[int, int]]:
    return machine.edges.of(SIGNALS.index(signal))


def test_the_switches_as_the_plant_has_them(machine: Any, run: Callable[[str], str]) -> None:
    """Contacts close to ground; the e-stop's opens. At rest: home, seated, not held, not pressed, no fault, not enabled."""
    assert run("print(levels())") == "[0, 0, 1, 0, 1, 0]\n"
    machine.plant.trigger_held = True
    machine.plant.estop_pressed = True
    machine.plant.cartridge_seated = False
    machine.plant.driver_fault = True
    machine.plant.home_stuck = False
    assert run("print(levels())") == "[1, 1, 0, 1, 0, 0]\n"
    for signal, level in (("trigger", 1), ("estop", 1), ("cartridge", 0), ("driver_fault", 1), ("home", 0)):
        assert of(machine, signal)[-1][1] == level


def test_the_gate_needs_both_and_outlives_the_last_edge_by_the_pump_s_hold(
    machine: Any, run: Callable[[str], str]
) -> None:
    run("enable(1)\ntime.sleep_ms(1)")
    assert not machine.wiring.gate
    edges: list[int] = []
    machine.chip.pin(5).listen(lambda _level: edges.append(machine.now_ns))
    run("pump(2)\ntime.sleep_ms(2)")
    gate, alive = of(machine, "gate"), of(machine, "carrier")
    assert gate == alive == [(edges[0], 1), (edges[-1] + HOLD_NS, 0)]
    assert not machine.wiring.gate
    run("enable(0)")
    assert [level for _, level in of(machine, "enable")] == [1, 0]


def test_led_and_buzzer_are_seen(machine: Any, run: Callable[[str], str]) -> None:
    """Levels of three pins, and every edge of a tone."""
    run("for n in (18, 19, 20):\n Pin(n, Pin.OUT, value=1)\nPin(19)(0)")
    assert [[level for _, level in of(machine, f"led_{name}")] for name in ("red", "green", "blue")] == [
        [1],
        [1, 0],
        [1],
    ]
    run("PWM(Pin(21), freq=500, duty_u16=32768)\ntime.sleep_ms(50)\nPin(21, Pin.OUT, value=0)")
    edges = of(machine, "buzzer")
    assert len(edges) == pytest.approx(50, abs=4)
    gaps = [b[0] - a[0] for a, b in pairwise(edges[1:-1])]
    assert gaps == pytest.approx([1_000_000] * len(gaps), rel=0.001)


def test_a_carrier_alone_opens_no_gate(machine: Any, run: Callable[[str], str]) -> None:
    run("pump(2)")
    assert of(machine, "gate") == []


def test_the_enable_can_be_read_back(machine: Any, run: Callable[[str], str]) -> None:
    assert run("enable(1)\nprint(sense(), pump(2))") == "0 1\n"
    machine.chip.run_for_ns(1_000_000)
    assert run("print(sense())") == "0\n"
    machine.plant.enable_stuck = True
    assert run("enable(0)\nprint(sense())") == "1\n"


def test_steps_move_the_tip_while_the_gate_is_open(machine: Any, run: Callable[[str], str]) -> None:
    """Ten steps of 10 um towards the skin, from where the spring holds it; without the gate nothing moves."""
    before = machine.plant.tip_um(machine.now_ns)
    run("direction(1)\nsteps(10)")
    assert machine.plant.tip_um(machine.now_ns) == before
    run("enable(1)\npump(2)\nsteps(10)")
    assert abs(machine.plant.tip_um(machine.now_ns) - before - 100) <= 10  # the field may have caught it a step away
    assert len(of(machine, "step")) == 20
    assert of(machine, "dir") == [(of(machine, "dir")[0][0], 1)]
    run("time.sleep_ms(50)")
    assert machine.plant.tip_um(machine.now_ns) == before  # let go, the spring takes it back


@pytest.mark.parametrize(
    ("channel", "volts", "tolerance"),
    [(0, (-500 + 1_050) / 1_500, 6), (1, 0.0, 10), (2, 12_000 / 6_000, 6), (4, 0.706 - 0.001721 * (25 - 27), 6)],
)
def test_what_the_adc_reads(
    machine: Any, run: Callable[[str], str], channel: int, volts: float, tolerance: int
) -> None:
    """The board file's scales at rest: tip at the back stop, no current, 12 V, 25 degrees; tolerance in counts, for noise."""
    counts = int(run(f"a = ADC({channel})\nprint(sum(a.read_u16() >> 4 for _ in range(16)) // 16)"))
    assert abs(counts - volts * COUNTS_PER_V) <= tolerance


def test_actions_happen_at_their_time(machine: Any, run: Callable[[str], str]) -> None:
    at: list[int] = []
    due = machine.now_ns + 1_234_560
    machine.at(due, lambda: at.append(machine.now_ns))
    machine.run_for(0.01)
    assert at == [due]


def test_one_seed_one_hash(runtime: Path) -> None:
    def course(seed: int) -> tuple[str, str]:
        machine = ChipMachine(seed=seed, image=runtime)
        machine.connect(True)
        machine.chip.boot()
        machine.chip.exec_raw(_DRIVE)
        printed, _ = machine.chip.exec_raw("enable(1)\npump(1)\nprint([ADC(0).read_u16() for _ in range(9)])")
        machine.receive()
        return machine.trace_hash(), printed

    assert course(1) == course(1)
    assert course(1) != course(2)


def test_both_sides_of_a_coil_are_the_chips_pins(runtime: Path) -> None:
    """The current rises with both, is gone within 0.4 ms when the low side alone opens, and comes back with it.

    GP2 and GP3, which are step and dir elsewhere. In a millisecond 4 V make 4 A in 0.5 ohm and 0.6 mH.
    """
    machine = ChipMachine("pen_solenoid", image=runtime)
    machine.connect(True)
    machine.chip.boot()
    machine.chip.exec_raw(_DRIVE)
    looks: list[tuple[int, float]] = []

    def look() -> None:
        looks.append((machine.now_ns, machine.plant.current_ma(machine.now_ns)))
        machine.at(machine.now_ns + LOOK_NS, look)

    machine.at(machine.now_ns, look)
    _, raised = machine.chip.exec_raw(
        "enable(1)\npump(1)\ndirection(1)\nstep(1)\npump(1)\ndirection(0)\npump(1)\ndirection(1)\npump(1)\n"
        "step(0)\ndirection(0)\n"
    )
    assert not raised
    assert [level for _, level in of(machine, "coil")] == [1, 0]
    low = of(machine, "coil_low")
    assert [level for _, level in low] == [1, 0, 1, 0]
    for opens_ns in (low[1][0], low[3][0]):
        assert max(ma for t_ns, ma in looks if opens_ns - 2 * LOOK_NS < t_ns < opens_ns) > 2_000
    between = [ma for t_ns, ma in looks if low[1][0] + 400_000 < t_ns < low[2][0]]
    assert len(between) >= 4
    assert set(between) == {0.0}


def test_an_unknown_board_is_refused(runtime: Path) -> None:
    with pytest.raises(ValueError, match="no_such_board"):
        ChipMachine("no_such_board", image=runtime)

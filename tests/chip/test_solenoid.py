"""The solenoid's pen on the chip: pulses by PIO, the stop set by the same state machine, a stop byte at any time of a stroke."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TypeVar, cast

import pytest

from pen_sim.chip.machine import ChipMachine
from pen_sim.edges import SIGNALS
from pen_sim.plant.solenoid import SolenoidPlant
from pen_tools import chipimage, uf2
from tests.chip.conftest import newest_release

Found = TypeVar("Found")

BOARD = "pen_solenoid"
PIO0_CTRL = 0x5020_0000  # bit 0: state machine 0 runs [RP2040 data sheet, 3.7]
PERIOD_US = 10_000  # 100 Hz
EDGE_US = 1.0  # [design] section 6
STILL_MS = 5.0  # SR-12
DEGREES = 2.5  # the current has settled to 0.7 %; readings of four conversions


class Pen:
    """Booted, IDLE, and a host at its console."""

    def __init__(self, path: Path) -> None:
        """A runtime, which gets the firmware as files, or a release."""
        image = chipimage.prepare(BOARD, path)
        self.machine = ChipMachine(BOARD, 1, image=image.uf2, filesystem=image.filesystem)
        self.machine.connect(True)
        for _ in range(100):
            if self.say("STAT?").startswith("IDLE"):
                return
        raise AssertionError("it does not get to IDLE")

    def say(self, line: str, seconds: float = 0.05) -> str:
        self.machine.send(line.encode() + b"\n")
        self.machine.run_for(seconds)
        said = self.machine.receive().decode("latin-1").strip()
        for _ in range(40 if line.endswith("?") and not said else 0):  # what has just happened is being written down
            said = said or self.say("", 0.01)
        return said

    def edges(self, name: str) -> list[tuple[float, int]]:
        return [(t_ns / 1_000, level) for t_ns, level in self.machine.edges.of(SIGNALS.index(name))]

    def pulses(self, since_us: float) -> list[tuple[float, float]]:
        """(first edge, last edge) of every pulse since then, by the low side."""
        edges = [edge for edge in self.edges("coil_low") if edge[0] >= since_us]
        return [(on, off) for (on, up), (off, down) in pairwise(edges) if up and not down]


@pytest.fixture(scope="module")
def release(micropython: Path) -> Path:
    """The one built last: it is what this board is made for [decision 0009]. `micropython`, because there must be an emulator."""
    return newest_release(BOARD)


@pytest.fixture(scope="module")
def booted(release: Path) -> Pen:
    """One for all of these tests."""
    return Pen(release)


@pytest.fixture
def pen(booted: Pen) -> Pen:
    """READY."""
    if not booted.say("STAT?").startswith("READY"):
        for line in ("ZONE CHEEK", "DEPT 1.0", "RATE 100"):
            booted.say(line)
        booted.say("ARM", 1.0)
    assert booted.say("STAT?").startswith("READY"), booted.say("FAUL?")
    return booted


@pytest.mark.requirement("SR-05")
def test_it_homes_its_stop_behind_the_face_while_the_coil_is_off(pen: Pen) -> None:
    """One pulse is the stroke against the stop at home."""
    pen.say("DIS", 0.1)
    since_us = pen.machine.now_ns / 1_000
    pen.say("ARM", 1.0)
    assert pen.say("STAT?").startswith("READY"), pen.say("FAUL?")
    tip_um = [um for t_ns, um in pen.machine.plant.curve if t_ns > since_us * 1_000]
    assert -195 < max(tip_um) < -185
    assert cast("SolenoidPlant", pen.machine.plant).stop_um == 1_000
    steps = [t_us for t_us, _ in pen.edges("step") if t_us > since_us]
    assert steps
    at_us, level = pen.edges("dir")[-1]
    assert (level, at_us > steps[-1]) == (0, True), "a step that nobody sent goes inward"
    for on_us, off_us in pen.pulses(since_us):
        assert not [t_us for t_us in steps if on_us <= t_us <= off_us], "the stop stands while the coil is on"


@pytest.mark.requirement("SR-16")
def test_its_strokes_come_to_the_microsecond_and_end_at_the_stop(pen: Pen) -> None:
    since_us, before = pen.machine.now_ns / 1_000, len(pen.machine.plant.truth)
    pen.say("RUN 0.5", 0.7)
    made = pen.pulses(since_us)
    assert len(made) == 50
    assert max(abs(b[0] - a[0] - PERIOD_US) for a, b in pairwise(made)) < EDGE_US
    assert [round(stroke.peak_um) for stroke in pen.machine.plant.truth[before:]] == [1_000] * 50
    assert pen.say("FAUL?").startswith("0,")


@pytest.mark.requirement("SR-05")
def test_other_depths_while_it_strokes(pen: Pen) -> None:
    """The stop is set between strokes, outward at once and inward over its switch; no words of the stop are taken for a stroke."""
    before = len(pen.machine.plant.truth)
    pen.say("RATE 20")
    pen.say("RUN 6", 0.3)
    for depth in ("0.8", "0.9", "0.6", "1.0"):
        pen.say(f"DEPT {depth}", 1.2)
        assert pen.say("FAUL?").startswith("0,"), depth
        assert cast("SolenoidPlant", pen.machine.plant).stop_um == 1_000 * float(depth)
    peaks = [round(stroke.peak_um) for stroke in pen.machine.plant.truth[before:]]
    assert list(dict.fromkeys(peaks)) == [1_000, 800, 900, 600]
    assert peaks[-1] == 1_000
    pen.say("STOP", 0.2)
    pen.say("RATE 100")


@pytest.mark.requirement("SR-05")
def test_the_stroke_against_the_stop_is_seen_whenever_it_comes(pen: Pen) -> None:
    """The first time it is made, at any time of what the foreground does every ten milliseconds, and while a host asks."""
    for k in range(12):
        pen.say("DIS", 0.1 + k * 0.0011)
        since_us = pen.machine.now_ns / 1_000
        pen.say("ARM", 0.2)
        for _ in range(50 * (k % 2)):
            pen.say("STAT?", 0.01)
        pen.say("", 0.6)
        assert pen.say("STAT?").startswith("READY"), pen.say("FAUL?")
        assert len(pen.pulses(since_us)) == 1, k


@pytest.mark.requirement("SR-05")
@pytest.mark.requirement("SR-13")
def test_a_cut_while_the_generator_changes_its_program(pen: Pen) -> None:
    """Behind the stroke against the stop it gets the steps' program, in 90 us. A scan that cuts within them leaves it as it should be."""
    pen.say("DIS", 0.2)
    change_ns = in_a_copy(lambda: next_change_ns(pen))
    cuts_us: list[float] = []
    for k in range(10):
        cut_ns, said = in_a_copy(lambda k=k: cut_and_arm(pen, change_ns - 300_000 + (k - 5) * 20_000))
        assert said.startswith("READY"), (k, said)
        cuts_us.append((cut_ns - change_ns) / 1_000)
    assert min(cuts_us) < 0.0 < max(cuts_us), "before, and within"


def in_a_copy(action: Callable[[], Found]) -> Found:
    """What comes of it, in a copy of this process and of the pen."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(write, pickle.dumps(action()))
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as file:
        data = file.read()
    os.waitpid(child, 0)
    return cast("Found", pickle.loads(data))


def next_change_ns(pen: Pen) -> int:
    """When, after ARM, the state machine stops for its new program behind the stroke against the stop."""
    machine = pen.machine
    since_us = machine.now_ns / 1_000
    machine.send(b"ARM\n")
    while not pen.pulses(since_us) or machine.chip.read32(PIO0_CTRL) & 1:
        machine.run_until(machine.now_ns + 10_000)
    return machine.now_ns


def cut_and_arm(pen: Pen, at_ns: int) -> tuple[int, str]:
    """When the gate fell for an emergency stop that is pressed at that time after ARM, and what the pen is after the next one."""
    machine = pen.machine

    def press() -> None:
        machine.plant.estop_pressed = True

    machine.at(at_ns, press)
    pen.say("ARM", 0.5)
    machine.plant.estop_pressed = False
    off_ns = machine.edges.of(SIGNALS.index("gate"))[-1][0]
    pen.say("", 0.1)
    pen.say("FAUL:CLE", 0.2)
    pen.say("ARM", 1.0)
    return off_ns, pen.say("STAT?") + pen.say("FAUL?")


def test_the_low_side_is_on_throughout_and_the_high_side_only_within(pen: Pen) -> None:
    pen.say("RUN 0.2", 0.4)
    made = pen.pulses(0.0)
    high = pen.edges("coil")
    assert all(not up or any(on <= t_us <= off for on, off in made) for t_us, up in high)
    assert {level for t_us, level in high if t_us in {off for _, off in made}} == {0}


@pytest.mark.requirement("SR-12")
@pytest.mark.parametrize("ms", [0.5, 1.5, 2.5, 4.0, 7.0])
def test_a_stop_byte_ends_the_pulse(pen: Pen, ms: float) -> None:
    since_us = pen.machine.now_ns / 1_000
    pen.say("RUN 5", 0.05)
    start_us = pen.pulses(since_us)[-1][0] + PERIOD_US
    pen.machine.run_until(round((start_us + ms * 1_000) * 1_000))
    sent_us = pen.machine.now_ns / 1_000
    pen.machine.send(b"!\n")
    pen.machine.run_for(0.3)
    pen.machine.receive()
    later = [t_us for t_us, up in pen.edges("coil") if up and t_us > sent_us]
    assert not later or max(later) - sent_us < STILL_MS * 1_000
    assert pen.say("STAT?").startswith("IDLE")
    assert pen.say("FAUL?").startswith("0,")
    assert pen.machine.plant.tip_um(pen.machine.now_ns) < 0


@pytest.mark.requirement("SR-17")
def test_homing_measures_coil_and_cell(pen: Pen) -> None:
    """By the converter's own readings, and the pin that selects the thermistor, against the plant."""
    plant = cast("SolenoidPlant", pen.machine.plant)
    heat, cell = plant.circuit.heat, plant.circuit
    assert float(pen.say("MEAS:TEMP:BOARD?")) == pytest.approx(heat.housing_dc / 10, abs=DEGREES)
    assert float(pen.say("MEAS:TEMP?")) == pytest.approx(heat.coil_dc / 10, abs=DEGREES)
    pen.say("DIS", 0.2)
    pen.say("ARM", 0.2)
    true_dc = heat.coil_dc
    pen.say("", 0.8)
    log = pen.say("LOG?", 0.3)
    said = [line for line in log.split("\n") if ",COIL," in line][-1]
    assert float(said.rpartition(",")[2]) == pytest.approx(true_dc / 10, abs=DEGREES)
    charge, minutes, low, mohm = (int(field) for field in pen.say("MEAS:BATT?").split(","))
    assert charge == pytest.approx(plant.charge_permille / 10, abs=3)
    assert mohm == pytest.approx(1_000 * cell.source_ohm, abs=6)
    assert (minutes > 5, low) == (True, 0)


@pytest.mark.requirement("SR-17")
def test_its_pulses_are_summed_up_as_the_coil_warms(pen: Pen) -> None:
    """By the trace's rows, in viper: as on the simulator, and never less."""
    plant = cast("SolenoidPlant", pen.machine.plant)
    over_dc = plant.circuit.heat.coil_over_dc
    before = int(pen.say("MEAS:HEAT?"))
    pen.say("RUN 6", 6.2)
    rise_dc = plant.circuit.heat.coil_over_dc - over_dc
    said_dc = (int(pen.say("MEAS:HEAT?")) - before) * 4.3
    assert rise_dc > 25
    assert rise_dc - 5 < said_dc < 1.6 * rise_dc + 5


@pytest.mark.requirement("SR-14")
def test_what_the_cell_has_left_can_be_asked_for_while_it_strokes(pen: Pen) -> None:
    """It takes a search: once in a turn, however often it is asked for, or the foreground would be late."""
    since_us = pen.machine.now_ns / 1_000
    pen.say("RUN 3", 0.2)
    for _ in range(3):
        pen.machine.send(b"MEAS:BATT?;MEAS:BATT?\n" * 8)
        pen.machine.run_for(0.5)
        assert pen.machine.receive().count(b"\n") == 8
    assert pen.say("STAT?").startswith("RUNNING,0,")
    made = pen.pulses(since_us)
    assert max(abs(b[0] - a[0] - PERIOD_US) for a, b in pairwise(made)) < EDGE_US
    pen.say("STOP", 0.2)


def refusal(pen: Pen) -> str:
    """What ARM says of an idle pen."""
    for _ in range(40):
        if pen.say("STAT?").startswith("IDLE"):
            break
    pen.say("*CLS;ARM", 0.3)
    return pen.say("SYST:ERR?", 0.1)


@pytest.mark.requirement("SR-19")
def test_it_reads_the_cartridges_memory_over_its_wire(pen: Pen) -> None:
    """By the runtime's driver and the pin: a used one, none, one that garbles, and a new one."""
    plant = cast("SolenoidPlant", pen.machine.plant)
    pen.say("RUN 0.2", 0.4)
    pen.say("DIS", 0.3)
    pen.say("*RST", 0.2)
    pen.say("ZONE CHEEK", 0.2)
    assert "this cartridge was used before" in refusal(pen)
    used = plant.memory.rom
    plant.memory.rom = b""
    assert "does not answer" in refusal(pen)
    plant.memory.rom = used
    plant.memory.garbled = True
    assert "cannot be read" in refusal(pen)
    plant.memory.garbled = False
    plant.seat_new()
    for line in ("DEPT 1.0", "RATE 100"):
        pen.say(line)
    assert refusal(pen).startswith("0,")
    pen.say("", 1.0)
    assert pen.say("STAT?").startswith("READY"), pen.say("FAUL?")


@pytest.mark.requirement("SR-21")
def test_a_release_says_which_it_is_and_makes_strokes(release: Path) -> None:
    pen = Pen(release)
    names = uf2.release(uf2.read(release.read_bytes(), release.name))
    assert names
    assert pen.say("*IDN?").startswith(f"needlepen,{BOARD},")
    assert f",{names.firmware}+uf2.{names.key} mp" in pen.say("*IDN?")
    for line in ("ZONE CHEEK", "DEPT 1.0", "RATE 100"):
        pen.say(line)
    pen.say("ARM", 1.0)
    pen.say("RUN 0.2", 0.4)
    assert [round(stroke.peak_um) for stroke in pen.machine.plant.truth] == [1_000] * 20
    assert pen.say("FAUL?").startswith("0,")

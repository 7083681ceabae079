"""Faults of foreground, scan, step generator and clocks."""

from collections.abc import Callable
from weakref import WeakKeyDictionary

from pen_sim.faults.fault import Fault, nothing
from pen_sim.faults.seen import DEADMAN_S, HEARTBEAT_S, SCAN_S, lasting
from pen_sim.insides import SIM
from pen_sim.virtual import VirtualPen

SUBJECT = "program and clocks"

_SLOW_NS = 20_000_000  # of the 50 ms that the heartbeat may take
_FREE_NS = 3_000_000
_SLOW_FOR_NS = 500_000_000
_CLOCK_PPM = 30_000

_slow_until_ns: WeakKeyDictionary[VirtualPen, int] = WeakKeyDictionary()


def _slow(pen: VirtualPen) -> None:
    """In turn stuck for 20 ms and free for 3, for half a second."""
    running = _slow_until_ns.get(pen, 0) > pen.now_ns
    _slow_until_ns[pen] = pen.now_ns + _SLOW_FOR_NS
    if not running:
        _stick(pen)


def _stick(pen: VirtualPen) -> None:
    if pen.now_ns < _slow_until_ns[pen]:
        pen.insides.hang_foreground(True)
        pen.at(pen.now_ns + _SLOW_NS, lambda: _let_go(pen))


def _let_go(pen: VirtualPen) -> None:
    pen.insides.hang_foreground(False)
    pen.at(pen.now_ns + _FREE_NS, lambda: _stick(pen))


def _quick(pen: VirtualPen) -> None:
    _slow_until_ns[pen] = 0
    pen.insides.hang_foreground(False)


def _inside(act: Callable[[VirtualPen], None]) -> Callable[[VirtualPen], None]:
    """Generator and plant are at now when it happens."""

    def settled(pen: VirtualPen) -> None:
        pen.settle()
        act(pen)

    return settled


FAULTS = (
    Fault(
        "foreground_hang", (119,), "the firmware's main loop hangs",
        lambda pen: pen.insides.hang_foreground(True), lambda pen: pen.insides.hang_foreground(False),
        seen_s=lasting(HEARTBEAT_S + SCAN_S), deaf=True,
    ),
    Fault("foreground_slow", (119,), "the main loop gets 3 ms of every 23, for half a second", _slow, _quick, passes=True),
    Fault(
        "foreground_raises", (), "an exception ends the main loop: the drive is off, the runtime at its prompt",
        lambda pen: pen.insides.raise_in_foreground(), lambda pen: pen.insides.reset("SOFT"), deaf=True, restarts=True,
    ),
    Fault(
        "scan_late", (120,), "one scan comes 200 us late", lambda pen: pen.insides.delay_scan(), nothing,
        seen_s=lasting(3 * SCAN_S),
    ),
    Fault(
        "scan_long", (121,), "scans take 90 us",
        lambda pen: pen.insides.lengthen_scans(True), lambda pen: pen.insides.lengthen_scans(False),
        seen_s=lasting(3 * SCAN_S),  # on the chip the long scan is a part of the way to the enable
        passes_on_chip=True,  # there a few scans are long, or nothing else would run
    ),
    Fault(
        "scan_raises", (120, 125), "an exception ends the scan",
        lambda pen: pen.insides.raise_in_scan(), lambda pen: pen.insides.cut_scan(False), restarts=True, cured=True,
    ),
    Fault(
        "scan_dead", (120, 125), "the timer interrupt dies",
        lambda pen: pen.insides.cut_scan(True), lambda pen: pen.insides.cut_scan(False), seen_s=DEADMAN_S, stands=True,
    ),
    Fault(
        "cpu_dead", (125,), "the chip's core executes nothing any more",
        lambda pen: pen.insides.hang_cpu(True), lambda pen: pen.insides.hang_cpu(False), deaf=True, restarts=True,
        lacks={SIM: "the simulator has no watchdog that would start a dead core again"},
    ),
    Fault(
        "oscillator_stopped", (126,), "the chip's ring oscillator stands, by which the self test checks the crystal",
        lambda pen: pen.insides.stop_oscillator(True), lambda pen: pen.insides.stop_oscillator(False), homing_only=True,
    ),
    Fault(
        "generator_hang", (104, 106, 127), "the step generator stops in the middle of a stroke",
        _inside(lambda pen: pen.insides.freeze_generator(True)), _inside(lambda pen: pen.insides.freeze_generator(False)),
    ),
    Fault(
        "generator_starved", (124,), "queued strokes do not reach the step generator",
        lambda pen: pen.insides.starve_generator(True), lambda pen: pen.insides.starve_generator(False),
        homing=(106,), retracts=True,  # a starved generator makes no steps
    ),
    Fault(
        "clock_slow", (105, 128), "the step generator's clock is 3 % slow",
        lambda pen: pen.insides.stretch_generator(_CLOCK_PPM), lambda pen: pen.insides.stretch_generator(0), retracts=True,
    ),
    Fault(
        "clock_fast", (105, 128), "the step generator's clock is 3 % fast",
        lambda pen: pen.insides.stretch_generator(-_CLOCK_PPM), lambda pen: pen.insides.stretch_generator(0), retracts=True,
    ),
    Fault(
        "timer_slow", (105, 128), "the chip's timer is 3 % slow, the step generator is not",
        _inside(lambda pen: pen.insides.hurry_clock(-_CLOCK_PPM)), _inside(lambda pen: pen.insides.hurry_clock(0)), retracts=True,
    ),
    Fault(
        "timer_fast", (105, 128), "the chip's timer is 3 % fast, the step generator is not",
        _inside(lambda pen: pen.insides.hurry_clock(_CLOCK_PPM)), _inside(lambda pen: pen.insides.hurry_clock(0)), retracts=True,
    ),
)  # fmt: skip

"""Strokes for a while with a console that is never quiet: what the scan, the strokes and the foreground make of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pen_tools.benching import drives
from pen_tools.benching.plan import Comparison, Planned
from pen_tools.benching.pulses import PlannedPulse
from pen_tools.benching.scanwatch import ScanWatch
from pen_tools.benching.stage import DEPTH_MM, Stage
from pen_tools.benching.stress import Load, Stress
from pen_tools.benching.strokes import Course
from pen_tools.client import Fault

_SLICE_NS = 20_000_000
_DEPTHS_MM = (DEPTH_MM, 0.96, 0.92, 0.88)  # each takes a number of steps of its own
_SLOWER_DHZ = 8
_LOADS = tuple(Load)
_TRIES = 12  # the last load so often, before a pen that bears none is given up


@dataclass(frozen=True)
class Speed:
    """Seconds of the pen's time, and of ours."""

    virtual_s: float
    wall_s: float

    @property
    def ratio(self) -> float:
        """Times real time."""
        return self.virtual_s / max(self.wall_s, 1e-9)


@dataclass(frozen=True)
class Broken:
    """A fault that nobody injected: under which load, seconds after that began, and the lines sent last."""

    load: Load
    fault: Fault
    after_s: float
    lines: tuple[tuple[float, str], ...]  # seconds before the fault
    off_ns: int


@dataclass
class Loaded:
    """What came of it. `scans`: (ns, length in us); `made`: whole strokes; `sent`: lines, by load."""

    errors_us: list[float] = field(default_factory=list[float])
    scans: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    turns_ms: list[float] = field(default_factory=list[float])
    strokes: Comparison = field(default_factory=Comparison)
    made: list[Course] = field(default_factory=list[Course])
    broken: list[Broken] = field(default_factory=list[Broken])
    sent: dict[str, int] = field(default_factory=dict[str, int])
    depth_off_um: list[float] = field(default_factory=list[float])  # true less set, where only one depth was set
    stops_lost: int = 0  # of the stop bytes that ended it
    virtual_s: float = 0.0
    wall_s: float = 0.0


def pass_time(stage: Stage, seconds: float) -> Speed:
    """Lets time pass, and takes it."""
    began_s, began_ns = time.perf_counter(), stage.machine.now_ns
    stage.machine.run_for(seconds)
    return Speed((stage.machine.now_ns - began_ns) / 1e9, time.perf_counter() - began_s)


def stroke_under_load(stage: Stage, seconds: float, seed: int, progress: Callable[[float], None]) -> Loaded:
    """Strokes for so many seconds in all. The pen must be set up and idle, and is idle again afterwards.

    A fault is noted and cleared, and the load is less from there on. `progress` gets seconds. Raises NotPlanned.
    """
    found = Loaded()
    stage.arm()
    watch = ScanWatch(stage.machine)
    for number, load in enumerate((*_LOADS, *_LOADS[-1:] * _TRIES)):
        _part(stage, watch, found, seconds, load, seed + number, progress)
        if found.virtual_s >= seconds - _SLICE_NS / 1e9:
            break
        stage.pen.command("FAUL:CLE")
        stage.pen.wait_for("IDLE")
        stage.set_up()
        stage.arm()
    return found


def _part(
    stage: Stage,
    watch: ScanWatch,
    found: Loaded,
    seconds: float,
    load: Load,
    seed: int,
    progress: Callable[[float], None],
) -> None:
    """Until enough strokes were made, or a fault is latched."""
    machine = stage.machine
    stage.run()
    began_s, began_ns = time.perf_counter(), machine.now_ns
    end_ns = began_ns + round((seconds - found.virtual_s) * 1e9)
    watch.forget()
    watch.on = True
    stress = Stress(machine, load, _settings(stage), seed)
    while machine.now_ns < end_ns and machine.gate:
        machine.run_until(min(machine.now_ns + _SLICE_NS, end_ns))
        progress(found.virtual_s + (machine.now_ns - began_ns) / 1e9)
    stress.on = watch.on = False
    lasted_ns = min(machine.now_ns, watch.times_ns[-1]) - began_ns
    found.virtual_s += lasted_ns / 1e9
    found.wall_s += time.perf_counter() - began_s
    found.sent[load.value] = found.sent.get(load.value, 0) + stress.sent
    _gather(stage, watch, found, began_ns)
    _finish(stage, found, stress, load, began_ns)


def _depths_mm(stage: Stage) -> tuple[float, ...]:
    """One alone, where another one makes a pause in the strokes."""
    return _DEPTHS_MM[:1] if drives.strikes(stage.machine.board) else _DEPTHS_MM


def _settings(stage: Stage) -> list[str]:
    rate_dhz = round(stage.rate_hz * 10)
    depths = _depths_mm(stage)
    rates = [f"RATE {(rate_dhz - _SLOWER_DHZ * (k % 2)) / 10:.1f}" for k in range(len(_DEPTHS_MM))]
    if len(depths) == 1:
        return rates
    return [line for mm, rate in zip(depths, rates, strict=True) for line in (f"DEPT {mm:.2f}", rate)]


def _plans(stage: Stage) -> list[Planned | PlannedPulse]:
    """Every pair of the settings: one of a pair may reach the pen a stroke before the other."""
    rate_dhz = round(stage.rate_hz * 10)
    rates = (rate_dhz, rate_dhz - _SLOWER_DHZ)
    return [drives.plan(stage.machine.board, round(mm * 1_000), rate) for mm in _depths_mm(stage) for rate in rates]


def _gather(stage: Stage, watch: ScanWatch, found: Loaded, began_ns: int) -> None:
    """Only scans at the fast period; a stroke that was cut is none."""
    machine = stage.machine
    made = drives.made(machine, began_ns)
    made = [course for course in made if course.whole and course.back_ns[-1] < watch.times_ns[-1]]
    if drives.strikes(machine.board) and not machine.gate:
        del made[-1:]  # cut short, and as whole as others by its edges
    found.made += made
    found.strokes.add(drives.compare(machine.board, made, _plans(stage)))
    if drives.strikes(machine.board):
        last_ns = made[-1].back_ns[-1] if made else 0
        whole = [each for each in machine.plant.truth if began_ns <= each.start_ns < last_ns]
        found.depth_off_um += [each.peak_um - 1_000 * DEPTH_MM for each in whole]
    found.errors_us += watch.errors_us()
    found.scans += watch.scans()
    found.turns_ms += watch.turns_ms()
    if not machine.gate:  # the turn that was under way
        found.turns_ms.append((watch.times_ns[-1] - watch.beats_ns[-1]) / 1e6)


def _finish(stage: Stage, found: Loaded, stress: Stress, load: Load, began_ns: int) -> None:
    """Stops it; what went wrong is noted."""
    machine = stage.machine
    off_ns = machine.now_ns if machine.gate else _last_off(stage)
    if machine.gate:
        stage.pen.stop()
    stage.quiet()
    if stage.pen.state().name not in ("IDLE", "FAULT"):
        found.stops_lost += 1
        stage.pen.command("DIS")
    stage.pen.wait_for("IDLE")
    fault = stage.pen.fault()
    if fault.code:
        lines = tuple(((t_ns - off_ns) / 1e9, line) for t_ns, line in stress.lines if t_ns <= off_ns)
        found.broken.append(Broken(load, fault, (off_ns - began_ns) / 1e9, lines, off_ns))


def _last_off(stage: Stage) -> int:
    edges: Sequence[tuple[float, int]] = stage.rig.edges("gate")
    return max(round(t_s * 1e9) for t_s, level in edges if not level)

"""Can a healthy drive push these needles into this skin? The plant alone says so, without any firmware.

Worn and blunt needles in firm skin make the drive of the bench lose steps (docs/safety.md, residual risk): there a stall
is the right name for what happens, with a fault or without. Steps come as the board's numbers say, by arithmetic of our own.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from math import sqrt
from types import ModuleType

from pen_sim.faults import SOLENOID
from pen_sim.plant.skin_spec import SkinSpec
from pen_sim.plant.stepper import StepperPlant
from pen_tools.campaign import coil

_STROKES = 4  # skin that creeps is another at the second
_SHORT_UM = 30.0  # docs/design.md, section 6: depth against set
_SEEN_STROKES = 4  # what shows in motion only is seen by then
_HOMING_S = 0.1  # homing takes 83 ms
_SAG_MV = 300  # what the drive's current costs at most, so that a supply at its limit is a healthy one
_NOISE_MV = 100  # and the same above, for the converter
_MARGIN = 1.1  # so much firmer than said: the firmware's ramp is not just this one


def may_stall(board: ModuleType, skin: SkinSpec, depth_um: int, period_s: float, supply_mv: float) -> bool:
    """Whether strokes of this depth may lose steps in this skin, or fall short of their stop, with a margin."""
    firmer = _firmer(skin)
    if board.DRIVE == SOLENOID:
        return coil.may_stall(board, firmer, depth_um, period_s, supply_mv)
    return _loses(board, firmer, depth_um, period_s)


def _firmer(skin: SkinSpec) -> SkinSpec:
    return replace(
        skin,
        stiffness_n_per_mm=skin.stiffness_n_per_mm * _MARGIN,
        puncture_n=skin.puncture_n * _MARGIN,
        friction_n_per_mm=skin.friction_n_per_mm * _MARGIN,
    )


def _steps(board: ModuleType, depth_um: int) -> int:
    return (depth_um + board.CLEARANCE_UM) // board.STEP_UM


def _loses(board: ModuleType, skin: SkinSpec, depth_um: int, period_s: float) -> bool:
    plant = StepperPlant(board, 1, skin=skin, start_um=-float(board.CLEARANCE_UM))
    plant.record = False
    t_ns = 0
    plant.set_enable(t_ns, True)
    plant.advance(t_ns)
    steps = _steps(board, depth_um)
    way = way_ns(steps, board.STEPS_PER_S, board.STEPS_PER_S2)
    for number in range(_STROKES):
        t_ns = max(t_ns + board.REST_MIN_US * 1_000, round(number * period_s * 1e9))
        for outward in (True, False):
            plant.set_dir(t_ns, outward)
            for wait_ns in way:
                t_ns += wait_ns
                plant.step(t_ns)
    plant.advance(t_ns + board.REST_MIN_US * 1_000)
    return len(plant.truth) < _STROKES or min(stroke.peak_um for stroke in plant.truth) < depth_um - _SHORT_UM


@cache
def way_ns(steps: int, steps_per_s: int, steps_per_s2: int) -> tuple[int, ...]:
    """Waits before each step of one way, from rest to rest at constant acceleration and at most the full speed."""
    half = [(sqrt(2 * (k + 1) / steps_per_s2) - sqrt(2 * k / steps_per_s2)) * 1e9 for k in range((steps + 1) // 2)]
    up = [max(round(wait), round(1e9 / steps_per_s)) for wait in half]
    return (*up, *reversed(up[: steps // 2]))


def out_s(board: ModuleType, depth_um: int) -> float:
    """How long a healthy stroke is out of the nose cone: there and back at full speed, and the ramps about the peak.

    The tip passes the face at full speed if the clearance is longer than the ramp, and slower never matters less.
    """
    if board.DRIVE == SOLENOID:
        return coil.out_s(board, depth_um)
    waits = way_ns(_steps(board, depth_um), board.STEPS_PER_S, board.STEPS_PER_S2)
    behind = board.CLEARANCE_UM // board.STEP_UM
    return 2 * sum(waits[behind:]) / 1e9


def strokes_to_see(board: ModuleType) -> int:
    """In so many strokes what shows in motion only has been seen, and the drive is off."""
    return coil.SHORT_STROKES if board.DRIVE == SOLENOID else _SEEN_STROKES


def short_strokes(board: ModuleType) -> int:
    """So many strokes in a row may fall short where needles are too much, before the pen says so: its own measure shows them."""
    return coil.SHORT_STROKES if board.DRIVE == SOLENOID else 0


def homing_s(board: ModuleType, depth_um: int) -> float:
    """How long homing takes."""
    return coil.homing_s(board, depth_um) if board.DRIVE == SOLENOID else _HOMING_S


def supply_mv(board: ModuleType, depth_um: int) -> tuple[int, int]:
    """Least and greatest supply without load at which a healthy pen has no reason to complain of strokes of this depth."""
    if board.DRIVE == SOLENOID:
        least_mv = coil.least_mv(board, depth_um) + _NOISE_MV
        return least_mv, min(board.SUPPLY_MAX_MV - _NOISE_MV, board.PLANT_CELL_OPEN_MV[-1])
    return board.SUPPLY_MIN_MV + _SAG_MV, board.SUPPLY_MAX_MV - _NOISE_MV

"""What the judge knows about a coil that throws the tip against a stop: by the plant alone, and by the board's times.

Pulses are as long as the board says that this supply needs, by arithmetic of our own; coil and housing are cool.
"""

from __future__ import annotations

from types import ModuleType

from pen_sim.plant.skin_spec import SkinSpec
from pen_sim.plant.solenoid import SolenoidPlant

SHORT_STROKES = 14  # eight in a row, and those after which the drive has learnt to throw harder
_STROKES = 4  # skin that creeps is another at the second
_SHORT_UM = 30.0  # docs/design.md, section 6: depth against set
_SETTLED_NS = 5_000_000
_CHARGED_TENTHS = 4  # with less the pen may refuse to begin
_WARM = 1.1  # a coil of 45 degrees wants as much more than one of 20


def out_s(board: ModuleType, depth_um: int) -> float:
    """How long a healthy stroke is out of the nose cone at most: from the weakest coil's first edge until the tip is back."""
    way_mm = (depth_um + board.CLEARANCE_UM) / 1e3
    out_us = board.PULL_IN_WEAK_US + board.PULL_IN_WEAK_US_PER_MM * way_mm + board.HOLD_US
    return (out_us + board.RETURN_US + board.RETURN_US_PER_MM * way_mm) / 1e6


def homing_s(board: ModuleType, depth_um: int) -> float:
    """How long homing takes: in from that depth, out again, and three strokes against the stop at most."""
    return 2 * (depth_um + board.CLEARANCE_UM) / board.STEP_UM / board.HOMING_STEPS_PER_S + 0.1


def sag_mv(board: ModuleType) -> int:
    """What the coil's greatest current costs of the least supply."""
    inside = board.PLANT_CELL_MOHM + board.PLANT_WIRING_MOHM
    return round(board.SUPPLY_MIN_MV * inside / (board.PLANT_COIL_MOHM + board.PLANT_BRIDGE_MOHM))


def least_mv(board: ModuleType, depth_um: int) -> int:
    """The supply without load that strokes of this depth want, and the gauge for a minute of them.

    No sag of it is a fault, and a coil that gets warm leaves enough.
    """
    way_mv = board.SUPPLY_WAY_MV + board.SUPPLY_WAY_MV_PER_MM * (depth_um + board.CLEARANCE_UM) / 1e3
    charged_mv = board.PLANT_CELL_OPEN_MV[_CHARGED_TENTHS]
    return max(board.SUPPLY_MIN_MV + sag_mv(board), round(way_mv * _WARM), charged_mv)


def may_stall(board: ModuleType, skin: SkinSpec, depth_um: int, period_s: float, supply_mv: float) -> bool:
    """Whether a stroke of this depth at full current, as long as it may last, falls short of its stop in this skin."""
    plant = SolenoidPlant(board, 1, skin=skin, stop_um=float(depth_um))
    plant.record = False
    plant.supply_mv = supply_mv
    plant.set_enable(0, True)
    on_ns = 1_000 * _pull_in_us(board, depth_um, supply_mv)
    for number in range(_STROKES):
        t_ns = round(number * period_s * 1e9) + _SETTLED_NS
        plant.advance(t_ns)
        plant.set_coil(t_ns, True, True)
        plant.advance(t_ns + on_ns)
        plant.set_coil(t_ns + on_ns, False, False)
    plant.advance(round(_STROKES * period_s * 1e9) + 2 * _SETTLED_NS)
    return len(plant.truth) < _STROKES or min(stroke.peak_um for stroke in plant.truth) < depth_um - _SHORT_UM


def _pull_in_us(board: ModuleType, depth_um: int, supply_mv: float) -> int:
    """Between the weakest coil and the strongest, by the supply."""
    way_mm = (depth_um + board.CLEARANCE_UM) / 1e3
    weak_us = board.PULL_IN_WEAK_US + board.PULL_IN_WEAK_US_PER_MM * way_mm
    strong_us = board.PULL_IN_STRONG_US + board.PULL_IN_STRONG_US_PER_MM * way_mm
    part = (supply_mv - board.SUPPLY_WEAK_MV) / (board.SUPPLY_STRONG_MV - board.SUPPLY_WEAK_MV)
    return round(weak_us + (strong_us - weak_us) * min(max(part, 0.0), 1.0))

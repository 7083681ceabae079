"""What a board with a solenoid must say besides board.FIELDS."""

FIELDS = {
    "PIN_COIL": (0, 28),
    "PIN_COIL_LOW": (1, 29),
    "PIN_THERMISTOR": (0, 29),
    "PIN_CARTRIDGE_CODE": (0, 29),
    "STOP_HOME_UM": (-1_000, -100),
    "PULL_IN_WEAK_US": (200, 10_000),
    "PULL_IN_WEAK_US_PER_MM": (100, 10_000),
    "PULL_IN_STRONG_US": (200, 10_000),
    "PULL_IN_STRONG_US_PER_MM": (100, 10_000),
    "SUPPLY_WEAK_MV": (1_000, 50_000),
    "SUPPLY_STRONG_MV": (2_000, 60_000),
    "SUPPLY_WAY_MV": (0, 50_000),
    "SUPPLY_WAY_MV_PER_MM": (0, 10_000),
    "RETURN_US": (200, 10_000),
    "RETURN_US_PER_MM": (100, 10_000),
    "HOLD_US": (100, 2_000),
    "ON_MOST_US": (1_000, 12_000),
    "CHOP_ON_US": (5, 63),
    "PEAK_MIN_PERMILLE": (300, 1_000),
    "COIL_MOHM": (50, 5_000),
    "BRIDGE_MOHM": (5, 1_000),
    "COIL_RISE_DC": (100, 1_000),
    "CELL_MAH": (100, 10_000),
    "CELL_MOHM": (5, 1_000),
    "CELL_IDLE_MA": (1, 500),
}

_POINTS = ("CELL_OPEN_MV",)  # rising, from empty to full, in equal parts of the charge


def relations(board):
    """((whether it is wrong, what must be), ...)"""
    deep_mv = board.SUPPLY_WAY_MV + board.SUPPLY_WAY_MV_PER_MM * (board.DEPTH_MAX_UM + board.CLEARANCE_UM) // 1_000
    uneven = board.STOP_HOME_UM % board.STEP_UM or board.CLEARANCE_UM % board.STEP_UM
    curve = getattr(board, "CELL_OPEN_MV", ())
    rises = len(curve) > 1 and all(curve[k] < curve[k + 1] for k in range(len(curve) - 1))
    return (
        (not rises, "CELL_OPEN_MV must rise, from two points on"),
        (board.PIN_COIL_LOW != board.PIN_COIL + 1, "PIN_COIL_LOW must follow PIN_COIL"),
        (board.SUPPLY_WEAK_MV >= board.SUPPLY_STRONG_MV, "SUPPLY_WEAK_MV is not below SUPPLY_STRONG_MV"),
        (deep_mv >= board.SUPPLY_STRONG_MV, "SUPPLY_WAY_MV leaves no supply for DEPTH_MAX_UM"),
        (board.STOP_HOME_UM <= -board.CLEARANCE_UM, "STOP_HOME_UM must be in front of retracted, at -CLEARANCE_UM"),
        (uneven, "STOP_HOME_UM and CLEARANCE_UM must be whole steps"),
    )

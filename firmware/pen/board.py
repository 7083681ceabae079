"""What a board file must say. `check` is run at every start and, by a test, on every board there is."""

from pen.units import ADC_MV

_ADC_PIN = 26  # GPIO of the converter's first channel [RP2040 datasheet, 4.9]

# name: (least, greatest); the unit ends the name
FIELDS = {
    "PIN_STEP": (0, 29),
    "PIN_DIR": (0, 29),
    "PIN_ENABLE": (0, 29),
    "PIN_CARRIER": (0, 29),
    "PIN_DRIVER_FAULT": (0, 29),
    "PIN_HOME": (0, 29),
    "PIN_CARTRIDGE": (0, 29),
    "PIN_TRIGGER": (0, 29),
    "PIN_ESTOP": (0, 29),
    "PIN_ENABLE_SENSE": (0, 29),
    "PIN_LED_RED": (0, 29),
    "PIN_LED_GREEN": (0, 29),
    "PIN_LED_BLUE": (0, 29),
    "PIN_BUZZER": (0, 29),
    "ADC_TIP": (0, 4),
    "ADC_CURRENT": (0, 4),
    "ADC_SUPPLY": (0, 4),
    "ADC_TEMPERATURE": (0, 4),
    "STEP_UM": (1, 50),
    "STEPS_PER_S": (100, 100_000),
    "HOMING_STEPS_PER_S": (10, 2_000),
    "REST_MIN_US": (300, 100_000),
    "CLEARANCE_UM": (100, 1_000),
    "BACK_TRAVEL_UM": (100, 2_000),
    "DEPTH_MIN_UM": (100, 500),  # no zone's default or cap is below
    "DEPTH_MAX_UM": (500, 3_000),
    "RATE_MIN_DHZ": (10, 100),
    "RATE_MAX_DHZ": (100, 1_500),
    "TIP_UM_AT_0V": (-5_000, 0),
    "TIP_UM_PER_V": (500, 5_000),
    "TIP_MIN_MV": (50, 500),
    "TIP_MAX_MV": (2_500, 3_250),
    "CURRENT_MA_PER_V": (10, 10_000),
    "CURRENT_MAX_MA": (50, 10_000),
    "CURRENT_CONTINUOUS_MA": (10, 10_000),
    "HEAT_TAU_MS": (1_000, 600_000),
    "NEEDLES": (1, 100),
    "SUPPLY_MV_PER_V": (1_000, 20_000),
    "SUPPLY_MIN_MV": (2_500, 50_000),
    "SUPPLY_MAX_MV": (3_000, 60_000),
    "TEMPERATURE_MAX_DC": (400, 850),
    "OVER_DEPTH_UM": (5, 20),
    "DEEPER_UM": (10, 30),
    "MISMATCH_UM": (20, 100),
    "REST_MISMATCH_UM": (10, 30),
    "RATE_TOLERANCE_PERMILLE": (1, 10),
    "DWELL_MARGIN_US": (1_000, 20_000),
}

_POINTS = ("THERMOMETER_UV", "THERMOMETER_DC")  # microvolts at the pin, falling; tenths of a degree, rising; as many


def fields(board):
    """{name: (least, greatest)} of all that this board must have. Raises ValueError for a drive that there is not."""
    found = dict(FIELDS)
    found.update(_drive(board).FIELDS)
    return found


def _drive(board):
    """What the board's drive has to say of it: only that one's is loaded, because names stay in memory for good."""
    kind = getattr(board, "DRIVE", None)
    if kind == "stepper":
        from pen import board_stepper as drive
    elif kind == "solenoid":
        from pen import board_solenoid as drive
    else:
        raise ValueError("board: DRIVE must be one of: solenoid, stepper")
    return drive


def check(board):
    """Raises ValueError, naming the field, if one is missing, is not a whole number, or is out of its range."""
    if not isinstance(getattr(board, "NAME", None), str):
        raise ValueError("board: NAME is missing")
    wanted = fields(board)
    for name, (least, greatest) in wanted.items():
        value = getattr(board, name, None)
        if value is None:
            raise ValueError("board: " + name + " is missing")
        if not isinstance(value, int) or not least <= value <= greatest:
            raise ValueError("board: {} is {}, must be {} to {}".format(name, value, least, greatest))
    _check_thermometer(board)
    _check_pins(board, wanted)
    _check_relations(board)
    for name in unknown(board):
        raise ValueError("board: no field is called " + name)


def _check_thermometer(board):
    uvs, dcs = [getattr(board, name, ()) for name in _POINTS]
    falls = all(uvs[k] > uvs[k + 1] for k in range(len(uvs) - 1))
    rises = all(dcs[k] < dcs[k + 1] for k in range(len(dcs) - 1))
    if len(uvs) < 2 or len(uvs) != len(dcs) or not falls or not rises:
        raise ValueError("board: THERMOMETER_UV must fall and THERMOMETER_DC rise, from two points on")


def _check_pins(board, wanted):
    pins = [getattr(board, name) for name in wanted if name.startswith("PIN_")]
    pins += [_ADC_PIN + getattr(board, name) for name in wanted if name.startswith("ADC_")]
    if len(set(pins)) != len(pins):
        raise ValueError("board: a pin is used twice")


def _check_relations(board):
    """Fields that contradict each other. A limit that the converter never reaches would be no limit."""
    for wrong, sentence in (
        (board.DEPTH_MIN_UM % 10 or board.DEPTH_MAX_UM % 10, "DEPTH_MIN_UM and DEPTH_MAX_UM must be multiples of 10"),
        (board.SUPPLY_MIN_MV >= board.SUPPLY_MAX_MV, "SUPPLY_MIN_MV is not below SUPPLY_MAX_MV"),
        (
            board.CURRENT_MAX_MA * 1_000 // board.CURRENT_MA_PER_V >= ADC_MV,
            "CURRENT_MAX_MA is more than the converter can read",
        ),
        (board.CURRENT_CONTINUOUS_MA >= board.CURRENT_MAX_MA, "CURRENT_CONTINUOUS_MA is not below CURRENT_MAX_MA"),
        (
            board.SUPPLY_MAX_MV * 1_000 // board.SUPPLY_MV_PER_V >= ADC_MV,
            "SUPPLY_MAX_MV is more than the converter can read",
        ),
    ) + _drive(board).relations(board):
        if wrong:
            raise ValueError("board: " + sentence)


def unknown(board):
    """Names in the board file that no field has, misspelt ones for instance. PLANT_* are the simulator's own."""
    known = fields(board)
    return [
        name
        for name in dir(board)
        if name[0].isupper()
        and name not in known
        and name not in ("NAME", "DRIVE") + _POINTS + getattr(_drive(board), "_POINTS", ())
        and not name.startswith("PLANT_")
    ]

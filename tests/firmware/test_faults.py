"""Every fault: how it is named, and that the scan reacts to it as the table says."""

from collections.abc import Callable

import pytest

from pen_sim.loader import pure
from tests.firmware.support import BOARD, NAMES, Bench, set_word

faults = pure("pen.faults")
TABLE = faults.TABLE

# docs/safety.md, Faults. Codes never change meaning; those of them that the firmware has no way to notice are not in it.
SAFETY_FILE = {
    101: ("OVER_DEPTH", "CUT"), 102: ("POSITION_MISMATCH", "CUT"), 103: ("STALL", "CUT"), 104: ("DWELL", "CUT"),
    105: ("RATE", "RETRACT"), 106: ("HOME", "CUT"), 107: ("SENSOR_RANGE", "CUT"), 108: ("SENSOR_FROZEN", "CUT"),
    109: ("OVER_CURRENT", "CUT"), 110: ("DRIVER", "CUT"), 111: ("OVER_TEMP", "RETRACT"),
    112: ("SUPPLY_LOW", "RETRACT"), 113: ("SUPPLY_HIGH", "CUT"), 114: ("SESSION_TIME", "RETRACT"),
    115: ("DOSE", "RETRACT"), 116: ("CARTRIDGE_OUT", "RETRACT"), 117: ("TRIGGER_STUCK", "REFUSE"),
    118: ("ESTOP", "CUT"), 119: ("HEARTBEAT", "CUT"), 120: ("SCAN_LATE", "CUT"), 121: ("SCAN_LONG", "CUT"),
    122: ("DEADMAN", "CUT"), 123: ("ENABLE_READBACK", "CUT"), 124: ("QUEUE_UNDERRUN", "RETRACT"),
    125: ("WATCHDOG_RESET", "REFUSE"), 126: ("SELF_TEST", "REFUSE"), 127: ("MEMORY", "CUT"), 128: ("CLOCK", "CUT"),
    129: ("STORAGE", "REFUSE"), 130: ("LINK_LOST", "RETRACT"),
}  # fmt: skip


@pytest.mark.parametrize("code", TABLE)
def test_a_fault_is_the_safety_files_and_says_what_to_do(code: int) -> None:
    name, reaction, meaning, after = TABLE[code]
    assert (name, reaction) == SAFETY_FILE[code]
    assert getattr(faults, name) == code
    assert faults.name(code) == name
    assert faults.describe(code) == TABLE[code]
    for text in (meaning, after):
        assert 10 <= len(text) <= 80
        assert text[0].islower()
        assert not text.endswith(".")
        assert '"' not in text, "it is quoted in FAUL?"
    assert meaning != after


def test_names_are_different() -> None:
    for column in (0, 2):
        assert len({row[column] for row in TABLE.values()}) == len(TABLE)


def test_no_fault_and_no_such_fault() -> None:
    assert faults.name(0) == "NONE"
    with pytest.raises(KeyError):
        faults.describe(199)


# --- the reaction. Each provokes its fault in a bench that is stroking, 500 um deep on its way out, the cap at 1000 um.


def set_(count: int = 1, **attributes: object) -> Callable[[Bench], None]:
    def provoke(bench: Bench) -> None:
        for name, value in attributes.items():
            setattr(bench, name, value)
        for _ in range(count):
            if bench.tick():
                break

    return provoke


def switches(count: int, on: int = 0, off: int = 0) -> Callable[[Bench], None]:
    def provoke(bench: Bench) -> None:
        bench.switches = bench.switches & ~off | on
        bench.tick(count)

    return provoke


def freeze(bench: Bench) -> None:
    bench.dithers = False
    bench.tick(5)
    bench.counted_um += 50
    bench.tick()


def too_soon(bench: Bench) -> None:
    """The second stroke starts 30 instead of 40 ms after the first."""
    started_us = bench["ST_START_US"]
    bench.at(-BOARD.CLEARANCE_UM, NAMES.MO_MOVING)
    while bench.now_us - started_us < 30_000:
        bench.tick()
    bench.at(-BOARD.CLEARANCE_UM + 10, NAMES.MO_MOVING | NAMES.MO_OUTWARD)
    bench.tick()


def late(bench: Bench) -> None:
    bench.tick(us=200)


def raised(code: int) -> Callable[[Bench], None]:
    """By the foreground."""

    def provoke(bench: Bench) -> None:
        bench["OR_RAISE"] = code
        bench.tick()

    return provoke


def flip(bench: Bench) -> None:
    """A bit of the cap; every limit has had its turn once before it is noticed at its own."""
    bench.image[NAMES.LI_CAP_UM] ^= 1 << 11
    for _ in range(NAMES.LIMITS_COUNT + 2):
        if bench.tick():
            break


def proof_that_fails(bench: Bench) -> None:
    """The dead-man's output stays high."""
    bench["OR_MODE"] = NAMES.MODE_PROVE
    for _ in range(28):
        if bench.tick():
            break


PROVOKE: dict[str, Callable[[Bench], None]] = {
    "OVER_DEPTH": set_(counted_um=1_020, tip_um=1_020),
    "POSITION_MISMATCH": set_(tip_um=530),
    "STALL": set_(counted_um=560),
    "DWELL": set_(250),
    "RATE": too_soon,
    "HOME": set_(tip_um=-290, counted_um=-300, motion=0, home=False, count=22),
    "SENSOR_RANGE": set_(3, raw=0),
    "SENSOR_FROZEN": freeze,
    "OVER_CURRENT": set_(5, current_raw=16_380),
    "DRIVER": switches(2, on=NAMES.SW_DRIVER_FAULT),
    "OVER_TEMP": set_(100, temperature_raw=0),
    "SUPPLY_LOW": set_(20, supply_raw=0),
    "SUPPLY_HIGH": set_(10, supply_raw=16_380),
    "CARTRIDGE_OUT": switches(20, off=NAMES.SW_CARTRIDGE),
    "TRIGGER_STUCK": switches(50, on=NAMES.SW_TRIGGER),
    "ESTOP": switches(3, on=NAMES.SW_ESTOP),
    "HEARTBEAT": set_(501, beats=False),
    "SCAN_LATE": late,
    "SCAN_LONG": set_(scan_us=90),
    "QUEUE_UNDERRUN": set_(2, motion=0),
    "SESSION_TIME": raised(-114),
    "DOSE": raised(-115),
    "CLOCK": raised(128),
    "DEADMAN": proof_that_fails,
    "ENABLE_READBACK": set_(20, sense=False),
    "MEMORY": flip,
    "LINK_LOST": switches(200, off=NAMES.SW_LINK),
}
NOT_STROKING = {"HOME": "HOLD", "TRIGGER_STUCK": "HOMING", "DEADMAN": "OFF"}


AT_REST = {125, 126, 129}  # raised by the foreground while the drive is off


@pytest.mark.parametrize("code", sorted(set(TABLE) - AT_REST))
@pytest.mark.requirement("SR-07")
@pytest.mark.requirement("SR-17")
def test_the_scan_reacts_as_the_table_says(code: int) -> None:
    name, reaction, *_ = TABLE[code]
    bench = Bench(phase=NOT_STROKING.get(name, "HOLD"))
    for slot in (0, 1):
        set_word(bench.image, NAMES.OR_OUT_US + slot, 20_000 if name == "DWELL" else 500_000)
    if name not in NOT_STROKING:
        bench.stroking(500)
    PROVOKE[name](bench)
    assert bench["ST_FAULT"] == code
    # Off, the generator stopped in the same scan; or still on and turning round, or finished doing so.
    if reaction == faults.RETRACT:
        assert bench.outputs() == (1, 1, NAMES.MOVE_TURN)
        assert bench.phase == "RETRACT"
        bench.switches |= NAMES.SW_CARTRIDGE
        bench.at(-BOARD.CLEARANCE_UM)
        bench.tick()
    else:
        assert bench.outputs() == (0, 0, NAMES.MOVE_HALT)
    bench.tick(2)
    assert (bench.phase, bench["OU_ENABLE"], bench["ST_FAULT"]) == ("OFF", 0, code), "and it stays latched"
    bench["OR_MODE"] = NAMES.MODE_HOME
    bench.tick(2)
    assert bench.phase == "OFF", "and nothing arms meanwhile"


def test_every_fault_is_provoked() -> None:
    assert set(PROVOKE) == {row[0] for code, row in TABLE.items() if code not in AT_REST}

"""The process image: one table, and copies of it wherever the compiler needs a number of the same file."""

import ast
import re

import pytest

from pen_sim import hal as sim_hal
from pen_sim.loader import pure
from pen_sim.paths import FIRMWARE
from tests.firmware.support import NAMES, image_names

SCAN_FILES = ("scan", "guard_signals", "guard_motion", "guard_power", "phases")
SHARED = re.compile("IN_|LI_|OR_|ST_|OU_|SW_|MO_|MODE_|PHASE_|MOVE_|UNTIL_|PROOF_|LIMITS_|TRACE_WORDS")

# Ranges of the image, and how many words a name holds if it is more than one. [image.py]
WIDE = {"OR_PEAK_UM": 2, "OR_PERIOD_US": 2, "OR_RATE_SLACK_US": 2, "OR_OUT_US": 2, "OR_TRAVEL_US": 2, "ST_COUNT": 9}
AREAS = {"IN_": (0, 9), "OU_": (9, 16), "ST_": (16, 128), "LI_": (73, 99), "OR_": (99, 121)}


def constants(module: str) -> dict[str, int]:
    """`_NAME = const(number)` of a file, by name."""
    tree = ast.parse((FIRMWARE / "pen" / f"{module}.py").read_text(encoding="utf-8"))
    return {
        ast.unparse(node.targets[0]): ast.literal_eval(node.value.args[0])
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "const"
    }


@pytest.mark.parametrize("module", SCAN_FILES)
def test_all_functions_of_the_scan_are_vipers(module: str) -> None:
    """What is not would allocate and take far longer, on the chip alone."""
    tree = ast.parse((FIRMWARE / "pen" / f"{module}.py").read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert functions
    assert {node.name: [ast.unparse(mark) for mark in node.decorator_list] for node in functions} == {
        node.name: ["micropython.viper"] for node in functions
    }


@pytest.mark.parametrize("module", SCAN_FILES)
def test_copies_are_those_of_the_image_and_the_fault_table(module: str) -> None:
    codes = {name: code for code, (name, *_) in pure("pen.faults").TABLE.items()}
    found = constants(module)
    copies = {name for name in found if SHARED.match(name[1:])}
    assert {name: found[name] for name in copies} == {name: getattr(NAMES, name[1:]) for name in copies}
    named = {name for name in found if name[1:] in codes}
    assert len(copies | named) > 5
    assert {name: found[name] for name in named} == {name: codes[name[1:]] for name in named}
    # What is neither is the file's own; a fault's number hiding there would be no copy of the table.
    own = set(found) - copies - named
    assert not {name for name in own if found[name] in codes.values()}


def test_the_foregrounds_copies_are_those_of_the_image() -> None:
    """What it reads of the words whose names are the scan's alone."""
    others = {path.stem for path in (FIRMWARE / "pen").glob("*.py")} - {*SCAN_FILES, "image"}
    found = {module: {n: k for n, k in constants(module).items() if SHARED.match(n[1:])} for module in others}
    assert found["watches"]
    for module, copies in found.items():
        assert {name: getattr(NAMES, name[1:]) for name in copies} == copies, module


def test_every_fault_of_the_scan_is_a_copy() -> None:
    """All but those that the foreground raises, counted over the files of the scan."""
    foreground = {"_WATCHDOG_RESET", "_SESSION_TIME", "_SELF_TEST", "_CLOCK", "_DOSE", "_STORAGE"}
    codes = {f"_{name}" for name, *_ in pure("pen.faults").TABLE.values()} - foreground
    assert codes <= {name for module in SCAN_FILES for name in constants(module)}


def test_the_solenoids_copy() -> None:
    assert constants("solenoid") == {"_ST_TIP_SAME": NAMES.ST_TIP_SAME}


def test_the_simulators_copies() -> None:
    copies = (sim_hal._ENABLE, sim_hal._FEED, sim_hal._MOTION, sim_hal._SLOT, sim_hal._NEXT)
    assert copies == (NAMES.OU_ENABLE, NAMES.OU_FEED, NAMES.OU_MOTION, NAMES.OU_SLOT, NAMES.OU_NEXT)
    assert sim_hal.LINK == NAMES.SW_LINK


def test_the_words_the_simulator_names_by_number() -> None:
    """In SimHal._latch and _turn_round."""
    assert [NAMES.IN_NOW_US, NAMES.IN_STEPS, NAMES.IN_TIP_RAW, NAMES.IN_CURRENT_RAW] == [0, 1, 2, 3]
    assert [NAMES.IN_SUPPLY_RAW, NAMES.IN_TEMPERATURE_RAW, NAMES.IN_SWITCHES, NAMES.IN_MOTION] == [4, 5, 6, 7]
    assert (NAMES.IN_SCAN_US, NAMES.OR_PEAK_UM, NAMES.ST_SLOT) == (8, sim_hal._PEAK_UM, 41)
    assert (NAMES.MO_MOVING, NAMES.MO_OPEN, NAMES.MO_OUTWARD) == (1, 2, 4)
    assert (NAMES.MOVE_START, NAMES.MOVE_TURN) == (1, 2)


@pytest.mark.parametrize("area", AREAS)
def test_words_do_not_overlap_and_stay_in_their_area(area: str) -> None:
    first, end = AREAS[area]
    taken: dict[int, str] = {}
    for name, at in image_names(area).items():
        for index in range(at, at + WIDE.get(name, 1)):
            assert first <= index < end, name
            assert index not in taken, f"{name} and {taken[index]}"
            taken[index] = name


@pytest.mark.parametrize("bits", ["SW_", "MO_"])
def test_bits_are_single_and_different(bits: str) -> None:
    values = list(image_names(bits).values())
    assert all(value.bit_count() == 1 for value in values)
    assert len(set(values)) == len(values)


def test_a_new_image_is_off_and_its_trace_runs() -> None:
    image = NAMES.create()
    assert (len(image), image.typecode, image.itemsize) == (NAMES.WORDS, "i", 4)
    assert image[NAMES.ST_TRACE_LEFT] == -1
    image[NAMES.ST_TRACE_LEFT] = 0
    assert not any(image[: NAMES.LIMITS_COPY])
    assert set(image[NAMES.LIMITS_COPY :]) == {-1}, "copies of nought, inverted"
    assert max(image_names("OU_").values()) < NAMES.WORDS


def test_a_new_trace() -> None:
    assert bytes(NAMES.create_trace(3)) == bytes(3 * 6 * 4)


def test_what_has_copies_are_the_limits_and_the_orders_that_stay() -> None:
    words = [at + k for name, at in image_names("LI_", "OR_").items() for k in range(WIDE.get(name, 1))]
    events = {"OR_HEARTBEAT", "OR_MODE", "OR_SLOT", "OR_MOVE_UNTIL", "OR_RAISE"}
    changing = {at for name, at in image_names("OR_").items() if name.endswith("_SEQ") or name in events}
    copied = range(NAMES.LIMITS_FIRST, NAMES.LIMITS_FIRST + NAMES.LIMITS_COUNT)
    assert sorted(set(words) - changing) == list(copied)
    assert NAMES.LIMITS_COPY + len(copied) == NAMES.WORDS


@pytest.mark.requirement("SR-23")
@pytest.mark.parametrize("value", [0, 1, -300, 1 << 29, -(1 << 31), (1 << 31) - 1])
def test_a_limit_is_written_twice(value: int) -> None:
    image = NAMES.create()
    NAMES.set_limit(image, NAMES.LI_CAP_UM, value)
    assert image[NAMES.LI_CAP_UM] == value
    assert NAMES.limits_hold(image)
    image[NAMES.LI_CAP_UM] ^= 1 << 10
    assert not NAMES.limits_hold(image)

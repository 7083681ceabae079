"""The pen's own commands, through console, engine and app, on the simulator."""

import re
import sys

import pytest

from pen_sim.loader import pure
from tests.firmware.support import BOARD, Pen

faults = pure("pen.faults")
zones = pure("pen.zones")


@pytest.fixture
def pen() -> Pen:
    return Pen(exact=True)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("ZONE?", "NONE"),
        ("DEPT?", "0.00"),
        ("RATE?", "0.0"),
        ("STAT?", "IDLE,0,0,0.000"),
        ("FAUL?", '0,"NONE",0.000,"no fault is latched",""'),
        ("DOSE?", "NONE,0,0.000"),
        ("*TST?", "0"),
        ("*STB?", "0"),
        ("MEAS:DEPT?", "0.000"),
        ("MEAS:DEPT? MAX", "0.000"),
        ("MEAS:RATE?", "0.000"),
        ("MEAS:CURR? MEAN", "0"),
        ("ZONE cheek;:ZONE?;:DEPT?;:RATE?", "CHEEK;1.00;27.1"),
        ("ZONE UPPER_LIP;:ZONE?;:DEPT?;:RATE?", "UPPER_LIP;0.50;40.9"),
        ("ZONE cheek;:DEPT? MIN;:DEPT? MAX;:RATE? MIN;:RATE? MAX", "0.50;1.00;1.0;27.1"),
        ("ZONE cheek;:RATE 20;:DEPT 1.5;:DEPT?;:RATE?", "1.50;20.0"),
        ("ZONE cheek;:RATE 20;:DEPT 1200 um;:DEPT?", "1.20"),
        ("DRIV:RATE? 1", "27.1"),
        ("DRIV:RATE? 0.5;:DRIV:RATE? 3", "40.9;11.5"),
        ("FAUL:DESC? 104", '104,"DWELL","CUT","the tip stayed out longer than a stroke takes",'
         '"take the pen off the skin, check STEP wire and driver"'),
    ],
)  # fmt: skip
def test_answers(pen: Pen, line: str, answer: str) -> None:
    assert pen.say(line) == answer
    assert pen.errors() == []


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("DEPT 1", '-221,"Settings conflict;choose a zone first: ZONE CHEEK"'),
        ("RATE 10", '-221,"Settings conflict;choose a zone first: ZONE CHEEK"'),
        ("DEPT? MAX", '-221,"Settings conflict;choose a zone first: ZONE CHEEK"'),
        ("ZONE eyelid", '-221,"Settings conflict;EYELID is blocked: the pen never treats it"'),
        ("ZONE elbow", '-224,"Illegal parameter value;no zone ELBOW; ZONE:CAT? lists them"'),
        ("ZONE cheek;:DEPT 1.51", '-222,"Data out of range;CHEEK allows 0.50 to 1.50 mm"'),
        (
            "ZONE cheek;:DEPT 1.5",
            '-221,"Settings conflict;CHEEK at 1.50 mm allows at most 20.2 Hz on this drive, or 1.00 mm at 27.1 Hz"',
        ),
        ("ZONE cheek;:RATE 0.9", '-222,"Data out of range;CHEEK allows 1.0 to 150.0 Hz"'),
        ("FAUL:DESC? 199", '-222,"Data out of range;no fault 199; FAUL:CAT? lists them"'),
        ("RUN 1", '-221,"Settings conflict;arm first with ARM, the pen is IDLE"'),
    ],
)
@pytest.mark.requirement("SR-01")
def test_refusals_change_nothing(pen: Pen, line: str, error: str) -> None:
    pen.say(line)
    assert pen.errors() == [error]
    assert pen.say("DEPT?;:RATE?") in ("0.00;0.0", "1.00;27.1")
    assert pen.state == "IDLE"


def test_the_zone_catalogue(pen: Pen) -> None:
    fields = pen.say("ZONE:CAT?").split(",")
    rows = [fields[at : at + 5] for at in range(0, len(fields), 5)]
    assert [row[0] for row in rows] == list(zones.NAMES)
    for name, *numbers in rows:
        depth_um, cap_um, rate_dhz, most_dhz, _ = zones.TABLE[name]
        assert [float(number) for number in numbers] == [
            depth_um / 1_000, cap_um / 1_000, rate_dhz / 10, most_dhz / 10,
        ]  # fmt: skip


def test_the_fault_catalogue(pen: Pen) -> None:
    fields = pen.say("FAUL:CAT?").split(",")
    rows = [tuple(fields[at : at + 3]) for at in range(0, len(fields), 3)]
    assert rows == [(str(code), row[0], row[1]) for code, row in sorted(faults.TABLE.items())]


@pytest.mark.parametrize("code", faults.TABLE)
def test_every_fault_can_be_described(pen: Pen, code: int) -> None:
    name, reaction, meaning, after = faults.TABLE[code]
    assert pen.say(f"FAUL:DESC? {code}") == f'{code},"{name}","{reaction}","{meaning}","{after}"'


def test_the_zone_cannot_change_while_strokes_are_made(pen: Pen) -> None:
    pen.arm()
    pen.say("RUN 1", 0.1)
    pen.say("ZONE BODY")
    assert pen.errors() == ['-221,"Settings conflict;the zone cannot change while strokes are made: STOP first"']
    assert pen.say("ZONE?") == "CHEEK"


def test_measurements_of_a_pen_at_rest(pen: Pen) -> None:
    """12 V, 25 degrees, no current: what the plant is set to."""
    assert float(pen.say("MEAS:VOLT?")) == pytest.approx(BOARD.PLANT_SUPPLY_MV / 1_000, abs=0.05)
    assert float(pen.say("MEAS:TEMP?")) == pytest.approx(BOARD.PLANT_AMBIENT_DC / 10, abs=1.0)
    assert int(pen.say("MEAS:CURR?")) < 20


def test_measurements_of_a_run(pen: Pen) -> None:
    pen.arm()
    pen.say("RUN 1", 0.5)
    assert 400 < int(pen.say("MEAS:CURR? MEAN")) < 550
    pen.run_for(0.7)
    for which in ("LAST", "MIN", "MEAN", "MAX"):
        assert float(pen.say(f"MEAS:DEPT? {which}")) == pytest.approx(1.0, abs=0.005)
    low, mean, high = (int(pen.say(f"MEAS:CURR? {which}")) for which in ("MIN", "MEAN", "MAX"))
    assert low <= mean <= high <= BOARD.CURRENT_MAX_MA
    assert float(pen.say("MEAS:RATE?")) == pytest.approx(27.1, rel=1e-3)


def test_the_fault_says_what_homing_found(pen: Pen) -> None:
    pen.say("ZONE CHEEK")
    pen.plant.home_stuck = False
    pen.say("ARM", 2.0)
    assert re.fullmatch(r'106,"HOME",\d+\.\d{3},"the home switch did not close","check .*"', pen.say("FAUL?"))
    assert pen.say("*STB?") != "0"


@pytest.mark.parametrize(("query", "head"), [("TRAC?", b"NTR2"), ("LOG?", b"0,BOOT,POWER_ON ")])
def test_blocks(pen: Pen, query: str, head: bytes) -> None:
    """`#`, the number of digits, so many digits of length, the block, a line feed."""
    pen.machine.send(query.encode() + b"\n")
    pen.run_for(2.0)
    answer = pen.machine.receive()
    digits = int(answer[1:2])
    length = int(answer[2 : 2 + digits])
    assert answer[:1] == b"#"
    assert answer[2 + digits :].startswith(head)
    assert len(answer) == 2 + digits + length + 1
    assert answer.endswith(b"\n")


@pytest.mark.requirement("SR-21")
def test_identity(pen: Pen) -> None:
    """Four fields; the last one has the version, what runs it, and the CRC-32 of the files that are run."""
    *fields, firmware = pen.say("*IDN?").split(",")
    assert fields == ["needlepen", "bench_stepper", "SIM0"]
    runtime, crc = pen.machine.hal.program()
    assert firmware == f"{pure('pen.version').VERSION} {runtime} {crc:08x}"
    assert runtime == f"cpython{sys.version_info.major}.{sys.version_info.minor}"


@pytest.mark.requirement("SR-21")
def test_log_and_trace_say_which_program_wrote_them(pen: Pen) -> None:
    firmware = pen.say("*IDN?").split(",")[3]
    assert f"0,BOOT,POWER_ON {firmware}\n" in pen.say("LOG?", 0.2)
    pen.machine.send(b"TRAC?\n")
    pen.run_for(2.0)
    block = pen.machine.receive()[2 + 5 :]
    assert block[:4] == b"NTR2"
    assert f"{int.from_bytes(block[24:28], 'little'):08x}" == firmware.split()[2]

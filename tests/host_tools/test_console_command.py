"""`pen console`: what a person sees and what a script gets."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from pen_sim.machine import Machine
from pen_tools.errors import PenFault, Refused
from pen_tools.links import SerialLink
from pen_tools.serve import Server
from pen_tools.serve_tcp import TcpPort
from pen_tools.terminal import Terminal
from pen_tools.terminal_answers import Answers
from pen_tools.terminal_pipe import run
from pen_tools.terminal_talk import Talk
from pen_tools.terminal_words import Words, refusal
from tests.host_tools.serve_bench import DEADLINE_S, pen, served, until


@pytest.fixture(scope="module")
def words() -> Iterator[Words]:
    with served(TcpPort(0)) as server:
        talk = Talk(lambda: SerialLink(server.port.name))
        talk.connect()
        yield Words.of(talk)
        talk.hang_up()


@pytest.fixture
def server() -> Iterator[Server]:
    with served(TcpPort(0)) as server:
        until(lambda: server.machine.state == "IDLE")
        yield server


# --- answers


def taken(data: bytes, size: int) -> list[str]:
    answers = Answers()
    lines: list[str] = []
    for at in range(0, len(data), size):
        answers.feed(data[at : at + size])
        while (line := answers.take()) is not None:
            lines.append(line)
    return lines


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_lines_and_blocks_come_whole_from_any_pieces(size: int) -> None:
    binary = bytes(range(256))
    data = b"1.00\r\n\n#3256" + binary + b"\n2;#15a\nb\nc;3\n#x\n"
    block = "<a block of 256 bytes, its CRC-32 is not right>"
    assert taken(data, size) == ["1.00", "", block, "2;a\nb\nc;3", "#x"]


# --- the pen's own table


def test_the_table_knows_every_form(words: Words) -> None:
    for typed in ("DEPT", "depth?", ":SYST:ERR?", "system:error", "*idn?"):
        assert words.find(typed), typed
    assert words.find("FOO") is None
    assert "*OPC *OPC?" in words.table()


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("DEP", ["DEPT", "DEPT?"]),
        ("dept", ["DEPT", "DEPT?"]),
        ("depth", ["DEPTh", "DEPTh?"]),
        ("ZONE CHEEK;:RAT", ["RATE", "RATE?"]),
        ("DEPT? M", ["MIN", "MAX"]),
        ("ZONE CH", ["CHEEK", "CHIN"]),
        ("SYST:ECHO ", ["ON", "OFF"]),
        ("help DIS", ["DIS"]),
        ("ARM ", []),
        ("FOO ", []),
    ],
)
def test_completion(words: Words, typed: str, offered: list[str]) -> None:
    assert [text for text, _, _ in words.complete(typed)] == offered


def test_errors_in_words(words: Words) -> None:
    assert refusal(-113, "Undefined header", "DPET", words) == (
        "refused: Undefined header: DPET (-113)",
        "did you mean DEPT?",
    )
    told, hint = refusal(-222, "Data out of range", "CHEEK allows 0.50 to 1.50 mm", words)
    assert told == "refused: CHEEK allows 0.50 to 1.50 mm (-222)"
    assert "MAX" in hint


# --- a person


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "needlepen" / "console_history"


class Sitting:
    """A person at a console: types, and reads what is shown."""

    def __init__(self, keys: PipeInput, server: Callable[[], str], shown: list[str]) -> None:
        self._keys = keys
        self.shown = shown
        self.talk = Talk(lambda: SerialLink(server()))
        terminal = Terminal(self.talk, keys, DummyOutput())
        self._thread = Thread(target=terminal.run)
        self._thread.start()

    def type(self, text: str) -> None:
        self._keys.send_text(text)

    def sees(self, text: str) -> None:
        until(lambda: any(text in line for line in list(self.shown)), f"'{text}' is not in {self.shown}")

    def left(self) -> bool:
        self._thread.join(DEADLINE_S)
        return not self._thread.is_alive()


@contextmanager
def sitting(port: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Sitting]:
    shown: list[str] = []

    def show(text: str, style: str = "", hint: str = "") -> None:
        shown.append(f"{text} | {hint}" if hint else text)

    monkeypatch.setattr("pen_tools.terminal.show", show)
    with create_pipe_input() as keys:
        person = Sitting(keys, port, shown)
        try:
            person.sees("Ctrl-C stops the pen")
            yield person
        finally:
            person.type("\x1d")
            assert person.left()


def test_a_person_asks_orders_and_is_refused(server: Server, at_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sitting(lambda: server.port.name, monkeypatch) as person:
        person.sees("needlepen,bench_stepper")
        person.type("zone cheek\rDEPT 1.6\r")
        person.sees("refused: CHEEK allows 0.50 to 1.50 mm (-222) | DEPT? MAX")
        person.type("DPET?\r")
        person.sees("did you mean DEPT?")
        person.type("help rate\r")
        person.sees("RATE?")
        person.type("LOG?\r")
        person.sees(",ZONE,CHEEK")
        person.type("TRAC?\r")
        person.sees("its CRC-32 is right")
        person.type("SYST:ECHO ON\r")
        person.sees("not needed here")
    assert "+zone cheek" in at_home.read_text()


@pytest.mark.requirement("SR-24")
def test_an_operators_code_is_not_written_down(server: Server, at_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sitting(lambda: server.port.name, monkeypatch) as person:
        person.type("oper:code 1234\r")
        person.type("RATE? MAX\r")
        person.sees("choose a zone first")
        person.type("STAT?;:operator:unlock 1234\rOPER?\r")
        person.sees("UNLOCKED")
        person.type("ZONE CHEEK\rDEPT 2.0;DEPT?\r")
        person.sees("2.00")
    assert "+ZONE CHEEK" in at_home.read_text()
    assert "1234" not in at_home.read_text()


@pytest.mark.parametrize("typed", ["\x03", "DEPT 1.2\x03", "!\r", "DEPT 1.2!\r"])
def test_a_stop_at_the_prompt(typed: str, server: Server, at_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sitting(lambda: server.port.name, monkeypatch) as person:
        person.type("ZONE CHEEK;:RATE 20;:ARM;*WAI;RUN 20\r")
        until(lambda: server.machine.state == "RUNNING")
        person.type(typed)
        person.sees("! stopped")
        until(lambda: server.machine.state == "IDLE")


def test_leaving_stops_a_run(server: Server, at_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sitting(lambda: server.port.name, monkeypatch) as person:
        person.type("ZONE CHEEK;:RATE 20;:ARM;*WAI;RUN 20\r")
        until(lambda: server.machine.state == "RUNNING")
    assert "! stopped, because you leave" in person.shown
    until(lambda: server.machine.state == "IDLE")


def test_a_fault_is_shown_when_it_happens(server: Server, at_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sitting(lambda: server.port.name, monkeypatch) as person:
        person.type("ZONE CHEEK;:RATE 20;:ARM;*WAI;RUN 20\r")
        until(lambda: server.machine.state == "RUNNING")
        server.machine.plant.cartridge_seated = False
        person.sees("fault 116 CARTRIDGE_OUT: the cartridge left its seat | seat a new cartridge")


def test_it_finds_a_pen_again_that_was_gone(at_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = ""
    with served(TcpPort(0)) as first:
        port = first.port.name
        until(lambda: first.machine.state == "IDLE")
        with sitting(lambda: port, monkeypatch) as person:
            first.stop()
            first.port.close()
            person.sees("is lost")
            with served(TcpPort(0)) as second:
                port = second.port.name
                until(lambda: person.shown.count(person.shown[0]) == 2, "the identity is shown again")
                person.type("ZONE CHIN\r")
                until(lambda: simulated(second).app.settings.zone == "CHIN")


def simulated(server: Server) -> Machine:
    """The pen served, whose inside can be looked at."""
    assert isinstance(server.machine, Machine)
    return server.machine


# --- a script


def script(server: Server, *lines: str) -> list[str]:
    said: list[str] = []
    run(Talk(lambda: SerialLink(server.port.name)), lines, said.append)
    return said


def test_a_script_waits_for_its_run(server: Server) -> None:
    said = script(server, "# a comment", "", "ZONE CHEEK;:RATE 20", "ARM", "*OPC?", "RUN 0.3")
    assert said == ["1"]
    assert server.machine.state == "READY"
    assert server.machine.fault == 0


def test_a_script_ends_at_the_first_refusal_and_nothing_moves(server: Server) -> None:
    with pytest.raises(Refused, match="CHEEK allows"):
        script(server, "ZONE CHEEK", "DEPT 1.6", "ARM")
    assert server.machine.state == "IDLE"


def test_a_script_ends_with_the_fault(server: Server) -> None:
    machine = server.machine
    machine.at(machine.now_ns + 500_000_000, lambda: setattr(machine.plant, "cartridge_seated", False))
    with pytest.raises(PenFault, match="116 CARTRIDGE_OUT"):
        script(server, "ZONE CHEEK;:RATE 20;:ARM;*WAI;:RUN 20", "*OPC?")


@pytest.mark.parametrize(
    ("text", "code", "out", "err"),
    [
        ("*IDN?\nZONE CHEEK\nDEPT?\n", 0, "1.00\n", ""),
        ("ZONE CHEEK\nDEPT 9\nDEPT?\n", 2, "", "-222"),
    ],
)
def test_the_command_from_a_pipe(server: Server, text: str, code: int, out: str, err: str) -> None:
    ended = pen("console", "--port", server.port.name, text=text)
    assert ended.returncode == code, ended.stderr
    assert ended.stdout.endswith(out)
    assert err in ended.stderr
    assert "Traceback" not in ended.stderr


def test_without_a_pen_the_command_says_so(tmp_path: Path) -> None:
    ended = pen("console", "--port", str(tmp_path / "nothing"))
    assert ended.returncode == 3
    assert "cannot open" in ended.stderr
    assert os.linesep + "hint: " in ended.stderr

"""PyVISA, unmodified, talks to a served pen: what any SCPI instrument must do."""

import binascii
import os
from collections.abc import Iterator
from typing import Any

import pytest
import pyvisa

from pen_tools.serve_ports import Port
from pen_tools.serve_pty import PtyPort
from pen_tools.serve_tcp import TcpPort
from tests.host_tools.serve_bench import served, until


def _resource(port: Port) -> str:
    if port.name.startswith("socket://"):
        host, _, number = port.name.removeprefix("socket://").partition(":")
        return f"TCPIP::{host}::{number}::SOCKET"
    return f"ASRL{port.name}::INSTR"


@pytest.fixture(params=["tcp", "pty"])
def visa(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param == "pty" and os.name != "posix":
        pytest.skip("needs pseudo-terminals")
    with served(TcpPort(0) if request.param == "tcp" else PtyPort()) as server:
        manager = pyvisa.ResourceManager("@py")
        name = _resource(server.port)
        instrument: Any = manager.open_resource(name, read_termination="\n", write_termination="\n", timeout=5_000)
        assert instrument.query("*OPC?") == "1"  # the self test is over
        instrument.write("*CLS")
        yield instrument
        instrument.close()
        manager.close()


def _ready(visa: Any) -> None:
    visa.write("ZONE CHEEK;:RATE 20;:ARM")
    assert visa.query("*OPC?") == "1"
    assert visa.query("STAT?").startswith("READY,0,")


def test_identity_and_version(visa: Any) -> None:
    assert visa.query("*IDN?").split(",")[:2] == ["needlepen", "bench_stepper"]
    assert visa.query("SYST:VERS?") == "1999.0"
    assert visa.query("*TST?") == "0"


def test_settings_come_back(visa: Any) -> None:
    visa.write("ZONE cheek")
    visa.write("RATE 15")
    visa.write("DEPT 1.2")
    assert (visa.query("ZONE?"), visa.query("DEPT?"), visa.query("RATE?")) == ("CHEEK", "1.20", "15.0")
    visa.write("DEPT 1100 UM")
    assert visa.query_ascii_values("DEPT?;DEPT? MAX", separator=";") == [1.1, 1.5]
    visa.write("*RST")
    assert visa.query("ZONE?") == "NONE"


def test_long_and_short_forms_in_any_case_and_several_on_a_line(visa: Any) -> None:
    visa.write("zone CHEEK;:depth 0.90;:RaTe 12")
    assert visa.query("DEPTH?;:depth? minimum;:rate?") == "0.90;0.50;12.0"
    assert visa.query("SYSTem:ERRor:NEXT?;COUNt?") == '0,"No error";0'
    assert visa.query("syst:vers?;:SYSTEM:VERSION?") == "1999.0;1999.0"


def test_errors_queue_in_order_and_overflow_is_told(visa: Any) -> None:
    for line in ("FOO", "DEPT", "ZONE CHEEK,2", "ZONE CHEEK;:DEPT 1.6", "RUN 5"):
        visa.write(line)
    codes = [int(visa.query("SYST:ERR?").partition(",")[0]) for _ in range(6)]
    assert codes == [-113, -109, -108, -222, -221, 0]
    for _ in range(40):
        visa.write("FOO")
    count = int(visa.query("SYST:ERR:COUN?"))
    texts = [visa.query("SYST:ERR?") for _ in range(count)]
    assert texts[0].startswith("-113,")
    assert texts[-1].startswith('-350,"Queue overflow')
    assert visa.query("SYST:ERR?") == '0,"No error"'


def test_event_registers_and_status_byte(visa: Any) -> None:
    visa.query("*ESR?")  # the bit of the start
    visa.write("*ESE 32;*SRE 36")
    assert visa.query("*ESE?;*SRE?") == "32;36"
    visa.write("FOO")
    assert int(visa.query("*STB?")) & 0b1100100 == 0b1100100, "error queued, event summary, service"
    assert int(visa.query("*ESR?")) == 32
    assert int(visa.query("*STB?")) & 0b0100100 == 0b0000100, "reading *ESR? cleared the event"
    visa.write("ZONE CHEEK;:DEPT 9")
    assert int(visa.query("*ESR?")) & 16, "execution error"
    visa.write("*CLS")
    assert int(visa.query("*STB?")) & 0b1100100 == 0
    visa.write("*OPC")
    assert int(visa.query("*ESR?")) == 1


def test_opc_waits_until_it_is_ready_and_until_a_run_is_over(visa: Any) -> None:
    _ready(visa)
    visa.write("RUN 0.3")
    until(lambda: visa.query("STAT?").startswith("RUNNING,"))
    assert visa.query("*OPC?") == "1"
    state, fault, strokes, left = visa.query("STAT?").split(",")
    assert (state, fault, left) == ("READY", "0", "0.000")
    assert int(strokes) in (6, 7)


@pytest.mark.parametrize("header", ["TRAC?", "LOG?"])
def test_records_are_definite_length_blocks_with_a_crc(visa: Any, header: str) -> None:
    _ready(visa)
    visa.write("RUN 0.2;*WAI")
    data: bytes = visa.query_binary_values(header, datatype="B", container=bytes)
    assert binascii.crc32(data[:-4]) == int.from_bytes(data[-4:], "little")
    assert len(data) > 100
    assert visa.query("SYST:ERR?") == '0,"No error"', "nothing is left behind the block"


def test_a_block_read_raw(visa: Any) -> None:
    # As a program reads a block that has no termination character set: by length.
    visa.read_termination = None
    visa.write("LOG?")
    head = visa.read_bytes(2)
    length = int(visa.read_bytes(int(head[1:])))
    data = visa.read_bytes(length)
    assert visa.read_bytes(1) == b"\n"
    assert binascii.crc32(data[:-4]) == int.from_bytes(data[-4:], "little")
    assert data.startswith(b"0,BOOT,POWER_ON ")


def test_the_end_of_a_session_leaves_the_pen_to_the_next(visa: Any) -> None:
    _ready(visa)
    visa.write("*RST;*CLS")
    until(lambda: visa.query("STAT?").startswith("IDLE,0,"))
    assert visa.query("ZONE?;SYST:ERR?") == 'NONE;0,"No error"'

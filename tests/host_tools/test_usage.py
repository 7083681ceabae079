"""What cannot be done gets one clear line and a hint, the right exit code, and nothing moves."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pen_sim.machine import Machine
from tests.host_tools.cli_bench import QUICK, pen

WRONG = [
    ("no zone NOWHERE", "--zone", "nowhere"),
    ("is no zone's name", "--zone", "cheek;ARM"),
    ("EYELID is blocked", "--zone", "eyelid"),
    ("CHEEK allows 0.50 to 1.50 mm", "--depth", "1.6"),
    ("steps of 0.010 MM", "--depth", "1.005"),
    ("--depth nan is not possible", "--depth", "nan"),
    ("at most 27.1 Hz", "--rate", "50"),
    ("--rate -1 is not possible", "--rate", "-1"),
    ("--seconds 0 is not possible", "--seconds", "0"),
    ("no board named 'nope'; there are: bench_stepper", "--board", "nope"),
    ("no fault named 'flood'; there are: tip_sensor_frozen", "--fault", "flood@1"),
    ("when? Write stall@1.5", "--fault", "stall"),
    ("when? Write stall@1.5", "--fault", "stall@nan"),
    ("it would not happen", "--fault", "stall@9"),
    ("no deeper than 1.00 mm", "--fault", "stall@1.2mm"),
    ("no target 'moon'", "--target", "moon"),
    ("does not go with --target sim", "--target", "sim", "--port", "COM1"),
    ("--fault needs a virtual pen", "--port", "COM1", "--fault", "stall@1"),
    ("are for virtual pens", "--port", "COM1", "--seed", "2"),
    ("are for virtual pens", "--port", "COM1", "--skin", "firm"),
    ("--skin leather: there is no such", "--skin", "leather"),
    ("--needles rusty: there is no such", "--needles", "rusty"),
    ("--charge 101 is not possible", "--board", "pen_solenoid", "--charge", "101"),
    ("bench_stepper has no cell", "--charge", "50"),
    ("at most 123.5 Hz on this drive, or 0.70 mm at 135.0 Hz", "--board", "pen_solenoid", "--rate", "135"),
    (
        "too little for 60 s of these strokes: charge it (-221)",
        "--board",
        "pen_solenoid",
        "--zone",
        "body",
        "--depth",
        "2",
        "--charge",
        "0",
    ),
    ("on a simulated pen's pins", "--port", "COM1", "--vcd", "x.vcd"),
    ("cannot write nowhere", "--plot", str(Path("nowhere", "x.png"))),
    ("what kind of picture?", "--plot", "x.bmp"),
    ("cannot write .", "--vcd", "."),
    ("the same name", "--vcd", "x.csv", "--csv", "x.csv"),
]


@pytest.mark.parametrize(("words", "options"), [(words, options) for words, *options in WRONG])
def test_wrong_usage_is_one_line_and_a_hint(
    words: str, options: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machines: list[Machine] = []
    real = Machine.__init__

    def note(self: Machine, *args: object, **more: object) -> None:
        machines.append(self)
        real(self, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Machine, "__init__", note)
    monkeypatch.chdir(tmp_path)
    result = pen("run", *options)
    lines = [line for line in result.stderr.splitlines() if not line.startswith(("bench_stepper", "pen_solenoid"))]
    assert result.exit_code == 2
    assert result.stdout == ""
    assert lines[0].startswith("error: ")
    assert words in lines[0]
    assert lines[1].startswith("hint: ")
    assert len(lines) == 2
    assert all(machine.edges.of(0) == [] and machine.plant.max_tip_um <= 0 for machine in machines)  # no step, no tip
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("options", [["--bogus"], ["--depth", "deep"], ["--seed", "x"]])
def test_what_the_command_line_does_not_know_ends_with_2(options: list[str]) -> None:
    result = pen("run", *options)
    assert result.exit_code == 2
    assert options[0] in result.stderr


def test_no_such_port_ends_with_3() -> None:
    result = pen("run", "--port", "/dev/no-such-port")
    assert result.exit_code == 3
    assert "error: cannot open /dev/no-such-port" in result.stderr
    assert "hint: " in result.stderr


@pytest.mark.parametrize("line", [["--debug", "run", "--zone", "x"], ["run", "--zone", "x", "--debug"]])
def test_debug_shows_the_traceback_wherever_it_stands(line: list[str]) -> None:
    result = pen(*line)
    assert result.exit_code == 2
    assert "Traceback (most recent call last)" in result.stderr
    assert "no zone X" in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_does_not_cost_the_result() -> None:
    result = pen("run", *QUICK, "--vcd", "/dev/full", "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["measured"]["strokes"] == told["truth"]["strokes"] > 0
    assert not told["ok"], "one thing that was asked for is missing"
    assert "error: cannot write /dev/full: No space left on device" in result.stderr


def test_a_file_that_is_there_already_stays_if_the_run_is_refused(tmp_path: Path) -> None:
    picture = tmp_path / "old.png"
    picture.write_text("old")
    assert pen("run", "--depth", "9", "--plot", str(picture)).exit_code == 2
    assert picture.read_text() == "old"


def test_the_real_command() -> None:
    command = [sys.executable, "-c", "from pen_tools.cli import main; main()"]
    done = subprocess.run([*command, "run", *QUICK, "--json"], capture_output=True, text=True, check=False)
    assert (done.returncode, json.loads(done.stdout)["ok"], done.stderr) == (0, True, "")
    version = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False)
    assert version.stdout.startswith("needlepen ")
    refused = subprocess.run([*command, "run", "--depth", "9"], capture_output=True, text=True, check=False)
    assert (refused.returncode, refused.stdout) == (2, "")

"""What a run leaves in files: read back by readers of their own, and compared with the plant."""

import csv
import signal
import struct
import zlib
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from pen_tools import interrupts, output, plot, plotdata, targets
from pen_tools.output import Teller
from pen_tools.record import Plan
from pen_tools.runner import Runner
from tests.host_tools.cli_bench import QUICK, pen, pen_json

STEPS = 2 * 130  # of one stroke: 300 um of clearance and 1 mm, in steps of 10 um, out and back


def read_png(path: Path) -> tuple[int, int, bytes]:
    """Width, height and the decompressed scanlines of a PNG; every chunk's CRC is checked."""
    data, at, packed, size = path.read_bytes(), 8, b"", (0, 0)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        assert zlib.crc32(kind + body) == int.from_bytes(data[at + 8 + length : at + 12 + length], "big")
        size = struct.unpack(">II", body[:8]) if kind == b"IHDR" else size
        packed += body if kind == b"IDAT" else b""
        at += 12 + length
    return *size, zlib.decompress(packed)


def read_vcd(path: Path) -> tuple[str, dict[str, list[tuple[int, str]]]]:
    """Timescale, and (time, value) of every change by the variable's name."""
    words = iter(path.read_text().split())
    names: dict[str, str] = {}
    changes: dict[str, list[tuple[int, str]]] = defaultdict(list)
    timescale, now = "", 0
    for word in words:
        if word == "$timescale":
            timescale = "".join(iter(lambda: next(words), "$end"))
        elif word == "$var":
            _, _, code, name, *_ = iter(lambda: next(words), "$end")
            names[code] = name
        elif word in ("$comment", "$date", "$version", "$scope", "$upscope", "$enddefinitions"):
            list(iter(lambda: next(words), "$end"))
        elif word.startswith("#"):
            assert int(word[1:]) >= now
            now = int(word[1:])
        elif word[0] in "rs":
            changes[names[next(words)]].append((now, word[1:]))
        elif word[0] in "01":
            changes[names[word[1:]]].append((now, word[0]))
    return timescale, changes


def test_the_picture_has_its_size_and_is_not_blank(tmp_path: Path) -> None:
    picture = tmp_path / "run.png"
    assert pen("run", *QUICK, "--plot", str(picture)).exit_code == 0
    width, height, lines = read_png(picture)
    assert (width, height) == (1600, 1000)
    assert len(set(zip(lines[0::4], lines[1::4], lines[2::4], strict=False))) > 500


@pytest.mark.parametrize("fault", ["stall@0.215", "home_stuck_open@0", "foreground_hang@0.3", "tip_sensor_frozen@0.21"])
def test_a_run_that_ends_badly_leaves_all_files(fault: str, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("run.svg", "run.vcd", "run.csv")]
    options = [text for path in paths for text in (f"--{path.suffix[1:]}".replace("svg", "plot"), str(path))]
    assert pen("run", *QUICK, "--fault", fault, *options).exit_code in (4, 5)
    assert all(path.stat().st_size > 1_000 for path in paths)


def test_the_picture_names_the_fault_and_how_far_the_tip_went(tmp_path: Path) -> None:
    plan = Plan("cheek", 1.0, 20.0, 0.5, ("stall@0.215",))
    with targets.opened(targets.choose(None, None), keep=True) as opened, interrupts.deferred() as check:
        record = Runner(opened, plan, output.Teller(True), check, trace=True).run()
        data = plotdata.of_record(record)
        assert opened.rig
        assert data.points[0].mm == pytest.approx(opened.rig.max_tip_um() / 1_000)
    assert data.fault
    assert "103 STALL" in data.fault.text
    assert 0.215 <= data.fault.t_s < 0.22
    assert data.zoom_s[0] < data.fault.t_s < data.zoom_s[1]
    assert (data.cap_mm, data.depth_mm) == (1.5, 1.0)
    assert plot.figure(data).get_size_inches().tolist() == [16, 10]


def test_the_picture_of_a_drive_that_throws_its_tip(tmp_path: Path) -> None:
    """Every stroke has its dot; large below are two strokes, the stop that ends them, and the pulses that made them."""
    plan = Plan("cheek", 1.0, 100.0, 2.0)
    choice = targets.choose(None, None, "pen_solenoid")
    with targets.opened(choice, keep=True) as opened, interrupts.deferred() as check:
        record = Runner(opened, plan, output.Teller(True), check, trace=True).run()
        data = plotdata.of_record(record)
        assert opened.rig
        pulses = [t_s - record.zero_s for t_s, level in opened.rig.edges("coil_low") if level]
        plot.save(tmp_path / "run.png", record)
    assert len(data.strokes) == 200
    assert all(abs(b[0] - a[0] - 0.01) < 0.001 for a, b in pairwise(data.strokes))
    assert {round(mm, 3) for _, mm in data.strokes} == {1.0}
    assert data.envelope
    assert data.envelope_ma
    assert [t_s for t_s in data.envelope.t_s if 0 < t_s < 2] == pytest.approx(
        [t_s for t_s in data.envelope_ma.t_s if 0 < t_s < 2]
    )
    stretches = zip(data.envelope.t_s, data.envelope.least, data.envelope.greatest, strict=True)
    for t_s, least, greatest in stretches:
        if 0.02 < t_s < 1.97:  # whole strokes: rows are 0.4 ms apart, in which a fast tip goes 0.4 mm
            assert least == pytest.approx(-0.3, abs=0.01)
            assert 0.6 < greatest <= 1.01
    assert data.strikes
    assert data.strikes.stop_mm == pytest.approx(1.0)
    begin_s, end_s = data.zoom_s
    assert [name for name, _ in data.strikes.pins] == ["coil", "coil_low", "gate"]
    low = data.strikes.pins[1][1]
    shown = [t_s for t_s, level in zip(low.t_s[1:-1], low.values[1:-1], strict=True) if level]
    assert shown == pytest.approx([t_s for t_s in pulses if begin_s < t_s < end_s])
    assert len(shown) == 2
    assert {-0.3, 1.0} <= set(data.strikes.count.values)
    assert read_png(tmp_path / "run.png")[:2] == (1600, 1000)


def test_one_stroke_of_a_slow_rate_is_shown_large() -> None:
    plan = Plan("cheek", 1.0, 5.0, 0.5)
    choice = targets.choose(None, None, "pen_solenoid")
    with targets.opened(choice, keep=True) as opened, interrupts.deferred() as check:
        data = plotdata.of_record(Runner(opened, plan, output.Teller(True), check, trace=True).run())
    assert data.envelope is None
    assert data.zoom_s[1] - data.zoom_s[0] == pytest.approx(0.025)
    assert data.strikes
    assert sum(data.strikes.pins[1][1].values[1:-1]) == 1  # one pulse


def test_the_true_mean_current_is_that_of_fine_looks() -> None:
    """At 100 Hz, whose period is a round number: looks that keep step with it would see the same places of every stroke."""
    plan = Plan("cheek", 1.0, 100.0, 2.0)
    choice = targets.choose(None, None, "pen_solenoid")
    looks: list[float] = []
    with targets.opened(choice) as opened, interrupts.deferred() as check:
        assert opened.rig
        machine = opened.rig.machine

        def look() -> None:
            if machine.plant.truth:
                looks.append(machine.plant.current_ma(machine.now_ns))
            machine.at(machine.now_ns + 97_000, look)

        look()
        record = Runner(opened, plan, output.Teller(True), check).run()
    assert record.truth
    mean = sum(looks[: round(1.9 / 97e-6)]) / round(1.9 / 97e-6)
    assert record.truth.current_mean_ma == pytest.approx(mean, rel=0.03)


def test_the_vcd_has_every_step_of_every_stroke(tmp_path: Path) -> None:
    path = tmp_path / "run.vcd"
    found = pen_json("run", "--depth", "1.0", *QUICK, "--vcd", str(path))
    timescale, changes = read_vcd(path)
    assert timescale == "1us"
    running = next(t for t, state in changes["state"] if state == "RUNNING") - 10_000
    rises = [t for t, level in changes["step"] if level == "1" and t > running]
    falls = [t for t, level in changes["step"] if level == "0" and t > running]
    assert len(rises) == len(falls) == found["truth"]["strokes"] * STEPS
    assert [fall - rise for rise, fall in zip(rises, falls, strict=True)] == [4] * len(rises)
    deepest = max(float(um) for _, um in changes["tip_um"])
    assert deepest == pytest.approx(found["truth"]["depth_mm"]["max"] * 1_000, abs=0.1)
    assert {"gate", "home", "cartridge", "trigger", "estop", "driver_fault", "link"} <= set(changes)


def test_vcd_and_csv_of_a_drive_that_throws_its_tip(tmp_path: Path) -> None:
    """A pulse for each stroke; the table's count is the stop while the pulse lasts, and retracted otherwise."""
    vcd, table = tmp_path / "run.vcd", tmp_path / "run.csv"
    found = pen_json(
        "run", "--board", "pen_solenoid", "--rate", "100", "--seconds", "0.5", "--vcd", str(vcd), "--csv", str(table)
    )
    _, changes = read_vcd(vcd)
    running = next(t for t, state in changes["state"] if state == "RUNNING") - 10_000
    low = [(t, level) for t, level in changes["coil_low"] if t > running]
    assert [level for _, level in low] == ["1", "0"] * found["truth"]["strokes"]
    high = [t for t, level in changes["coil"] if level == "1" and t > running]
    for (on, _), (off, _) in zip(low[0::2], low[1::2], strict=True):
        assert on in high
        assert 2_940 <= off - on <= 4_280  # of 1 mm: by the strongest coil, by the weakest
    assert max(float(um) for _, um in changes["tip_um"]) == pytest.approx(1_000, abs=0.1)
    with table.open(newline="") as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    stroking = [row for row in rows if row["phase"] == 3]
    assert {row["counted_mm"] for row in stroking} == {-0.3, 1.0}
    assert max(row["current_ma"] for row in stroking if row["counted_mm"] == 1.0) > 4_000
    assert all(row["current_ma"] < 1_000 for row in stroking if row["counted_mm"] < 0)


def test_the_csv_follows_the_truth(tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    assert pen("run", *QUICK, "--csv", str(path)).exit_code == 0
    with path.open(newline="") as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    stroking = [row for row in rows if row["phase"] == 3]
    times = [row["time_s"] for row in stroking]
    assert times == sorted(times)
    assert max(b - a for a, b in pairwise(times)) <= 0.000_501  # nothing is missing between two TRAC?
    assert stroking[0]["time_s"] == pytest.approx(0, abs=0.003)
    assert stroking[-1]["time_s"] == pytest.approx(0.5, abs=0.05)
    assert max(abs(row["measured_mm"] - row["true_mm"]) for row in stroking) < 0.030
    assert {row["enable"] for row in stroking} == {1.0}


def test_ctrl_c_stops_the_pen_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def press(_self: Teller, done_s: float, _whole_s: float, _strokes: int) -> None:
        if 0.9 < done_s < 1.0:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Teller, "progress", press)
    found = pen_json("run", "--rate", "20", "--seconds", "60", code=130)
    assert 15 <= found["truth"]["strokes"] <= 22
    assert abs(found["measured"]["strokes"] - found["truth"]["strokes"]) <= 1
    assert (found["ok"], found["faults"]) == (False, [])

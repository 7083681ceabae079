"""`make demo`: both pens, and a picture for each and of both."""

from pathlib import Path

import pytest

from scripts import make_demo
from tests.host_tools.test_files import read_png


def test_both_pens_and_three_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(make_demo, "SECONDS", 1.5)
    monkeypatch.setattr("sys.argv", ["make_demo.py", str(tmp_path)])
    assert make_demo.main() == 0
    for name in ("demo.png", "demo_bench_stepper.png", "demo_pen_solenoid.png"):
        width, height, lines = read_png(tmp_path / name)
        assert (width, height) == (1600, 1000)
        assert len(set(zip(lines[0::4], lines[1::4], lines[2::4], strict=False))) > 500
    shown = capsys.readouterr()
    assert "pen_solenoid, firmware" in shown.err
    strokes = [line.split()[1:] for line in shown.out.splitlines() if line.strip().startswith("strokes")]
    assert strokes == [["30"] * 3, ["150"] * 3]

"""Without the right emulator there is a sentence that says what to install, and no traceback."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest


def test_another_version_is_refused_and_named(library: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "version", lambda _package: "0.4.0")
    with pytest.raises(library.EmulatorMissing, match=r"needs rp2040py 0\.3\.6, not 0\.4\.0.*pip install"):
        library.load("simulator")


def test_no_library_is_said(library: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_package: str) -> str:
        raise library.PackageNotFoundError

    monkeypatch.setattr(library, "version", missing)
    with pytest.raises(library.EmulatorMissing, match=r"pip install 'rp2040py==0\.3\.6'"):
        library.load("simulator")


def test_no_compiler_is_said(library: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "find_spec", lambda _name: None)
    with pytest.raises(library.EmulatorMissing, match=r"needs numba; .*pip install"):
        library.load("simulator")


def test_a_private_name_that_is_gone_is_named(library: Any) -> None:
    with pytest.raises(library.EmulatorMissing, match=r"cdc\._out_endpoint.*mcu\.pio\.0\.cycle_fp"):
        library.check(SimpleNamespace(cdc=SimpleNamespace(), mcu=SimpleNamespace(pio=[])))


def test_a_library_without_its_compiled_half_is_refused(library: Any, blank_image: Path) -> None:
    """Its memory could not be shared with machine code."""
    code = "import sys; from pen_sim.chip.emulator import Chip; Chip(sys.argv[1])"
    environment = os.environ | {"PYTHONPATH": str(Path(library.__file__).parents[2]), library.SLOW: "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(blank_image)], capture_output=True, text=True, check=False, env=environment
    )
    assert "EmulatorMissing: this rp2040py runs without its compiled half" in done.stderr

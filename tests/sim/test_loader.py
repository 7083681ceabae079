"""The private import table: what the device lacks is not there, and the host's own modules stay as they are."""

import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

from pen_sim.loader import DeviceImporter, board_names, board_path, load_board, pure


def load(tmp_path: Path, text: str, **options: object) -> ModuleType:
    path = tmp_path / "device.py"
    path.write_text(text)
    return DeviceImporter(files={"device": path}, **options).load("device")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name", ["typing", "dataclasses", "enum", "re", "os", "machine", "rp2", "pen_sim", "pen.nothing"]
)
def test_what_the_device_lacks_cannot_be_imported(tmp_path: Path, name: str) -> None:
    with pytest.raises(ImportError, match="on the device"):
        load(tmp_path, f"import {name}\n")


def test_the_hosts_modules_stay_as_they_are(tmp_path: Path) -> None:
    before = sys.modules.get("micropython"), sys.modules["time"], sys.modules["sys"]
    load(tmp_path, "import sys\nfrom micropython import const\nX = const(1)\n")
    assert (sys.modules.get("micropython"), sys.modules["time"], sys.modules["sys"]) == before
    assert time.monotonic() > 0


def test_the_device_sees_a_sys_of_its_own(tmp_path: Path) -> None:
    assert load(tmp_path, "import sys\nNAME = sys.implementation[0]\n").NAME == "micropython"


def test_constants_are_numbers_in_the_code(tmp_path: Path) -> None:
    module = load(
        tmp_path, "from micropython import const\n_A = const(3)\nB = const(_A + 4)\ndef f():\n    return _A * B\n"
    )
    module.__dict__["_A"] = module.__dict__["B"] = 100
    assert module.f() == 21


def test_vipers_casts_cost_nothing(tmp_path: Path) -> None:
    text = "import micropython\n@micropython.viper\ndef f(words):\n    p = ptr32(words)\n    return int(p[0]) + p[1]\n"
    assert load(tmp_path, text).f([3, 4]) == 7


def test_outside_viper_int_is_still_int(tmp_path: Path) -> None:
    assert load(tmp_path, "def f(text):\n    return int(text)\n").f("12") == 12


def test_exact_words_overflow_and_others_do_not(tmp_path: Path) -> None:
    text = (
        "from array import array\ndef f():\n    words = array('i', [0])\n    words[0] = 1 << 31\n    return words[0]\n"
    )
    with pytest.raises(OverflowError):
        load(tmp_path, text).f()
    assert load(tmp_path, text, exact=False).f() == 1 << 31


def test_a_module_that_fails_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "broken.py"
    path.write_text("raise ValueError('no')\n")
    importer = DeviceImporter(files={"broken": path})
    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            importer.load("broken")


def test_relative_imports_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportError, match="full name"):
        load(tmp_path, "from . import other\n")


def test_two_importers_share_nothing() -> None:
    one, other = DeviceImporter(), DeviceImporter()
    assert one.load("pen.faults") is not other.load("pen.faults")
    assert pure("pen.faults") is pure("pen.faults")


def test_an_unknown_board_is_refused_with_the_boards_there_are() -> None:
    with pytest.raises(ValueError, match="bench_stepper"):
        board_path("nothing")
    with pytest.raises(ValueError, match="no board"):
        board_path("../firmware/main")


def test_boards_load() -> None:
    assert [load_board(name).NAME for name in board_names()] == board_names()

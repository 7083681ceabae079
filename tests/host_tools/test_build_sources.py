"""Where `pen build` gets its sources: Debian's archive by the machine's own apt, or a checkout of somebody's."""

from pathlib import Path

import pytest

from pen_tools.building import debian
from tests.host_tools.build_bench import Bench, micropython
from tests.host_tools.cli_bench import pen_json

RUNTIME = ("build", "runtime")


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(tmp_path, monkeypatch)


def test_apt_works_in_a_root_of_its_own_with_the_machines_mirror_and_keys(bench: Bench) -> None:
    pen_json(*RUNTIME)
    asked, *calls = bench.calls("apt-get")
    assert asked == ["apt-get", "indextargets", "Created-By: Packages"]
    assert {call[-1] for call in calls[1:]} == {
        "micropython/forky",
        "mbedtls/trixie",
        "pico-sdk-source/trixie",
        "tinyusb-source/trixie",
    }
    work = str(bench.folder / "cache" / "sources")
    for call in calls:
        options = dict(arg.removeprefix("-o").split("=", 1) for arg in call if arg.startswith("-o"))
        for name in ("Dir::State::Lists", "Dir::Cache", "Dir::Etc::SourceList"):
            assert options[name].startswith(work)
        assert options["Dir::Etc::SourceParts"] == "-"
        assert not [arg for arg in call if "llow" in arg or "nauthenticated" in arg or "rusted" in arg]
    assert [path.name for path in (bench.folder / "cache" / "sources").iterdir()] == ["debian-1"]


def test_the_sources_are_signed_by_the_keys_of_this_machine(bench: Bench) -> None:
    uri, keyring = debian.mirror()
    assert (uri, keyring) == ("http://mirror.test/debian/", "/usr/share/keyrings/test.gpg")
    lines = debian._sources(uri, keyring).splitlines()
    assert "deb-src [signed-by=/usr/share/keyrings/test.gpg] http://mirror.test/debian/ forky main" in lines
    assert all("[signed-by=" in line for line in lines)


def test_a_checkout_without_its_libraries_gets_debians_and_stays_as_it_is(bench: Bench) -> None:
    tree = micropython(bench.folder / "checkout", (1, 28, 0))
    before = sorted(tree.rglob("*"))
    bench.tell(banner="MicroPython v1.28.0 on 2026-04-06")
    found = pen_json(*RUNTIME, "--micropython", str(tree))
    assert found["micropython"] == "1.28.0"
    assert found["packages"]["micropython"] == "v1.28.0"
    assert set(found["packages"]) == {"micropython", "mbedtls", "pico-sdk-source", "tinyusb-source"}
    assert sorted(tree.rglob("*")) == before


def test_a_checkout_with_its_libraries_needs_no_archive_and_has_all_modules(bench: Bench) -> None:
    tree = micropython(bench.folder / "checkout")
    for name in ("mbedtls", "micropython-lib", "pico-sdk", "tinyusb"):
        (tree / "lib" / name / "README.md").touch()
    found = pen_json(*RUNTIME, "--micropython", str(tree))
    assert bench.calls("apt-get") == []
    assert found["packages"] == {"micropython": "v1.26.1"}
    assert (bench.folder / "manifest.py").read_text() == 'include("$(PORT_DIR)/boards/manifest.py")\n'
    (tree / "py" / "new.c").touch()
    assert pen_json(*RUNTIME, "--micropython", str(tree))["cached"] is False


@pytest.mark.parametrize(
    ("version", "words"), [(None, "is not a source tree of MicroPython"), ((1, 25, 0), "MicroPython 1.25.0")]
)
def test_a_checkout_that_will_not_do(version: tuple[int, int, int] | None, words: str, bench: Bench) -> None:
    tree = bench.folder / "checkout"
    tree.mkdir()
    if version:
        micropython(tree, version)
    assert words in pen_json(*RUNTIME, "--micropython", str(tree), code=2)["error"]

"""Which runtime is taken, from where, and what is said when there is none or not a good one."""

import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from pen_tools import runtime, uf2
from pen_tools.building import cache

WAYS = ("make uf2", "pen build runtime", "--runtime", "NEEDLEPEN_RUNTIME")


def image(version: str = "1.26.1") -> bytes:
    return uf2.make(bytes(400) + f"MicroPython v{version} on 2025-09-11".encode() + bytes(400))


def put(path: Path, version: str = "1.26.1") -> Path:
    path.write_bytes(image(version))
    return path


def keep(version: str = "1.26.1", key: str = "k", **more: Any) -> Path:
    """In the cache, as a build would put it there."""
    content = image(version)
    record = {"kind": "runtime", "board": "RPI_PICO", "firmware": None, "micropython": version, "key": key}
    return cache.save(content, record | {"sha256": cache.sha256(content)} | more).path


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the cache nor the environment of whoever runs the tests."""
    monkeypatch.setenv("NEEDLEPEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("NEEDLEPEN_RUNTIME", raising=False)


class Web(HTTPServer):
    """Serves `content` under every name; `asked` is what was asked for."""

    content = b""
    asked: list[str]

    def __init__(self) -> None:
        self.asked = []
        super().__init__(("127.0.0.1", 0), _Answer)


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Web)
        self.server.asked.append(self.path)
        self.send_response(200 if self.server.content else 404)
        self.end_headers()
        self.wfile.write(self.server.content)

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody looks."""


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Generator[Web]:
    with Web() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setattr(runtime, "STOCK_URL", f"http://127.0.0.1:{server.server_port}/RPI_PICO.uf2")
        monkeypatch.setenv("no_proxy", "*")
        yield server
        server.shutdown()
        thread.join()


def test_the_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, web: Web) -> None:
    """The option, the environment, the cache, the network; and each says that it was it."""
    web.content = image()
    found = runtime.find()
    assert (found.source, found.path.parent, web.asked) == (
        "the network",
        tmp_path / "cache" / "uf2",
        ["/RPI_PICO.uf2"],
    )
    built = keep("1.27.0")
    assert (runtime.find().source, runtime.find().path) == ("the cache", built)
    named = put(tmp_path / "named.uf2", "1.28.0")
    monkeypatch.setenv("NEEDLEPEN_RUNTIME", str(named))
    assert (runtime.find().source, runtime.find().path) == ("NEEDLEPEN_RUNTIME", named)
    given = put(tmp_path / "given.uf2", "1.29.0")
    found = runtime.find(given)
    assert (found.source, found.path, found.version) == ("--runtime", given, (1, 29, 0))
    assert found.describe() == f"MicroPython 1.29.0 from --runtime: {given}"
    assert len(web.asked) == 1


def test_what_was_downloaded_is_not_downloaded_again(web: Web) -> None:
    web.content = image()
    told: list[str] = []
    first = runtime.find(tell=told.append)
    assert [runtime.STOCK_URL in line for line in told] == [True]
    assert runtime.find().path == first.path
    assert first.path.read_bytes() == image()
    assert len(web.asked) == 1


def test_the_highest_version_in_the_cache_wins() -> None:
    """As numbers: 1.100 is above 1.27."""
    keep("1.27.0", "a")
    high = keep("1.100.0", "b")
    keep("1.26.1", "c")
    assert runtime.find().path == high


def test_a_torn_file_in_the_cache_does_not_count(web: Web) -> None:
    torn = keep("1.28.0", "torn")
    torn.write_bytes(torn.read_bytes()[:512])
    without = keep("1.29.0", "without")
    without.with_suffix(".json").unlink()
    good = keep("1.26.1", "good")
    assert runtime.find().path == good
    assert web.asked == []


@pytest.mark.parametrize("network", [False, True])
def test_none_names_all_the_ways(network: bool, web: Web) -> None:
    with pytest.raises(runtime.NoRuntime, match="there is no MicroPython runtime") as caught:
        runtime.find(network=network)
    assert [way for way in WAYS if way not in caught.value.hint] == []
    assert web.asked == (["/RPI_PICO.uf2"] if network else [])


def test_a_server_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(runtime, "STOCK_URL", f"file://{tmp_path}/nothing.uf2")
    with pytest.raises(runtime.NoRuntime, match=r"none to download: .*No such file"):
        runtime.find()


@pytest.mark.parametrize(
    "content", [image("1.27.0"), b"<html>welcome to this hotel's network</html>" * 20, image()[:512]]
)
def test_a_download_that_is_something_else_is_not_kept(content: bytes, web: Web) -> None:
    web.content = content
    with pytest.raises((runtime.NoRuntime, uf2.BadUf2)):
        runtime.find()
    assert cache.newest("runtime") is None


@pytest.mark.parametrize(
    ("version", "good"), [("1.25.0", False), ("1.20.0", False), ("1.26.0", True), ("1.30.0", True)]
)
def test_the_oldest_that_will_do_is_1_26(version: str, good: bool, tmp_path: Path) -> None:
    path = put(tmp_path / "some.uf2", version)
    if good:
        assert runtime.find(path).path == path
        return
    with pytest.raises(runtime.NoRuntime, match=rf"is MicroPython {version}.* needs 1\.26\.0 or later") as caught:
        runtime.find(path)
    assert "pen build runtime" in caught.value.hint


@pytest.mark.parametrize("through", ["option", "environment"])
def test_a_named_file_is_never_passed_over(through: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep()
    missing = tmp_path / "missing.uf2"
    if through == "environment":
        monkeypatch.setenv("NEEDLEPEN_RUNTIME", str(missing))
    with pytest.raises(runtime.NoRuntime, match=r"cannot read .*No such file"):
        runtime.find(missing if through == "option" else None)


def test_an_image_without_micropython_in_it(tmp_path: Path) -> None:
    path = tmp_path / "blink.uf2"
    path.write_bytes(uf2.make(b"blink" * 100))
    with pytest.raises(runtime.NoRuntime, match="has no MicroPython in it"):
        runtime.find(path)


def test_a_release_says_that_it_is_one(tmp_path: Path) -> None:
    names = uf2.Release("bench_stepper", "0.1.0", "0123456789ab")
    path = tmp_path / "release.uf2"
    path.write_bytes(uf2.make(b"MicroPython v1.26.1 on\0" + uf2.release_text(names).encode() + b"\0"))
    found = runtime.find(path)
    assert found.release == names
    assert found.describe().startswith("needlepen 0.1.0 for bench_stepper on MicroPython 1.26.1 from --runtime")

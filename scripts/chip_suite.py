"""Runs the suite on the emulated chip; without a runtime it says so, in one line, and how to get one.

Usage: chip_suite.py [--full]. A sample of each test's cases takes minutes, all of them take a quarter of an hour.
"""

from __future__ import annotations

import subprocess
import sys

from pen_tools import runtime


def main(arguments: list[str]) -> int:
    """The exit code: pytest's, or 0 without a runtime."""
    try:
        found = runtime.find(tell=print)
    except runtime.NoRuntime as error:
        print(f"SKIPPED: all tests on the emulated chip. {error}; {runtime.HOW}")
        return 0
    print(f"The suite on the emulated chip, {found.describe()}")
    report = ["--hil-report", "build/hil_chip"]
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--target", "chip", *report, *arguments, "hil_tests"]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

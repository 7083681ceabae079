"""Runs before everything else, after every kind of reset: from here on the outputs are safe."""

import sys

# A release has everything frozen in it, and a file left on the flash must not take the place of any of it.
_usual = sys.path[:]
sys.path[:] = [".frozen"]
try:
    import board
except ImportError:
    sys.path[:] = _usual
    import board

from pen.hal.rp2040_memory import hold
from pen.hal.rp2040_safe import make_safe
from pen.hal.rp2040_watchdog import prove_watchdog

make_safe(board)  # [SR-09]
prove_watchdog()  # [SR-22]
hold()

"""Runs before everything else, after every kind of reset: from here on the outputs are safe."""

import gc
import sys

# Collected often while the program is imported and put together, what lasts lies close together: 64 KiB of the free
# memory are in one piece then, and 1.5 KiB otherwise, measured on the emulated chip. HAL's start() ends it.
gc.threshold(16_384)

# A release has everything frozen in it, and a file left on the flash must not take the place of any of it.
_usual = sys.path[:]
sys.path[:] = [".frozen"]
try:
    import board
except ImportError:
    sys.path[:] = _usual
    import board

from pen.hal.rp2040_safe import make_safe

make_safe(board)

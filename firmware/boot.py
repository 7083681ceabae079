"""Runs before everything else, after every kind of reset: from here on the outputs are safe."""

import board

from pen.hal.rp2040_safe import make_safe

make_safe(board)

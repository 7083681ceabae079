"""Memory for the running program, kept free while it is put together.

Imports leave what lasts and what does not side by side, and the free memory in pieces: 1.5 KiB in one at most, of 80 KiB,
measured on the emulated chip. So a large piece at the beginning of the heap is held until the program starts, where the runtime
begins to look for room: what is looked for behind everything that lasts is found late, every time. What is
imported meanwhile is packed by collecting often.
"""

import gc

from micropython import const

_PIECE = const(49_152)  # bytes
_EVERY = const(16_384)  # bytes between two collections
_held = []


def hold():
    """First of all."""
    gc.threshold(_EVERY)
    _held.append(bytearray(_PIECE))


def release():
    """When everything that lasts is there. From here on memory is collected when the program says so, or when there is none left."""
    _held.clear()
    gc.threshold(-1)
    gc.collect()

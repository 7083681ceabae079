"""TRAC?: a snapshot of the scan's trace ring, oldest row first.

Layout, little-endian 32-bit words: magic, words per row, rows, current in nA per count, 1 if frozen by a fault, time of
the snapshot, CRC-32 of the program (as in *IDN?); then the rows (time us, counted um, measured um, current counts, outputs << 8 | switches, fault << 8 |
phase); then the CRC-32 of all before. A row never written has time 0 and nothing else in it.
"""

import binascii

from micropython import const

from pen.errors import OUT_OF_MEMORY, Refused
from pen.image import IN_NOW_US, LI_TRACE_ROWS, ST_TRACE_AT, ST_TRACE_LEFT, TRACE_WORDS

MAGIC = const(0x3252_544E)  # "NTR2"
_HEADER_WORDS = const(7)
_NO_ROW = bytes(TRACE_WORDS * 4)


class Tracing:
    """Lends a snapshot, so that the ring can go on while a slow host reads. `snapshot`: None when nobody has it."""

    def __init__(self, image, trace, board):
        self.image = image
        self.trace = memoryview(trace)
        self.na_per_count = board.CURRENT_MA_PER_V * 3_300 * 1_000 // 16_380
        self.snapshot = None

    def block(self, program):
        """The snapshot as bytes, valid until the next call. `program`: its CRC-32. Raises Refused if there is no room for it."""
        image = self.image
        if self.snapshot is None:
            try:
                self.snapshot = bytearray(_HEADER_WORDS * 4 + len(self.trace) + 4)
            except MemoryError:
                raise Refused(OUT_OF_MEMORY, "no room for the trace: ask again") from None
        begin = _HEADER_WORDS * 4
        end = begin + len(self.trace)
        row = image[ST_TRACE_AT]
        at = row * TRACE_WORDS * 4
        view = memoryview(self.snapshot)
        view[begin : end - at] = self.trace[at:]
        view[end - at : end] = self.trace[:at]
        # The scan went on meanwhile, from the oldest row on: what it may have written is no old row any more.
        for k in range((image[ST_TRACE_AT] - row) % (len(self.trace) // len(_NO_ROW))):
            view[begin + k * len(_NO_ROW) : begin + (k + 1) * len(_NO_ROW)] = _NO_ROW
        frozen = 1 if image[ST_TRACE_LEFT] == 0 else 0
        header = (
            MAGIC,
            TRACE_WORDS,
            image[LI_TRACE_ROWS],
            self.na_per_count,
            frozen,
            image[IN_NOW_US],
            program,
        )  # [SR-21]
        for k, value in enumerate(header):
            view[4 * k : 4 * k + 4] = value.to_bytes(4, "little")
        view[end:] = binascii.crc32(view[:end]).to_bytes(4, "little")
        return view

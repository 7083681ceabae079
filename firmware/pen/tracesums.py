"""Sums over rows of the trace. Written for viper; the same source also runs under CPython."""

import micropython
from micropython import const

_GRAIN = const(32)  # of the current's reading: a square, times ten, of each of 482 rows still is a number of 31 bits
_LOW_WORD = const(0xFFFF)  # of the time: rows are a millisecond apart at most
_ROW_BYTES = const(24)
_CURRENT = const(12)  # where it is in a row [pen.tracing]
_ROWS_MOST = const(482)
_DT_US = const(100)
_DT_MOST = const(10)  # rows of the slow scan


@micropython.viper
def gather(trace: ptr8, at: int, to: int, rows: int, into):
    """Adds up rows `at` to `to` of the ring: current times time, its square times time, and the time, in grains."""
    sums = ptr32(into)
    before = at - 1
    if before < 0:
        before = rows - 1
    left = _ROWS_MOST
    while at != to and left:
        left -= 1
        t = before * _ROW_BYTES
        then = trace[t] | (trace[t + 1] << 8)
        t = at * _ROW_BYTES
        dt = (((trace[t] | (trace[t + 1] << 8)) - then) & _LOW_WORD) // _DT_US
        if dt > _DT_MOST:
            dt = _DT_MOST
        current = (trace[t + _CURRENT] | (trace[t + _CURRENT + 1] << 8)) // _GRAIN
        sums[0] = sums[0] + current * dt
        sums[1] = sums[1] + current * current * dt
        sums[2] = sums[2] + dt
        before = at
        at += 1
        if at >= rows:
            at = 0

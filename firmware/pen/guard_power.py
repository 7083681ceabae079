"""What the scan does about the drive's power and its own limits: enable read back, the dead-man's proof, limits that differ.

They run inside the timer interrupt: integers only, no allocation, no exception, no call that can wait. Written for viper;
the same source also runs under CPython. Constants are copies of image.py and faults.py, compared by a test.
"""

import micropython
from micropython import const

_TICKS_MASK = const(0x3FFF_FFFF)
_IN_NOW_US = const(0)
_IN_SWITCHES = const(6)
_ST_SENSE_COUNT = const(121)
_ST_PROOF = const(122)
_ST_PROOF_US = const(123)
_ST_LIMIT_BAD = const(125)
_SW_ENABLE_SENSE = const(32)
_PROOF_BEGUN = const(1)
_PROOF_SEEN = const(2)
_PROOF_DONE = const(3)
_DEADMAN = const(122)
_ENABLE_READBACK = const(123)
_MEMORY = const(127)

_SCANS_SENSE = const(20)  # 2 ms: the charge pump's output outlives its carrier, and takes time to rise
_SCANS_LIMIT = const(3)  # the foreground writes a limit and its copy right after each other, but not at once
_RISE_MOST_US = const(1_000)  # by then the enable reads back
_DEADMAN_LEAST_US = const(1_000)  # a dead-man quicker than ten scans would cut for nothing
_DEADMAN_MOST_US = const(2_500)  # [safety] SR-13


@micropython.viper
def watch_off(p: ptr32) -> int:
    """Drive off: the enable must not read back. Counts in scans of either period."""
    count = p[_ST_SENSE_COUNT] + 1
    if not p[_IN_SWITCHES] & _SW_ENABLE_SENSE:
        count = 0
    p[_ST_SENSE_COUNT] = count
    if count > _SCANS_SENSE:
        p[_ST_SENSE_COUNT] = _SCANS_SENSE
        return _ENABLE_READBACK
    return 0


@micropython.viper
def limit_differs(p: ptr32) -> int:
    """The limit at ST_LIMIT_AT is not what its copy says. Which of them is right cannot be known."""
    bad = p[_ST_LIMIT_BAD] + 1
    p[_ST_LIMIT_BAD] = bad
    if bad >= _SCANS_LIMIT:
        p[_ST_LIMIT_BAD] = 0
        return _MEMORY
    return 0


@micropython.viper
def prove(p: ptr32) -> int:
    """One scan of the proof: the drive is enabled and not fed, and must lose the enable in time by itself. [safety] SR-15"""
    took = (p[_IN_NOW_US] - p[_ST_PROOF_US]) & _TICKS_MASK
    proof = p[_ST_PROOF]
    if p[_IN_SWITCHES] & _SW_ENABLE_SENSE:
        if proof == _PROOF_BEGUN:
            p[_ST_PROOF] = _PROOF_SEEN
        if took > _DEADMAN_MOST_US:
            return _DEADMAN
    elif proof == _PROOF_SEEN:
        p[_ST_PROOF] = _PROOF_DONE
        p[_ST_PROOF_US] = took
        if took < _DEADMAN_LEAST_US or took > _DEADMAN_MOST_US:
            return _DEADMAN
    elif took > _RISE_MOST_US:
        return _ENABLE_READBACK
    return 0

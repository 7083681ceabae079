"""A test of memory, on a block that is kept for it. Viper. [safety] SR-22"""

import micropython


@micropython.viper
def march(block, count: int) -> int:
    """March C- with two patterns: each word is written, read and inverted upward, then downward. 1 = it holds."""
    p = ptr32(block)
    pattern = 0x15555555
    k = 0
    while k < count:
        p[k] = pattern
        k += 1
    k = 0
    while k < count:
        if p[k] != pattern:
            return 0
        p[k] = ~pattern
        k += 1
    while k > 0:
        k -= 1
        if p[k] != ~pattern:
            return 0
        p[k] = pattern
    while k < count:
        if p[k] != pattern:
            return 0
        p[k] = k
        k += 1
    while k > 0:
        k -= 1
        if p[k] != k:
            return 0
    return 1

"""How long the CPU is in the timer's interrupt at each scan, as its own register says: what the scan takes from the foreground.

It goes on in small steps of time and looks at which exception is active, so nothing of the firmware's is believed.
"""

from __future__ import annotations

from pen_tools.benching.scanwatch import ScanWatch
from pen_tools.benching.stage import Stage

_ICSR = 0xE000_ED04  # VECTACTIVE: the exception that is served [ARMv6-M, B3.2.4]
_ACTIVE = 0x1FF
_TIMER = 16 + 3  # TIMER_IRQ_3, MicroPython's
_GRAIN_NS = 500


def interrupts_us(stage: Stage, watch: ScanWatch, seconds: float) -> list[float]:
    """From taking the interrupt to its end, half a microsecond exactly, of each one in which a scan was made."""
    machine = stage.machine
    chip = machine.chip
    watch.forget()
    watch.on = True
    found: list[float] = []
    end_ns, began_ns, scans = machine.now_ns + round(seconds * 1e9), 0, 0
    while machine.now_ns < end_ns:
        chip.run_until_ns(chip.now_ns + _GRAIN_NS)
        inside = chip.read32(_ICSR) & _ACTIVE == _TIMER
        if inside and not began_ns:
            began_ns, scans = chip.now_ns, len(watch.times_ns)
        elif began_ns and not inside:
            if len(watch.times_ns) > scans:
                found.append((chip.now_ns - began_ns) / 1_000)
            began_ns = 0
    watch.on = False
    return found

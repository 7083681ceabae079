"""What drives the chip: CPU, PIO and the alarms of everything else, each at its own cycle and in their order.

The CPU runs ahead in machine code to the next thing that is due, and no further; everything due is then made to happen at
exactly its time. So nothing depends on the wall clock, on who else runs on this computer, or on how time is cut into calls.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from pen_sim.chip import cpu
from pen_sim.chip import cpu_memory as memory
from pen_sim.chip.cpu_memory import (
    ADDRESS,
    COST,
    HALF,
    LOAD,
    NOW,
    REGISTER,
    SIGNED_BYTE,
    SIGNED_HALF,
    SIZE,
    STORE,
    WORD32,
)
from pen_sim.chip.cpu_sio import DIRTY, DIVIDEND, DIVISOR, EPOCH, PACE
from pen_sim.chip.pio import Block
from pen_sim.chip.pio_ahead import NEVER

CYCLE_NS = 8  # 125 MHz
_PINS = 0xD000_0004  # SIO's GPIO_IN [RP2040 datasheet 2.3.1.7]
_ENTRY = 15  # cycles from an interrupt to its first instruction [Cortex-M0+ TRM, 1.1]
_CHECK, _SLEEP, _DOZE = cpu.CHECK, cpu.SLEEP, cpu.DOZE


class Engine:
    """The chip's time, in cycles.

    Defects: `hung`, the core executes nothing; `deaf`, it takes no interrupt; `stuck`, it executes only interrupts;
    `stall`, cycles that it waits in one of these whenever it reads the pins.
    """

    def __init__(self, mcu: Any, blocks: tuple[Block, ...], refresh: Callable[[], None]) -> None:
        self._mcu = mcu
        self._core = mcu.core
        self._clock = mcu.clock
        self._blocks = blocks
        self._refresh = refresh
        self._never = mcu.clock.create_alarm(lambda: None)
        self._never.schedule(8.0 * NEVER)
        self.cycle = 0
        self._clock_cycle = 0
        self.asleep = False
        self.hung = False
        self.deaf = False
        self.stuck = False
        self.stall = 0
        self._registers = memoryview(mcu.core.registers)
        self._state = (ctypes.c_int64 * cpu.STATE_WORDS)()
        self._s = memoryview(self._state).cast("B").cast("q")
        self._code = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_int64)(cpu.machine_code())
        self._s[PACE] = 1_000
        self._kept = [
            memoryview(part) for part in (mcu.core.registers, mcu.sram, mcu.flash, mcu.bootrom, mcu.usb_dpram)
        ]
        for place, part in enumerate(self._kept, cpu.REGISTERS):
            self._s[place] = ctypes.addressof(ctypes.c_char.from_buffer(part.cast("B")))

    @property
    def now_ns(self) -> int:
        """The end of the last instruction executed."""
        return self.cycle * CYCLE_NS

    def watch(self, low: int, high: int, t_ns: float) -> None:
        """From `t_ns` on the CPU does not read these bytes of memory before `refresh` has been called."""
        self._s[memory.WATCH_LOW], self._s[memory.WATCH_HIGH] = low, high
        self._s[memory.WATCH_SINCE] = int(-(-t_ns // CYCLE_NS))

    def run_until(self, end: int) -> None:
        """Runs to the end of the instruction under way at cycle `end`."""
        core, clock, s, code = self._core, self._clock, self._s, self._code
        address = ctypes.addressof(self._state)
        due = self._happen(self.cycle)
        while self.cycle < end:
            if core.interrupts_updated and not (self.deaf or self.hung):
                self._interrupt()
            if self.asleep or self.hung or (self.stuck and not s[cpu.IPSR] and not s[cpu.MASKED]):
                self.cycle = due if due < end else end
                kind = cpu.SPENT
            else:
                s[cpu.WAITING_IRQ] = s[cpu.MASKED] and (core.pending_interrupts & core.enabled_interrupts)
                s[NOW] = self.cycle
                kind = code(address, (due if due < end else end) - self.cycle)
                self.cycle = s[NOW]
            if kind:
                clock.tick((self.cycle - self._clock_cycle) * 8.0)
                self._clock_cycle = self.cycle
                self._serve(kind)
                due = self._due()
            if due <= self.cycle:
                due = self._happen(self.cycle)
        clock.tick((self.cycle - self._clock_cycle) * 8.0)
        self._clock_cycle = self.cycle

    def _due(self) -> int:
        """The next cycle at which something happens besides the CPU. `_never` keeps the list of alarms from being empty."""
        due = self._clock_cycle - int(-self._clock.nanos_to_next_alarm // 8)
        for block in self._blocks:
            if (at := block.due()) < due:
                due = at
        return due

    def _happen(self, until: int) -> int:
        """Everything that is due by `until`, in its order; the clock stands at each event's own cycle. Returns what is next."""
        clock = self._clock
        while (due := self._due()) <= until:
            now = self._clock_cycle
            if due > now:
                clock.tick((due - now) * 8.0)
                self._clock_cycle = now = due
            else:
                clock.tick(0.0)
            for block in self._blocks:
                if block.due() <= now:
                    block.run(now)
        return due

    # The core.

    def restart(self, epoch_ns: float) -> None:
        """The core has been reset, and with it SIO; the timer counts since `epoch_ns`."""
        self.asleep = False
        for place in range(DIVIDEND, DIRTY + 1):
            self._s[place] = 0
        self._s[DIVISOR] = 1
        self.count_time(epoch_ns, self._s[PACE])
        self.take()

    def count_time(self, epoch_ns: float, pace: int) -> None:
        """The timer counts since `epoch_ns`, `pace` microseconds in a millisecond."""
        self._s[EPOCH] = int(epoch_ns // CYCLE_NS)
        self._s[PACE] = pace

    def _give(self) -> None:
        """Flags to the library's core, before it does anything by itself."""
        core, s = self._core, self._s
        core.n, core.z, core.c, core.v, core.pm = s[0], s[1], s[2], s[3], s[cpu.MASKED]

    def take(self) -> None:
        """Flags back from it."""
        core, s = self._core, self._s
        s[0], s[1], s[2], s[3], s[cpu.MASKED] = core.n, core.z, core.c, core.v, core.pm
        s[cpu.IPSR] = core.ipsr

    def _interrupt(self) -> None:
        """Takes the interrupt that is due, if there is one; a masked one only wakes [ARMv6-M, B1.5.17]."""
        core = self._core
        if self.asleep and self._s[cpu.MASKED] and core.pending_interrupts & core.enabled_interrupts:
            self.asleep = False
        self._give()
        if core.check_for_interrupts():
            self.asleep = False
            self.cycle += _ENTRY
            self._s[cpu.IPSR] = core.ipsr

    def _serve(self, kind: int) -> None:
        s = self._s
        if kind == LOAD:
            if s[ADDRESS] < memory.RAM_END:
                self._refresh()
            self._registers[s[REGISTER]] = self._read(s[ADDRESS], s[SIZE])
            self.cycle += s[COST]
            if self.stall and s[ADDRESS] == _PINS and s[cpu.IPSR]:
                self.cycle += self.stall
        elif kind == STORE:
            self._write(s[ADDRESS], self._registers[s[REGISTER]], s[SIZE])
            self.cycle += s[COST]
        elif kind == _CHECK:
            self._core.interrupts_updated = True
            self.cycle += s[COST]
        elif kind == _SLEEP:
            self.asleep = not self._core.pending_interrupts & self._core.enabled_interrupts
            self.cycle += 2
        elif kind == _DOZE:
            self.asleep = not self._core.event_registered
            self._core.event_registered = False
            self.cycle += 2
        else:
            self._refresh()
            self._give()
            self.cycle += self._core.execute_instruction()
            self.take()

    def _read(self, address: int, size: int) -> int:
        mcu = self._mcu
        if size == WORD32:
            return mcu.read_uint32(address)
        if size == HALF:
            return mcu.read_uint16(address)
        if size == SIGNED_HALF:
            return ((mcu.read_uint16(address) ^ 0x8000) - 0x8000) & 0xFFFFFFFF
        value = mcu.read_uint8(address)
        return ((value ^ 0x80) - 0x80) & 0xFFFFFFFF if size == SIGNED_BYTE else value

    def _write(self, address: int, value: int, size: int) -> None:
        if size == WORD32:
            self._mcu.write_uint32(address, value)
        elif size == HALF:
            self._mcu.write_uint16(address, value & 0xFFFF)
        else:
            self._mcu.write_uint8(address, value & 0xFF)

"""The ADC, with its FIFO and the DMA channel that empties it [RP2040 datasheet, 4.9].

Stock, round robin came by channels 0 and 4 only, and a conversion and its way into memory took four alarms. Here it takes
one. And while the DMA writes halfwords into a ring in memory, as nobody can tell before somebody looks, conversions are
made up when the ring, the ADC, the DMA or the analog side is next looked at: each with its own time, in their order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

CS, RESULT, FCS, FIFO, DIV, INTR, INTE, INTF, INTS = range(0, 0x24, 4)
_EN, _ONCE, _MANY, _READY = 1 << 0, 1 << 2, 1 << 3, 1 << 8
_CS_WRITABLE = 0x1F_700B  # without START_ONCE, which clears itself
_FIFO_EN, _SHIFT, _DREQ_EN = 1 << 0, 1 << 1, 1 << 3
_EMPTY, _FULL, _UNDER, _OVER = 1 << 8, 1 << 9, 1 << 10, 1 << 11
_FCS_WRITABLE = 0xF00_000F
_DEPTH = 4
_CHANNELS = 5
_CYCLE_NS = 1000 / 48
_CONVERSION_CYCLES = 96
_CONVERSION_NS = 2_000.0
_DREQ = 36
_IRQ = 22
_FIFO_ADDRESS = 0x4004_C00C
_RAM, _RAM_END = 0x2000_0000, 0x2004_2000
# A DMA channel's CTRL: request 36, enabled, busy, halfwords, read address fixed, write address counting in a ring.
_SHAPE = 63 << 15 | 1 << 24 | 1 << 22 | 1 << 10 | 15 << 2 | 1
_RING = _DREQ << 15 | 1 << 24 | 1 << 10 | 1 << 5 | 1 << 2 | 1
_STRAIGHT_MASK = 0xF00_000B
_STRAIGHT = 1 << 24 | _DREQ_EN | _FIFO_EN


class Adc:
    """Stands in the place of the library's on the bus.

    `convert(channel, t_ns)` is the analog side, 0 to 4095. `watch(low, high, t_ns)` is told which bytes of memory are not
    what they should be from when on; 0, 0 if all are.
    """

    def __init__(self, mcu: Any) -> None:
        self._clock = mcu.clock
        self._dma = mcu.dma
        self._mcu = mcu
        self._ram16 = memoryview(mcu.sram).cast("B").cast("H")
        self._alarm = self._clock.create_alarm(self._complete)
        self.convert: Callable[[int, int], int] = lambda _channel, _t_ns: 0
        self.watch: Callable[[int, int, float], None] = lambda _low, _high, _t_ns: None
        self._ring: Any = None  # the DMA channel for which conversions are made up later
        self._cs = self._fcs = self._div = self._result = self._enabled = self._forced = 0
        self._fifo: list[int] = []
        self._start_ns = 0.0
        self._busy = False

    def reset(self) -> None:
        """Registers as after power-on; what is wired to the pins stays."""
        self.leave_ring()
        self._alarm.cancel()
        self._cs = self._fcs = self._div = self._result = self._enabled = self._forced = 0
        self._fifo.clear()
        self._busy = False
        self._ask()

    # The bus.

    def read_uint32(self, offset: int) -> int:
        """Reads a register."""
        self.catch_up()
        if offset == FIFO:
            return self._pull()
        if offset == CS:
            return self._cs | (0 if self._converting() else _READY)
        if offset == FCS:
            level = len(self._fifo)
            return self._fcs | level << 16 | (_EMPTY if not level else _FULL if level == _DEPTH else 0)
        shown = {RESULT: self._result, DIV: self._div, INTE: self._enabled, INTF: self._forced}
        if offset in (INTR, INTS):
            raw = int(len(self._fifo) >= self._threshold())
            return raw if offset == INTR else raw & self._enabled | self._forced
        return shown.get(offset, 0)

    def write_uint32_atomic(self, offset: int, value: int, atomic_type: int) -> None:
        """Writes a register, or changes it through one of its aliases: 1 xor, 2 set, 3 clear."""
        if atomic_type:
            old = self.read_uint32(offset) if offset != FIFO else 0
            value = (old ^ value, old | value, old & ~value)[atomic_type - 1]
        self.write_uint32(offset, value)

    def write_uint32(self, offset: int, value: int) -> None:
        """Writes a register."""
        self.leave_ring()
        if offset == CS:
            self._control(value)
        elif offset == FCS:
            flags = self._fcs & (_UNDER | _OVER) & ~value
            self._fcs = value & _FCS_WRITABLE | flags
            self._drain()
        elif offset == DIV:
            self._div = value & 0xFF_FFFF
        elif offset == INTE:
            self._enabled = value & 1
            self._interrupt()
        elif offset == INTF:
            self._forced = value & 1
            self._interrupt()

    # Conversions.

    def _control(self, value: int) -> None:
        self._cs = value & _CS_WRITABLE
        now = self._clock.nanos
        if self._busy and now < self._start_ns and not value & _MANY:
            self._alarm.cancel()
            self._busy = False
        if value & _EN and value & (_ONCE | _MANY) and not self._busy:
            self._start_ns = now
            self._expect()

    def _converting(self) -> bool:
        return self._busy and self._clock.nanos >= self._start_ns

    def _expect(self) -> None:
        self._busy = True
        self._alarm.schedule(self._start_ns + _CONVERSION_NS - self._clock.nanos)

    def _convert(self) -> None:
        """The end of a conversion: the result, and what is next."""
        cs = self._cs
        channel = cs >> 12 & 7
        ends_ns = self._start_ns + _CONVERSION_NS
        self._result = self.convert(channel, int(ends_ns)) if channel < _CHANNELS else 0
        robin = cs >> 16 & 31
        if robin:
            channel = (channel + 1) % _CHANNELS
            while not robin >> channel & 1:
                channel = (channel + 1) % _CHANNELS
            self._cs = cs & ~0x7000 | channel << 12
        self._start_ns += max(256 + self._div, 256 * _CONVERSION_CYCLES) * _CYCLE_NS / 256

    def _complete(self) -> None:
        if self._ring is not None:
            self.leave_ring()
            return
        self._convert()
        self._busy = False
        if self._cs & _MANY:
            self._expect()
        if self._fcs & _FIFO_EN:
            self._push(self._result >> 4 if self._fcs & _SHIFT else self._result)

    # The ring.

    def _enter_ring(self, channel: Any) -> None:
        """From now on conversions are made up later, but for the channel's last ones."""
        usual = channel._ctrl & _SHAPE == _RING and self._fcs & _STRAIGHT_MASK == _STRAIGHT and not self._fifo
        inside = channel._read_addr == _FIFO_ADDRESS and _RAM <= channel._write_addr < _RAM_END
        if (
            usual
            and inside
            and channel._ring_mask
            and channel._trans_count > 2
            and self._cs & _MANY
            and not self._enabled | self._forced
        ):
            self._ring = channel
            period_ns = max(256 + self._div, 256 * _CONVERSION_CYCLES) * _CYCLE_NS / 256
            self._alarm.schedule(self._start_ns - self._clock.nanos + (channel._trans_count - 2) * period_ns)
            self._tell_ring()

    def _tell_ring(self) -> None:
        mask = self._ring._ring_mask
        low = self._ring._write_addr & ~mask
        self.watch(low, low + mask + 1, self._start_ns + _CONVERSION_NS)

    def leave_ring(self) -> None:
        """Back to one alarm for each conversion."""
        self.catch_up()
        if self._ring is not None:
            self._ring = None
            self.watch(0, 0, 0.0)
            self._expect()

    def catch_up(self) -> None:
        """Makes up the conversions that have ended by now."""
        channel, last_ns = self._ring, self._clock.nanos - _CONVERSION_NS
        if channel is None or self._start_ns > last_ns:
            return
        ram, mask, at, before = self._ram16, channel._ring_mask, channel._write_addr, channel._trans_count
        count = before
        while self._start_ns <= last_ns:
            self._convert()
            ram[(at - _RAM) >> 1] = self._result
            at = at & ~mask | at + 2 & mask
            count -= 1
        channel._write_addr, channel._trans_count = at, count
        self._tell_ring()

    # FIFO and DMA.

    def _threshold(self) -> int:
        return self._fcs >> 24 & 15

    def _push(self, value: int) -> None:
        if len(self._fifo) == _DEPTH:
            self._fcs |= _OVER
        else:
            self._fifo.append(value)
        self._drain()

    def _pull(self) -> int:
        if not self._fifo:
            self._fcs |= _UNDER
            return 0
        value = self._fifo.pop(0)
        self._ask()
        return value

    def _drain(self) -> None:
        """A DMA channel that waits for this FIFO takes what there is, at once."""
        while self._fcs & _DREQ_EN and len(self._fifo) >= max(self._threshold(), 1):
            waiting = [channel for channel in self._dma.channels if channel.treq == _DREQ and channel.active]
            if not waiting:
                break
            self._dma.dreq[_DREQ] = False
            waiting[0].transfer()
            self._enter_ring(waiting[0])
        self._ask()

    def _ask(self) -> None:
        """The request to the DMA, and the interrupt."""
        if self._fcs & _DREQ_EN and len(self._fifo) >= max(self._threshold(), 1):
            self._dma.set_dreq(_DREQ)
        else:
            self._dma.clear_dreq(_DREQ)
        if self._enabled or self._forced:
            self._interrupt()

    def _interrupt(self) -> None:
        self._mcu.set_interrupt(_IRQ, bool(self.read_uint32(INTS)))

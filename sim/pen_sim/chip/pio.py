"""One PIO block on the engine's time: each state machine executes at exactly the cycles its divider says.

Stock, a state machine executes at most once per CPU instruction, loses what falls into a sleep of the CPU, and a stall ends
between two ticks of its divider.
"""

from __future__ import annotations

from typing import Any

from pen_sim.chip.pio_ahead import NEVER, Ahead

_CTRL, _FIFOS_END, _INSTR_MEM, _SM0, _SM_END, _SM_SIZE = 0x00, 0x30, 0x48, 0xC8, 0x128, 0x18
_CLKDIV, _SHIFTCTRL, _ADDR, _INSTR = 0x00, 0x08, 0x0C, 0x10


class Block:
    """Stands in the place of the library's block on the bus, and passes on what it does not repair.

    Times are cycles; the library's, `_fp`, are 1/256 of one.
    """

    def __init__(self, pio: Any, clock: Any, fifo: Any) -> None:
        self._pio = pio
        self._clock = clock
        self._fifo = fifo
        self._machines: list[Any] = pio.machines
        self._ahead = [Ahead(pio, machine) for machine in self._machines]
        self._running: list[tuple[int, Any, Ahead]] = []
        self._known = NEVER << 8  # what the library's due time was when we looked last
        self._due = NEVER
        self._grid: dict[int, int] = {}  # stalled machines: when they last executed
        self._frozen: set[int] = set()
        self._stretched: dict[int, float] = {}

    # The engine's side.

    def due(self) -> int:
        """The next cycle at which a machine executes."""
        if self._pio.next_due_fp != self._known:
            self._look()
        return self._due

    def _look(self) -> None:
        """Somebody from outside has set a machine going, or stopped one."""
        for index in list(self._grid):
            if not self._machines[index].waiting:
                self._align(self._machines[index], self._grid.pop(index))
        self._plan()

    def _align(self, machine: Any, tick: int) -> None:
        """A stall ends with a tick of the machine's own clock, which went on meanwhile."""
        divider = machine.div_fp
        rest = (1 + max(machine.wait_delay, 0)) * divider
        machine.next_due_fp += (tick - (machine.next_due_fp - rest)) % divider

    def _plan(self) -> None:
        due = NEVER << 8
        for _, machine, _ in self._running:
            if not machine.waiting and machine.next_due_fp < due:
                due = machine.next_due_fp
        self._pio.next_due_fp = self._known = due
        self._due = -(-due >> 8)

    def run(self, now: int) -> None:
        """Executes what is due at cycle `now`."""
        pio = self._pio
        now_fp = pio.cycle_fp = now << 8
        for index, machine, ahead in self._running:
            if machine.waiting or machine.next_due_fp > now_fp:
                continue
            ahead.forget()
            if ahead.jump():
                continue
            tick = machine.next_due_fp
            machine.step()
            if machine.waiting:
                self._grid[index] = tick
            else:
                ahead.go_on()
        pio.check_changed_pins()
        self._plan()

    # What can go wrong.

    def freeze(self, index: int, on: bool) -> None:
        """Takes a machine's clock away, or gives it back."""
        self.sync()
        self._land()
        if on:
            self._frozen.add(index)
        elif index in self._frozen:
            self._frozen.discard(index)
            self._machines[index].next_due_fp = self._pio.cycle_fp
        self._survey()

    def stretch(self, index: int, factor: float) -> None:
        """Changes a machine's divider behind the back of its register, whatever is written there from then on."""
        self.sync()
        self._land()
        self._stretched[index] = factor
        self._divide(index)
        self._plan()

    def _divide(self, index: int) -> None:
        machine = self._machines[index]
        whole = (machine.clock_div_int or 65_536) << 8 | machine.clock_div_frac
        machine.div_fp = round(whole * self._stretched.get(index, 1.0))

    # The bus's side.

    def sync(self) -> None:
        """Tells the library's block what time it is, before anything from outside reaches it."""
        self._pio.cycle_fp = int(self._clock.nanos * 32)

    def _land(self) -> None:
        for ahead in self._ahead:
            ahead.land(self._pio.cycle_fp)

    def _survey(self) -> None:
        """Anew: which machines run, and what their instructions are."""
        self._running = [
            (index, machine, self._ahead[index])
            for index, machine in enumerate(self._machines)
            if machine.enabled and index not in self._frozen
        ]
        for ahead in self._ahead:
            ahead.table = None
        self._plan()

    def read_uint32(self, offset: int) -> int:
        """Reads a register."""
        self.sync()
        if offset >= _SM0 and (offset - _SM0) % _SM_SIZE in (_ADDR, _INSTR):
            self._land()
            self._plan()
        return self._pio.read_uint32(offset)

    def write_uint32(self, offset: int, value: int) -> None:
        """Writes a register."""
        self.write_uint32_atomic(offset, value, 0)

    def write_uint32_atomic(self, offset: int, value: int, atomic_type: int) -> None:
        """Writes a register, or changes it through one of its aliases."""
        self.sync()
        if _CTRL < offset < _FIFOS_END:
            self._pio.write_uint32_atomic(offset, value, atomic_type)
            return
        self._land()
        if _SM0 <= offset < _SM_END:
            index, register = divmod(offset - _SM0, _SM_SIZE)
            self._configure(self._machines[index], register, offset, value, atomic_type)
            if register == _CLKDIV:
                self._divide(index)
        else:
            self._pio.write_uint32_atomic(offset, value, atomic_type)
        for index in list(self._grid):
            if not self._machines[index].waiting:
                del self._grid[index]
        self._survey()

    def _configure(self, machine: Any, register: int, offset: int, value: int, atomic_type: int) -> None:
        before = machine.shift_ctrl >> 30
        if register == _INSTR and machine.waiting:
            machine.waiting = False  # it tries again where it stalls, unless the instruction leads elsewhere
            machine.next_due_fp = self._pio.cycle_fp
        self._pio.write_uint32_atomic(offset, value, atomic_type)
        if register == _SHIFTCTRL and machine.shift_ctrl >> 30 != before:
            self._join(machine)
        elif register == _INSTR:
            self._pio.check_changed_pins()

    def _join(self, machine: Any) -> None:
        """A change of FJOIN empties both FIFOs, and gives one's depth to the other [RP2040 datasheet, 3.7 SHIFTCTRL]."""
        join = machine.shift_ctrl >> 30
        machine.tx_fifo = self._fifo((4, 8, 0, 0)[join])
        machine.rx_fifo = self._fifo((4, 0, 8, 0)[join])
        dma = self._pio.rp2040.dma
        dma.clear_dreq(machine.dreq_rx)
        if machine.tx_fifo.full:
            dma.clear_dreq(machine.dreq_tx)
        else:
            dma.set_dreq(machine.dreq_tx)

    def reset(self) -> None:
        """Everything as after power-on."""
        self._grid.clear()
        self._pio.reset()
        for machine, ahead in zip(self._machines, self._ahead, strict=True):
            machine.tx_fifo, machine.rx_fifo = self._fifo(4), self._fifo(4)
            ahead.forget()
        for index in self._stretched:
            self._divide(index)
        self._survey()

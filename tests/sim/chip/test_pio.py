"""PIO to the cycle [RP2040 datasheet, 3]: what a state machine does does not depend on what the CPU does."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

PIO0 = 0x5020_0000
CTRL, FSTAT, FLEVEL, TXF0, RXF0, INSTR_MEM = 0x00, 0x04, 0x0C, 0x10, 0x20, 0x48
CLKDIV, EXECCTRL, SHIFTCTRL, ADDR, INSTR, PINCTRL = 0xC8, 0xCC, 0xD0, 0xD4, 0xD8, 0xDC
XOR, SET, CLEAR = 0x1000, 0x2000, 0x3000
CYCLE_NS = 8

_STEPS = """
import rp2, array, time
from machine import Pin
@rp2.asm_pio(set_init=rp2.PIO.OUT_LOW, out_shiftdir=rp2.PIO.SHIFT_RIGHT, autopull=True, pull_thresh=32)
def steps():
    out(x, 32)
    set(pins, 1)[3]
    set(pins, 0)
    label("wait")
    jmp(x_dec, "wait")
words = array.array("I", [us - 7 for us in {intervals}])
sm = rp2.StateMachine(0, steps, freq=1_000_000, set_base=Pin(16))
dma = rp2.DMA()
sm.active(1)
dma.config(read=words, write=0x50200010, count=len(words), trigger=True,
           ctrl=dma.pack_ctrl(inc_write=False, treq_sel=0, size=2))
{meanwhile}
"""
_INTERVALS_US = [400, 125, 333, 250, 8, 7, 1_000, 126, 125, 400]
_SLEEP = "time.sleep_ms(5)"
_WORK = "for _ in range(4):\n    words2 = sorted(str(k) for k in range(40))"


@pytest.mark.parametrize("meanwhile", [_SLEEP, _WORK], ids=["asleep", "busy"])
def test_steps_come_exactly_when_planned(pico: Any, meanwhile: str) -> None:
    """1 MHz from 125 MHz is a divider of exactly 125: an interval of n us is n us."""
    edges = pico.edges(16)
    pico.run(_STEPS.format(intervals=_INTERVALS_US, meanwhile=meanwhile))
    pico.chip.run_for_ns(5_000_000)
    rising = [t_ns for t_ns, level in edges if level]
    assert [later - earlier for earlier, later in pairwise(rising)] == [1_000 * us for us in _INTERVALS_US[:-1]]
    falling = [t_ns for t_ns, level in edges if not level]
    assert [low - high for high, low in zip(rising, falling, strict=True)] == [4_000] * len(rising)


_DEADMAN = """
import rp2, time
from machine import Pin, mem32
@rp2.asm_pio(sideset_init=rp2.PIO.OUT_LOW)
def deadman():
    pull(block).side(0)
    mov(y, osr).side(0)
    set(x, 0).side(0)
    label("run")
    pull(noblock).side(1)
    mov(x, osr).side(1)
    jmp(not_x, "starve").side(0)
    mov(y, x).side(0)
    set(x, 0).side(0)
    label("starve")
    jmp(y_dec, "run").side(0)
    label("dead")
    jmp("dead").side(0)
sm = rp2.StateMachine(4, deadman, freq=100_000, sideset_base=Pin(16))
sm.active(1)
mem32[0x50300010] = 47
"""


def test_the_dead_man_dies_47_counts_after_its_only_feed(pico: Any) -> None:
    """One lap is four cycles of 10 us, half of them high; the counter runs from 47 to 0: 48 pulses of 20 us."""
    edges = pico.edges(16)
    pico.run(_DEADMAN + "time.sleep_ms(10)")
    rising = [t_ns for t_ns, level in edges if level]
    falling = [t_ns for t_ns, level in edges if not level]
    assert len(rising) == 48
    assert [later - earlier for earlier, later in pairwise(rising)] == [40_000] * 47
    assert [low - high for high, low in zip(rising, falling, strict=True)] == [20_000] * 48
    pico.run("for _ in range(4): mem32[0x50300010] = 47\ntime.sleep_ms(5)")
    assert len([level for _, level in edges if level]) == 48  # latched


# --- at the registers


def program(bus: Any, *instructions: int, divider: int = 1, wrap: int | None = None) -> None:
    """Loads them from address 0, with pin 16 for SET, and lets state machine 0 go."""
    for place, instruction in enumerate(instructions):
        bus.write(PIO0 + INSTR_MEM + 4 * place, instruction)
    bus.write(PIO0 + CLKDIV, divider << 16)
    bus.write(PIO0 + PINCTRL, 1 << 26 | 16 << 5)
    bus.write(PIO0 + EXECCTRL, (len(instructions) - 1 if wrap is None else wrap) << 12)
    bus.write(0x4001_4000 + 8 * 16 + 4, 6)  # GPIO16 to PIO0
    bus.write(PIO0 + INSTR, 0xE081)  # set(pindirs, 1)
    bus.write(PIO0 + CTRL, 1)


PULL, PUSH = 0x80A0, 0x8020
SET_1, SET_0 = 0xE001, 0xE000
OUT_X_32, JMP_X_DEC_1 = 0x6020, 0x0041


def watch(bus: Any, pin: int = 16) -> list[tuple[int, int]]:
    seen: list[tuple[int, int]] = []
    bus.chip.pin(pin).listen(lambda level: seen.append((bus.chip.now_ns, level)))
    return seen


@pytest.mark.parametrize("divider", [1, 2, 125, 1_250])
def test_every_cycle_is_executed(blank: Any, divider: int) -> None:
    """set 1, set 0, and around again: two cycles."""
    seen = watch(blank)
    program(blank, SET_1, SET_0, divider=divider)
    first = seen[0][0] if seen else 0
    blank.run_ns(40 * divider * CYCLE_NS)
    times = [t_ns for t_ns, _ in seen]
    assert times == [first + k * divider * CYCLE_NS for k in range(len(times))]
    assert len(times) >= 40


def test_stock_loses_what_falls_into_a_sleep(stock: Any) -> None:
    program(stock, SET_1, SET_0)
    seen: list[int] = []
    stock.mcu.gpio[16].add_listener(lambda new, _old: seen.append(int(new)))
    stock.run_ns(40 * CYCLE_NS)
    assert len(seen) < 3


def test_a_stall_ends_with_a_tick_of_the_machine_itself(blank: Any) -> None:
    """`pull` is tried once a microsecond; a word that comes in between is taken at the next try, and the pin rises one later."""
    seen = watch(blank)
    program(blank, PULL, SET_1, SET_0, divider=125)
    blank.run_ns(10_000)
    tick = 125 * CYCLE_NS
    for late_ns in (80, 400, 960):
        blank.run_ns(late_ns)
        del seen[:]
        wrote = blank.chip.now_ns
        blank.write(PIO0 + TXF0, 1)
        blank.run_ns(10_000 - late_ns)
        expected = -(-wrote // tick) * tick + tick
        assert [t_ns for t_ns, _ in seen] == [expected, expected + tick]


def test_a_counting_loop_takes_its_time_and_can_be_interrupted(blank: Any) -> None:
    """x = 1000 loops 1001 times; stopped in between it is where it was, and X is read back by forced instructions."""
    seen = watch(blank)
    program(blank, PULL, 0xA027, JMP_X_DEC_1 | 0x02, SET_1, divider=125)
    blank.write(PIO0 + INSTR_MEM + 8, 0x0042)  # jmp(x_dec, 2)
    blank.write(PIO0 + TXF0, 1_000)
    began = blank.chip.now_ns
    blank.run_ns(500_000)
    assert blank.read(PIO0 + ADDR) == 2
    blank.write(PIO0 + CTRL, 0)
    blank.write(PIO0 + INSTR, 0xA0C1)  # mov(isr, x)
    blank.write(PIO0 + INSTR, PUSH)
    left = blank.read(PIO0 + RXF0)
    assert abs(left - (1_000 - 498)) <= 1
    blank.run_ns(1_000_000)
    blank.write(PIO0 + CTRL, 1)
    resumed = blank.chip.now_ns
    blank.run_ns(1_000_000)
    assert seen[-1][1] == 1
    assert seen[-1][0] == resumed + (left + 1) * 1_000
    assert resumed - began == 1_500_000


def test_a_jump_to_itself_costs_nothing_and_can_be_left(blank: Any) -> None:
    seen = watch(blank)
    program(blank, 0x0000, SET_1)
    blank.run_ns(1_000_000_000)
    assert blank.read(PIO0 + ADDR) == 0
    blank.write(PIO0 + INSTR, 0x0001)  # jmp(1)
    blank.run_ns(5 * CYCLE_NS)
    assert seen[-1][1] == 1


def test_a_forced_instruction_shows_at_the_pin_at_once_and_stock_waits(blank: Any, stock: Any) -> None:
    seen: list[int] = []
    for bus in (blank, stock):
        program(bus, PULL)
        bus.run_ns(1_000)
        if bus is stock:
            stock.mcu.gpio[16].add_listener(lambda new, _old: seen.append(int(new)))
        bus.write(PIO0 + INSTR, SET_1)
    assert blank.chip.pin(16).level == 1
    assert not seen


def test_a_forced_jump_leads_out_of_a_stall(blank: Any) -> None:
    """Stalled in `pull` at 0, sent to 1: a word that comes later is not taken there."""
    program(blank, PULL, SET_1, 0x0002, wrap=0)
    blank.run_ns(1_000)
    blank.write(PIO0 + INSTR, 0x0001)
    blank.run_ns(1_000)
    assert blank.read(PIO0 + ADDR) == 2
    blank.write(PIO0 + TXF0, 5)
    blank.run_ns(1_000)
    assert (blank.read(PIO0 + ADDR), blank.read(PIO0 + FLEVEL) & 15) == (2, 1)


def test_a_change_of_fjoin_empties_the_fifos_and_stock_keeps_them(blank: Any, stock: Any) -> None:
    """3.7 SHIFTCTRL: "FIFOs are flushed when this bit is changed"."""
    levels: list[int] = []
    for bus in (blank, stock):
        bus.write(PIO0 + TXF0, 1)
        bus.write(PIO0 + TXF0, 2)
        for _ in range(2):
            bus.write(PIO0 + XOR + SHIFTCTRL, 1 << 31)
        levels.append(bus.read(PIO0 + FLEVEL) & 15)
    assert levels == [0, 2]


def test_joined_the_transmit_fifo_holds_eight(blank: Any) -> None:
    blank.write(PIO0 + SET + SHIFTCTRL, 1 << 30)
    for k in range(9):
        blank.write(PIO0 + TXF0, k)
    assert blank.read(PIO0 + FLEVEL) & 15 == 8
    assert blank.read(PIO0 + FSTAT) & 1 << 16  # full
    assert blank.read(PIO0 + FSTAT) & 1  # the other one has no room at all


def test_ctrl_aliases_switch_one_machine_and_leave_the_others(blank: Any) -> None:
    blank.write(PIO0 + CTRL, 0b0010)
    blank.write(PIO0 + SET + CTRL, 0b0001)
    assert blank.read(PIO0 + CTRL) == 0b0011
    blank.write(PIO0 + CLEAR + CTRL, 0b0010)
    assert blank.read(PIO0 + CTRL) == 0b0001


def test_a_restart_empties_the_input_and_ends_a_stall_but_keeps_the_place(blank: Any) -> None:
    """3.7 CTRL.SM_RESTART: clears the ISR, both counters, delay and stalls; not PC, X, Y or the FIFOs."""
    program(blank, 0xE03F, 0xA0C1, PULL, SET_1)  # set(x, 31), mov(isr, x), pull, set(pins, 1)
    blank.run_ns(1_000)
    blank.write(PIO0 + CTRL, 1 << 4)
    assert blank.read(PIO0 + ADDR) == 2
    blank.write(PIO0 + INSTR, PUSH)
    blank.write(PIO0 + INSTR, 0xA0C1)
    blank.write(PIO0 + INSTR, PUSH)
    assert [blank.read(PIO0 + RXF0) for _ in range(2)] == [0, 31]


def test_a_block_counts_what_another_block_puts_out(pico: Any) -> None:
    """The input path reads the pad, whoever drives it."""
    edges = pico.edges(16)
    printed = pico.run(
        _STEPS.format(intervals=[100] * 12, meanwhile="")
        .replace("sm.active(1)\n", "sm.active(1)\n" + _COUNTER)
        .replace("import rp2, array, time", "import rp2, array, time\nfrom machine import mem32")
        + "time.sleep_ms(3)\nprint(store[0])"
    )
    assert len([level for _, level in edges if level]) == 12
    assert int(printed) == 2**32 - 12  # it counts down from 0


_COUNTER = """
@rp2.asm_pio()
def counting():
    wait(1, pin, 0)
    jmp(y_dec, "told")
    label("told")
    mov(isr, y)
    push(noblock)
    wait(0, pin, 0)
count = rp2.StateMachine(4, counting, freq=5_000_000, in_base=Pin(16))
count.exec("set(y, 0)")
drain = rp2.DMA()
store = array.array("I", [0])
drain.config(read=0x50300020, write=store, count=1000, trigger=True,
             ctrl=drain.pack_ctrl(inc_read=False, inc_write=False, treq_sel=12, size=2))
count.active(1)
"""

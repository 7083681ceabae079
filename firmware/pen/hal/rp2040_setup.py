"""Claims PIO, DMA and pins, and writes down for the scan where everything is."""

import rp2
import uctypes
from machine import Pin, mem32
from micropython import const

from pen.hal import rp2040_scan as scan
from pen.hal.rp2040_dma import BASE, number, registers
from pen.hal.rp2040_motion import turn_words
from pen.hal.rp2040_pio import (
    COUNTER_HZ,
    DEADMAN_COUNTS,
    DEADMAN_HZ,
    STEPS_HZ,
    STEPS_OVERHEAD,
    counter,
    deadman,
    steps,
)

_TIMERAWL = const(0x40054028)
_SIO = const(0xD0000000)
_PIO0 = const(0x50200000)
_PIO1 = const(0x50300000)
_TXF0 = const(0x10)
_RXF1 = const(0x24)
_ADDR = const(0xD4)
_DREQ_PIO0_TX0 = const(0)
_DREQ_PIO1_RX1 = const(13)
_CHAN_ABORT = const(0x444)
_WATCHDOG = const(0x40058000)
_WDSEL = const(0x40010008)
_NVIC_IPR0 = const(0xE000E400)  # priorities of interrupts 0 to 3; the runtime leaves all at 128 [ARMv6-M, B3.4.7]
_TIMER_3 = const(0xFF000000)  # the alarm that the SDK's timers share
_EVERYTHING = const(0x1FFFC)  # that a watchdog reset resets: all but the oscillators
_USB_SETUP = const(0x50100000)
_ARMED_MARK = const(0x70656E)
_WATCHDOG_US = const(10_000)  # the dead-man has been dead for 8 ms then
_FOR_EVER = const(0xFFFFFFFF)  # steps: six days of stroking at full speed


def parts(board):
    """([(claim, start_ring, the coil's start or None)], move, prepare), by the board's drive."""
    from pen.hal.rp2040_analog import start_ring

    coil = None
    if board.DRIVE == "solenoid":
        from pen.hal.rp2040_coil import start as coil
        from pen.hal.rp2040_pulses import move, prepare
    else:
        from pen.hal.rp2040_motion import move, prepare
    return [(claim, start_ring, coil)], move, prepare


def claim(board, state, words, drive):
    """Fills in the state's addresses and starts what runs by itself. Returns what must be kept alive."""
    _pins(board, state)
    _addresses(state)
    kept = _generator(board, state, words, drive) if board.DRIVE == "stepper" else []
    kept += _deadman(board, state)
    kept += _counter(board, state)
    mem32[_WDSEL] = _EVERYTHING
    mem32[_NVIC_IPR0] &= ~_TIMER_3  # priority 0: no interrupt of USB or DMA makes the scan wait
    return kept


def _pins(board, state):
    state[scan.ENABLE_BIT] = 1 << board.PIN_ENABLE
    state[scan.DIR_BIT] = 1 << board.PIN_DIR
    inputs = (
        board.PIN_HOME,
        board.PIN_CARTRIDGE,
        board.PIN_TRIGGER,
        board.PIN_ESTOP,
        board.PIN_DRIVER_FAULT,
        board.PIN_ENABLE_SENSE,
    )
    for k, pin in enumerate(inputs):
        Pin(pin, Pin.IN, Pin.PULL_DOWN if pin == board.PIN_ENABLE_SENSE else Pin.PULL_UP)
        state[scan.SWITCH_BITS + k] = 1 << pin
        state[scan.SWITCH_PINS] |= 1 << pin
    state[scan.LEVELS] = ~state[scan.SWITCH_PINS] & 0xFFFFFFFF  # no reading of them: the first scan sees a change
    for pin in (board.PIN_HOME, board.PIN_CARTRIDGE, board.PIN_TRIGGER, board.PIN_DRIVER_FAULT):
        state[scan.INVERTED] |= 1 << pin


def _addresses(state):
    state[scan.TIMER] = _TIMERAWL
    state[scan.SIO] = _SIO
    state[scan.GENERATOR] = _PIO0
    state[scan.DEADMAN] = _PIO1
    state[scan.DEADMAN_FEED] = DEADMAN_COUNTS
    state[scan.DMA_ABORT] = BASE + _CHAN_ABORT
    state[scan.WATCHDOG] = _WATCHDOG
    state[scan.WATCHDOG_LOAD] = 2 * _WATCHDOG_US  # counts twice a microsecond [RP2040-E1]
    state[scan.MARK] = _ARMED_MARK
    state[scan.USB_SETUP] = _USB_SETUP


def _generator(board, state, words, drive):
    machine = rp2.StateMachine(0, steps, freq=STEPS_HZ, out_base=Pin(board.PIN_DIR), set_base=Pin(board.PIN_STEP))
    state[scan.START] = mem32[_PIO0 + _ADDR]
    channel = rp2.DMA()
    ctrl = channel.pack_ctrl(size=2, inc_read=True, inc_write=False, treq_sel=_DREQ_PIO0_TX0)
    channel.config(read=words[0], write=_PIO0 + _TXF0, count=0, ctrl=ctrl)
    state[scan.DMA] = registers(channel)
    state[scan.DMA_BIT] = 1 << number(channel)
    for k, array in enumerate(words):
        state[scan.WORDS + k] = uctypes.addressof(array)
    state[scan.RAMP_STEPS] = drive.ramp_steps
    turn_words(words[2], drive.ramp, drive.ramp_steps)
    state[scan.CRUISE] = drive.ramp[drive.ramp_steps] - STEPS_OVERHEAD
    state[scan.TURN_WORDS] = uctypes.addressof(words[2])
    machine.active(1)
    return [machine, channel]


def _deadman(board, state):
    machine = rp2.StateMachine(4, deadman, freq=DEADMAN_HZ, sideset_base=Pin(board.PIN_CARRIER))
    state[scan.DEADMAN_START] = mem32[_PIO1 + _ADDR]
    machine.active(1)
    return [machine]


def _counter(board, state):
    machine = rp2.StateMachine(5, counter, freq=COUNTER_HZ, in_base=Pin(board.PIN_STEP), jmp_pin=Pin(board.PIN_DIR))
    machine.exec("set(y, 0)")
    channel = rp2.DMA()
    channel.config(
        read=_PIO1 + _RXF1,
        write=uctypes.addressof(state) + 4 * scan.POSITION,
        count=_FOR_EVER,
        ctrl=channel.pack_ctrl(size=2, inc_read=False, inc_write=False, treq_sel=_DREQ_PIO1_RX1),
        trigger=True,
    )
    machine.active(1)
    return [machine, channel]

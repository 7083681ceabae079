"""What the HAL has for a solenoid alone. See rp2040_scan.py for `state`.

Its generator is one state machine, which makes either pulses or steps of the stop.
"""

import rp2
import uctypes
from machine import Pin, mem32
from micropython import const

from pen.hal import rp2040_scan as scan
from pen.hal.rp2040_coil_pio import BACK_OVERHEAD, coil
from pen.hal.rp2040_dma import number, registers
from pen.hal.rp2040_pio import STEPS_HZ, steps
from pen.seldom import forget

_PIO0 = const(0x50200000)
_TXF0 = const(0x10)
_ADDR = const(0xD4)
_DREQ_PIO0_TX0 = const(0)
_DIR_LOW = const(0xA003)  # the instruction `mov(pins, null)`, of the steps' program


class Coil:
    """State machine 0 with either program. `kept`: what must be kept alive."""

    def __init__(self, board, state, words, drive):
        self._board = board
        self._state = state
        self._machine = rp2.StateMachine(0, coil, freq=STEPS_HZ, set_base=Pin(board.PIN_COIL))
        channel = rp2.DMA()
        ctrl = channel.pack_ctrl(size=2, inc_read=True, inc_write=False, treq_sel=_DREQ_PIO0_TX0)
        channel.config(read=words[0], write=_PIO0 + _TXF0, count=0, ctrl=ctrl)
        state[scan.DMA] = registers(channel)
        state[scan.DMA_BIT] = 1 << number(channel)
        for k, array in enumerate(words):
            state[scan.WORDS + k] = uctypes.addressof(array)
        words[2][0] = drive.back_us(board.DEPTH_MAX_UM) - BACK_OVERHEAD
        state[scan.TURN_WORDS] = uctypes.addressof(words[2])
        self._channel = channel
        self._thermistor = Pin(board.PIN_THERMISTOR, Pin.OUT, value=0)
        pulses_start = mem32[_PIO0 + _ADDR]
        self._init(False)
        self._starts = mem32[_PIO0 + _ADDR], pulses_start
        self._pulses = True
        self.take(False)

    def select_thermistor(self, board):
        """The one on the board, or the coil's."""
        self._thermistor.value(board)

    def cartridge_code(self):
        """Of the one in the seat."""
        if self._state[scan.LEVELS] & 1 << self._board.PIN_CARTRIDGE:
            return ""  # open: none is seated, which arming says
        from pen.hal.rp2040_onewire import code_on

        forget("pen.hal.rp2040_onewire")
        forget("pen.onewire")
        return code_on(self._board.PIN_CARTRIDGE_CODE)

    def take(self, pulses):
        """What words are from now on, pulses or steps of the stop. Nothing moves, and nothing will before it is ordered.

        A scan that cuts may come anywhere in this: it stops the machine, sends it to START and lets it run. So START is the new
        program's before there is one, and then it stalls there, whichever of the two is the last to send it.
        """
        if pulses == self._pulses:
            return
        self._pulses = pulses
        board = self._board
        if pulses:
            self._machine.exec(_DIR_LOW)  # a step that nobody sent goes inward
        self._state[scan.DIR_BIT] = 1 << (board.PIN_COIL_LOW if pulses else board.PIN_DIR)
        self._state[scan.START] = self._starts[pulses]
        self._init(pulses)
        self._machine.active(1)

    def _init(self, pulses):
        board = self._board
        if pulses:
            self._machine.init(coil, freq=STEPS_HZ, set_base=Pin(board.PIN_COIL))
        else:
            self._machine.init(steps, freq=STEPS_HZ, out_base=Pin(board.PIN_DIR), set_base=Pin(board.PIN_STEP))


def start(hal, state, words, drive):
    """Claims it, and gives the HAL what it has of it."""
    hal.own = Coil(hal.board, state, words, drive)
    hal.cartridge_code = hal.own.cartridge_code

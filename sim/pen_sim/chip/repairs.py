"""Where the emulated RP2040 is not one: each repair says what the datasheet says, and has a test that fails without it.

What needed more than a few lines is replaced as a whole: the files usb*.py, pio.py, timer.py, adc.py.
"""

from __future__ import annotations

from typing import Any

_PWM_EN = 0xA0
_DMA_CHAN_ABORT = 0x444
_DMA_FIFO_LEVELS = 0x440
_DMA_BUSY = 1 << 24
_RESETS_USBCTRL = 1 << 24
_SOF_RD = 0x48
_FC0_FIRST, _FC0_SRC, _FC0_STATUS, _FC0_RESULT = 0x80, 0x94, 0x98, 0x9C
_FC0_DONE = 1 << 4
_FC0_ROSC = 3  # of FC0_SRC
ROSC_KHZ = 6_500
_WATCHDOG_CTRL_RESET = 0x0700_0000  # off, and it pauses for debuggers


def pwm_edge_counters(mcu: Any) -> None:
    """A slice in one of the B modes counts edges of its B pin, which is an input then [RP2040 datasheet, 4.5.2.5]."""
    pwm = mcu.pwm

    def gpio_on_input(index: int) -> None:
        if not pwm.gpio_direction >> index & 1:
            for channel in pwm.channels:
                if index in (channel.pin_b1, channel.pin_b2):
                    channel.gpio_b_changed()

    pwm.gpio_on_input = gpio_on_input


def pwm_enables(mcu: Any) -> None:
    """EN reads back which slices run, so setting one through an alias leaves the others on [4.5.3]."""
    pwm = mcu.pwm
    read = pwm.read_uint32

    def read_uint32(offset: int) -> int:
        if offset != _PWM_EN:
            return read(offset)
        return sum((channel.csr & 1) << channel.index for channel in pwm.channels)

    pwm.read_uint32 = read_uint32


def dma_abort(mcu: Any) -> None:
    """CHAN_ABORT clears the transfer counter and BUSY, and reads 0 when that is done [2.5.5.3]."""
    dma = mcu.dma
    read = dma.read_uint32

    def read_uint32(offset: int) -> int:
        return 0 if offset in (_DMA_CHAN_ABORT, _DMA_FIFO_LEVELS) else read(offset)

    dma.read_uint32 = read_uint32
    for channel in dma.channels:
        _abort_clears(channel)


def _abort_clears(channel: Any) -> None:
    abort = channel.abort

    def abort_and_clear() -> None:
        abort()
        channel._trans_count = 0

    channel.abort = abort_and_clear


def dma_empty_transfer(mcu: Any) -> None:
    """A channel that is started with a count of 0 has finished: it is not busy for ever [2.5.1.2]."""
    for channel in mcu.dma.channels:
        _start_finishes(channel)


def _start_finishes(channel: Any) -> None:
    start = channel.start

    def start_or_finish() -> None:
        start()
        if channel._ctrl & _DMA_BUSY and not channel._trans_count:
            channel._ctrl &= ~_DMA_BUSY

    channel.start = start_or_finish


def watchdog_reset(mcu: Any) -> None:
    """The watchdog is reset by RUN and by power [4.7.1], and does not bite again by itself when it has bitten."""
    watchdog = mcu.watchdog
    reset, bite = watchdog.reset, watchdog.alarm.callback

    def reset_all() -> None:
        reset()
        watchdog.write_uint32(0, _WATCHDOG_CTRL_RESET)

    def bite_once() -> None:
        watchdog.write_uint32(0, _WATCHDOG_CTRL_RESET)
        bite()

    watchdog.reset, watchdog.alarm.callback = reset_all, bite_once


def usb_block_reset(mcu: Any) -> None:
    """A bit that is set in RESETS.RESET resets its block [2.14]: the USB controller forgets all and falls off the bus.

    It is how a stack begins with a clean controller after a watchdog reset that did not select it.
    """
    resets, usb = mcu.resets, mcu.usb_ctrl
    write = resets.write_uint32

    def write_uint32(offset: int, value: int) -> None:
        held = resets.read_uint32(0)
        write(offset, value)
        if offset == 0 and value & ~held & _RESETS_USBCTRL:
            usb.reset()
            usb.on_reset()

    resets.write_uint32 = write_uint32


def usb_frames(mcu: Any) -> None:
    """SOF_RD has the number of the frame that the host has begun, one a millisecond of the host's time [4.1.4]."""
    usb, clock = mcu.usb_ctrl, mcu.clock
    read = usb.read_uint32

    def read_uint32(offset: int) -> int:
        return int(clock.nanos) // 1_000_000 & 0x7FF if offset == _SOF_RD else read(offset)

    usb.read_uint32 = read_uint32


def frequency_counter(mcu: Any) -> None:
    """FC0 counts what FC0_SRC names by the crystal, and says when it is done [2.15.7]. The ring oscillator's is typical [2.17]."""
    clocks = mcu.clocks
    read, write = clocks.read_uint32, clocks.write_uint32
    source = [0]
    clocks.rosc_khz = ROSC_KHZ

    def read_uint32(offset: int) -> int:
        if offset == _FC0_STATUS:
            return _FC0_DONE
        if offset == _FC0_RESULT:
            return (clocks.rosc_khz if source[0] == _FC0_ROSC else 0) << 5
        return read(offset)

    def write_uint32(offset: int, value: int) -> None:
        if offset == _FC0_SRC:
            source[0] = value
        elif not _FC0_FIRST <= offset <= _FC0_RESULT:
            write(offset, value)

    clocks.read_uint32, clocks.write_uint32 = read_uint32, write_uint32


def apply(mcu: Any) -> None:
    """All of them, on a chip that has not run yet."""
    pwm_edge_counters(mcu)
    pwm_enables(mcu)
    dma_abort(mcu)
    dma_empty_transfer(mcu)
    watchdog_reset(mcu)
    usb_block_reset(mcu)
    usb_frames(mcu)
    frequency_counter(mcu)

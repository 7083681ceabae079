"""What the timer calls: latch, check, apply. Viper, integers, no allocation, nothing that waits.

`state` is the HAL's own array ('I'): addresses and pins, set once, and what these functions keep between two scans.
"""

import micropython
from micropython import const

from pen.hal.rp2040_motion import halt, turn
from pen.hal.rp2040_power import power_down, power_up
from pen.hal.rp2040_stop import TABLE_WORDS, new_stop

# Set once. Addresses of registers are kept here because the compiler has no numbers above 2**30.
TIMER = const(0)  # microseconds, low word
SIO = const(1)
GENERATOR = const(2)  # PIO block of the step generator, state machine 0
DMA = const(3)  # its DMA channel
DMA_ABORT = const(4)
DMA_BIT = const(5)
START = const(6)  # address where the generator stalls
DEADMAN = const(7)  # PIO block of the dead-man, state machine 0
DEADMAN_START = const(8)
DEADMAN_FEED = const(9)  # counts
WATCHDOG = const(10)
WATCHDOG_LOAD = const(11)
MARK = const(12)  # what the scratch register holds while armed
USB_SETUP = const(13)  # the last setup packet
RING = const(14)  # address of the ADC's ring
ENABLE_BIT = const(15)
DIR_BIT = const(16)
INVERTED = const(17)  # pins that are low when closed or faulty
SWITCH_BITS = const(18)  # six pins' bits, in the order of SW_*
WORDS = const(24)  # addresses of the words of slot 0, slot 1 and a turn's second part
RAMP_STEPS = const(27)
CRUISE = const(28)  # the word of one step back at full speed
TURN_WORDS = const(29)  # address of the pieces of all turns

# Kept from scan to scan.
POSITION = const(32)  # written by DMA from the counter
PERIOD_US = const(35)
LAST_US = const(36)
SCAN_US = const(37)
SCANS = const(38)
ENABLED = const(39)
LINKED = const(40)
QUEUED = const(41)  # slot + 1 of the stroke that follows
FOLLOWS = const(42)  # 1 = that stroke's words are on their way behind the last word of the one before
ORIGIN = const(43)  # position where the stroke under way began
SLOT = const(44)  # given to the DMA last
TOP = const(45)  # steps out of slot 0 and slot 1
USB_OUT = const(47)  # buffer control of the console's endpoint OUT
USB_DATA = const(48)  # address of its data, divided by 16
USB_SEEN = const(49)  # the buffer control at the last look
HOST_LEFT = const(50)  # 1 = a scan has seen no host
USB_QUIET = const(51)  # looks until stop bytes are taken out of the buffer
STOP_TABLE = const(53)  # address of rp2040_stop's table
SWITCH_PINS = const(54)  # all six
LEVELS = const(55)  # their levels in the scan before
SWITCHES = const(56)  # and what they meant
STOP = const(57)  # 1 = a stop byte has come
LEFT = const(58)  # words not yet finished, the one under way included
IMAGE = const(59)  # addresses of image and trace
TRACE = const(60)
COUNT = const(61)  # words of slot 0, slot 1 and a turn's second part
STOP_WORDS = const(64)  # and its place
SIZE = STOP_WORDS + TABLE_WORDS

_TIMER = const(0)
_SIO = const(1)
_GENERATOR = const(2)
_DMA = const(3)
_START = const(6)
_DEADMAN = const(7)
_DEADMAN_FEED = const(9)
_WATCHDOG = const(10)
_WATCHDOG_LOAD = const(11)
_USB_SETUP = const(13)
_RING = const(14)
_DIR_BIT = const(16)
_INVERTED = const(17)
_SWITCH_BITS = const(18)
_POSITION = const(32)
_PERIOD_US = const(35)
_LAST_US = const(36)
_SCAN_US = const(37)
_SCANS = const(38)
_ENABLED = const(39)
_LINKED = const(40)
_QUEUED = const(41)
_FOLLOWS = const(42)
_ORIGIN = const(43)
_SLOT = const(44)
_WORDS = const(24)
_COUNT = const(61)
_USB_OUT = const(47)
_USB_SEEN = const(49)
_SWITCH_PINS = const(54)
_LEVELS = const(55)
_SWITCHES = const(56)
_STOP = const(57)
_STOP_TABLE = const(53)
_USB_DATA = const(48)
_HOST_LEFT = const(50)
_USB_QUIET = const(51)
_QUIET_SCANS = const(16)  # 2 ms of the fast period: not within a burst of packets
_USB_FULL = const(0x8000)  # of a buffer control: a packet waits for the stack [RP2040 datasheet 4.1.2.5]
_USB_PID = const(0x2000)  # which of two packets in turn it is for
_USB_LENGTH = const(0x3FF)
_LEFT = const(58)
_IMAGE = const(59)
_TRACE = const(60)

_OU_ENABLE = const(138)
_OU_FEED = const(139)
_OU_MOTION = const(140)
_OU_SLOT = const(141)
_OU_NEXT = const(142)
_OU_LEAD_US = const(143)
_OU_LIGHT = const(144)
_MOVE_START = const(1)
_MOVE_TURN = const(2)
_INTERVAL = const(0xFFFFF)
_OVERHEAD = const(10)  # rp2040_pio.STEPS_OVERHEAD
_SW_LINK = const(64)
_SW_STOP = const(128)
_TICKS_MASK = const(0x3FFFFFFF)
_OPEN_WORDS = const(4)

# Registers, as word offsets in their block. [RP2040 datasheet 2.3.1.7, 2.5.7, 3.7, 4.7.6]
_GPIO_IN = const(1)
_PIO_FLEVEL = const(3)
_PIO_TXF0 = const(4)
_PIO_ADDR = const(53)
_DMA_COUNT = const(2)
_DMA_READ_TRIGGER = const(15)
_LOAD = const(1)


_SET_LINE_STATE = const(0x2221)  # bRequest and bmRequestType of SET_CONTROL_LINE_STATE [USB CDC PSTN 6.3.12]


@micropython.viper
def latch(image, state):
    """Inputs into the image."""
    p = ptr32(image)
    s = ptr32(state)
    timer = ptr32(s[_TIMER])
    p[0] = timer[0] & _TICKS_MASK
    p[1] = s[_POSITION]
    ring = ptr32(s[_RING])  # sixteen conversions of 16 bits, four channels in turn: two of them in a word
    pair = ring[0] + ring[2] + ring[4] + ring[6]
    p[2] = pair & 0xFFFF
    p[3] = (pair >> 16) & 0xFFFF
    pair = ring[1] + ring[3] + ring[5] + ring[7]
    p[4] = pair & 0xFFFF
    p[5] = (pair >> 16) & 0xFFFF
    sio = ptr32(s[_SIO])
    pins = sio[_GPIO_IN]
    switches = s[_SWITCHES]
    levels = pins & s[_SWITCH_PINS]
    if levels != s[_LEVELS]:
        s[_LEVELS] = levels
        levels ^= s[_INVERTED]
        switches = 0
        k = 0
        while k < 6:
            if levels & s[_SWITCH_BITS + k]:
                switches |= 1 << k
            k += 1
        s[_SWITCHES] = switches
    setup = ptr32(s[_USB_SETUP])
    packet = setup[0]
    if packet & 0xFFFF == _SET_LINE_STATE:
        s[_LINKED] = (packet >> 16) & 1
    if s[_LINKED]:
        switches |= _SW_LINK
    else:
        s[_HOST_LEFT] = 1
    if s[_STOP]:
        s[_STOP] = 0
        switches |= _SW_STOP
    p[6] = switches
    p[8] = s[_SCAN_US]
    # A word on its way from DMA to FIFO to execution may be counted twice in this order, but never missed.
    channel = ptr32(s[_DMA])
    pio = ptr32(s[_GENERATOR])
    left = channel[_DMA_COUNT]
    left += pio[_PIO_FLEVEL] & 15
    if pio[_PIO_ADDR] != s[_START]:
        left += 1
    s[_LEFT] = left
    motion = 0
    if left:
        motion = 1
        queued = s[_QUEUED]
        if pins & s[_DIR_BIT]:
            motion = 5
            s[_FOLLOWS] = 0
        if left <= _OPEN_WORDS and queued == 0 and s[_FOLLOWS] == 0:
            motion |= 2
        if left == 1 and queued:
            queued -= 1
            s[_QUEUED] = 0
            s[_SLOT] = queued
            s[_FOLLOWS] = 1
            channel[_DMA_COUNT] = s[_COUNT + queued]
            channel[_DMA_READ_TRIGGER] = s[_WORDS + queued]
    p[7] = motion


@micropython.viper
def apply(image, state):
    """Outputs from the image; then, if this scan has had nothing else to do, a look at what the host has sent."""
    p = ptr32(image)
    s = ptr32(state)
    enable = p[_OU_ENABLE]
    motion = p[_OU_MOTION]
    if enable != s[_ENABLED]:
        s[_ENABLED] = enable
        if enable:
            power_up(state)
        else:
            power_down(state)
    if enable and p[_OU_FEED]:
        pio = ptr32(s[_DEADMAN])
        if pio[_PIO_FLEVEL] & 15 < 4:
            pio[_PIO_TXF0] = s[_DEADMAN_FEED]
        watchdog = ptr32(s[_WATCHDOG])
        watchdog[_LOAD] = s[_WATCHDOG_LOAD]
    if motion == _MOVE_START:
        slot = p[_OU_SLOT]
        count = s[_COUNT + slot]
        if count:
            words = ptr32(s[_WORDS + slot])
            words[0] = (words[0] & ~_INTERVAL) | (p[_OU_LEAD_US] - _OVERHEAD)
            if p[_OU_NEXT] == 0:
                s[_ORIGIN] = s[_POSITION]
            # One that follows waits here until the last word of the one before has begun, and then lies behind it.
            if p[_OU_NEXT] and s[_LEFT] > 1:
                s[_QUEUED] = slot + 1
            else:
                s[_SLOT] = slot
                s[_FOLLOWS] = 1
                channel = ptr32(s[_DMA])
                channel[_DMA_COUNT] = count
                channel[_DMA_READ_TRIGGER] = s[_WORDS + slot]
    elif motion == _MOVE_TURN:
        s[_QUEUED] = 0
        if s[_LEFT]:
            turn(state)
    elif motion:
        s[_QUEUED] = 0
        halt(state)
    elif p[_OU_LIGHT]:
        usb = ptr32(s[_USB_OUT])
        control = usb[0] & 0xFFFF  # of its two buffers one is used; more than 30 bits handed on would be an object
        before = s[_USB_SEEN]
        quiet = s[_USB_QUIET]
        length = 1  # of a packet that the stack has taken: how long it was is not known any more
        gone = 0
        if control != before:
            s[_USB_SEEN] = control
            quiet = _QUIET_SCANS
            if control & _USB_FULL:
                length = control & _USB_LENGTH
            elif before & _USB_FULL and (before ^ control) & _USB_PID:
                length = 0  # it was looked at before the stack took it
        elif quiet:
            quiet -= 1
            if quiet == 0 and control & _USB_FULL == 0:
                length = 0
                gone = 1
        if control != before or gone:
            s[_STOP] = int(new_stop(s[_USB_DATA], s[_STOP_TABLE], length, gone))  # pyright: ignore[reportArgumentType] r0
        s[_USB_QUIET] = quiet


def make_tick(state, check):
    """The timer's callback. `state` is an address: a pointer made of an array costs a microsecond more.

    Four variables and one argument are as many as the runtime calls without allocating.
    """
    first, last = latch, apply  # found faster here than among the module's names

    @micropython.viper
    def tick(_):
        s = ptr32(state)
        timer = ptr32(s[_TIMER])
        began_us = timer[0]
        # The timer makes up for calls it missed, all at once. A scan that was missed is gone; the check sees the gap.
        since_us = began_us - s[_LAST_US]
        if since_us >= 0 and since_us < s[_PERIOD_US] >> 1:
            return
        s[_LAST_US] = began_us
        image = s[_IMAGE]
        first(image, state)
        check(image, s[_TRACE])
        last(image, state)
        s[_SCANS] += 1
        s[_SCAN_US] = timer[0] - began_us

    return tick

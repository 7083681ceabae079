"""What the timer calls: latch, check, apply. Viper, integers, no allocation, nothing that waits.

`state` is the HAL's own array ('I'): addresses and pins, set once, and what the scan keeps until the next. The first 32
words, which the chip reaches in one instruction, are those of every scan [decision 0003].
"""

import micropython
from micropython import const

# Set once. Addresses of registers are kept here because the compiler has no numbers above 2**30.
TIMER = const(0)  # microseconds, low word
SIO = const(1)
GENERATOR = const(2)  # PIO block of the step generator, state machine 0
DMA = const(3)  # its DMA channel
START = const(4)  # address where the generator stalls
DEADMAN = const(5)  # PIO block of the dead-man, state machine 0
DEADMAN_FEED = const(6)  # counts
WATCHDOG = const(7)
WATCHDOG_LOAD = const(8)
USB_SETUP = const(9)  # the last setup packet
ENABLE_BIT = const(10)
RING = const(11)  # address of the ADC's ring
DIR_BIT = const(12)
SWITCH_PINS = const(13)  # all six
IMAGE = const(14)  # addresses of image and trace
TRACE = const(15)

# Kept from scan to scan.
POSITION = const(16)  # written by DMA from the counter
PERIOD_US = const(17)
LAST_US = const(18)
SCAN_US = const(19)
SCANS = const(20)
ENABLED = const(21)
LINKED = const(22)
QUEUED = const(23)  # slot + 1 of the stroke that follows
FOLLOWS = const(24)  # 1 = that stroke's words are on their way behind the last word of the one before
HOST_LEFT = const(25)  # 1 = a scan has seen no host
LEVELS = const(26)  # of the six switches' pins in the scan before
SWITCHES = const(27)  # and what they meant
STOP = const(28)  # 1 = a stop byte has come
LEFT = const(29)  # words not yet finished, the one under way included
ORIGIN = const(30)  # position where the stroke under way began
SLOT = const(31)  # given to the DMA last

# Set once, or seldom used.
WORDS = const(32)  # addresses of the words of slot 0, slot 1 and a turn's second part
COUNT = const(35)  # how many these are
TOP = const(38)  # steps out of slot 0 and slot 1
SWITCH_BITS = const(40)  # six pins' bits, in the order of SW_*
INVERTED = const(46)  # pins that are low when closed or faulty
DMA_ABORT = const(47)
DMA_BIT = const(48)
DEADMAN_START = const(49)
MARK = const(50)  # what the scratch register holds while armed
RAMP_STEPS = const(52)
CRUISE = const(53)  # the word of one step back at full speed
TURN_WORDS = const(54)  # address of the pieces of all turns
SIZE = const(55)

_TIMER = const(0)
_SIO = const(1)
_GENERATOR = const(2)
_DMA = const(3)
_START = const(4)
_DEADMAN = const(5)
_DEADMAN_FEED = const(6)
_WATCHDOG = const(7)
_WATCHDOG_LOAD = const(8)
_USB_SETUP = const(9)
_ENABLE_BIT = const(10)
_RING = const(11)
_DIR_BIT = const(12)
_SWITCH_PINS = const(13)
_IMAGE = const(14)
_TRACE = const(15)
_POSITION = const(16)
_PERIOD_US = const(17)
_LAST_US = const(18)
_SCAN_US = const(19)
_SCANS = const(20)
_ENABLED = const(21)
_LINKED = const(22)
_QUEUED = const(23)
_FOLLOWS = const(24)
_HOST_LEFT = const(25)
_LEVELS = const(26)
_SWITCHES = const(27)
_STOP = const(28)
_LEFT = const(29)
_ORIGIN = const(30)
_SLOT = const(31)
_WORDS = const(32)
_COUNT = const(35)
_SWITCH_BITS = const(40)
_INVERTED = const(46)

_IN_NOW_US = const(0)
_IN_STEPS = const(1)
_IN_TIP_RAW = const(2)
_IN_CURRENT_RAW = const(3)
_IN_SUPPLY_RAW = const(4)
_IN_TEMPERATURE_RAW = const(5)
_IN_SWITCHES = const(6)
_IN_MOTION = const(7)
_IN_SCAN_US = const(8)
_OU_ENABLE = const(9)
_OU_FEED = const(10)
_OU_MOTION = const(11)
_OU_SLOT = const(12)
_OU_NEXT = const(13)
_OU_LEAD_US = const(14)
_MOVE_START = const(1)
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
_GPIO_CLEAR = const(6)
_DMA_COUNT = const(2)
_SCRATCH = const(3)
_CLEAR = const(0xC00)
_DMA_READ_TRIGGER = const(15)
_LOAD = const(1)

_SET_LINE_STATE = const(0x2221)  # bRequest and bmRequestType of SET_CONTROL_LINE_STATE [USB CDC PSTN 6.3.12]


def make_tick(state, check, move, power_up):
    """The timer's callback. `state` is an address: a pointer made of an array costs a microsecond more.

    It is one function, because a call costs as much as twenty comparisons, and it names nothing of the module: the runtime
    guards a function that does against exceptions, for another microsecond. What it calls is therefore handed in. Of these
    variables and its argument five in all are as many as the runtime calls without allocating.
    """

    @micropython.viper
    def tick(_):
        s = ptr32(int(state))
        timer = ptr32(s[_TIMER])
        began_us = timer[0]
        # The timer makes up for calls it missed, all at once. A scan that was missed is gone; the check sees the gap.
        since_us = began_us - s[_LAST_US]
        if since_us >= 0 and since_us < s[_PERIOD_US] >> 1:
            return
        s[_LAST_US] = began_us

        # Latch: inputs into the image.
        p = ptr32(s[_IMAGE])
        p[_IN_NOW_US] = began_us & _TICKS_MASK
        p[_IN_STEPS] = s[_POSITION]
        ring = ptr32(s[_RING])  # sixteen conversions of 16 bits, four channels in turn: two of them in a word
        pair = ring[0] + ring[2] + ring[4] + ring[6]
        p[_IN_TIP_RAW] = pair & 0xFFFF
        p[_IN_CURRENT_RAW] = (pair >> 16) & 0xFFFF
        pair = ring[1] + ring[3] + ring[5] + ring[7]
        p[_IN_SUPPLY_RAW] = pair & 0xFFFF
        p[_IN_TEMPERATURE_RAW] = (pair >> 16) & 0xFFFF
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
        p[_IN_SWITCHES] = switches
        p[_IN_SCAN_US] = s[_SCAN_US]
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
            if queued:
                if left == 1:
                    queued -= 1
                    s[_QUEUED] = 0
                    s[_SLOT] = queued
                    s[_FOLLOWS] = 1
                    channel[_DMA_COUNT] = s[_COUNT + queued]
                    channel[_DMA_READ_TRIGGER] = s[_WORDS + queued]
            elif left <= _OPEN_WORDS and not s[_FOLLOWS]:
                motion |= 2
        p[_IN_MOTION] = motion

        check(s[_IMAGE], s[_TRACE])

        # Apply: outputs from the image.
        enable = p[_OU_ENABLE]
        motion = p[_OU_MOTION]
        if enable != s[_ENABLED]:
            s[_ENABLED] = enable
            if enable:
                power_up(state)
            else:
                sio[_GPIO_CLEAR] = s[_ENABLE_BIT]  # as power_down: a cut waits for no call
                watchdog = ptr32(s[_WATCHDOG])
                one = 1
                watchdog[_CLEAR] = one << 30
                watchdog[_SCRATCH] = 0
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
                words[0] = (words[0] & ~_INTERVAL) | ((p[_OU_LEAD_US] - _OVERHEAD) & _INTERVAL)
                follows = p[_OU_NEXT]
                if not follows:
                    s[_ORIGIN] = s[_POSITION]
                # One that follows waits here until the last word of the one before has begun, and then lies behind it.
                if follows and s[_LEFT] > 1:
                    s[_QUEUED] = slot + 1
                else:
                    s[_SLOT] = slot
                    s[_FOLLOWS] = 1
                    channel[_DMA_COUNT] = count
                    channel[_DMA_READ_TRIGGER] = s[_WORDS + slot]
        elif motion:
            move(state)

        s[_SCANS] = s[_SCANS] + 1
        s[_SCAN_US] = timer[0] - began_us

    return tick

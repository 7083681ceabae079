"""main.py of the chips in this folder: programs that run the firmware's own modules as a test on the host tells them to.

A program tells where its mailbox is in the watchdog's scratch register 2. Word 0 of the mailbox is the order, 0 when done.
"""

# Runs functions of the scan on arguments that the host has put into `space`. Word 1: where that is; word 2: how many items.
WORKBENCH = """
import micropython
from array import array
from machine import mem32
from uctypes import addressof

from pen.hal.rp2040_motion import prepare
from pen.hal.rp2040_stop import handler
from pen.scan import check
from pen.turn import plan_turn

space = bytearray({space})
box = array("i", [0, addressof(space), 0])


def scans(at, count):
    for _ in range(count):
        check(at, at + {image})
        at += {image} + {trace}


def turns(at, count):
    for _ in range(count):
        mem32[at + 84] = plan_turn(at + 88, at, mem32[at + 72], mem32[at + 76], mem32[at + 80])
        at += 88 + 256


def strokes(at, count):
    for _ in range(count):
        mem32[at + 4] = prepare(at + 8, at + 264, mem32[at])
        at += 520


@micropython.asm_thumb
def handled():
    nop()
    mov(r0, pc)  # address of the next word: how often
    b(END)
    data(4, 0)
    mov(r0, pc)
    sub(r0, 8)
    ldr(r1, [r0, 0])
    add(r1, 1)
    str(r1, [r0, 0])
    data(2, 0x4770)  # bx lr
    label(END)


@micropython.asm_thumb
def call(r0):
    data(2, 0x4780)  # blx r0


buffer = bytearray(256)
aligned = (addressof(buffer) + 63) & ~63
words = array("I", [0] * 4)  # buffer status, buffer control, endpoint control, whether a stop byte has come
table = array("I", [addressof(words) + 4 * k for k in range(4)] + [handled() + 4 | 1, aligned])
table.extend(array("I", [0x01010101 * byte for byte in (1, 0x21, 0x22)]))


def stops(at, count):
    entry = handler(table)
    for _ in range(count):
        words[0], words[1], words[2], words[3] = [mem32[at + 64 + k] for k in (0, 4, 8, 12)]
        for k in range(0, 64, 4):
            mem32[aligned + (words[2] & 0xFFC0) + k] = mem32[at + k]
        before = mem32[handled()]
        call(entry)
        mem32[at + 76], mem32[at + 80] = words[3], mem32[handled()] - before
        at += 84


orders = (None, scans, turns, strokes, stops)
micropython.kbd_intr(-1)
mem32[0x40058014] = addressof(box)
while True:
    if box[0]:
        orders[box[0]](box[1], box[2])
        box[0] = 0
"""

# The HAL alone, for its contract: every method is called as the host says, and the check of its scan does what the host wants
# of it and keeps what was latched. Words of the mailbox: 0 order, 1 to 3 arguments, 4 answer, 5 what was raised, 6 and 7 the
# time around the call, 8 to 13 what the next scan puts into OU_ENABLE to OU_LEAD_US (the motion once), 14 scans, 16 to 19
# where image, slots and text are, 32 and on nine latched words of the last 256 scans.
DESK = """
import gc
import micropython
from array import array
from machine import mem32
from uctypes import addressof

import board
from pen import limits
from pen.hal.rp2040 import Hal
from pen.image import create, create_trace
from pen.stepper import Drive

hal = Hal(board)
drive = Drive(board)
image = create()
limits.fill(image, board, drive)
trace = create_trace(16)
text = bytearray(256)
view = memoryview(text)
box = array("i", [0] * ({ring} + 9 * 256))
box[16], box[17], box[18] = addressof(image), addressof(hal.slots[0]), addressof(hal.slots[1])
box[19] = addressof(text)


def make_check(box):
    @micropython.viper
    def check(image, trace):
        b = ptr32(box)
        p = ptr32(image)
        k = 0
        while k < 6:
            p[{outputs} + k] = b[8 + k]
            k += 1
        b[10] = 0
        at = {ring} + 9 * (b[14] & 255)
        k = 0
        while k < 9:
            b[at + k] = p[k]
            k += 1
        b[14] += 1

    return check


def start(*_):
    hal.start(image, trace, make_check(addressof(box)), drive)


def load(slot, count, returns):
    hal.load(slot, count, bool(returns))


def read(size, *_):
    return hal.console_read(view[:size])


def write(size, *_):
    return hal.console_write(view[:size])


def runtime(*_):
    major, minor = hal.runtime()
    return major << 8 | minor


def store_read(size, *_):
    return say(hal.store_read(bytes(view[:size]).decode()))


def store_write(size, count, *_):
    hal.store_write(bytes(view[:size]).decode(), bytes(view[size : size + count]))


def say(what):
    text[: len(what)] = what.encode() if isinstance(what, str) else what
    return len(what)


orders = (
    None,
    start,
    lambda *_: hal.stop(),
    lambda us, *_: hal.set_scan_period(us),
    load,
    lambda *_: hal.now_us(),
    lambda ms, *_: hal.idle_ms(ms),
    read,
    write,
    lambda *_: hal.host_left(),
    lambda *_: hal.scans(),
    runtime,
    lambda *_: say(hal.unique_id()),
    lambda *_: say(hal.cartridge_code()),
    lambda count, *_: say(hal.random_bytes(count)),
    lambda *_: say(hal.reset_cause()),
    store_read,
    store_write,
    lambda light, tone_hz, *_: hal.indicate(light, tone_hz),
    lambda *_: hal.checksum(),
    lambda *_: hal.examine(),
    lambda *_: hal.host_ms(),
    lambda *_: say("%s %08x" % hal.program()),
)
gc.threshold(-1)  # as the HAL does when it starts: no call is interrupted by a collection
micropython.kbd_intr(-1)
mem32[0x40058014] = addressof(box)
while True:
    if box[0]:
        box[5] = 0
        try:
            box[6] = mem32[0x40054028] & 0x3FFFFFFF
            box[4] = orders[box[0]](box[1], box[2], box[3]) or 0
            box[7] = mem32[0x40054028] & 0x3FFFFFFF
        except (ValueError, OSError) as error:
            box[5] = say(str(error))
        box[0] = 0
"""

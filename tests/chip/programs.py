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


orders = (None, scans, turns, strokes)
micropython.kbd_intr(-1)
mem32[0x40058014] = addressof(box)
while True:
    if box[0]:
        orders[box[0]](box[1], box[2])
        box[0] = 0
"""

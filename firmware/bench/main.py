"""main.py of a pen on the bench: the program as it is, and a mailbox by which the bench makes its foreground misbehave.

The bench writes an order into the watchdog's scratch register 2 and finds what came of it in scratch register 3.
"""

import gc
import time

import board
import machine
from machine import mem32
from micropython import const

try:
    from release import SEAL
except ImportError:
    SEAL = 0  # files

from pen.app import App
from pen.hal import rp2040_scan as scan
from pen.hal.rp2040 import Hal

_ORDER = const(0x40058014)
_ANSWER = const(0x40058018)


def _collect(_app):
    gc.collect()
    return gc.mem_free()


def _soft_reset(_app):
    machine.soft_reset()


def _hang(_app):
    while True:
        pass


def _hang_deaf(_app):
    machine.disable_irq()
    while True:
        pass


def _raise(_app):
    raise RuntimeError("ordered by the bench")


def _raise_in_scan(app):
    app.hal._timer.init(period=100, tick_hz=1_000_000, hard=True, callback=_raise)


def _late(_app):
    state = machine.disable_irq()
    time.sleep_us(350)
    machine.enable_irq(state)


def _write_flash(_app):
    try:
        with open("/written", "w") as file:
            file.write("x" * 5_000)
    except OSError as error:
        return error.errno
    return 0


def _open_file(app):
    app.kept = open("/kept", "w")


def _write_kept(app):
    try:
        app.kept.write("x" * 5_000)
        app.kept.flush()
    except OSError as error:
        return error.errno
    return 0


def _flood_deadman(app):
    for _ in range(100):
        mem32[0x50300010] = app.hal._state[scan.DEADMAN_FEED]


def _garbage(_app):
    for size in range(200):
        bytearray(size)


_ORDERS = (
    None,
    _collect,
    _soft_reset,
    _hang,
    _hang_deaf,
    _raise,
    _raise_in_scan,
    _late,
    _write_flash,
    _flood_deadman,
    _garbage,
    _open_file,
    _write_kept,
)


def run():
    """For ever; every turn looks into the mailbox."""
    app = App(Hal(board, SEAL), board)
    mem32[_ORDER] = 0
    try:
        app.start()
        while True:
            app.poll()
            order = mem32[_ORDER]
            if order:
                answer = _ORDERS[order](app)
                mem32[_ANSWER] = answer or 0
                mem32[_ORDER] = 0
    finally:
        app.hal.stop()


run()

"""Outputs that cannot move anything. boot.py calls this first, after every reset, so it needs nothing but the board."""

from machine import Pin


def make_safe(board):
    """Enable, carrier, step and direction low. The level is set before the pin becomes an output."""
    for number in (board.PIN_ENABLE, board.PIN_CARRIER, board.PIN_STEP, board.PIN_DIR):
        Pin(number, Pin.OUT, value=0)

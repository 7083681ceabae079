"""Puts the pen together and runs it. On the device, `board` is the board file that was installed with the program."""

import board

from pen.app import App
from pen.hal.rp2040 import Hal


def build():
    """The pen of this board, not yet running."""
    return App(Hal(board), board)


if __name__ == "__main__":
    build().run()

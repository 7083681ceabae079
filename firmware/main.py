"""Puts the pen together and runs it. On the device, `board` is the board file that was installed with the program."""

import sys

import board

try:
    import ramcode  # these two are in a release UF2 alone
    import release
except ImportError:
    KEY = ""
    SEAL = 0
else:
    from pen.hal import native

    native.load(ramcode.FILES)
    KEY = release.KEY
    SEAL = release.SEAL

from pen.app import App
from pen.hal.rp2040 import Hal


def build():
    """The pen of this board, not yet running."""
    return App(Hal(board, SEAL), board, KEY)


def run():
    """For ever; whatever ends it leaves the outputs safe. Ctrl-C gets here only while the drive is off."""
    app = build()
    try:
        app.run()
    except KeyboardInterrupt:
        sys.stdout.write("needlepen stopped. Ctrl-D starts it again.\r\n")
    finally:
        app.hal.stop()


if __name__ == "__main__":
    run()

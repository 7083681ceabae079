"""Records as files in the flash's filesystem, in a folder of their own: `pen deploy` leaves it alone."""

import os

from micropython import const

_FOLDER = "/records"
_NO_ENTRY = const(2)  # ENOENT


def read(name):
    """What was written under that name, b"" if nothing was. Raises OSError if it cannot be read."""
    try:
        with open(_FOLDER + "/" + name, "rb") as file:
            return file.read()
    except OSError as error:
        if error.errno == _NO_ENTRY:
            return b""
        raise


def write(name, data):
    """Raises OSError: no room, worn flash, or the drive is on. littlefs leaves the old file until the new one is whole."""
    if "records" not in os.listdir("/"):
        os.mkdir(_FOLDER)
    with open(_FOLDER + "/" + name, "wb") as file:
        file.write(data)

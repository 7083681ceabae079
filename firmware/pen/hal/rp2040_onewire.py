"""The cartridge's one-wire memory, by the runtime's own driver: interrupts are off for a slot of 70 us at most, and it takes 6 ms.

Only while the drive is off, when no scan is judged by being late. Loaded for one reading.
"""

import _onewire
from machine import Pin

from pen.onewire import READ_ROM, ROM_BYTES, read_code


def code_on(number):
    """The code of what is on that pin. Raises Refused."""
    pin = Pin(number, Pin.OPEN_DRAIN, Pin.PULL_UP, value=1)  # weak; the strong pull-up is outside

    def read_rom():
        if not _onewire.reset(pin):
            return b""
        _onewire.writebyte(pin, READ_ROM)
        return bytes([_onewire.readbyte(pin) for _ in range(ROM_BYTES)])

    return read_code(read_rom)

"""What a one-wire memory says of itself: eight bytes, family first, the CRC of the others last [DS2431 data sheet, "64-bit ROM"]."""

from micropython import const

from pen.errors import CONFLICT, Refused

ROM_BYTES = const(8)
READ_ROM = const(0x33)  # of the only one on the wire
FAMILY = const(0x2D)  # DS2431, 1 kbit EEPROM
_TRIES = const(3)  # a contact may be dirty
_POLYNOMIAL = const(0x8C)  # x^8 + x^5 + x^4 + 1, the lowest bit first [Maxim application note 27]


def crc8(data):
    """Of some bytes; of bytes with their CRC behind them it is 0."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (_POLYNOMIAL if crc & 1 else 0)
    return crc


def code(rom):
    """The cartridge's code: its number as sixteen hexadecimal digits. Raises ValueError for bytes that no such memory sends."""
    if len(rom) != ROM_BYTES or rom[0] != FAMILY or crc8(rom):
        raise ValueError("no number of a cartridge")
    return rom.hex()


def read_code(read_rom):
    """The code by `read_rom`, which answers what a memory sends, or nothing. Raises Refused, saying what to do."""
    what = ""
    for _ in range(_TRIES):
        rom = read_rom()
        try:
            return code(rom)
        except ValueError:
            what = "code cannot be read" if rom else "memory does not answer"
    raise Refused(CONFLICT, "the cartridge's {}: clean its contacts, or seat another one".format(what))

"""Small named records that survive the loss of power at any instant: the old one or the new, never a mixture.

Two copies a record, `name.0` and `name.1`, the same but for a write that was cut short; the older one is written first. A copy: its
number (4 bytes, low first), the CRC-32 of the program that wrote it, the data, and the CRC-32 of name and all that. So after a write one copy may rot and nothing is lost;
and as both are there since the first write, one that is missing never hides one that is damaged.
"""

from binascii import crc32

from micropython import const

_HEAD = const(8)  # bytes: number and program
_NUMBER = const(4)
_CRC = const(4)
_IO_ERROR = const(5)  # EIO


def _number(name, copy):
    """The copy's number, 1 or more; 0 if it is not whole."""
    if len(copy) < _HEAD + _CRC or crc32(name.encode() + copy[:-_CRC]) != int.from_bytes(copy[-_CRC:], "little"):
        return 0
    return int.from_bytes(copy[:_NUMBER], "little")


class Records:
    """`hal`: store_read, store_write and program. Of the record read last: `suspect`, the copies were not the same and whole;
    `program`, the CRC-32 of the one that wrote it.
    """

    def __init__(self, hal):
        self._hal = hal
        self.suspect = False
        self.program = 0

    def read(self, name):
        """The data, b"" if there was never any. Raises OSError if both copies are damaged."""
        newest, copies, numbers = self._look(name)
        self.suspect = copies[0] != copies[1] or (copies[0] != b"" and not numbers[0])
        if numbers[newest]:
            self.program = int.from_bytes(copies[newest][_NUMBER:_HEAD], "little")
            return copies[newest][_HEAD:-_CRC]
        if copies[0] and copies[1]:
            raise OSError(_IO_ERROR)
        return b""

    def write(self, name, data):
        """Replaces the record and reads it back; what is there already is not written again. Not while the drive is on.

        Raises OSError if the store does, or does not keep it; then the old record stands, or the new one.
        """
        newest, copies, numbers = self._look(name)
        head = (numbers[newest] + 1).to_bytes(_NUMBER, "little") + self._hal.program()[1].to_bytes(
            4, "little"
        )  # [SR-21]
        copy = head + data
        copy += crc32(name.encode() + copy).to_bytes(_CRC, "little")
        if copies[0] == copies[1] and numbers[0] and copies[0][_HEAD:-_CRC] == data:
            return
        for k in (1 - newest, newest):
            self._hal.store_write("{}.{}".format(name, k), copy)
            if self._read(name, k) != copy:
                raise OSError(_IO_ERROR)

    def _look(self, name):
        """(which copy is the newest, the copies, their numbers)"""
        copies = [self._read(name, k) for k in (0, 1)]
        numbers = [_number(name, copy) for copy in copies]
        return 1 if numbers[1] > numbers[0] else 0, copies, numbers

    def _read(self, name, k):
        try:
            return self._hal.store_read("{}.{}".format(name, k))
        except OSError:
            return b"?"  # there is one, and it is damaged


def load(hal, thing, log):
    """Has a thing (see keeping.py) take its record; False if that is damaged, which the log then says."""
    records = Records(hal)
    try:
        thing.take(records.read(thing.NAME))
    except (OSError, ValueError):
        thing.lost()
        thing.dirty = True
        log.add("STORE", thing.NAME + " is damaged, and lost")
        return False
    if records.program not in (0, hal.program()[1]):
        log.add("STORE", "{} was written by program {:08x}".format(thing.NAME, records.program))
    if records.suspect:
        thing.dirty = True
        log.add("STORE", thing.NAME + " has one good copy, and is mended")
    return True


def save(hal, thing, log):  # [SR-20]
    """Writes a thing's record; False if that fails, which the log then says, and it stays dirty."""
    try:
        Records(hal).write(thing.NAME, thing.data())
    except OSError as error:
        log.add("STORE", "{} is not written: error {}".format(thing.NAME, error.args[0]))
        return False
    thing.dirty = False
    return True

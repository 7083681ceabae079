"""UF2, the form in which the RP2040's boot drive takes an image: made, read, and checked so that a bad one never gets there."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from pen_tools.errors import PenError

# Sizes, magics and flags: the UF2 specification. Base and payload: what the RP2040's boot ROM takes [datasheet, 2.8.4.2].
BLOCK_BYTES = 512
PAYLOAD_BYTES = 256
DATA_BYTES = 476
FLASH_BASE = 0x1000_0000
FLASH_BYTES = 16 * 1024 * 1024  # what the chip can address
RP2040 = 0xE48B_FF56
_START = (0x0A32_4655, 0x9E5D_5157)
_END = 0x0AB1_6F30
_SEAL = struct.Struct("<3I")
_SEAL_MARK = 0x4C41_4553  # as rp2040_selftest.py has it
SEAL_AT = (
    FLASH_BASE + 0xA_0000 - PAYLOAD_BYTES
)  # the last block before the filesystem [boards/micropython/*/mpconfigboard.h]
_NOT_FOR_FLASH = 0x0000_0001
_HAS_FAMILY = 0x0000_2000
_HEAD = struct.Struct("<8I")
_TAIL = struct.Struct("<I")

_FAMILIES = {
    0xE48B_FF57: "an RP2350",  # its "absolute" block, which stands first
    0xE48B_FF58: "an RP2350",
    0xE48B_FF59: "an RP2350",
    0xE48B_FF5A: "an RP2350 (RISC-V)",
    0xE48B_FF5B: "an RP2350",
    0xADA5_2840: "an nRF52840",
    0x68ED_2B88: "a SAMD21",
    0x5511_4460: "a SAMD51",
    0x1C5F_21B0: "an ESP32",
    0xBFDD_4EEE: "an ESP32-S2",
    0xC47E_5767: "an ESP32-S3",
}
_WAY_OUT = "build one with pen build, or take the RPI_PICO image of MicroPython"

_VERSION = re.compile(rb"MicroPython v(\d+)\.(\d+)(?:\.(\d+))?")
_MACHINE = re.compile(rb"; ([\x20-\x7e]{1,80}) with RP2040\0")
_RELEASE = re.compile(rb"needlepen release ([\w.-]+) ([\w.+-]+) ([0-9a-f]+)")

Version = tuple[int, int, int]


class BadUf2(PenError):
    """The file is no UF2 that this chip could take."""


@dataclass(frozen=True)
class Image:
    """What a UF2 puts into flash: `data` from the address `base` on."""

    base: int
    data: bytes


class Release(NamedTuple):
    """What a release of ours says of itself: the board file's name, the firmware's version, the key of its frozen files."""

    board: str
    firmware: str
    key: str


@dataclass(frozen=True)
class _Block:
    flags: int
    address: int
    size: int
    number: int
    count: int
    family: int
    data: bytes


def make(data: bytes, base: int = FLASH_BASE) -> bytes:
    """The UF2 of `data`, filled up with zeros to whole blocks; raises ValueError if it is empty or outside of the flash."""
    end = base + len(data)
    if not data or base % PAYLOAD_BYTES or base < FLASH_BASE or end > FLASH_BASE + FLASH_BYTES:
        raise ValueError(f"{len(data)} bytes at 0x{base:08x} are no image for the flash")
    count = -(-len(data) // PAYLOAD_BYTES)
    return b"".join(_block(number, count, base, data) for number in range(count))


def _block(number: int, count: int, base: int, data: bytes) -> bytes:
    offset = number * PAYLOAD_BYTES
    head = _HEAD.pack(*_START, _HAS_FAMILY, base + offset, PAYLOAD_BYTES, number, count, RP2040)
    return head + data[offset : offset + PAYLOAD_BYTES].ljust(DATA_BYTES, b"\0") + _TAIL.pack(_END)


def read(content: bytes, name: str = "the file") -> Image:
    """What `content` puts into flash. Raises BadUf2, which calls it `name`, if it is no whole UF2 for an RP2040."""
    blocks = [block for block in _blocks(content, name) if not block.flags & _NOT_FOR_FLASH]
    first = blocks[0] if blocks else None
    if first is None or not FLASH_BASE <= first.address < FLASH_BASE + FLASH_BYTES:
        raise BadUf2(f"{name} has nothing for the RP2040's flash in it", _WAY_OUT)
    for before, after in pairwise(blocks):
        if after.address != before.address + before.size:
            raise BadUf2(f"{name} has a gap at 0x{before.address + before.size:08x}", _WAY_OUT)
    return Image(first.address, b"".join(block.data for block in blocks))


def _blocks(content: bytes, name: str) -> Iterator[_Block]:
    """Every block, once it is sure that they are blocks and that all are there."""
    if content[:8] != struct.pack("<2I", *_START):
        raise BadUf2(f"{name} is not a UF2", _WAY_OUT)
    count = 0
    for offset in range(0, len(content), BLOCK_BYTES):
        block = _parse(content[offset : offset + BLOCK_BYTES], name)
        _check_chip(block, name)
        if block.number != offset // BLOCK_BYTES or (offset and block.count != count):
            raise BadUf2(f"{name} is damaged: its block {offset // BLOCK_BYTES} says it is {block.number}", _WAY_OUT)
        count = block.count
        yield block
    if count * BLOCK_BYTES != len(content):
        raise _cut_short(name, len(content), count * BLOCK_BYTES)


def _parse(raw: bytes, name: str) -> _Block:
    if len(raw) < BLOCK_BYTES:
        raise _cut_short(name, None, None)
    *start, flags, address, size, number, count, family = _HEAD.unpack_from(raw)
    if tuple(start) != _START or _TAIL.unpack_from(raw, BLOCK_BYTES - _TAIL.size) != (_END,) or size > DATA_BYTES:
        raise BadUf2(f"{name} is damaged: it begins as a UF2 and does not go on as one", _WAY_OUT)
    return _Block(flags, address, size, number, count, family, raw[_HEAD.size : _HEAD.size + size])


def _cut_short(name: str, bytes_now: int | None, bytes_whole: int | None) -> BadUf2:
    told = f": it has {bytes_now} bytes of {bytes_whole}" if bytes_now else ""
    return BadUf2(f"{name} is cut short{told}", "copy or download it again")


def _check_chip(block: _Block, name: str) -> None:
    if block.flags & _NOT_FOR_FLASH:
        return
    if not block.flags & _HAS_FAMILY:
        raise BadUf2(f"{name} does not say for which chip it is", _WAY_OUT)
    if block.family != RP2040:
        chip = _FAMILIES.get(block.family, f"another chip (family 0x{block.family:08x})")
        raise BadUf2(f"{name} is for {chip}, and a pen has an RP2040", _WAY_OUT)
    if block.size != PAYLOAD_BYTES or block.address % PAYLOAD_BYTES:
        raise BadUf2(f"{name} has blocks that the RP2040 does not take", _WAY_OUT)


def seal(data: bytes) -> bytes:
    """The program of a release with its length and CRC-32 behind it, where the pen looks for them.

    Raises ValueError if there is no room before the filesystem.
    """
    place = SEAL_AT - FLASH_BASE
    if len(data) > place:
        raise ValueError(f"a release of {len(data)} bytes: the filesystem begins at {place + PAYLOAD_BYTES}")
    return data.ljust(place, b"\xff") + _SEAL.pack(_SEAL_MARK, len(data), zlib.crc32(data))


def sealed(image: Image) -> bool:
    """Whether the seal is there and right."""
    place = SEAL_AT - image.base
    if len(image.data) < place + _SEAL.size:
        return False
    mark, length, crc = _SEAL.unpack_from(image.data, place)
    return mark == _SEAL_MARK and length <= place and zlib.crc32(image.data[:length]) == crc


def micropython_version(image: Image) -> Version | None:
    """(major, minor, patch) from the image's banner; None if no MicroPython is in it."""
    found = _VERSION.search(image.data)
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else None


def machine(image: Image) -> str:
    """The board's name in the banner, "Raspberry Pi Pico" for the stock runtime; "" if there is none."""
    found = _MACHINE.search(image.data)
    return found[1].decode() if found else ""


def release(image: Image) -> Release | None:
    """What a release of ours says of itself; None for a runtime without our firmware."""
    found = _RELEASE.search(image.data)
    return Release(*(part.decode() for part in found.groups())) if found else None


def release_text(names: Release) -> str:
    """The line by which `release` finds those names again; it is frozen into the image."""
    return "needlepen release " + " ".join(names)

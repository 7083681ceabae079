"""UF2 files, against the words of their specification and the RP2040's boot ROM."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pen_tools import uf2

BASE = 0x10000000
CHIP = 0xE48BFF56
RP2350 = 0xE48BFF59
images = st.binary(min_size=1, max_size=3_000)


def blocks(content: bytes) -> list[bytes]:
    return [content[at : at + 512] for at in range(0, len(content), 512)]


def changed(content: bytes, offset: int, value: int) -> bytes:
    """With another 32-bit word at that place."""
    return content[:offset] + struct.pack("<I", value) + content[offset + 4 :]


def each_block(content: bytes, offset: int, value: int) -> bytes:
    return b"".join(changed(block, offset, value) for block in blocks(content))


@given(images)
def test_what_is_made_is_read_again(data: bytes) -> None:
    image = uf2.read(uf2.make(data))
    assert image.base == BASE
    assert image.data[: len(data)] == data
    assert len(image.data) % 256 == 0
    assert not any(image.data[len(data) :])


@given(images)
def test_every_block_is_what_the_specification_says(data: bytes) -> None:
    made = blocks(uf2.make(data))
    count = (len(data) + 255) // 256
    assert len(made) == count
    for number, block in enumerate(made):
        assert block[:4] == b"UF2\n"
        words = struct.unpack("<8I", block[:32])
        assert words == (0x0A324655, 0x9E5D5157, 0x2000, BASE + 256 * number, 256, number, count, CHIP)
        assert block[32 : 32 + 256].rstrip(b"\0") == data[256 * number :][:256].rstrip(b"\0")
        assert block[288:508] == bytes(220)
        assert block[508:] == struct.pack("<I", 0x0AB16F30)


@given(images, st.data())
def test_any_part_of_a_uf2_is_none(data: bytes, draw: st.DataObject) -> None:
    content = uf2.make(data)
    length = draw.draw(st.integers(0, len(content) - 1))
    with pytest.raises(uf2.BadUf2):
        uf2.read(content[:length])


@given(images, st.data())
def test_a_flipped_bit_in_head_or_tail_is_seen(data: bytes, draw: st.DataObject) -> None:
    content = bytearray(uf2.make(data))
    block = draw.draw(st.integers(0, len(content) // 512 - 1))
    # All words of the head but the flags, of which this chip needs only one, and the word at the end.
    word = draw.draw(st.sampled_from([0, 4, 12, 16, 20, 24, 28, 508]))
    content[512 * block + word + draw.draw(st.integers(0, 3))] ^= 1 << draw.draw(st.integers(0, 7))
    whole = len(content) == 512 and word == 12
    try:
        image = uf2.read(bytes(content))
    except uf2.BadUf2:
        return
    assert whole, "only the place of a single block may be another, if it is in the flash"
    assert image.base != BASE
    assert image.base % 256 == 0


@pytest.mark.parametrize("data", [b"", b"UF2\n", b"#!/bin/sh\n" * 100, b"\x7fELF" + bytes(1_020), bytes(1_024)])
def test_what_is_no_uf2_is_called_so(data: bytes) -> None:
    with pytest.raises(uf2.BadUf2, match=r"^here\.uf2 is not a UF2$"):
        uf2.read(data, "here.uf2")


def test_a_file_that_is_cut_short_says_how_much_is_missing() -> None:
    content = uf2.make(bytes(1_000))
    with pytest.raises(uf2.BadUf2, match="cut short: it has 1024 bytes of 2048") as caught:
        uf2.read(content[:1_024])
    assert "again" in caught.value.hint
    with pytest.raises(uf2.BadUf2, match="cut short"):
        uf2.read(content[:1_500])


@pytest.mark.parametrize(
    ("family", "name"),
    [
        (RP2350, "an RP2350,"),
        (0xE48BFF5A, r"an RP2350 \(RISC-V\)"),
        (0xE48BFF5B, "an RP2350,"),
        (0xADA52840, "an nRF52840"),
        (0x12345678, r"another chip \(family 0x12345678\)"),
    ],
)
def test_another_chip_is_named(family: int, name: str) -> None:
    with pytest.raises(uf2.BadUf2, match=f"is for {name}.*a pen has an RP2040"):
        uf2.read(each_block(uf2.make(bytes(600)), 28, family))


def test_an_image_for_an_rp2350_begins_with_a_block_of_its_own() -> None:
    """pico-sdk puts one at the end of the flash, of the family "absolute" (0xe48bff57), numbered for itself."""
    first = struct.pack("<8I", 0x0A324655, 0x9E5D5157, 0x2000, 0x10FFFF00, 256, 0, 2, 0xE48BFF57)
    first = first + b"\xef" * 256 + bytes(220) + struct.pack("<I", 0x0AB16F30)
    with pytest.raises(uf2.BadUf2, match="is for an RP2350,"):
        uf2.read(first + each_block(uf2.make(bytes(600)), 28, RP2350))


@pytest.mark.parametrize(
    ("offset", "value", "words"),
    [
        (8, 0, "does not say for which chip"),
        (12, 0x20000000, "nothing for the RP2040's flash"),
        (16, 128, "blocks that the RP2040 does not take"),
        (8, 0x2001, "nothing for the RP2040's flash"),
    ],
)
def test_a_uf2_that_the_boot_drive_would_not_take_is_refused(offset: int, value: int, words: str) -> None:
    with pytest.raises(uf2.BadUf2, match=words):
        uf2.read(each_block(uf2.make(bytes(100)), offset, value))


def test_a_gap_is_seen() -> None:
    content = uf2.make(bytes(600))
    with pytest.raises(uf2.BadUf2, match="a gap at 0x10000200"):
        uf2.read(changed(content, 2 * 512 + 12, BASE + 0x400))


@pytest.mark.parametrize(("size", "base"), [(0, BASE), (1, BASE + 1), (1, 0), (257, 0x10FFFF00)])
def test_what_does_not_fit_the_flash_is_not_made(size: int, base: int) -> None:
    with pytest.raises(ValueError, match="no image for the flash"):
        uf2.make(bytes(size), base)


@given(st.integers(0, 600), st.tuples(*[st.integers(0, 99)] * 3))
def test_the_version_is_found_wherever_it_stands(offset: int, version: tuple[int, int, int]) -> None:
    banner = b"MicroPython v%d.%d.%d on 2025-09-11" % version
    image = uf2.read(uf2.make(bytes(offset) + banner + bytes(300)))
    assert uf2.micropython_version(image) == version


@pytest.mark.parametrize(
    ("banner", "version"),
    [
        (b"3.4.0; MicroPython v1.27.0-preview.5.gabcdef on 2025-10-01", (1, 27, 0)),
        (b"MicroPython v1.12 on 2019-12-20", (1, 12, 0)),
        (b"Adafruit CircuitPython 9.0.0 on 2024-03-19", None),
        (b"Welcome to MicroPython!", None),
    ],
)
def test_banners_of_others(banner: bytes, version: tuple[int, int, int] | None) -> None:
    assert uf2.micropython_version(uf2.Image(BASE, bytes(7) + banner + bytes(7))) == version


def test_the_board_is_named_as_in_the_banner() -> None:
    banner = b"OK\0; Raspberry Pi Pico with RP2040\0Type"
    assert uf2.machine(uf2.Image(BASE, banner)) == "Raspberry Pi Pico"
    assert uf2.machine(uf2.Image(BASE, b"; Raspberry Pi Pico 2 with RP2350\0")) == ""


@given(st.integers(0, 600))
def test_a_release_names_itself(offset: int) -> None:
    names = uf2.Release("bench_stepper", "0.1.0", "0123456789ab")
    data = bytes(offset) + uf2.release_text(names).encode() + b"\0MicroPython"
    assert uf2.release(uf2.read(uf2.make(data))) == names


def test_a_runtime_is_no_release() -> None:
    assert uf2.release(uf2.Image(BASE, b"MicroPython v1.26.1 on 2025-09-11\0")) is None

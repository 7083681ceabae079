"""The number of a one-wire memory: against a published one, and against the shift register of the data sheet."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pen_sim.loader import pure
from pen_sim.plant import memory

onewire: Any = pure("pen.onewire")
errors: Any = pure("pen.errors")
PUBLISHED = bytes.fromhex("02 1c b8 01 00 00 00 a2")  # family, number, CRC [Maxim application note 27, figure 5]
NUMBERS = st.binary(min_size=6, max_size=6)

pytestmark = pytest.mark.requirement("SR-19")


def rom(number: bytes, family: int = 0x2D) -> bytes:
    body = bytes([family]) + number
    return body + bytes([memory.checksum(body)])


def test_a_published_number() -> None:
    assert onewire.crc8(PUBLISHED[:-1]) == memory.checksum(PUBLISHED[:-1]) == PUBLISHED[-1]
    assert onewire.crc8(PUBLISHED) == 0


@given(st.binary(max_size=40))
def test_it_is_the_shift_register(data: bytes) -> None:
    assert onewire.crc8(data) == memory.checksum(data)


@given(NUMBERS)
def test_there_and_back(number: bytes) -> None:
    assert bytes.fromhex(onewire.code(rom(number)))[1:7] == number


@given(NUMBERS, st.integers(0, 63), st.integers(0, 7))
def test_up_to_eight_neighbours_that_flip_are_noticed(number: bytes, first: int, more: int) -> None:
    """Any burst of the length of the check bits, one bit among them."""
    sent = int.from_bytes(rom(number), "little")
    burst = (1 << min(first + more, 63)) | (1 << first)
    with pytest.raises(ValueError, match="no number"):
        onewire.code((sent ^ burst).to_bytes(8, "little"))


@given(NUMBERS, st.integers(0, 255).filter(lambda family: family != 0x2D))
def test_another_kind_of_chip_is_none(number: bytes, family: int) -> None:
    with pytest.raises(ValueError, match="no number"):
        onewire.code(rom(number, family))


@pytest.mark.parametrize("sent", [b"", bytes(8), b"\xff" * 8, rom(b"abcdef")[:7], rom(b"abcdef") + b"\0"])
def test_a_dead_wire_is_none(sent: bytes) -> None:
    """Held down, pulled up, too short, too long. Eight zeros have a right CRC."""
    with pytest.raises(ValueError, match="no number"):
        onewire.code(sent)


def answers(*given_: bytes) -> Any:
    left = list(given_)
    return lambda: left.pop(0)


def test_a_contact_that_bounces_is_asked_again() -> None:
    good = rom(b"abcdef")
    assert onewire.read_code(answers(b"", good[:-1] + b"\0", good)) == good.hex()


@pytest.mark.parametrize(("sent", "why"), [(b"", "does not answer"), (b"\xff" * 8, "cannot be read")])
def test_in_the_end_it_says_what_to_do(sent: bytes, why: str) -> None:
    with pytest.raises(errors.Refused) as refused:
        onewire.read_code(answers(sent, sent, sent))
    assert why in refused.value.detail
    assert "seat another one" in refused.value.detail

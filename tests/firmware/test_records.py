"""Records against a store that fails in every way it can: what is read is what was written last, or what was there before it."""

import errno
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pen_sim.loader import pure
from pen_sim.store import PowerCut, Store, erased, half, over

Records = pure("pen.records").Records
FRAME_BYTES = 12  # number, program and CRC
NAMES = ("fault", "operator")
TORN = (half, over, erased)
DATA = st.binary(max_size=40)

pytestmark = pytest.mark.requirement("SR-20")


class Hal:
    """What records ask for, on a store."""

    def __init__(self, store: Store, program: int = 0x89AB_CDEF) -> None:
        self.store_read = store.read
        self.store_write = store.write
        self.program = lambda: ("test", program)


def kept(store: Store, *written: bytes, name: str = "fault") -> Any:
    """Records of that store, with these written one after another."""
    records = Records(Hal(store))
    for data in written:
        records.write(name, data)
    return records


def after_power(store: Store) -> Any:
    return Records(Hal(store))


def test_never_written_is_nothing() -> None:
    records = kept(Store())
    assert (records.read("fault"), records.suspect) == (b"", False)


@given(st.lists(st.tuples(st.sampled_from(NAMES), DATA), max_size=12))
def test_the_last_of_each_name_is_read(writes: list[tuple[str, bytes]]) -> None:
    store = Store()
    records, expected = kept(store), dict[str, bytes]()
    for name, data in writes:
        records.write(name, data)
        expected[name] = data
        for each in NAMES:
            assert after_power(store).read(each) == expected.get(each, b"")


@given(st.lists(st.tuples(DATA, st.none() | st.integers(0, 60), st.sampled_from(TORN), st.integers(0, 1)), max_size=10))
def test_a_power_cut_at_any_byte_of_any_write_leaves_the_old_or_the_new(
    writes: list[tuple[bytes, int | None, Callable[[bytes, bytes, int], bytes], int]],
) -> None:
    """Also in the first write, which is two; whatever the cut leaves behind it; and cuts in a row."""
    store, old = Store(), b""
    for data, cut, torn, whole in writes:
        store.torn = torn
        if cut is not None:
            _cut_in(store, whole, cut)
        try:
            after_power(store).write("fault", data)
        except PowerCut:
            found = after_power(store).read("fault")
            assert found in (old, data)
            old = found
        else:
            old = data
        store.cut_after = None
        store.write = Store.write.__get__(store)
        assert after_power(store).read("fault") == old


def _cut_in(store: Store, whole: int, count: int) -> None:
    """The power goes away after `count` bytes of the write after so many `whole` ones."""
    left = whole

    def write(name: str, data: bytes) -> None:
        nonlocal left
        if not left:
            store.cut_after = count
        left -= 1
        Store.write(store, name, data)

    store.write = write


@given(st.integers(1, 30), st.sampled_from(("fault.0", "fault.1")), st.data())
def test_a_flipped_bit_loses_nothing_and_in_both_copies_is_an_error(size: int, name: str, data: st.DataObject) -> None:
    """Never an older record, and never nothing."""
    store = Store()
    records = kept(store, bytes([1]) * size, bytes([2]) * size)
    bits = 8 * (size + FRAME_BYTES)
    assert (records.read("fault"), records.suspect) == (bytes([2]) * size, False)
    store.flip(name, data.draw(st.integers(0, bits - 1)))
    assert (records.read("fault"), records.suspect) == (bytes([2]) * size, True)
    store.flip("fault.1" if name == "fault.0" else "fault.0", data.draw(st.integers(0, bits - 1)))
    with pytest.raises(OSError, match="5"):  # EIO
        records.read("fault")
    assert records.suspect
    records.write("fault", b"anew")
    assert (after_power(store).read("fault"), records.suspect) == (b"anew", True)


def test_power_lost_between_the_copies_is_seen() -> None:
    """The new one is read, and the record is to be mended: if that copy rotted, the old one would come back."""
    store = Store()
    kept(store, b"old")
    _cut_in(store, 1, 0)
    store.torn = over
    with pytest.raises(PowerCut):
        after_power(store).write("fault", b"new")
    records = after_power(store)
    assert (records.read("fault"), records.suspect) == (b"new", True)


def test_a_copy_of_another_name_is_none() -> None:
    store = Store()
    records = kept(store, b"mine")
    store.files["operator.0"], store.files["operator.1"] = store.files["fault.0"], store.files["fault.1"]
    with pytest.raises(OSError, match="5"):  # EIO
        records.read("operator")


def test_what_is_there_already_is_not_written_again_unless_to_mend_it() -> None:
    store = Store()
    records = kept(store, b"first", b"second", b"second", b"second")
    assert store.writes == 4, "two copies each"
    store.flip("fault.0", 3)
    records.write("fault", records.read("fault"))
    assert store.writes == 6
    assert (records.read("fault"), records.suspect) == (b"second", False)


def test_a_full_store_leaves_the_old() -> None:
    store = Store()
    records = kept(store, b"older", b"old")
    store.full = True
    with pytest.raises(OSError, match="no room"):
        records.write("fault", b"new")
    assert records.read("fault") == b"old"


def test_a_write_that_does_not_stick_is_noticed() -> None:
    store = Store()
    records = kept(store, b"old")
    store.worn = True
    with pytest.raises(OSError, match="5"):  # EIO
        records.write("fault", b"new")
    assert records.read("fault") == b"old"


def test_a_store_that_cannot_be_read_is_damaged_not_empty() -> None:
    store = Store()
    records = kept(store, b"old")

    def fail(_: str) -> bytes:
        raise OSError(errno.EIO)

    records._hal.store_read = fail
    with pytest.raises(OSError, match="5"):  # EIO
        records.read("fault")


@pytest.mark.requirement("SR-21")
@given(st.integers(0, (1 << 32) - 1), st.integers(0, (1 << 32) - 1), DATA, DATA)
def test_a_record_names_the_program_that_wrote_it(first: int, second: int, old: bytes, new: bytes) -> None:
    """Another program that has the same to say leaves it as it is."""
    store = Store()
    Records(Hal(store, first)).write("fault", old)
    Records(Hal(store, second)).write("fault", new)
    records = after_power(store)
    assert records.read("fault") == new
    assert records.program == (first if new == old else second)
    assert records.read("operator") == b""

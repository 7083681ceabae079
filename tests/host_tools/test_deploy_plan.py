"""The plan of a deploy, on folders with anything in them; and what littlefs itself says about the space it needs."""

from collections.abc import Callable, Mapping
from typing import IO, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pen_sim.paths import FIRMWARE
from pen_tools import mpy
from pen_tools.deploying import plan
from pen_tools.deploying.payload import OURS, build, digest

NAMES = st.sampled_from(["boot.py", "board.mpy", "pen/scan.mpy", "pen/hal/rp2040.mpy", "pen/x/y.mpy", "other.py"])
FILES = st.dictionaries(NAMES, st.binary(max_size=3))
SLOTS = st.sampled_from([None, "a", "b"])

BLOCKS = 352
SIZES = st.lists(st.integers(0, 20_000), min_size=1, max_size=30)


def listing(files: Mapping[str, bytes]) -> plan.Listing:
    """As a pen would tell."""
    return {path: plan.Found(len(content), digest(content)) for path, content in files.items()}


def apply(found: plan.Plan, there: dict[str, bytes], files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The target folder afterwards."""
    after = {path: content for path, content in there.items() if path not in found.remove}
    return after | {path: files[path] for path in found.copy}


@given(FILES, SLOTS, FILES, FILES)
def test_the_target_becomes_the_payload_and_the_folder_in_use_is_left_alone(
    files: dict[str, bytes], slot: str | None, a: dict[str, bytes], b: dict[str, bytes]
) -> None:
    there = {"a": a, "b": b}
    found = plan.make(files, slot, {name: listing(folder) for name, folder in there.items()})
    assert apply(found, there[found.slot], files) == files
    assert set(found.keep) | set(found.copy) == set(files)
    assert not set(found.keep) & (set(found.copy) | set(found.remove))
    if found.slot == slot:
        assert found.current
        assert found.copy == found.remove == ()
    assert found.current == (slot is not None and there[slot] == files)


@given(FILES, SLOTS, FILES, FILES, st.data())
def test_after_an_interruption_anywhere_the_next_deploy_goes_on_where_it_was(
    files: dict[str, bytes], slot: str | None, a: dict[str, bytes], b: dict[str, bytes], data: st.DataObject
) -> None:
    there = {"a": a, "b": b}
    first = plan.make(files, slot, {name: listing(folder) for name, folder in there.items()})
    after = dict(there[first.slot])
    steps = data.draw(st.integers(0, len(first.remove) + len(first.copy)))
    for path in first.remove[:steps]:
        del after[path]
    copied = first.copy[: max(0, steps - len(first.remove))]
    after |= {path: files[path] for path in copied}
    if left := first.copy[len(copied) :]:  # the file that was under way is there in part
        after[left[0]] = files[left[0]][:1] + b"..."
    again = plan.make(
        files, slot, {**{name: listing(folder) for name, folder in there.items()}, first.slot: listing(after)}
    )
    assert again.slot == first.slot
    assert apply(again, after, files) == files
    assert set(again.copy) <= set(first.copy) - set(copied)


@pytest.mark.parametrize(
    ("paths", "expected"),
    [([], []), (["a.py"], []), (["x/y/z.py", "x/a.py", "b/c.py"], ["b", "x", "x/y"])],
)
def test_folders_come_before_those_in_them(paths: list[str], expected: list[str]) -> None:
    assert plan.folders(paths) == expected


def littlefs() -> Any:
    """An empty disk as the runtime makes it: cache four times the 256 bytes that flash programs [ports/rp2, extmod/vfs_lfs.c]."""
    module = pytest.importorskip("littlefs", reason="no littlefs: pip install 'needlepen[chip]'")
    return module.LittleFS(block_size=plan.BLOCK, block_count=BLOCKS, prog_size=256, read_size=256, cache_size=1_024)


def put(disk: Any, files: Mapping[str, bytes]) -> None:
    for folder in plan.folders(files):
        disk.makedirs(folder, exist_ok=True)
    for path, content in files.items():
        with cast("Callable[[str, str], IO[bytes]]", disk.open)(path, "wb") as file:
            file.write(content)


@given(SIZES, SIZES)
def test_what_it_says_it_needs_is_enough_and_not_much_more(before: list[int], after: list[int]) -> None:
    disk = littlefs()
    old = {f"a/pen/m{number}.mpy": b"o" * size for number, size in enumerate(before)}
    new = {f"pen/{number % 3}/n{number}.mpy": b"n" * size for number, size in enumerate(after)}
    put(disk, old)
    there = listing({path.removeprefix("a/"): content for path, content in old.items()})
    found = plan.make(new, "b", {"a": there, "b": {}})
    needed = plan.bytes_needed(found, new, there) // plan.BLOCK
    used = disk.used_block_count
    for path in old:
        disk.remove(path)
    put(disk, {f"a/{path}": content for path, content in new.items()})
    really = disk.used_block_count - used
    assert really <= needed
    inline = sum(
        size <= 1_024 for size in [*before, *after]
    )  # may be inside a folder's blocks, and need none of their own
    assert needed <= max(really, 0) + inline + 2 * (1 + len(plan.folders(new))) + 4


def test_nothing_to_copy_needs_nothing() -> None:
    files = {"boot.py": b"1"}
    found = plan.make(files, "a", {"a": listing(files), "b": {}})
    assert plan.bytes_needed(found, files, {}) == 0


def test_the_payload_is_the_firmware_and_a_loader_that_is_known_again() -> None:
    payload = build("bench_stepper")
    assert set(payload.files) == set(mpy.compile_tree(FIRMWARE, FIRMWARE.parent / "boards" / "bench_stepper.py"))
    assert all(plan.is_ours(path) for path in payload.files)
    assert list(payload.loader) == ["boot.py", "main.py"]
    assert all(content.startswith(OURS) for content in payload.loader.values())
    assert all(
        content[:2] == bytes((ord("M"), payload.bytecode[0]))
        for path, content in payload.files.items()
        if path.endswith(".mpy")
    )

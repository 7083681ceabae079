"""A deploy that is interrupted, by its cable or by the power, anywhere: the pen starts what it started before, or the new one."""

from pathlib import Path
from typing import Any

import pytest

from pen_tools.chipimage import littlefs
from pen_tools.deploying.payload import Payload
from pen_tools.errors import PenError
from tests.host_tools.deploy_bench import Cut, FlashLog, chip, deploy, files_in, firmware, installed, served, starts_as

ONE, TWO = firmware("1"), firmware("2")
SLOT_IS_NEW = b"os.rename('/slot.new', '/slot')"
BOOTS = 10
LEAST_STATES = 40  # two for each command to the flash, and there is more than one command for each of seven files

CUTS = [
    ("before anything", Cut(1), "1"),
    ("the raw REPL is asked for", Cut(text=b"\x01"), "1"),
    ("what runs there is asked", Cut(text=b"sys.implementation"), "1"),
    ("the first file", Cut(text=b"'/b/boot.py'"), "1"),
    ("in the middle of a file", Cut(text=b"file.write(a2b_base64(b'IyAy"), "1"),
    ("all files are there, none was compared", Cut(text=b"show('/b')", after=True), "1"),
    ("the slot is written", Cut(text=b"'/slot.new', 'wb'"), "1"),
    ("before the slot is renamed", Cut(text=SLOT_IS_NEW), "1"),
    ("after the slot was renamed", Cut(text=SLOT_IS_NEW + b"\x04", after=True), "2"),
]


@pytest.mark.parametrize(("cut", "version"), [cut[1:] for cut in CUTS], ids=[cut[0] for cut in CUTS])
def test_a_pulled_cable_leaves_a_pen_that_starts_and_can_be_deployed_to(cut: Cut, version: str, tmp_path: Path) -> None:
    pico = chip(installed(ONE), tmp_path)
    with served(pico, cut=cut) as there, pytest.raises(PenError) as caught:
        deploy(there.name, TWO)
    assert caught.value.exit_code in {3, 4}
    assert caught.value.hint
    pico = chip(pico.dump_filesystem(), tmp_path)
    assert starts_as(pico) == version
    with served(pico) as there:
        assert deploy(there.name, TWO).plan.slot == "b"


def recorded(before: bytes, new: Payload, folder: Path) -> list[bytes]:
    """Every state of the filesystem in a deploy."""
    pico = chip(before, folder)
    log = FlashLog(pico)
    with served(pico) as there:
        deploy(there.name, new)
    states = list(log.states())
    assert states[-1] == pico.dump_filesystem()
    return states


def starts(files: dict[str, bytes], known: dict[str, Payload]) -> str:
    """What the loader would start, "nothing" if it would say what is missing, "no loader" if it is not there yet."""
    loader = ONE.loader
    if files.get("boot.py") != loader["boot.py"]:
        return "no loader"
    slot = files.get("slot", b"").decode()
    there = {path[2:]: content for path, content in files.items() if path.startswith(slot + "/")} if slot else {}
    complete = [version for version, payload in known.items() if there == payload.files]
    assert complete or not slot, f"/slot names /{slot}, which has only {sorted(there)}"
    return complete[0] if complete else "nothing"


@pytest.mark.parametrize("resumed", [False, True])
def test_power_that_fails_at_any_time_of_an_update_leaves_the_old_or_the_new_firmware_whole(
    resumed: bool, tmp_path: Path
) -> None:
    """Into an empty folder, and into one that has some of the files."""
    three = firmware("3", **{"pen/new.py": b"new = 1\n" * 100})
    old = {f"a/{path}": content for path, content in ONE.files.items()} if resumed else {}
    states = recorded(installed(TWO, "b", old), three, tmp_path)
    found = [starts(files_in(state), {"2": TWO, "3": three}) for state in states]
    switch = found.index("3")
    assert found == ["2"] * switch + ["3"] * (len(found) - switch)
    assert switch > LEAST_STATES
    some = [*range(0, switch - 1, switch // BOOTS), switch - 1, switch]
    assert [_boots(states[at], tmp_path) for at in some] == [found[at] for at in some]


def test_power_that_fails_at_any_time_of_the_first_deploy_leaves_a_pen_that_starts_or_says_what_is_missing(
    tmp_path: Path,
) -> None:
    states = recorded(littlefs({}), ONE, tmp_path)
    found = [starts(files_in(state), {"1": ONE}) for state in states]
    bare, loader = found.index("nothing"), found.index("1")
    assert found == ["no loader"] * bare + ["nothing"] * (loader - bare) + ["1"] * (len(found) - loader)
    assert "needlepen" not in _boots(states[bare - 1], tmp_path)
    without_main = next(state for state in states[bare:] if "main.py" in files_in(state))
    assert "/slot is missing" in _boots(without_main, tmp_path)
    assert "Run: pen deploy" in _boots(states[loader - 1], tmp_path)
    assert _boots(states[loader], tmp_path) == "1"


def _boots(state: bytes, folder: Path) -> Any:
    return starts_as(chip(state, folder))

"""`pen deploy` against a real MicroPython, on the emulated chip: what is on the pen afterwards, and what it starts."""

from binascii import b2a_base64
from pathlib import Path
from typing import Any

import pytest

from pen_tools.chipimage import littlefs
from pen_tools.deploying import payload
from pen_tools.deploying.device import Device
from pen_tools.deploying.errors import NotDeployed, NotStarted
from pen_tools.errors import LinkLost, NoPen
from pen_tools.serve_pty import PtyPort
from tests.host_tools.cli_bench import pen, pen_json
from tests.host_tools.deploy_bench import (
    chip,
    deploy,
    files_in,
    firmware,
    folders_in,
    installed,
    served,
    starts_as,
)

ONE, TWO = firmware("1"), firmware("2")
FLASH_BYTES = 352 * 4_096


def _sent(content: bytes) -> bytes:
    """The beginning of a file as it crosses the cable."""
    return b2a_base64(content[:6], newline=False)


def test_a_bare_pico_becomes_a_pen_and_then_the_next_one(tmp_path: Path) -> None:
    pico = chip()
    with served(pico) as there:
        first = deploy(there.name, ONE)
        assert (first.plan.slot, first.runtime[:4], first.copied_bytes) == ("a", "1.26", ONE.bytes)
        assert first.identity
        assert first.identity.firmware == "1"
        second = deploy(there.name, TWO)
        assert (second.plan.slot, second.plan.remove) == ("b", ())
        third = deploy(there.name, TWO)
        assert third.plan.current
        assert third.copied_bytes == 0
    files = files_in(pico.dump_filesystem())
    expected = {f"a/{path}": content for path, content in ONE.files.items()}
    expected |= {f"b/{path}": content for path, content in TWO.files.items()} | dict(ONE.loader) | {"slot": b"b"}
    assert files == expected
    assert starts_as(chip(pico.dump_filesystem(), tmp_path)) == "2"


def test_what_is_in_the_folder_already_is_not_sent_again(tmp_path: Path) -> None:
    changed = firmware("2", **{"pen/new.py": b"new = 1\n"})
    pico = chip(
        installed(ONE, "b", {"a/old/deep/gone.py": b"gone", "a/pen/hal/same.py": ONE.files["pen/hal/same.py"]}),
        tmp_path,
    )
    with served(pico) as there:
        done = deploy(there.name, changed)
        assert done.plan.slot == "a"
        assert done.plan.remove == ("old/deep/gone.py",)
        assert done.plan.keep == ("pen/hal/same.py",)
        assert _sent(changed.files["pen/new.py"]) in there.stream
        assert _sent(changed.files["pen/hal/same.py"]) not in there.stream
    files = files_in(pico.dump_filesystem())
    assert {
        path.removeprefix("a/"): content for path, content in files.items() if path.startswith("a/")
    } == changed.files
    assert folders_in(pico.dump_filesystem()) == {"a", "a/pen", "a/pen/hal", "b", "b/pen", "b/pen/hal"}


def test_a_dry_run_changes_nothing_and_the_pen_goes_on(tmp_path: Path) -> None:
    before = installed(ONE)
    pico = chip(before, tmp_path)
    with served(pico) as there:
        found = deploy(there.name, TWO, dry_run=True)
        assert (found.plan.slot, found.plan.copy) == ("b", tuple(sorted(TWO.files)))
    assert pico.dump_filesystem() == before
    assert starts_as(pico) == "1", "without a reset"


def test_somebody_elses_program_is_kept(tmp_path: Path) -> None:
    theirs = b"import time\nwhile True:\n    time.sleep(1)\n"
    pico = chip(littlefs({"main.py": theirs, "data.txt": b"1"}), tmp_path)
    with served(pico) as there:
        done = deploy(there.name, ONE)
    assert done.kept == (f"/{payload.digest(theirs)[:8]}.main.py",)
    files = files_in(pico.dump_filesystem())
    assert files[done.kept[0][1:]] == theirs
    assert files["data.txt"] == b"1"


def test_a_folder_that_is_somebody_elses_is_not_emptied(tmp_path: Path) -> None:
    before = littlefs({"a/diary.txt": b"dear diary"})
    pico = chip(before, tmp_path)
    with served(pico) as there, pytest.raises(NotDeployed, match=r"not needlepen's: diary\.txt"):
        deploy(there.name, ONE)
    assert pico.dump_filesystem() == before


def test_a_release_that_says_so_is_not_even_stopped(tmp_path: Path) -> None:
    pico = chip(installed(firmware("1+uf2.0123456789ab")), tmp_path)
    pico.run_for_ns(400_000_000)
    with served(pico) as there, pytest.raises(NotDeployed, match=r"a release UF2 \(bench_stepper 1, 0123456789ab\)"):
        deploy(there.name, ONE)
    assert b"\x03" not in there.stream


def test_a_release_is_not_deployed_to(tmp_path: Path) -> None:
    release = b"BOARD, FIRMWARE, KEY = 'other', '0.1.0', '0123456789ab'\n"
    before = installed(ONE, root={"lib/release.py": release})
    pico = chip(before, tmp_path)
    with served(pico) as there:
        told = pen_json("deploy", "--port", there.name, code=2)
    assert told["error"].startswith("this pen runs a release UF2 (other 0.1.0, 0123456789ab)")
    assert "it is for other, not for bench_stepper" in told["error"]
    assert pico.dump_filesystem() == before
    assert starts_as(pico) == "1", "it was started again"


@pytest.mark.parametrize("hidden", [False, True])
def test_a_full_filesystem_says_how_much_is_missing(
    hidden: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found before anything is sent; if that was wrong, found when it happens."""
    if hidden:
        monkeypatch.setattr("pen_tools.deploying.plan.bytes_needed", lambda *_: 0)
    ballast = bytes(FLASH_BYTES - 20 * 4_096)
    big = firmware("2", **{"pen/big.py": b"#" * 60_000})
    pico = chip(installed(ONE, root={"ballast.bin": ballast}), tmp_path)
    with served(pico) as there:
        with pytest.raises(NotDeployed, match=r"filesystem is full: \d+ bytes are needed, \d+ are free") as caught:
            deploy(there.name, big)
        assert "the firmware on it stays" in str(caught.value)
        assert (b"write(" in there.stream) == hidden
    assert starts_as(chip(pico.dump_filesystem(), tmp_path)) == "1"


def test_a_firmware_that_does_not_start_says_why(tmp_path: Path) -> None:
    broken = firmware("2", **{"main.py": b"def run():\n    raise ValueError('the board file is wrong')\n"})
    pico = chip(installed(ONE), tmp_path)
    with served(pico) as there, pytest.raises(NotStarted) as caught:
        deploy(there.name, broken)
    assert 'File "/b/main.py", line 2, in run' in str(caught.value)
    assert "ValueError: the board file is wrong" in str(caught.value)
    assert caught.value.exit_code == 4


def test_a_firmware_of_another_name_is_not_taken_for_ours(tmp_path: Path) -> None:
    pico = chip(installed(ONE), tmp_path)
    liar = payload.Payload("bench_stepper", "3", TWO.files, TWO.loader, TWO.bytecode)
    with served(pico) as there, pytest.raises(NotStarted, match="should be bench_stepper with firmware 3"):
        deploy(there.name, liar)


@pytest.mark.parametrize("damaged", ["/b/pen/hal/long.py", "/slot.new"])
def test_what_arrives_damaged_is_not_started(damaged: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Device.write

    def write_wrong(self: Device, path: str, content: bytes, *more: Any) -> None:
        write(self, path, b"~" + content[1:] if path == damaged else content, *more)

    pico = chip(installed(ONE), tmp_path)
    with served(pico) as there:
        with monkeypatch.context() as patched:
            patched.setattr(Device, "write", write_wrong)
            with pytest.raises(LinkLost, match="is not what was sent"):
                deploy(there.name, TWO)
        assert starts_as(chip(pico.dump_filesystem(), tmp_path)) == "1"
        done = deploy(there.name, TWO)
        assert done.plan.slot == "b"
        assert done.plan.copy == (("pen/hal/long.py",) if damaged.startswith("/b") else ())


def test_ctrl_c_between_two_pieces_leaves_the_pen_running(tmp_path: Path) -> None:
    pico = chip(installed(ONE), tmp_path)
    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls == 9:
            raise KeyboardInterrupt

    with served(pico) as there, pytest.raises(KeyboardInterrupt):
        deploy(there.name, TWO, check=check)
    assert any(path.startswith("b/") for path in files_in(pico.dump_filesystem()))
    assert starts_as(pico) == "1", "without a reset"


def test_a_program_that_left_its_dma_running_does_not_write_into_the_next_ones_memory(tmp_path: Path) -> None:
    """As the scan's ADC ring does: sixteen bits into a ring of 32 bytes, for ever. A soft reset does not end it."""
    program = b"""
import rp2, uctypes
from machine import mem32
memory = bytearray(64)
dma = rp2.DMA()
ctrl = dma.pack_ctrl(size=1, inc_read=False, inc_write=True, ring_size=5, ring_sel=True, treq_sel=36)
dma.config(read=0x4004C00C, write=(uctypes.addressof(memory) + 31) & ~31, count=1 << 28, ctrl=ctrl, trigger=True)
mem32[0x4004C010] = 479 << 8
mem32[0x4004C008] = 1 << 24 | 1 << 3 | 1
mem32[0x4004C000] = 1 << 3 | 1
def run():
    while True:
        pass
"""
    pico = chip(installed(firmware("1", **{"main.py": program})), tmp_path)
    pico.connect(True)
    pico.run_for_ns(500_000_000)
    busy = [number for number in range(12) if pico.read32(0x5000_0010 + 0x40 * number) & 1 << 24]
    assert len(busy) == 1, "the program does what this is about"
    with served(pico) as there:
        deploy(there.name, TWO)
    assert not any(pico.read32(0x5000_0010 + 0x40 * number) & 1 << 24 for number in range(12))


def test_the_command_on_a_pseudo_terminal_tells_each_file_and_who_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payload, "build", lambda _board: ONE)
    pico = chip()
    with served(pico, port=PtyPort()) as there:
        told = pen("deploy", "--port", there.name)
        assert told.exit_code == 0, told.output
        again = pen_json("deploy", "--port", there.name)
    assert "now /a/pen/hal/long.py, 2800 bytes" in told.stderr
    assert "needlepen 1 runs on bench_stepper, serial number 0123, from /a on MicroPython 1.26" in told.stdout
    assert "6 files" in told.stdout
    assert again["ok"]
    assert (again["slot"], again["files"], again["bytes"], again["copied"]["files"]) == ("a", 6, ONE.bytes, 0)


def test_another_program_that_will_not_stop_is_no_micropython(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pen_tools.deploying.repl._ENTER_S", 0.5)
    deaf = b"import micropython\nmicropython.kbd_intr(-1)\nwhile True:\n    pass\n"
    before = littlefs({"main.py": deaf})
    pico = chip(before, tmp_path)
    with served(pico) as there, pytest.raises(NoPen, match="no MicroPython answers"):
        deploy(there.name, ONE)
    assert pico.dump_filesystem() == before


def test_this_checkouts_firmware_starts_and_is_known_again_while_it_runs() -> None:
    built = payload.build("bench_stepper")
    pico = chip()
    with served(pico) as there:
        first = deploy(there.name, built)
        again = deploy(there.name, built)
    for done in (first, again):
        assert done.identity
        found = (done.identity.board, done.identity.version, done.identity.checksum)
        assert found == ("bench_stepper", built.firmware, built.checksum)
    assert first.copied_bytes == built.bytes
    assert again.plan.current

"""The release UF2: what is frozen into it is what runs, whatever a filesystem has in it."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from pen_tools import chipimage, uf2
from tests.chip.bench_pen import BenchPen
from tests.chip.conftest import BOARD, newest_release

BAD = b"raise RuntimeError('from the flash')\n"
STALE = (
    "board.py",
    "pen.py",
    "pen/__init__.py",
    "pen/app.py",
    "pen/scan.py",
    "pen/hal/rp2040.py",
    "main.py",
    "boot.py",
    "ramcode.py",
)


@pytest.fixture
def release(micropython: Path) -> Path:
    """The one built last; `micropython`, because there must be an emulator."""
    return newest_release(BOARD)


def flash_with(folder: Path, files: dict[str, bytes]) -> Path:
    path = folder / "stale.img"
    path.write_bytes(chipimage.littlefs(files))
    return path


@pytest.mark.parametrize(
    "stale", [(), STALE, ("board.py",), ("pen/scan.py", "pen/__init__.py")], ids=["nothing", "all", "board", "scan"]
)
@pytest.mark.requirement("SR-21")
@pytest.mark.requirement("SR-09")
def test_files_left_on_the_flash_take_no_part(stale: tuple[str, ...], release: Path, tmp_path: Path) -> None:
    """Such as those of a pen that had the firmware as files before."""
    pen = BenchPen(release, flash_with(tmp_path, dict.fromkeys(stale, BAD)))
    pen.start()
    assert pen.say("*IDN?").startswith(f"needlepen,{BOARD},")
    assert not pen.rises(0.0)
    assert pen.outputs() == [0, 0, 0, 0]
    pen.arm().stroke()
    assert pen.rig.truth().strokes >= 1


@pytest.mark.requirement("SR-21")
def test_it_names_its_key_its_runtime_and_the_checksum_in_its_seal(release: Path) -> None:
    """The CRC-32 is of the whole image, up to the seal."""
    image = uf2.read(release.read_bytes(), release.name)
    names, version = uf2.release(image), uf2.micropython_version(image)
    assert names
    assert version
    place = uf2.SEAL_AT - image.base
    length = int.from_bytes(image.data[place + 4 : place + 8], "little")
    said = BenchPen(release, None).start().say("*IDN?").split(",")[3].split()
    if len(said) == 1:
        pytest.skip("the release that is here is of older firmware; make uf2 builds another")
    crc = f"{zlib.crc32(image.data[:length]):08x}"
    assert said == [f"{names.firmware}+uf2.{names.key}", "mp" + ".".join(map(str, version)), crc]


@pytest.mark.requirement("SR-09")
def test_ctrl_c_and_ctrl_d(release: Path) -> None:
    """A soft reset leaves nothing of the run before, whose memory is laid out in another way here."""
    pen = BenchPen(release, None).start()
    for _ in range(3):
        assert pen.send(b"\x03\x03", 0.3).endswith(b">>> ")
        assert pen.outputs() == [0, 0, 0, 0]
        pen.send(b"\x04", 0.1)
        pen.scans_begin().wait("IDLE")
    assert pen.log()[0] == "BOOT,RESET"
    assert not pen.rises(0.0)
    pen.arm().stroke()


@pytest.mark.requirement("SR-13")
def test_a_dead_core_and_the_watchdog(release: Path) -> None:
    pen = BenchPen(release, None).start().arm().stroke("out")
    since_s = pen.now_s
    pen.chip.hang_cpu()
    pen.run_for(0.03)
    assert pen.off_ms(since_s) <= 2.5
    pen.chip.hang_cpu(False)
    pen.scans_begin().run_for(0.1)
    assert pen.log()[0] == "BOOT,WATCHDOG"
    assert not pen.rises(since_s, "enable", "carrier", "gate")

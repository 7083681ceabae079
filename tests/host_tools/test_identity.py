"""Who a pen says it is: what the host makes of *IDN?, and that what it keeps of a pen says it too."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from pen_sim.machine import Machine
from pen_tools.campaign.ground import simulated
from pen_tools.deploying import payload
from pen_tools.targets import Identity
from tests.host_tools.cli_bench import QUICK, pen, pen_json

pytestmark = pytest.mark.requirement("SR-21")

FIRMWARE = "0.1.0+uf2.0123456789ab mp1.26.1 89abcdef"


@pytest.fixture(scope="module")
def says() -> str:
    """The simulated pen's *IDN?."""
    return str(Machine().app.identity())


def test_the_fourth_field_is_version_runtime_and_checksum() -> None:
    found = Identity("needlepen", "bench_stepper", "E66", FIRMWARE)
    assert (found.version, found.runtime, found.checksum) == ("0.1.0+uf2.0123456789ab", "mp1.26.1", "89abcdef")
    assert str(found) == "needlepen,bench_stepper,E66," + FIRMWARE


@pytest.mark.parametrize("firmware", ["0.1.0", ""])
def test_older_firmware_says_less(firmware: str) -> None:
    found = Identity("needlepen", "bench_stepper", "E66", firmware)
    assert (found.version, found.runtime, found.checksum) == (firmware, "", "")


def test_a_run_carries_it(says: str) -> None:
    assert pen_json("run", *QUICK)["identity"] == says


def test_csv_and_vcd_carry_it(says: str, tmp_path: Path) -> None:
    """The CRC in every row; the whole of it in the comment."""
    assert pen("run", *QUICK, "--csv", str(tmp_path / "a.csv"), "--vcd", str(tmp_path / "a.vcd")).exit_code == 0
    with (tmp_path / "a.csv").open(encoding="ascii", newline="") as file:
        assert {row["program"] for row in csv.DictReader(file)} == {str(int(says[-8:], 16))}
    assert says in (tmp_path / "a.vcd").read_text(encoding="ascii")[:1_000]


def test_a_campaigns_lines_carry_it(says: str, tmp_path: Path) -> None:
    results = tmp_path / "runs.jsonl"
    assert pen("campaign", "--runs", "2", "--seed", "3", "--results", str(results)).exit_code == 0
    lines = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    assert [line["evidence"]["identity"] for line in lines[1:]] == [says] * 2
    assert simulated("bench_stepper").key(3)["firmware_checksum"] == lines[0]["firmware_checksum"]


def test_another_file_is_another_checksum() -> None:
    """Of what is deployed."""
    built = payload.build("bench_stepper")
    assert len(built.checksum) == 8
    changed = replace(built, files={**built.files, "sums": built.files["sums"] + b"0 x\n"})
    assert changed.checksum != built.checksum
    assert replace(built, files={}).checksum == ""

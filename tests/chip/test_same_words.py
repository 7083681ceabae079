"""The firmware's integer code is one source for two machines: viper on the chip, Python here. Every word must be the same."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import islice
from random import Random
from typing import Any, NamedTuple

import pytest
from coverage import Coverage

from pen_sim.loader import pure
from pen_sim.paths import FIRMWARE
from tests.chip import images
from tests.chip.course import Image
from tests.chip.words32 import Words
from tests.chip.workbench import SCANS, STOPS, STROKES, TRACE_BYTES, TURNS, Workbench
from tests.firmware.support import BOARD, NAMES, board_like

SEED = 1
EACH = 10_000  # images of each distribution
BRANCHES_LEAST = 0.98
FILES = ("scan.py", "phases.py", "guard_motion.py", "guard_signals.py")
CONSOLE = 1 << 5  # endpoint 2 OUT, among the buffers that have had a packet [RP2040 datasheet 4.1.4]
OVERHEAD = 10  # cycles of a step besides its wait [firmware/pen/hal/rp2040_pio.py]
UNTOUCHED = bytes([0xA5]) * 256  # the words of a slot
UNWRITTEN = bytes([0x5A]) * TRACE_BYTES

scan = pure("pen.scan")
stroke = pure("pen.stepper")
SLOT_WORDS: int = pure("pen.steps").SLOT_WORDS
STEPS_MOST: int = pure("pen.steps").STEPS_MOST
turn = pure("pen.turn")


def drawn(name: str, count: int = EACH) -> list[Image]:
    return list(islice(images.DISTRIBUTIONS[name](SEED), count))


def here(image: Sequence[int], *, wraps: bool) -> bytes:
    """What Python makes of the image and of a trace; an array raises where 32 bits do not hold a word."""
    if wraps:
        words, rows = Words(image), Words(array("i", UNWRITTEN))
        scan.check(words, rows)
        return array("i", words.values).tobytes() + array("i", rows.values).tobytes()
    exact, trace = array("i", image), array("i", UNWRITTEN)
    scan.check(exact, trace)
    return exact.tobytes() + trace.tobytes()


def difference(before: Sequence[int], ours: bytes, chips: bytes) -> str:
    """Names, for who has to find out why."""
    names = {at: name for name, at in vars(NAMES).items() if name.startswith(("IN_", "LI_", "OR_", "ST_", "OU_"))}
    pairs = enumerate(zip(array("i", ours), array("i", chips), strict=True))
    found = [f"{names.get(at, f'word {at}')}: {a} here, {b} there" for at, (a, b) in pairs if a != b]
    return f"{'; '.join(found)}; of {list(before)}"


@pytest.mark.parametrize("name", images.DISTRIBUTIONS)
def test_a_scan_makes_the_same_of_random_images(name: str, bench: Workbench) -> None:
    """All words of image and trace, for 10,000 images of each distribution."""
    befores = drawn(name)
    made = bench.run(SCANS, [before.tobytes() + UNWRITTEN for before in befores])
    for before, there in zip(befores, made, strict=True):
        ours = here(before, wraps=name == "extremes")
        assert ours == there, difference(before, ours, there)


def test_wrapped_or_exact_the_words_are_the_same() -> None:
    """Where nothing wraps: the oracle of the extremes is the one of the others."""
    for before in drawn("course", 500) + drawn("limits", 500):
        assert here(before, wraps=True) == here(before, wraps=False)


def test_the_random_images_reach_all_there_is() -> None:
    """Else the comparison would say nothing about what they miss."""
    watch = Coverage(data_file=None, branch=True, config_file=False, include=[str(FIRMWARE / "pen" / "*")])
    watch.start()
    try:
        for name in images.DISTRIBUTIONS:
            for image in drawn(name, EACH // 2):
                here(image, wraps=name == "extremes")
    finally:
        watch.stop()
    numbers = [watch._analyze(str(FIRMWARE / "pen" / name)).numbers for name in FILES]
    there = sum(found.n_branches for found in numbers)
    missed = sum(found.n_missing_branches for found in numbers)
    assert there > 200
    assert (there - missed) / there >= BRANCHES_LEAST, [
        watch.analysis2(str(FIRMWARE / "pen" / name))[3] for name in FILES
    ]


# --- what plans and prepares strokes


def drawn_drive(random: Random) -> Any:
    """One that there could be; the bench's in one of four."""
    while True:
        changed = {"STEPS_PER_S": random.randint(500, 20_000), "STEPS_PER_S2": random.randint(50_000, 20_000_000)}
        try:
            return stroke.Drive(board_like(**changed) if random.randrange(4) else BOARD)
        except ValueError:
            continue


def drawn_turn(random: Random) -> tuple[Any, int, int]:
    """Drive, step of the stroke, steps of the stroke."""
    drive = drawn_drive(random)
    steps = random.choice((random.randint(1, 20), random.randint(1, 330), random.randint(1, STEPS_MOST)))
    return drive, random.choice((random.randint(0, steps), 0, 1, steps - 1, steps)), steps


def test_a_turn_is_planned_the_same(bench: Workbench) -> None:
    """10,000 turns, of every drive and from every step: count and words, and nothing behind the last."""
    random = Random(SEED)
    cases = [drawn_turn(random) for _ in range(EACH)]
    items: list[bytes] = []
    for drive, at, steps in cases:
        ramp = array("i", drive.ramp).tobytes().ljust(72, b"\0")
        items.append(ramp + array("i", [drive.ramp_steps, at, steps, -1]).tobytes() + UNTOUCHED)
    for (drive, at, steps), there in zip(cases, bench.run(TURNS, items), strict=True):
        words = array("I", UNTOUCHED)
        count = turn.plan_turn(words, drive.ramp, drive.ramp_steps, at, steps)
        assert there[84:] == array("i", [count]).tobytes() + words.tobytes(), (list(drive.ramp), at, steps)


def drawn_words(random: Random) -> list[int]:
    """A stroke of some drive, or whatever; no wait is shorter than the generator's own time."""
    if random.randrange(2):
        drive, _, steps = drawn_turn(random)
        words = array("I", [0] * SLOT_WORDS)
        count = stroke.Stroke(drive, steps * drive.step_um - drive.clearance_um, 1).write(words)
        return list(words[:count])
    waits = (
        random.choice((random.randint(OVERHEAD, 0xFFFFF), OVERHEAD, 0xFFFFF)) for _ in range(random.randint(0, 64))
    )
    return [random.getrandbits(12) << 20 | wait for wait in waits]


def test_what_the_dma_gets_is_the_slot_less_what_the_generator_adds(bench: Workbench) -> None:
    """Words of strokes and of none: every wait ten cycles shorter, everything else the same, and the steps out counted."""
    random = Random(SEED)
    cases = [drawn_words(random) for _ in range(EACH)]
    items: list[bytes] = []
    for words in cases:
        slot = array("I", words).tobytes().ljust(256, b"\xff")
        items.append(array("i", [len(words), -1]).tobytes() + slot + UNTOUCHED)
    for words, there in zip(cases, bench.run(STROKES, items), strict=True):
        out = sum((word >> 20) % 2_048 + 1 for word in words if word >> 31)
        ready = array("I", [word - OVERHEAD for word in words]).tobytes()
        assert there[4:8] == array("i", [out]).tobytes()
        assert there[264:] == ready + UNTOUCHED[len(ready) :], words


# --- stop bytes in a packet


class Packet(NamedTuple):
    """What the USB controller has when it interrupts."""

    lying: bytes  # all 64 bytes of the buffer
    status: int  # which endpoints have had a packet
    control: int  # the length, and what else is in that word
    endpoint: int

    @property
    def stop(self) -> int:
        """Whether one is among the bytes that came just now."""
        came = self.lying[: self.control & 0x3FF] if self.status & CONSOLE else b""
        return int(b"!" in came or b"\x03" in came)


def drawn_packet(random: Random) -> Packet:
    """Bytes that are nearly those looked for, behind and before the length, and now and then another endpoint's interrupt."""
    rare = random.choice((0, 1, 4))
    lying = bytes(random.choice(b"!\x03" * rare + b"\x02\x04\x20\x22\xa1\x83\x00\xff\x01\x80" * 8) for _ in range(64))
    size = random.choice((random.randint(0, 64), random.randint(0, 5), 64))
    status = random.getrandbits(32) if random.randrange(4) == 0 else CONSOLE
    return Packet(lying, status, random.choice((0x8000, 0xA000, 0xF400)) | size, random.randrange(3) << 6)


@pytest.mark.requirement("SR-12")
def test_a_stop_byte_is_found_within_the_length_of_a_packet_for_the_console(bench: Workbench) -> None:
    """10,000 interrupts: what is found, and that the runtime's own handler follows once each."""
    random = Random(SEED)
    packets = [drawn_packet(random) for _ in range(EACH)]
    items = [
        each.lying + array("I", [each.status, each.control, 0xA000_0000 | each.endpoint, 0, 0]).tobytes()
        for each in packets
    ]
    for each, there in zip(packets, bench.run(STOPS, items), strict=True):
        assert (
            there
            == each.lying + array("I", [each.status, each.control, 0xA000_0000 | each.endpoint, each.stop, 1]).tobytes()
        )
    assert 0.2 < sum(each.stop for each in packets) / EACH < 0.8

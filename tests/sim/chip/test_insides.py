"""What is done to the chip from inside, where a host may be talking to it meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from pen_sim import faults
from pen_sim.chip.insides import ChipInsides
from pen_sim.chip.machine import ChipMachine
from pen_sim.virtual import VirtualPen

TALK_NS = 250_000_000  # between the second Ctrl-C of a soft reset and its Ctrl-D
WORDS = b"*IDN?\nSYST:VERS?\n"


class Desk:
    """A host at the prompt of a chip, and as much of a machine as a restart asks for."""

    def __init__(self, chip: Any) -> None:
        self.chip = chip

    @property
    def now_ns(self) -> int:
        return self.chip.now_ns

    def at(self, t_ns: int, action: Callable[[], None]) -> None:
        self.chip.at(t_ns, action)

    def send(self, data: bytes) -> None:
        self.chip.send(data)


def _reset(desk: Desk) -> None:
    ChipInsides(cast(ChipMachine, desk)).reset("SOFT")


def _repair(desk: Desk) -> None:
    """Somebody had sent Ctrl-C."""
    faults.TABLE["console_ctrl_c"].repair(cast(VirtualPen, desk))


@pytest.mark.parametrize("words", [b"", WORDS])
@pytest.mark.parametrize("restart", [_reset, _repair])
def test_the_program_starts_again_whatever_was_written_at_the_prompt(
    pico: Any, restart: Callable[[Desk], None], words: bytes
) -> None:
    """MicroPython takes Ctrl-D on an empty line alone, and to it LF ends none."""
    desk = Desk(pico.chip)
    if restart is _repair:
        desk.send(words)
        desk.chip.run_for_ns(TALK_NS)
    restart(desk)
    desk.chip.run_for_ns(TALK_NS)
    if restart is _reset:
        desk.send(words)
    desk.chip.run_for_ns(TALK_NS)
    assert desk.chip.output.count(b"MPY: soft reboot") == 1

"""Where runs take place: a simulated pen built for each, or copies of one that has started on the emulated chip."""

from __future__ import annotations

import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from pen_sim import faults
from pen_sim.loader import board_path, load_board
from pen_sim.machine import Machine
from pen_sim.paths import FIRMWARE
from pen_sim.plant.skin import Skin
from pen_sim.plant.skin_spec import SkinSpec, skin_for
from pen_sim.rig import Rig, SimRig
from pen_tools import targets
from pen_tools.campaign import draw, drive, facts, judge, play
from pen_tools.campaign.draw import Scenario
from pen_tools.campaign.evidence import Evidence
from pen_tools.campaign.judge import Verdict
from pen_tools.campaign.results import Run

_CPU_MOST_S = {targets.SIM: 60, targets.CHIP: 1_200}  # of one run; more is a firmware that goes round in circles
_CHECKSUM_CHARS = 12


class TookTooLong(Exception):
    """A run does not come to its end."""


@dataclass(frozen=True)
class Ground:
    """`pen` gives the pen of a scenario, just switched on; `runtime` is what a chip runs, "" for the simulator."""

    target: str
    board_name: str
    board: ModuleType
    runtime: str
    pen: Callable[[Scenario], Rig]

    def draw(self, seed: int, number: int) -> Scenario:
        """The scenario of a run."""
        return draw.draw(self.board, fault_names(self.target, self.board.DRIVE), seed, number)

    def run(self, scenario: Scenario) -> Run:
        """In a copy of this process, for it changes the pen. What goes wrong in it is in the evidence."""
        began_s = time.process_time()
        return self.run_on(self.pen(scenario), scenario, began_s)

    def run_on(self, rig: Rig, scenario: Scenario, began_s: float | None = None) -> Run:
        """The same on a pen that is there; `began_s` is when the work for it began, by the processor's clock."""
        began_s = time.process_time() if began_s is None else began_s
        _limit(_CPU_MOST_S[self.target])
        try:
            found = play.play(rig, scenario)
        except Exception:
            found = Evidence(error=traceback.format_exc())
        finally:
            _limit(0)
        return Run(scenario, found, time.process_time() - began_s)

    def judge(self, run: Run) -> Verdict:
        """The verdict on a run."""
        return judge.judge(
            run.scenario,
            run.evidence,
            facts.of(run.scenario.fault, self.board.DRIVE, on_chip=self.target == targets.CHIP),
            self._drive(run.scenario),
        )

    def _drive(self, scenario: Scenario) -> judge.Drive:
        depth_um, period_s, supply_mv = scenario.depth_um, scenario.period_s, scenario.supply_mv
        skins = partial(_skins, scenario, self.board.DRIVE)
        return judge.Drive(
            drive.out_s(self.board, depth_um),
            lambda: any(drive.may_stall(self.board, skin, depth_um, period_s, supply_mv) for skin in skins()),
            drive.strokes_to_see(self.board),
            drive.short_strokes(self.board),
        )

    def key(self, seed: int) -> dict[str, object]:
        """What the results depend on."""
        return {
            "target": self.target,
            "board": self.board_name,
            "seed": seed,
            "firmware": firmware_version(),
            "firmware_checksum": firmware_checksum(self.board_name),
            "simulator_checksum": simulator_checksum(),
            "runtime": self.runtime,
        }


def _skins(scenario: Scenario, of: str) -> list[SkinSpec]:
    """What these needles may meet, with those that the fault puts in their place, on a pen with drive `of`."""
    specs = [scenario.skin_spec()]
    if needles := facts.of(scenario.fault, of).needles:
        specs += [skin_for(scenario.skin, needles), skin_for("typical", needles)]
    return specs


def fault_names(target: str, drive: str) -> list[str]:
    """The faults that a pen of that target can have, with that drive."""
    return list(faults.on(target, drive))


def simulated(board: str) -> Ground:
    """Raises Usage for an unknown board."""

    def pen(scenario: Scenario) -> Rig:
        return SimRig(Machine(board, scenario.noise_seed, keep=True, skin=scenario.skin_spec()))

    targets.virtual_rig(targets.SIM, board, 1, keep=False)  # the firmware is compiled once, not in every copy
    return Ground(targets.SIM, board, load_board(board), "", pen)


def emulated(board: str, seed: int, runtime: Path | None, tell: Callable[[str], None]) -> Ground:
    """One pen starts here, with the campaign's seed for its noise, and every run goes on from there in a copy of its own."""
    from pen_tools import chipimage
    from pen_tools.client import PenClient
    from pen_tools.links import SimLink

    image = chipimage.prepare(board, runtime, tell=tell)
    tell(image.says)
    rig = chipimage.rig_of(image, board, seed, keep=True)
    client = PenClient(SimLink(rig.machine))
    client.open()
    client.wait_for("IDLE")

    def pen(scenario: Scenario) -> Rig:
        machine = rig.machine
        machine.settle()
        machine.plant.skin = Skin(scenario.skin_spec(), machine.board.PLANT_NEEDLES)
        return rig

    return Ground(targets.CHIP, board, load_board(board), image.says, pen)


def _limit(seconds: int) -> None:
    """Raises TookTooLong in this process when it has worked for so long; 0: never."""

    def end(_number: int, _frame: Any) -> NoReturn:
        raise TookTooLong(f"more than {seconds} s of a processor's time")

    signal.signal(signal.SIGPROF, end)
    signal.setitimer(signal.ITIMER_PROF, seconds)


def firmware_version() -> str:
    """As the firmware's own file has it."""
    from pen_sim.loader import pure

    return str(pure("pen.version").VERSION)


@cache
def firmware_checksum(board: str) -> str:
    """Of all the firmware's files, and the board's."""
    from pen_tools.building import cache as files

    parts = {"firmware": files.hash_files(FIRMWARE, "."), "board": files.sha256(board_path(board).read_bytes())}
    return files.key(parts)[:_CHECKSUM_CHARS]


@cache
def simulator_checksum() -> str:
    """Of what happens around the firmware: the simulator, and what is drawn and played here."""
    import pen_sim
    from pen_tools.building import cache as files

    here = Path(__file__).parent
    played = {
        name: files.sha256((here / f"{name}.py").read_bytes())
        for name in ("coil", "draw", "drive", "evidence", "host", "play", "truth")
    }
    return files.key({"sim": files.hash_files(Path(pen_sim.__path__[0]), "."), **played})[:_CHECKSUM_CHARS]

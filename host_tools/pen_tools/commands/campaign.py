"""`pen campaign`: hundreds of runs with faults drawn at random, judged by what truly happened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pen_tools import files, options, output, targets
from pen_tools.errors import PenError, Usage
from pen_tools.record import INTERRUPTED

if TYPE_CHECKING:
    from pen_tools.benching.progress import Bars
    from pen_tools.campaign.ground import Ground
    from pen_tools.campaign.summary import Summary

FAILED = 1
_RUNS = 200
_FOLDER = Path("build", "campaign")
_PAGES = (".html", ".htm")


class Stopped(PenError):
    """Ctrl-C."""

    exit_code = INTERRUPTED


def campaign(
    target: options.Target = None,
    board: options.Board = None,
    runtime: options.Runtime = None,
    runs: Annotated[int, typer.Option(min=1, help="How many runs there shall be.")] = _RUNS,
    seed: Annotated[int, typer.Option(min=0, help="What everything is drawn from.")] = targets.SEED,
    jobs: Annotated[int | None, typer.Option(min=1, help="Runs at a time; as many as processors if not given.")] = None,
    results: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.jsonl", help="Where results are kept, and found again; in build/campaign if not given."
        ),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write a page with figures and pictures.")
    ] = None,
    replay: Annotated[
        str | None, typer.Option(metavar="SEED:NUMBER", help="Do this one run again, and tell its story.")
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the run of --replay: .png, .svg or .pdf.")] = None,
    as_json: options.Json = False,
) -> None:
    """Draw runs at random, each with a fault at a random moment, and judge each by what truly happened.

    Zone, depth, rate, skin, needles, supply, fault and moment come from the seed and the run's number alone. Every run is
    kept as soon as it is over, and the same command goes on where it was stopped. docs/campaign.md says how to read it.

    Ends with 0: every run was safe and was named rightly; 1: one was not, or a file could not be written; 2: wrong usage;
    4: the pen on the chip does not start; 130: stopped by Ctrl-C.
    """
    asked = _Asked(target, board, runtime, runs, seed, jobs, results, report, replay, plot, as_json)
    try:
        ok = _replay(asked) if replay is not None else _campaign(asked)
    except PenError as error:
        if as_json:
            output.as_json({"ok": False, "error": str(error), "hint": error.hint, "exit_code": error.exit_code})
        raise
    if not ok:
        raise typer.Exit(FAILED)


@dataclass(frozen=True)
class _Asked:
    """The options."""

    target: str | None
    board: str | None
    runtime: Path | None
    runs: int
    seed: int
    jobs: int | None
    results: Path | None
    report: Path | None
    replay: str | None
    plot: Path | None
    as_json: bool


def _ground(asked: _Asked, seed: int, bars: Bars) -> Ground:
    from pen_tools.campaign import ground

    choice = targets.choose(asked.target, None, asked.board, runtime=asked.runtime)
    board = choice.board or targets.BOARD
    if choice.kind == targets.CHIP:
        return ground.emulated(board, seed, choice.runtime, bars.tell)
    if choice.kind != targets.SIM:
        raise Usage("only virtual pens can be broken at will", "--target sim or chip, or leave it out")
    return ground.simulated(board)


def _campaign(asked: _Asked) -> bool:
    """True if all is well. Everything that can be wrong is looked for first."""
    from pen_tools.benching.progress import Bars
    from pen_tools.campaign import summary

    if asked.plot:
        raise Usage("--plot draws one run", "say which: --replay SEED:NUMBER")
    if asked.report and asked.report.suffix.lower() not in _PAGES:
        raise Usage(f"--report {asked.report}: it is a page", "end the name in .html")
    files.check_path(asked.report)
    bars = Bars(asked.as_json)
    ground = _ground(asked, asked.seed, bars)
    found = _work(asked, ground, bars)
    if not asked.as_json:
        summary.show(found)
    saved = _save(asked, found, bars)
    if asked.as_json:
        output.as_json({**summary.to_json(found), "saved": saved})
    return found.ok and saved


def _work(asked: _Asked, ground: Ground, bars: Bars) -> Summary:
    from pen_tools.building.cache import key as short
    from pen_tools.campaign.results import Results
    from pen_tools.campaign.summary import Summary
    from pen_tools.campaign.work import judged, work

    key = ground.key(asked.seed)
    path = asked.results or _FOLDER / f"{ground.target}-{ground.board_name}-seed{asked.seed}-{short(key)}.jsonl"
    with Results(path, key) as results:
        had = sum(number < asked.runs for number in results.runs)
        kept = f", {had} of them are there" if had else ""
        with bars.part(
            f"{asked.runs} runs on {ground.board_name}, seed {asked.seed}, firmware {key['firmware']}{kept}; {path}"
        ):
            try:
                work(ground, results, asked.seed, asked.runs, asked.jobs, lambda count: bars.done(count, asked.runs))
            except KeyboardInterrupt:
                have = sum(number < asked.runs for number in results.runs)
                raise Stopped(
                    f"stopped by Ctrl-C: {have} of {asked.runs} runs are done and in {path}",
                    "the same command goes on from there",
                ) from None
        return Summary(ground, asked.seed, asked.runs, judged(ground, results, asked.runs))


def _save(asked: _Asked, found: Summary, bars: Bars) -> bool:
    if asked.report is None:
        return True
    from pen_tools.campaign import page

    try:
        with bars.part(f"drawing {asked.report}"):
            asked.report.write_text(page.page(found), encoding="utf-8")
    except OSError as error:
        output.error(
            f"cannot write {asked.report}: {error.strerror}", "the same command writes it without running again"
        )
        return False
    return True


def _replay(asked: _Asked) -> bool:
    """True if the run was safe."""
    from pen_tools.benching.progress import Bars
    from pen_tools.campaign import pictures, replay
    from pen_tools.campaign.work import Judged

    if asked.report or asked.results:
        raise Usage("--replay does one run", "leave out --report and --results")
    files.check(files.Wanted(asked.plot), simulated=True)
    seed, number = _name(asked.replay or "")
    ground = _ground(asked, seed, Bars(asked.as_json))
    (replayed,) = replay.again(ground, [ground.draw(seed, number)])
    if not asked.as_json:
        replay.show(replayed)
    saved = True
    if asked.plot:
        try:
            pictures.save(asked.plot, replayed)
        except OSError as error:
            output.error(f"cannot write {asked.plot}: {error.strerror}", "name another place")
            saved = False
    if asked.as_json:
        output.as_json({**replay.to_json(Judged(replayed.run, replayed.verdict)), "saved": saved})
    return replayed.verdict.outcome.ok and saved


def _name(text: str) -> tuple[int, int]:
    seed, _, number = text.partition(":")
    if not (seed.isascii() and seed.isdecimal() and number.isascii() and number.isdecimal()):
        raise Usage(f"--replay {text}: which run?", "a campaign's seed and the run's number, as in 1:42")
    return int(seed), int(number)

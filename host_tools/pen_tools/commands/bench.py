"""`pen bench`: the numbers that the project holds itself to, measured on the emulated chip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pen_tools import files, options, output, targets
from pen_tools.errors import PenError, Usage

if TYPE_CHECKING:
    from pen_sim.rig import Rig
    from pen_tools.benching.numbers import Held
    from pen_tools.benching.progress import Bars
    from pen_tools.chipimage import ChipImage

NOT_HELD = 1
_SECONDS_LEAST, _SECONDS_MOST = 0.3, 50.0  # a lease is of 60 s

app = typer.Typer(
    name="bench",
    no_args_is_help=True,
    help="Measure the pen on the emulated chip, from outside, against the numbers of docs/design.md.\n\n"
    "Ends with 0: every limit holds; 1: one does not, and the table says which; 2: wrong usage, or there is nothing to "
    "measure; 4: the pen does not answer; 5: it latched a fault before anything could be measured; 130: stopped by Ctrl-C.",
)

Seed = Annotated[
    int | None, typer.Option(help="Noise and tolerances of the plant, and what the console is flooded with.")
]
Plot = Annotated[Path | None, typer.Option(help="Draw what was measured, with the limits: .png, .svg or .pdf.")]


Seconds = Annotated[float, typer.Option(help="How long to make strokes, 0.3 to 50.")]


@app.command()
def timing(
    target: options.Target = None,
    board: options.Board = None,
    runtime: options.Runtime = None,
    seed: Seed = None,
    seconds: Seconds = 10.0,
    plot: Plot = None,
    as_json: options.Json = False,
) -> None:
    """Does the timing still hold? Scan, strokes, faults, a dead CPU, stop bytes, memory and speed; under five minutes.

    The pen makes strokes of 1 mm near its greatest rate with its console flooded. Then it gets faults of every kind that
    the scan sees, each at several places of a stroke, its CPU dies in four ways, and it is stopped in the midst of everything.
    """

    def measure(choice: _Choice) -> _Result:
        from pen_tools.benching import timingplot, verdict
        from pen_tools.benching.timing import Bench

        image = _image(choice)
        found = Bench(image, choice.board, choice.seed, choice.bars).measure(seconds)
        rows = verdict.rows(found)
        return _Result(
            rows,
            lambda: verdict.to_json(found, rows),
            lambda: verdict.show(found, rows),
            lambda path: timingplot.save(path, found),
        )

    _bench(measure, _Asked(target, board, seed, runtime, seconds, plot, as_json))


@app.command()
def twin(
    board: options.Board = None,
    runtime: options.Runtime = None,
    seed: Seed = None,
    seconds: Seconds = 5.0,
    plot: Plot = None,
    as_json: options.Json = False,
) -> None:
    """Do simulator and chip do the same? One script on both: strokes, true depth, state changes, and a dozen faults."""

    def measure(choice: _Choice) -> _Result:
        from pen_tools.benching import twin, twinplot, twinverdict

        image = _image(choice)

        def switch_on(kind: str) -> Rig:
            uf2 = image.uf2 if kind == targets.CHIP else None
            return targets.virtual_rig(kind, choice.board, choice.seed, runtime=uf2, keep=True)

        found = twin.compare(switch_on, choice.board, choice.seed, seconds, choice.bars)
        rows = twinverdict.rows(found)
        return _Result(
            rows,
            lambda: twinverdict.to_json(found, rows),
            lambda: twinverdict.show(found, rows),
            lambda path: twinplot.save(path, found),
        )

    _bench(measure, _Asked(None, board, seed, runtime, seconds, plot, as_json))


@dataclass(frozen=True)
class _Asked:
    """The options."""

    target: str | None
    board: str | None
    seed: int | None
    runtime: Path | None
    seconds: float
    plot: Path | None
    as_json: bool


@dataclass(frozen=True)
class _Choice:
    """What is measured, and who is told meanwhile."""

    board: str
    seed: int
    runtime: Path | None
    bars: Bars


@dataclass(frozen=True)
class _Result:
    """The rows with their limits, and the three ways to say it."""

    rows: Sequence[Held]
    to_json: Callable[[], dict[str, Any]]
    show: Callable[[], None]
    draw: Callable[[Path], None]


def _image(choice: _Choice) -> ChipImage:
    from pen_tools import chipimage

    image = chipimage.prepare(choice.board, choice.runtime, tell=choice.bars.tell)
    choice.bars.tell(image.says)
    return image


def _bench(measure: Callable[[_Choice], _Result], asked: _Asked) -> None:
    """Raises what the command ends with, if it is not 0. With --json one object is printed, also if nothing could be done."""
    try:
        found = measure(_choose(asked))
        if not asked.as_json:  # people see it before the picture is drawn
            found.show()
        saved = _draw(found, asked.plot)
        if asked.as_json:
            output.as_json({**found.to_json(), "saved": saved})
    except PenError as error:
        if asked.as_json:
            output.as_json({"ok": False, "error": str(error), "hint": error.hint, "exit_code": error.exit_code})
        raise
    if not saved or not all(row.ok for row in found.rows):
        raise typer.Exit(NOT_HELD)


def _choose(asked: _Asked) -> _Choice:
    """Everything that can be wrong is looked for first. Raises Usage."""
    from pen_tools.benching.progress import Bars

    choice = targets.choose(asked.target, None, asked.board, asked.seed, runtime=asked.runtime, default=targets.CHIP)
    if choice.kind != targets.CHIP:
        raise Usage("only the chip has a timing to measure", "--target chip, or leave it out")
    if not _SECONDS_LEAST <= asked.seconds <= _SECONDS_MOST:
        between = f"between {_SECONDS_LEAST:g} and {_SECONDS_MOST:g} s"
        raise Usage(f"--seconds {asked.seconds:g} is not possible", between)
    files.check(files.Wanted(asked.plot), simulated=True)
    seed = targets.SEED if choice.seed is None else choice.seed
    return _Choice(choice.board or targets.BOARD, seed, choice.runtime, Bars(asked.as_json))


def _draw(found: _Result, plot: Path | None) -> bool:
    """False if that failed: what was measured is not lost by it."""
    if plot is None:
        return True
    try:
        found.draw(plot)
    except OSError as error:
        output.error(f"cannot write {plot}: {error.strerror}", "name another place")
        return False
    return True

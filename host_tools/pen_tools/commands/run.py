"""`pen run`: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pen_tools import faultlist, options, output, targets
from pen_tools.conditions import Conditions
from pen_tools.errors import PenError, PenFault, Usage
from pen_tools.files import Wanted
from pen_tools.record import FELL_SHORT, INTERRUPTED, Plan, Record


def run(
    zone: Annotated[str, typer.Option(help="Zone to treat; pen zones lists them.")] = "cheek",
    depth: Annotated[float | None, typer.Option(metavar="MM", help="Depth; the zone's own if not given.")] = None,
    rate: Annotated[
        float | None,
        typer.Option(metavar="HZ", help="Strokes a second; if not given the zone's own, or what the drive can do."),
    ] = None,
    seconds: Annotated[float, typer.Option(help="How long to stroke, 0.1 to 3600.")] = 5.0,
    target: options.Target = None,
    port: options.Port = None,
    board: options.Board = None,
    runtime: options.Runtime = None,
    seed: Annotated[int | None, typer.Option(help="Noise and tolerances of the simulated pen; 1 if not given.")] = None,
    skin: options.Skin = None,
    needles: options.Needles = None,
    charge: options.Charge = None,
    fault: Annotated[list[str] | None, typer.Option(metavar="NAME@WHEN", help=faultlist.HELP)] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw depth and current over time: .png, .svg or .pdf.")] = None,
    vcd: Annotated[Path | None, typer.Option(help="The edges on the simulated pen's pins, for PulseView.")] = None,
    csv: Annotated[Path | None, typer.Option(help="The pen's trace as a table.")] = None,
    as_json: options.Json = False,
) -> None:
    """Arm a pen, stroke for some seconds, stop, and show what was set, measured and true.

    Without --port it is a simulated pen, and what really happened is known. Ctrl-C stops the needles.

    With --json one object is printed; if nothing could be done it has `ok`, `error`, `hint` and `exit_code` alone. `set` is
    what was in force, `speed` counts from RUN to the end of the strokes. If the link is lost, `measured` is what the pen
    had told until then.

    Ends with 0: done as asked; 1: it made fewer or more strokes, or a file could not be written; 2: refused or wrong usage, nothing
    moved; 3: no pen found; 4: the link was lost; 5: the pen latched a fault; 130: stopped by Ctrl-C.
    """
    plan = Plan(zone, depth, rate, seconds, tuple(fault or ()))
    try:
        met = Conditions(skin, needles, charge)
        choice = targets.choose(target, port, board, seed, runtime=runtime, conditions=met)
        record = _run(plan, Wanted(plot, vcd, csv), choice, as_json)
    except PenError as error:
        if as_json:  # nothing moved, and still one object
            output.as_json({"ok": False, "error": str(error), "hint": error.hint, "exit_code": error.exit_code})
        raise
    _end(record)


def _run(plan: Plan, wanted: Wanted, choice: targets.Choice, as_json: bool) -> Record:
    """Everything that can be wrong is looked for first. People see the result before files are written; JSON says if that failed."""
    from pen_tools import files, interrupts, report, treat
    from pen_tools.runner import Runner

    treat.check(plan)
    if plan.faults and choice.kind not in targets.VIRTUAL:
        raise Usage("--fault needs a virtual pen", "leave --target and --port out")
    faultlist.read(plan.faults, plan.seconds, choice.kind, choice.board or targets.BOARD)
    files.check(wanted, simulated=choice.kind in targets.VIRTUAL)
    with targets.opened(choice, keep=wanted.any) as opened, interrupts.deferred() as check:
        record = Runner(opened, plan, output.Teller(as_json), check, trace=wanted.trace).run()
        if not as_json:
            report.show(record)
        for failed in files.save(wanted, record):
            output.error(str(failed), failed.hint)
            record.unsaved = True
        if as_json:  # it says whether all was saved
            output.as_json(record.as_json())
    return record


def _end(record: Record) -> None:
    """Raises what the command ends with, if it is not 0."""
    if record.interrupted:
        raise Interrupted("stopped by Ctrl-C", "the needles are back and the drive is off")
    if record.fault:
        raise PenFault(record.fault.code, record.fault.name, record.fault.meaning, record.fault.after)
    if record.link_lost:
        raise record.link_lost
    if record.unsaved:
        raise typer.Exit(FELL_SHORT)
    if not record.ok:
        made = record.measured.strokes if record.measured else 0
        hint = "somebody else stopped it, or held the trigger; LOG? knows"
        if record.restarted:
            hint = "the pen has restarted meanwhile; the first line of LOG? says why"
        raise FellShort(f"{made} strokes were made, {record.strokes} were asked for", hint)


class Interrupted(PenError):
    """Ctrl-C."""

    exit_code = INTERRUPTED


class FellShort(PenError):
    """No fault, but not what was asked."""

    exit_code = FELL_SHORT

"""`pen deploy`: the firmware onto a pen that runs the MicroPython runtime."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pen_tools import options, output
from pen_tools.errors import PenError

if TYPE_CHECKING:
    from pen_tools.deploying.job import Done
    from pen_tools.deploying.payload import Payload

_AUTO = "auto"


def deploy(
    board: Annotated[str, typer.Option(metavar="BOARD", help="The board file of the pen.")] = "bench_stepper",
    port: Annotated[
        str,
        typer.Option("--port", metavar="PORT|auto", help="Serial port or pyserial URL; auto: the only pen there is."),
    ] = _AUTO,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Only look what there is to do; the pen is restarted, and nothing changed."),
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Put this firmware onto a pen that runs the MicroPython runtime, and start it.

    The pen has two folders for it. The one that it does not start from gets every file, the pen's own SHA-256 of each is
    compared, and only then the pen is told to start from there: whatever interrupts this leaves a pen that starts. A pen
    whose drive is on is left alone.

    Ends with 0: it runs; 2: refused or wrong usage, the firmware on the pen stays; 3: no pen found; 4: the link was lost,
    or the new firmware does not start; 130: stopped by Ctrl-C.
    """
    try:
        found = _deploy(board, port, dry_run, as_json)
    except PenError as error:
        if as_json:
            output.as_json({"ok": False, "error": str(error), "hint": error.hint, "exit_code": error.exit_code})
        raise
    if as_json:
        output.as_json(found)
    else:
        output.say(_line(found))


def _deploy(board: str, port: str, dry_run: bool, as_json: bool) -> dict[str, Any]:
    """What is wrong on this side is found before the pen is looked for."""
    from pen_tools import interrupts
    from pen_tools.deploying import job, payload
    from pen_tools.deploying.errors import Interrupted
    from pen_tools.deploying.progress import Teller
    from pen_tools.ports import pick

    teller = Teller(as_json)
    began_s = time.monotonic()
    built = payload.build(board)
    where = pick() if port == _AUTO else port
    teller.tell(f"needlepen {built.firmware} for {board}: {len(built.files)} files, {built.bytes} bytes, to {where}")
    try:
        with interrupts.deferred() as check:
            done = job.deploy(where, built, teller, check, dry_run=dry_run)
    except KeyboardInterrupt:
        raise Interrupted(
            "stopped by Ctrl-C",
            "the pen starts what it had, or the new firmware if that was complete; run pen deploy again",
        ) from None
    return _found(done, built, where, dry_run, time.monotonic() - began_s)


def _found(done: Done, built: Payload, port: str, dry_run: bool, seconds: float) -> dict[str, Any]:
    return {
        "ok": True,
        "dry_run": dry_run,
        "port": port,
        "board": built.board,
        "firmware": built.firmware,
        "runtime": done.runtime,
        "slot": done.plan.slot,
        "files": len(built.files),
        "bytes": built.bytes,
        "copied": {"files": len(done.plan.copy), "bytes": done.copied_bytes},
        "removed": list(done.plan.remove),
        "moved_away": list(done.kept),
        "serial_number": done.identity.serial_number if done.identity else None,
        "identity": str(done.identity) if done.identity else None,
        "seconds": round(seconds, 1),
    }


def _line(found: dict[str, Any]) -> str:
    """The result for people."""
    copied = found["copied"]
    what = f"{copied['files']} files, {copied['bytes']} bytes" if copied["files"] else "nothing"
    if found["dry_run"]:
        removed = f", {len(found['removed'])} files removed there" if found["removed"] else ""
        return f"would be copied to /{found['slot']}: {what}{removed}"
    return (
        f"needlepen {found['firmware']} runs on {found['board']}, serial number {found['serial_number']}, from "
        f"/{found['slot']} on MicroPython {found['runtime']}; {what} copied in {found['seconds']:.1f} s"
    )

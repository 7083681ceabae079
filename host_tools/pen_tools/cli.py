"""`pen`: the command line. Expected errors are one line and a hint on stderr, and the exit code says which kind."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from pen_tools import output
from pen_tools.commands.bench import app as bench
from pen_tools.commands.build import app as build
from pen_tools.commands.campaign import campaign
from pen_tools.commands.console import console
from pen_tools.commands.deploy import deploy
from pen_tools.commands.faults import faults
from pen_tools.commands.info import info
from pen_tools.commands.run import run
from pen_tools.commands.sim import sim
from pen_tools.commands.zones import zones
from pen_tools.errors import REFUSED, PenError
from pen_tools.record import INTERRUPTED

_DEBUG = "--debug"
# Typer hands on click's errors under a name of its own that has moved between versions; the base of BadParameter stays.
_UsageError: Any = typer.BadParameter.__mro__[1]


class PenGroup(TyperGroup):
    """Takes --debug anywhere on the line, and turns expected errors into a line, a hint and an exit code."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Moves --debug to the front, where the group's own options stand."""
        rest = [arg for arg in args if arg != _DEBUG]
        try:
            return super().parse_args(ctx, [_DEBUG, *rest] if len(rest) < len(args) else rest)
        except _UsageError as error:
            raise _usage(error) from error

    def invoke(self, ctx: Any) -> Any:
        """Runs the command."""
        try:
            return super().invoke(ctx)
        except PenError as error:
            if ctx.params.get("debug"):
                output.failure()
            else:
                output.error(str(error), error.hint)
            raise typer.Exit(error.exit_code) from error
        except _UsageError as error:
            raise _usage(error) from error
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None


def _usage(error: Any) -> typer.Exit:
    """Tells what is wrong with the line; returns what to end with."""
    message = error.format_message().rstrip(".")
    path = error.ctx.command_path if error.ctx else "pen"
    if not message:  # no command at all: the help has been shown
        return typer.Exit(REFUSED)
    output.error(message[:1].lower() + message[1:], f"{path} --help shows what there is")
    return typer.Exit(REFUSED)


app = typer.Typer(
    name="pen",
    cls=PenGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        try:
            output.say("needlepen " + version("needlepen"))
        except PackageNotFoundError:
            output.say("needlepen, not installed")
        raise typer.Exit


@app.callback()
def pen(
    debug: Annotated[bool, typer.Option(_DEBUG, help="Show the traceback of an error; may stand anywhere.")] = False,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Run, simulate and talk to a needlepen: a motorized microneedling pen. Not a certified medical device.

    Every command ends with 0: done as asked; 2: refused or wrong usage, nothing moved; 3: no pen found; 4: the link
    was lost; 5: the pen latched a fault. pen run, bench, campaign and build have two more: 1: it fell short, a limit
    did not hold, a build failed, or a file could not be written, and 130, as of pen deploy: stopped by Ctrl-C.
    """


for _command in (run, sim, console, info, deploy, zones, faults, campaign):
    app.command()(_command)
app.add_typer(build)
app.add_typer(bench)


def main() -> None:
    """The entry point."""
    app()

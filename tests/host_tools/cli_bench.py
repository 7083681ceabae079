"""Runs the `pen` command in this process, as its users would call it."""

import json
from typing import Any

from typer.testing import CliRunner, Result

from pen_tools.cli import app

QUICK = ("--rate", "20", "--seconds", "0.5")


def pen(*args: str) -> Result:
    """Runs `pen` with these arguments."""
    result = CliRunner().invoke(app, list(args))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result


def pen_json(*args: str, code: int = 0) -> dict[str, Any]:
    """The one JSON object on stdout; the command ends with `code`."""
    result = pen(*args, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)
